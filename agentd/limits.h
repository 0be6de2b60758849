#ifndef AGENTD_LIMITS_H
#define AGENTD_LIMITS_H

/* Every number of the agent that bounds something, and why it is that number. */

/* processes */
#define WORKERS_MAX		16	/* net or web processes: beyond the cores they only cost memory */
#ifndef RESTART_DELAY_MAX_MS		/* a test is less patient */
#define RESTART_DELAY_MIN_MS	100	/* after a first death */
#define RESTART_DELAY_MAX_MS	30000	/* after many */
#endif
#define RESTART_MAX		20	/* deaths without RESTART_FORGET_S between them: give the role up */
#define RESTART_FORGET_S	60	/* a worker that lived this long starts with a clean record */
#define HELLO_TIMEOUT_S		30	/* exec and confinement on a slow machine */
#define LINGER_S		5	/* a child that closed its channel may take this long to end */
#define RELOAD_TIMEOUT_S	60	/* conf and keys need less than one; then they are replaced */
#define DRAIN_TIMEOUT_S		30	/* SIGTERM: what is not finished by then is cut */

/* connections */
#define CONNECTIONS_DEFAULT	1024	/* two descriptors each in a net, one in a web */
#define CONNECTIONS_MAX		16384
#define PER_ADDRESS_DEFAULT	256	/* one address must not take them all */
#define HANDSHAKE_TIMEOUT_S	15
#define HEADER_TIMEOUT_S	15
#define BODY_TIMEOUT_S		30
#define IDLE_TIMEOUT_S		75	/* above the client's pause between two looks at a snapshot */
#define ACCEPT_BURST		32	/* connections taken in one wake-up */
#define LISTEN_MAX		16	/* addresses */

/* messages */
#define CHAN_QUEUE_MAX		1024	/* frames waiting for one child */
#define ATTEST_QUEUE_MAX	64	/* quotes and reports waiting; then 503 */
#define ATTEST_PER_ADDRESS	32	/* of these for one address: the others get evidence as well */
#define LOG_LINE_MAX		1024	/* bytes of one log line of a worker */
#define LOG_BURST		512	/* lines of one worker in one wake-up; more than the socket of a dead one holds */
#define LOG_RATE_MAX		5000	/* lines a second and process; the rest is counted */

/* evidence */
#define NONCE_MAX		64	/* bytes, WIRE 8 */
#define TPM_CMD_MAX		4096	/* TPM2_MAX_COMMAND_SIZE */
#define TPM_TIMEOUT_S		120	/* a discrete TPM may make keys for a minute */
#define QUOTE_TIMEOUT_S		300	/* reads, retries and the quote; then tpm is replaced */
#define CREDENTIAL_MAX		132	/* TPMS_ID_OBJECT: two digests of 64 bytes with their lengths */
#define ENC_SECRET_MAX		512	/* what an RSA 4096 EK encrypts; points are shorter */
#define EK_TICKET_MAX		128	/* TPM2B_TIMEOUT and TPMT_TK_AUTH with a digest of 64 bytes */
#define TPM_CERT_MAX		16384	/* a certificate in the TPM: whole TPMs have less NV memory */
#define TPM_CERTS_OF_KIND	8	/* more are left out */
#define TPM_CERTS_MAX		(400 * 1024)	/* all of them: three kinds and the EK */
#define TEE_TIMEOUT_S		30	/* then the process is killed */
#define TEE_JOBS_MAX		2	/* report processes at once */
#define TEE_QUOTE_MAX		65536	/* report and certificate table */
#define HCL_MAX			4096	/* a report of Azure's paravisor: its NV index has 2600 bytes */
#define META_CONNECT_S		5	/* the metadata service is on the same host */
#define META_TIMEOUT_S		15	/* its answer; a TD quote takes one or two */
#define META_RETRY_S		60	/* after a failure certificates are not asked for so long */
#define SIGN_RATE_MAX		20000	/* signatures a second in all: above any real load, bounds an oracle */
#define SIGN_TIMEOUT_MS		5000	/* net waits this long for keys */
#define CERT_FILE_MAX		65536
#define CONF_FILE_MAX		65536
#define GENERATIONS_MAX		4	/* certificates in use at once: the current and those of old connections */

/* names and lists of the configuration */
#define CONF_PATH_MAX		1024
#define CONF_NAME_MAX		256
#define SNAPSHOT_ROOTS_MAX	16

/* first launch */
#define CONTAINER_MIN		64	/* MiB: header, journals and the file system's own take some of it */
#define CONTAINER_MAX		(1024 * 1024)	/* a TiB: larger disks are given by hand */
#define CONTAINER_DEFAULT	512
#ifndef CONTAINER_TIMEOUT_S		/* a test is less patient */
#define CONTAINER_TIMEOUT_S	900	/* it is written once from end to end */
#endif

/* snapshot */
#define SNAPSHOT_TIMEOUT_S	86400	/* a day: a slow disk is no reason to give up */
#define HASH_THREADS_MAX	64

#endif
