#ifndef AGENTD_CONF_ITEM_H
#define AGENTD_CONF_ITEM_H

/*
 * The items of agent.toml as conf sends them to the parent, one CONF_ITEM a
 * value: u16 item, u8 kind, then the value: CONF_INT a u64 (booleans 0 or 1),
 * CONF_STR a string. A list is the same item several times. Every item is
 * sent, with its default where the file does not name it.
 */

enum conf_kind { CONF_INT, CONF_STR, CONF_KIND_MAX };

#define CONF_ITEM_LIST(X) \
	/* item			kind		table.key in the file */ \
	X(CI_HOST,		CONF_STR,	"agent.host")	/* list; IP literals */ \
	X(CI_PORT,		CONF_INT,	"agent.port") \
	X(CI_CERTIFICATE,	CONF_STR,	"agent.ssl_certificate") \
	X(CI_PRIVATE_KEY,	CONF_STR,	"agent.ssl_private_key") \
	X(CI_TPM_DEVICE,	CONF_STR,	"agent.tpm_device")	/* empty: no TPM */ \
	X(CI_TSM_PATH,		CONF_STR,	"agent.tsm_path") \
	X(CI_TEE_DEVICE,	CONF_STR,	"agent.tee_device")	/* "auto", a device or "unix:" and a socket */ \
	X(CI_IMDS_ADDRESS,	CONF_STR,	"agent.imds_address")	/* IPv4 address and port */ \
	X(CI_TEE,		CONF_INT,	"agent.tee")	/* 0 none, 1 required, 2 if it is there */ \
	X(CI_IMA_PATH,		CONF_STR,	"agent.ima_path") \
	X(CI_EVENTLOG_PATH,	CONF_STR,	"agent.eventlog_path") \
	X(CI_DATA_DIR,		CONF_STR,	"agent.data_dir") \
	X(CI_SNAPSHOT_ROOTS,	CONF_STR,	"agent.snapshot_roots")	/* list */ \
	X(CI_UID_BASE,		CONF_INT,	"agent.uid_base") \
	X(CI_REQUIRE_ENCRYPTED,	CONF_INT,	"agent.require_encrypted_storage") \
	X(CI_CONTAINER_SIZE,	CONF_INT,	"agent.container_size")	/* MiB */ \
	X(CI_COMPAT_QUOTES,	CONF_INT,	"agent.compat_quotes") \
	X(CI_ALLOW_DEGRADED,	CONF_INT,	"agent.allow_degraded") \
	X(CI_WORKERS,		CONF_INT,	"agent.workers") \
	X(CI_LOG,		CONF_INT,	"agent.log")	/* 0 auto, 1 stderr, 2 syslog */ \
	X(CI_CONNECTIONS,	CONF_INT,	"limits.connections") \
	X(CI_PER_ADDRESS,	CONF_INT,	"limits.connections_per_address") \
	X(CI_HANDSHAKE_TIMEOUT,	CONF_INT,	"limits.handshake_timeout") \
	X(CI_HEADER_TIMEOUT,	CONF_INT,	"limits.header_timeout") \
	X(CI_BODY_TIMEOUT,	CONF_INT,	"limits.body_timeout") \
	X(CI_IDLE_TIMEOUT,	CONF_INT,	"limits.idle_timeout") \
	X(CI_SNAPSHOT_THREADS,	CONF_INT,	"limits.snapshot_threads")	/* 0: the cores */ \
	X(CI_SERVICE_TYPE,	CONF_STR,	"app.service_type") \
	X(CI_SERVICE_NAME,	CONF_STR,	"app.service_name") \
	X(CI_APP_STORAGE,	CONF_STR,	"app.app_storage")

#define CI_ENUM(item, kind, key)	item,
enum conf_item { CONF_ITEM_LIST(CI_ENUM) CI_MAX };
#undef CI_ENUM

#endif
