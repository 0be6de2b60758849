/*
 * Hard limits of the evidence decoders, in one place.  All input comes from
 * the other side of a trust boundary, so every length and count is bounded by
 * one of these before memory is taken or a loop is entered.
 */
#ifndef EVIDENCE_LIMITS_H
#define EVIDENCE_LIMITS_H

/* A 64 MiB list holds about 600,000 entries, months of uptime; the kernel
 * keeps the list in unswappable memory and would suffer first. */
#define MAX_IMA_LIST		(64u * 1024 * 1024)
/* One line of the ASCII list: MAX_IMA_DATA in hex would be 2 MiB. */
#define MAX_IMA_LINE		(2u * 1024 * 1024 + 64 * 1024)
/* Fields of a template; evm-sig, the longest, has nine (the kernel's
 * TEMPLATE_NUM_FIELDS_MAX is 15). */
#define MAX_IMA_FIELDS		15u
/* Template names that are counted one by one. */
#define MAX_IMA_TEMPLATES	64u
/* Keys for signatures of files, given by the user. */
#define MAX_IMA_KEYS		16u
/* Longest template name in the kernel is 15 bytes (TCG_EVENT_NAME_LEN_MAX is
 * 255, and we refuse what the kernel could not have written). */
#define MAX_IMA_NAME		255u
/* One entry: a path (4096) and a signature or buffer.  Kernel buffers such as
 * a device-mapper table can be long; 1 MiB is far above those seen. */
#define MAX_IMA_DATA		(1024u * 1024)
/* An `ima` entry's file name is a fixed field of 256 bytes with its NUL. */
#define IMA_EVENT_NAME_LEN	255u

/* One snapshot of a full distribution is 10-40 MiB of JSON. */
#define MAX_SNAPSHOT		(256u * 1024 * 1024)
/* What is not the list of files in it: policy, our additions, and the few
 * paths that are not UTF-8.  jansson holds it in memory as a tree. */
#define MAX_SNAPSHOT_REST	(4u * 1024 * 1024)
/* One pair of the list as JSON: a path with every byte written \u00xx, and a
 * digest. */
#define MAX_FILE_PAIR		(64u * 1024)
/* Files in a snapshot: ten times a full desktop installation. */
#define MAX_FILES		4000000u
/* Bytes of paths and digests of a file set: offsets in it are 32 bits. */
#define MAX_FILE_ARENA		(512u * 1024 * 1024)
/* PATH_MAX of Linux, with room for prefixes that d_path adds. */
#define MAX_FILE_PATH		8192u
/* A whitelist is written by hand or by a script from a package list. */
#define MAX_WHITELIST		(16u * 1024 * 1024)

/* Largest answer to POST /attest: a TDX quote with chain (about 8 KiB), a TPM
 * quote and 24 PCRs, as base64 and hex. */
#define MAX_ATTEST		(256u * 1024)
/* Executables named in the config item: one per role, and the parent. */
#define MAX_EXECUTABLES		32u
/* Longest executable name in the config item: its length is one byte. */
#define MAX_EXECUTABLE_NAME	63u
/* Raw quote of the TEE; TDX 8 KiB, SNP report with five certificates 8 KiB. */
#define MAX_TEE_QUOTE		(64u * 1024)
/* TPM structures: TPM2_MAX_* of the reference implementation are below. */
#define MAX_TPM_BLOB		4096u
/* Qualifying data of a quote is at most a TPMT_HA (2 + 64). */
#define MAX_TPM_EXTRA		66u
/* PCRs of a PC client TPM; the select bitmap is 3 bytes. */
#define TPM_PCRS		24u
/* Banks in one quote: more than one per hash algorithm makes no sense. */
#define MAX_TPM_SELECT		16u

/* Certificates of one kind that a TPM holds: TCG's profile has an NV index for
 * each type of key, eight are more than any maker fills ... */
#define MAX_TPM_CERTS		8u
/* ... and one index holds at most this (the PTP wants 2 KiB). */
#define MAX_TPM_CERT_NV		(16u * 1024)
/* GET /tpm/certs: three lists of these, as base64. */
#define MAX_TPM_CERTS_BODY	(3 * MAX_TPM_CERTS * MAX_TPM_CERT_NV / 3 * 4 + \
				    2 * MAX_TPM_BLOB)
/* POST /activate: one digest in hex. */
#define MAX_ACTIVATION		256u

/* A boot log; firmware reserves 64 to 256 KiB, the kernel copies it whole. */
#define MAX_EVENTLOG		(8u * 1024 * 1024)
/* Banks in one log: TPM 2.0 chips have up to five. */
#define MAX_EVENTLOG_ALGS	8u
/* To find the event that diverges, each one of a register is left out in
 * turn: quadratic, so only for logs of a natural length. */
#define MAX_EVENTLOG_SEARCH	512u
/* Entries of each list of names that is drawn from a boot log. */
#define MAX_EVENTLOG_NAMES	32u
/* Events of PCRs 0-9 and 11 that a snapshot keeps: real logs have 30 to 250. */
#define MAX_BOOT_EVENTS		1024u
/* Longest text of one event that is shown. */
#define MAX_EVENTLOG_TEXT	4096u
/* Values of PCRs as JSON or text: 4 banks of 24 take 12 KiB. */
#define MAX_PCR_FILE		(256u * 1024)
/* A TPM's certificate and its issuers; real ones are below 3 KiB. */
#define MAX_TPM_CERT		(64u * 1024)
/* Certificates in one file of issuers or roots. */
#define MAX_CERT_BUNDLE		16u

/* Certificates in an SNP table: ARK, ASK, VEK, CRL and a few unknown ones. */
#define MAX_SNP_CERTS		16u
/* One certificate or CRL in the table; ARKs are 1.6 KiB, CRLs below 4 KiB. */
#define MAX_SNP_CERT		(16u * 1024)
/* The host's auxblob: the kernel's SEV_FW_BLOB_MAX_SIZE is 16 KiB. */
#define MAX_SNP_AUXBLOB		(16u * 1024)
/* A trust root given by the user, PEM or DER, is one certificate. */
#define MAX_TRUST_ROOT		(64u * 1024)

/* PEM chain of a TDX quote: three P-256 certificates, 3.7 KiB. */
#define MAX_PCK_CHAIN		(16u * 1024)
/* Data that a quoting enclave hashes with its key: Intel's has 32 bytes. */
#define MAX_QE_AUTH		1024u
/* Certificates in a PEM chain: leaf, one CA, root, and one to spare. */
#define MAX_CHAIN_CERTS		4u
/* Extensions are 3 levels of SEQUENCE with 18 numbers: a PCK's is 600 B. */
#define MAX_SGX_EXTENSION	2048u
/* Intel's TCB info is 3 to 6 KiB and grows by 1 KiB with each recovery. */
#define MAX_TCB_JSON		(256u * 1024)
/* TCB levels of one platform, module or enclave: one per TCB recovery. */
#define MAX_TCB_LEVELS		64u
/* TDX module identities: one per major version of the module. */
#define MAX_TCB_MODULES		32u
/* Advisories of one level; 23 seen. */
#define MAX_TCB_ADVISORIES	128u
/* A list of revoked certificates: Intel's is 3 KiB, one entry 37 bytes. */
#define MAX_CRL			(4u * 1024 * 1024)

/* An RA-TLS certificate, as PEM: a quote of 8 KiB and little else. */
#define MAX_RATLS_CERT		(128u * 1024)

/* One result must fit a screen; more files than this are counted only. */
#define MAX_CHECKS		192u
/* Unknown files that are listed one by one. */
#define MAX_UNKNOWN_FILES	64u
#define MAX_CHECK_NAME		32u
/* Holds a path of useful length and a SHA-512 in hex. */
#define MAX_CHECK_DETAIL	640u

#endif
