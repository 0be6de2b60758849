#ifndef AGENTD_MSG_H
#define AGENTD_MSG_H

#include <stdint.h>

/*
 * The protocol between the agent's processes: the one page that says what can
 * be asked of whom. Requests are even and their answer is request + 1; a
 * message that wants no answer is even too. Who may send what, when and how
 * often is agentd/permit.c; what a payload means byte by byte is in the file
 * that encodes and decodes it, named in the last column.
 *
 * No message of a process that strangers reach (net, web) carries report data,
 * qualifying data, a certificate digest, an AK Name, a path or a service name.
 * The frame's id is the connection (net, web), the job (tpm, tee, hasher, meta) or
 * the certificate generation (conf, keys, net's NET_CERT); else 0.
 */

#define MSG_VERSION	3	/* changes with this list; checked in HELLO */

#define MSG_LIST(X) \
	/* every process */ \
	X(HELLO_REQ,	2)	/* child -> parent	u32 version, u8 role: confined, ready		proc.c */ \
	X(HELLO_ANS,	3)	/* parent -> child	u32 version, u32 flags (AGENT_*): go on		proc.c */ \
	X(LIMITS,	6)	/* parent -> net, web	u32 x 4: handshake, header, body, idle seconds; u8 compat_quotes	proc.c */ \
	X(CONFIG,	8)	/* parent -> web	config item and what it is the digest of, see send_config()	hooks.c */ \
	X(DRAIN,	4)	/* parent -> net, web	empty: finish what is in flight, keep none alive	*/ \
	/* conf: reads the configuration and the certificate */ \
	X(CONF_LOAD_REQ,	10)	/* parent -> conf	str file name for messages; fd agent.toml	conf.c */ \
	X(CONF_ITEM,	12)	/* conf -> parent	u16 item, u8 kind, value (agentd/conf_item.h)	conf.c */ \
	X(CONF_ERROR,	14)	/* conf -> parent	u8 fatal, str text				conf.c */ \
	X(CONF_LOAD_ANS,	11)	/* conf -> parent	u8 ok: all items of this load were sent		conf.c */ \
	X(CONF_CERT_REQ,	16)	/* parent -> conf	str file name; fd PEM certificate chain		conf.c */ \
	X(CONF_CERT_ANS,	17)	/* conf -> parent	u8 ok, sha256 leaf, sha256 SPKI, u64 notAfter, str; fd normalised PEM	conf.c */ \
	/* keys: holds the TLS private keys */ \
	X(KEYS_LOAD_REQ,	20)	/* parent -> keys	sha256 SPKI the key must match; id generation; fd PEM key	keys.c */ \
	X(KEYS_LOAD_ANS,	21)	/* keys -> parent	u8 ok, str reason				keys.c */ \
	X(KEYS_MAKE_REQ,	22)	/* parent -> keys	u8 have_key, str CN, u8 n, n x str SAN; fds key file, new certificate file	keys.c */ \
	X(KEYS_MAKE_ANS,	23)	/* keys -> parent	u8 ok, str reason: key and certificate are written and synced	keys.c */ \
	X(KEYS_PEER,	24)	/* parent -> keys	empty; id slot of the net; fd its signature channel	keys.c */ \
	X(KEYS_FORGET,	26)	/* parent -> keys	empty; id generation no longer in use		keys.c */ \
	X(SIGN_REQ,	28)	/* net -> keys (own channel)	id generation; blob digest of 32 or 48 bytes	keys.c */ \
	X(SIGN_ANS,	29)	/* keys -> net (own channel)	blob DER signature, empty when refused	keys.c */ \
	/* net: TLS */ \
	X(NET_CERT,	30)	/* parent -> net	empty; id generation, the current one from now on; fd PEM chain	net.c */ \
	X(NET_KEYS,	32)	/* parent -> net	empty; fd new signature channel			net.c */ \
	X(NET_CONN,	34)	/* parent -> net	empty; id connection; fds TCP socket, plain stream	net.c */ \
	X(NET_TLS_REQ,	36)	/* net -> parent	u32 generation, conn[32]: handshake done		net.c */ \
	X(NET_TLS_ANS,	37)	/* parent -> net	empty: plaintext may pass			net.c */ \
	X(NET_END,	38)	/* net -> parent	u8 why (enum net_end): the connection is closed	net.c */ \
	/* web: HTTP */ \
	X(WEB_CONN,	40)	/* parent -> web	str peer address for logs; fd plain stream	web.c */ \
	X(ATTEST_REQ,	42)	/* web -> parent	struct attest_req				attest_msg.c */ \
	X(ATTEST_ANS,	43)	/* parent -> web	struct attest_ans; fds TEE quote and what goes with it, where there are	attest_msg.c */ \
	X(LOG_REQ,	44)	/* web -> parent	u8 enum agent_log				web.c */ \
	X(LOG_ANS,	45)	/* parent -> web	u8 status (enum answer); fd the opened log	web.c */ \
	X(SNAPSHOT_REQ,	46)	/* web -> parent	empty: where is it? order one if there is none	web.c */ \
	X(SNAPSHOT_ANS,	47)	/* parent -> web	u8 status, u64 files, u64 bytes, u64 unreadable so far; fd records when OK	web.c */ \
	X(SNAPSHOT_DEL_REQ,	48)	/* web -> parent	empty						web.c */ \
	X(SNAPSHOT_DEL_ANS,	49)	/* parent -> web	u8 status (OK, BUSY)				web.c */ \
	/* tpm: ESYS; its commands go through the parent's filter */ \
	X(TPM_CMD_REQ,	50)	/* tpm, tpminit -> parent	raw: one TPM command			tpm.c */ \
	X(TPM_CMD_ANS,	51)	/* parent -> tpm, tpminit	raw: the TPM's response, unread; empty: refused or failed	tpm.c */ \
	X(AK_REQ,	52)	/* parent -> tpm	u8 whether to look for Azure's paravisor	tpm.c */ \
	X(AK_ANS,	53)	/* tpm -> parent	u8 ok, u8 enum tee_kind of the paravisor's report, blob AK Name	tpm.c */ \
	X(HCL_REQ,	62)	/* parent -> tpm	report data[64]; id job			tpm.c */ \
	X(HCL_ANS,	63)	/* tpm -> parent	u8 ok; fd the paravisor's report when ok; id job	tpm.c */ \
	X(QUOTE_REQ,	54)	/* parent -> tpm	u16 bank, mask[3], blob qualifying data; id job	tpm.c */ \
	X(QUOTE_ANS,	55)	/* tpm -> parent	u8 ok, struct quote_part (attest_msg.c); id job	tpm.c */ \
	X(TPMINIT_REQ,	56)	/* parent -> tpminit	u8 have_auth; fd file of hierarchy secrets	tpminit.c */ \
	X(TPMINIT_SAVED_REQ,	58)	/* tpminit -> parent	empty: the secrets are in the file, keep it	tpminit.c */ \
	X(TPMINIT_SAVED_ANS,	59)	/* parent -> tpminit	u8 ok						tpminit.c */ \
	X(TPMINIT_ANS,	57)	/* tpminit -> parent	u8 ok, str what was done or why not, blob ticket that opens the EK	tpminit.c */ \
	/* asked by web, and by the parent of tpm: the payloads differ, see tpm_msg.h */ \
	X(TPM_CERTS_REQ,	74)	/* web -> parent, parent -> tpm	empty					tpm_msg.c */ \
	X(TPM_CERTS_ANS,	75)	/* tpm -> parent, parent -> web	u8 status (enum answer); fd certificates when OK	tpm_msg.c */ \
	X(ACTIVATE_REQ,	76)	/* web -> parent struct activate_req; parent -> tpm struct activate_job		tpm_msg.c */ \
	X(ACTIVATE_ANS,	77)	/* tpm -> parent, parent -> web	struct activate_ans			tpm_msg.c */ \
	/* tee: one report */ \
	X(REPORT_REQ,	60)	/* parent -> tee	u8 enum tee_source, report data[64]; id job	tee.c */ \
	X(REPORT_ANS,	61)	/* tee -> parent	u8 ok, u8 enum tee_kind, str reason; fd quote when ok; id job	tee.c */ \
	/* meta: one question to Azure's metadata service; its socket is a resource */ \
	X(META_REQ,	64)	/* parent -> meta	u8 enum tee_kind; fd the paravisor's report when TDX; id job	meta.c */ \
	X(META_ANS,	65)	/* meta -> parent	u8 ok, str reason; fd PEM certificates or the quote when ok; id job	meta.c */ \
	/* hasher: one snapshot */ \
	X(HASH_REQ,	70)	/* parent -> hasher	u8 threads, u8 n, n x str label of a tree; id job (the trees are resources)	hasher.c */ \
	X(HASH_PROGRESS,	72)	/* hasher -> parent	u64 files, u64 bytes, u64 unreadable		hasher.c */ \
	X(HASH_ANS,	71)	/* hasher -> parent	u8 ok, u64 files, u64 bytes, u64 unreadable, str reason	hasher.c */

#define MSG_ENUM(name, value)	MSG_##name = value,
enum msg_type { MSG_LIST(MSG_ENUM) MSG_MAX = 80 };
#undef MSG_ENUM

/* The name of a type for logs; "UNKNOWN" if there is none. */
const char	*msg_name(unsigned int type);

/* Every process of the agent; the order is that of agentd/roles.c. */
#define ROLE_LIST(X) \
	X(PARENT,  "parent") \
	X(CONF,    "conf") \
	X(KEYS,    "keys") \
	X(NET,     "net") \
	X(WEB,     "web") \
	X(TPM,     "tpm") \
	X(TPMINIT, "tpminit") \
	X(TEE,     "tee") \
	X(HASHER,  "hasher") \
	X(META,    "meta")

#define ROLE_ENUM(name, text)	ROLE_##name,
enum role_id { ROLE_LIST(ROLE_ENUM) ROLE_MAX };
#undef ROLE_ENUM

const char	*role_name(unsigned int role);

/* Flags in force, part of the config item of PROTOCOL.md. */
#define AGENT_SIMULATED		0x01	/* TPM, TEE or IMA are not the kernel's */
#define AGENT_DEGRADED		0x02	/* a kernel feature is missing and allowed to be */
#define AGENT_DEBUG		0x04	/* debug build */
#define AGENT_NO_SECCOMP	0x08	/* sanitizer build */

/* How a request that web made ended. */
enum answer {
	ANSWER_OK,
	ANSWER_WORKING,		/* a snapshot is being made */
	ANSWER_BUSY,		/* queue full, or not while a snapshot runs */
	ANSWER_ABSENT,		/* this machine has none of that */
	ANSWER_FAILED,		/* tried, did not work; the log says why */
	ANSWER_REFUSED,		/* the TPM does not take what the client sent */
	ANSWER_MAX
};

/* Form of an attestation; each fixes all bytes, see PROTOCOL.md. */
enum attest_form {
	FORM_STRONG,		/* POST /attest */
	FORM_COMPAT_TPM,	/* GET /quote/tpm */
	FORM_COMPAT_TEE,	/* GET /quote/tee */
	FORM_MAX
};

enum attest_subject {
	SUBJECT_NONE,
	SUBJECT_SNAPSHOT,	/* the records of the snapshot that is ready */
	SUBJECT_MAX
};

enum agent_log {
	LOG_IMA_BINARY,
	LOG_IMA_ASCII,
	LOG_EVENTS,
	LOG_MAX
};

enum tee_kind {
	TEE_NONE,
	TEE_SEV_SNP,
	TEE_TDX,
	TEE_AZURE_SNP,	/* of Azure's paravisor, in the vTPM */
	TEE_AZURE_TDX,
	TEE_MAX
};

/* Where tee's reports come from; the descriptors lent differ. */
enum tee_source {
	TEE_FROM_NOTHING,
	TEE_FROM_TSM,		/* the attributes of a configfs-tsm entry */
	TEE_FROM_SEV_GUEST,	/* /dev/sev-guest */
	TEE_FROM_TDX_GUEST,	/* /dev/tdx_guest: no quotes, only TDREPORTs */
	TEE_FROM_SOCKET,	/* a simulated device of either kind */
	TEE_FROM_MAX
};

enum net_end {
	NET_END_CLOSED,		/* the peer or web closed */
	NET_END_HANDSHAKE,	/* TLS failed */
	NET_END_TIMEOUT,
	NET_END_ERROR,
	NET_END_MAX
};

#endif
