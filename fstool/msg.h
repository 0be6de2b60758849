#ifndef FSTOOL_MSG_H
#define FSTOOL_MSG_H

#include <stdint.h>

/*
 * The protocol between the processes of cosmian_fstool.  The front runs as
 * root and acts on typed answers; parse reads what lies on the disk (header,
 * record, boot log, kernel image), tpm speaks with the TPM.  The front asks,
 * the two answer, and never speak with each other.  Requests are even, their
 * answer is one more.  Who may send what is fstool/permit.c; payloads are
 * encoded and decoded in the file of the last column.  The frame's id is 0.
 */

#define FS_VERSION	2	/* changes with this list; checked in HELLO */

#define FS_LIST(X) \
	/* every child */ \
	X(HELLO_REQ,	2)	/* child -> front	u32 version, u8 role, u8 degraded		child.c */ \
	X(HELLO_ANS,	3)	/* front -> child	u32 version					child.c */ \
	/* parse: bytes of the disk, which the host may have changed */ \
	X(HEADER_REQ,	10)	/* front -> parse	empty; fd header, sealed			msg_parse.c */ \
	X(HEADER_ANS,	11)	/* parse -> front	struct header_ans				msg_parse.c */ \
	X(TOKEN_REQ,	12)	/* front -> parse	u8 index of the last header's tokens		msg_parse.c */ \
	X(TOKEN_ANS,	13)	/* parse -> front	struct header_token				msg_parse.c */ \
	X(RECORD_REQ,	14)	/* front -> parse	blob: header.mac				msg_parse.c */ \
	X(RECORD_ANS,	15)	/* parse -> front	struct record_ans				msg_parse.c */ \
	X(BOOT_REQ,	16)	/* front -> parse	struct boot_ask; fd boot log, fd command line	msg_parse.c */ \
	X(BOOT_ANS,	17)	/* parse -> front	struct boot_ans					msg_parse.c */ \
	X(NEXT_REQ,	18)	/* front -> parse	struct boot_ask; as BOOT_REQ, fd kernel image	msg_parse.c */ \
	X(NEXT_ANS,	19)	/* parse -> front	struct boot_ans					msg_parse.c */ \
	/* tpm: its device is lent */ \
	X(PCRS_REQ,	30)	/* front -> tpm		u16 bank, u32 mask				msg_tpm.c */ \
	X(PCRS_ANS,	31)	/* tpm -> front		struct pcrs_ans					msg_tpm.c */ \
	X(SEAL_REQ,	32)	/* front -> tpm		struct seal_ask					msg_tpm.c */ \
	X(SEAL_ANS,	33)	/* tpm -> front		struct seal_ans					msg_tpm.c */ \
	X(UNSEAL_REQ,	34)	/* front -> tpm		struct header_token				msg_parse.c */ \
	X(UNSEAL_ANS,	35)	/* tpm -> front		struct unseal_ans				msg_tpm.c */ \
	X(CAP_REQ,	36)	/* front -> tpm		blob: what PCR 15 is extended with, unhashed	msg_tpm.c */ \
	X(CAP_ANS,	37)	/* tpm -> front		struct simple_ans				msg_tpm.c */ \
	X(NV_DEFINE_REQ, 38)	/* front -> tpm		struct nv_ask					msg_tpm.c */ \
	X(NV_DEFINE_ANS, 39)	/* tpm -> front		struct nv_ans					msg_tpm.c */ \
	X(NV_READ_REQ,	40)	/* front -> tpm		struct nv_ask			msg_tpm.c */ \
	X(NV_READ_ANS,	41)	/* tpm -> front		struct nv_ans					msg_tpm.c */ \
	X(NV_BUMP_REQ,	42)	/* front -> tpm		struct nv_ask					msg_tpm.c */ \
	X(NV_BUMP_ANS,	43)	/* tpm -> front		struct nv_ans					msg_tpm.c */ \
	X(NV_UNDEFINE_REQ, 44)	/* front -> tpm		struct nv_ask			msg_tpm.c */ \
	X(NV_UNDEFINE_ANS, 45)	/* tpm -> front		struct nv_ans					msg_tpm.c */

#define FS_ENUM(name, value)	FS_##name = value,
enum fs_type { FS_LIST(FS_ENUM) FS_MAX = 46 };
#undef FS_ENUM

/* The name of a type for messages; "UNKNOWN" if there is none. */
const char	*fs_name(unsigned int type);

/* The order is that of fstool/roles.c. */
enum fstool_role { FSTOOL_FRONT, FSTOOL_PARSE, FSTOOL_TPM, FSTOOL_MAX };

#endif
