#include "cli/roles.h"

/*
 * Every right of the client's processes. The front is the user's own process
 * and not confined: it reads and writes the user's files, and never looks into
 * what came from the agent. The other two run as the user too, but without a
 * capability, without exec, with landlock and a system call filter whose
 * default is death. fetch may make sockets and read what names and CA
 * certificates need; appraise has what was lent, and memory: the file lists of
 * two snapshots at their largest.
 */
const struct role client_roles[CLIENT_MAX] = {
	/*		       name	   uid	lent	   capability	system calls	files	MiB */
	[CLIENT_FRONT] =    { "front",	   0,	LEND_NONE, 0,		0,		0,	0 },
	[CLIENT_FETCH] =    { "fetch",	   0,	LEND_NONE, 0,		SC_BASE | SC_STREAM | SC_PREAD | SC_MEMFD | SC_THREADS | SC_RESOLVE, 64, 512 },
	[CLIENT_APPRAISE] = { "appraise",  0,	LEND_LOGS, 0,		SC_BASE | SC_PREAD | SC_MEMFD, 32,	4096 },
};
