#include <linux/capability.h>

#include "agentd/roles.h"

#define CAP(x)	(UINT64_C(1) << (x))

/*
 * Every right of every process of the agent. All of them besides have: an own
 * uid, an empty root directory, an empty network namespace, no capability but
 * the one named here, no_new_privs, landlock without any right (hasher: read
 * below the lent trees), and a system call filter whose default is death.
 */
const struct role agent_roles[ROLE_MAX] = {
	/*		 name	    uid	lent				capability			system calls				files	MiB */
	[ROLE_PARENT] = { "parent",  0,	LEND_NONE,			0,				0,					0,	0 },
	[ROLE_CONF] =	{ "conf",    1,	LEND_CONF,			0,				SC_BASE | SC_MEMFD | SC_PREAD,		32,	64 },
	[ROLE_KEYS] =	{ "keys",    2,	LEND_KEYFILES,			0,				SC_BASE | SC_PREAD | SC_SYNC | SC_LOCKMEM, 64,	64 },
	[ROLE_NET] =	{ "net",     3,	LEND_SOCKETS | LEND_STREAMS | LEND_SIGNER, 0,			SC_BASE | SC_EVENT | SC_STREAM | SC_PREAD, 33000, 1024 },
	[ROLE_WEB] =	{ "web",     4,	LEND_STREAMS | LEND_LOGS,	0,				SC_BASE | SC_EVENT | SC_STREAM | SC_PREAD, 33000, 1024 },
	[ROLE_TPM] =	{ "tpm",     5,	LEND_NONE,			0,				SC_BASE | SC_MEMFD,			16,	64 },
	[ROLE_TPMINIT] ={ "tpminit", 6,	LEND_AUTH,			0,				SC_BASE | SC_PREAD | SC_SYNC,		16,	64 },
	[ROLE_TEE] =	{ "tee",     7,	LEND_TSM,			0,				SC_BASE | SC_PREAD | SC_MEMFD | SC_GUEST, 16,	64 },
	[ROLE_HASHER] =	{ "hasher",  8,	LEND_TREES | LEND_LOGS | LEND_OUTPUT, CAP(CAP_DAC_READ_SEARCH),	SC_BASE | SC_PREAD | SC_TREE | SC_THREADS, 1024, 512 },
	[ROLE_META] =	{ "meta",    9,	LEND_SERVICE | LEND_HCL,	0,				SC_BASE | SC_PREAD | SC_MEMFD,		16,	64 },
};
