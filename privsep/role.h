#ifndef PRIVSEP_ROLE_H
#define PRIVSEP_ROLE_H

#include <stdint.h>

/*
 * What one role of a program may have. A program's roles stand in one array
 * (agentd/roles.c, cli/roles.c), so that they can be compared on one screen;
 * confine() turns a row into the sandbox.
 */

/* Groups of system calls; what is in each is in privsep/sandbox.c. */
#define SC_BASE		0x0001	/* read, write and close what was lent; memory; time; exit */
#define SC_EVENT	0x0002	/* a libevent loop */
#define SC_STREAM	0x0004	/* recv, send, shutdown on sockets that were lent */
#define SC_PREAD	0x0008	/* read lent files at an offset, ask their size */
#define SC_SYNC		0x0010	/* fsync, truncate lent files */
#define SC_MEMFD	0x0020	/* make and seal a memfd */
#define SC_TREE		0x0040	/* open below lent directories, list them */
#define SC_THREADS	0x0080	/* threads of its own */
#define SC_LOCKMEM	0x0100	/* mlock, memfd_secret */
#define SC_RESOLVE	0x0200	/* the client's network: sockets, connect, files for names and CAs */
#define SC_GUEST	0x0400	/* the report calls of sev-guest and tdx_guest, on the first lent descriptor */

/* Descriptors a role is lent at start or later, for the reader and for tests. */
#define LEND_NONE	0x0000
#define LEND_CONF	0x0001	/* agent.toml, certificate */
#define LEND_KEYFILES	0x0002	/* private key, new certificate */
#define LEND_SOCKETS	0x0004	/* connected TCP sockets */
#define LEND_STREAMS	0x0008	/* plain streams of a connection */
#define LEND_SIGNER	0x0010	/* the channel to keys */
#define LEND_LOGS	0x0020	/* IMA and event log, snapshot records, read-only */
#define LEND_TSM	0x0040	/* the attributes of one report entry, or the guest device */
#define LEND_TREES	0x0080	/* read-only clones of file trees */
#define LEND_OUTPUT	0x0100	/* one unnamed file to write records to */
#define LEND_AUTH	0x0200	/* the file of TPM hierarchy secrets */
#define LEND_SERVICE	0x0400	/* one socket, connected to the metadata service */
#define LEND_HCL	0x0800	/* a report of Azure's paravisor, read-only */
#define LEND_TPM	0x1000	/* the TPM, or a socket connected to a simulated one */

struct role {
	const char	*name;		/* "web"; its program is agent-web */
	unsigned int	 uid_off;	/* uid = uid_base + this */
	unsigned int	 lent;		/* LEND_* */
	uint64_t	 caps;		/* bits of capabilities kept, nearly always 0 */
	unsigned int	 sc;		/* SC_* */
	unsigned int	 nofile;	/* RLIMIT_NOFILE */
	unsigned int	 memory;	/* RLIMIT_DATA, MiB; 0 = none */
};

#endif
