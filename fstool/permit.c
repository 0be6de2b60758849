#include <unistd.h>

#include "fstool/permit.h"
#include "fstool/roles.h"
#include "privsep/child.h"
#include "privsep/wire.h"

#define P	FSTOOL_PARSE
#define T	FSTOOL_TPM
#define VERDICT	3	/* u8, empty text: every answer begins so */

const struct fstool_permit fstool_permits[] = {
	/* from	type			payload */
	{ P,	FS_HELLO_REQ,		6, 6 },
	{ T,	FS_HELLO_REQ,		6, 6 },

	{ P,	FS_HEADER_ANS,		VERDICT, FRAME_MAX },
	{ P,	FS_TOKEN_ANS,		VERDICT, FRAME_MAX },
	{ P,	FS_RECORD_ANS,		VERDICT, FRAME_MAX },
	{ P,	FS_BOOT_ANS,		VERDICT, FRAME_MAX },
	{ P,	FS_NEXT_ANS,		VERDICT, FRAME_MAX },

	{ T,	FS_PCRS_ANS,		VERDICT, FRAME_MAX },
	{ T,	FS_SEAL_ANS,		VERDICT, FRAME_MAX },
	{ T,	FS_UNSEAL_ANS,		VERDICT, FRAME_MAX },
	{ T,	FS_CAP_ANS,		VERDICT, FRAME_MAX },
	{ T,	FS_NV_DEFINE_ANS,	VERDICT, FRAME_MAX },
	{ T,	FS_NV_READ_ANS,		VERDICT, FRAME_MAX },
	{ T,	FS_NV_BUMP_ANS,		VERDICT, FRAME_MAX },
	{ T,	FS_NV_UNDEFINE_ANS,	VERDICT, FRAME_MAX },
};

const size_t nfstool_permits =
    sizeof(fstool_permits) / sizeof(fstool_permits[0]);

const char *
fstool_permit_refuses(unsigned int from, unsigned int type,
    unsigned int awaited, size_t len, int nfds)
{
	const struct fstool_permit *p;
	size_t i;

	for (i = 0; i < nfstool_permits; i++) {
		p = &fstool_permits[i];
		if (p->from != from || p->type != type)
			continue;
		/* nothing is awaited before HELLO, then only the answer */
		if (type != (awaited == 0 ? FS_HELLO_REQ : awaited + 1))
			return "not asked for";
		if (len < p->min_len || len > p->max_len)
			return "wrong length";
		if (nfds != 0)
			return "wrong number of descriptors";
		return NULL;
	}
	return "not permitted to this process";
}

const struct peer_program *
fstool_program(void)
{
	static struct peer_program program = {
		.prefix = "fstool",
		.roles = fstool_roles,
		.version = FS_VERSION,
		.hello = FS_HELLO_REQ,
		.uid_base = 64240,	/* beyond the agent's */
		.msg_name = fs_name,
		.refuses = fstool_permit_refuses
	};

	/* An ordinary user may check a header; landlock alone may be missing. */
	program.flags = geteuid() == 0 ? 0 :
	    CHILD_UNPRIVILEGED | CHILD_DEGRADED_OK;
	return &program;
}
