#ifndef PARENT_AGENT_H
#define PARENT_AGENT_H

#include <stdint.h>

#include "agentd/limits.h"
#include "agentd/msg.h"
#include "parent/azure.h"
#include "parent/conf.h"
#include "parent/conn.h"
#include "parent/first_launch.h"
#include "parent/proc.h"
#include "parent/tpm_dev.h"

/*
 * The root process. It parses nothing: it knows fixed frames, sizes and TPM
 * command codes, composes what is attested from what it knows itself, and
 * lends descriptors. Each file of parent/ has the part of this struct that
 * bears its name.
 */

struct event;
struct event_base;
struct job;

/* One certificate with its key; old ones live on with their connections. */
struct generation {
	uint32_t	id;		/* 0: free */
	int		chain_fd;	/* sealed memfd, normalised PEM */
	int		key_fd;		/* its key's file, whatever has its name by now */
	uint8_t		cert[32];	/* SHA-256 of the DER leaf */
	uint8_t		spki[32];
};

enum snapshot_state { SNAP_NONE, SNAP_RUNNING, SNAP_HASHING, SNAP_READY };

struct snapshot {
	enum snapshot_state	state;
	int			fd;	/* records */
	uint8_t			digest[32];
	uint64_t		files, bytes, unreadable;
	struct proc		*hasher;
	uint32_t		job;
	struct event		*slice;	/* the digest is computed bit by bit */
	void			*hash;
	int64_t			offset;
};

enum boot_step {
	BOOT_CONF, BOOT_VOLUME, BOOT_TPM_KEYS, BOOT_MAKE_CERT, BOOT_CERT, BOOT_KEYS,
	BOOT_AK, BOOT_WORKERS, BOOT_DONE
};

struct agent {
	struct event_base	*base;
	const char		*conf_path;
	int			 check_only;	/* -n */
	int			 foreground;	/* -d */
	int			 preinit;	/* COSMIAN_VM_PREINIT is not 0 */
	int			 verbose;
	int			 exit_code;
	enum boot_step		 step;
	int			 reloading;
	int			 reload_again;	/* SIGHUP came at a bad moment */
	struct event		*reload_timer;
	int			 draining;
	uint32_t		 flags;		/* AGENT_* */

	struct conf		 conf;		/* in force */
	struct conf		 next;		/* being loaded */
	uint8_t			 toml[32];	/* digests of the file in force, being loaded */
	uint8_t			 next_toml[32];
	uint8_t			 config[32];	/* the config item of PROTOCOL.md */

	struct procs		 procs;
	struct conns		 conns;

	struct generation	 gens[GENERATIONS_MAX];
	uint32_t		 gen;		/* current */
	struct generation	 next_gen;	/* waits for keys to prove the pair */
	int			 keys_loaded;	/* this keys process has the current key */

	struct tpm_dev		 tpm_dev;
	int			 have_tpm;
	int			 have_tee;
	unsigned int		 tee_entries;	/* bits: slots with a configfs entry */
	struct proc		*tpm_caller;	/* whose command is at the device */
	int			 tpm_busy;	/* there is one, its caller may be gone */
	struct proc		*tpm_waiting;	/* whose command comes next */
	uint8_t			 tpm_command[TPM_CMD_MAX];
	size_t			 tpm_command_len;
	uint8_t			 ak_name[NONCE_MAX + 2];
	size_t			 ak_name_len;
	uint8_t			 ek_ticket[EK_TICKET_MAX];	/* opens the EK, of tpminit */
	size_t			 ek_ticket_len;	/* 0: it needs none, or there is none */
	int			 certs_fd;	/* what TPM_CERTS_ANS has brought, or -1 */
	int			 auth_fd;	/* first launch: new file of hierarchy secrets */

	struct job		*jobs;		/* ATTEST_QUEUE_MAX, attest.c */
	struct job		*quoting;	/* the one at the TPM */
	struct event		*quote_timer;
	uint32_t		 job_seq;

	struct azure		 azure;

	struct first_launch	 first_launch;

	struct snapshot		 snap;
	int			 snap_before;	/* records that were there before, 0: none */

	struct event		*listeners[LISTEN_MAX];
	int			 listen_fds[LISTEN_MAX];
	int			 nlisten;
	struct event		*accept_pause;
	struct event		*signals[3];
	struct event		*drain_timer;
};

/* boot.c: the order of start and reload */
void	boot_next(struct agent *);
void	boot_fail(struct agent *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	reload_start(struct agent *);
void	reload_end(struct agent *, const char *why_not);
void	drain_start(struct agent *);
void	drain_check(struct agent *);

#endif
