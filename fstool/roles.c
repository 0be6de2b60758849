#include "fstool/roles.h"

/*
 * Every right of cosmian_fstool's processes.  The front is root: it has
 * libcryptsetup, device mapper, loop devices and the secrets, and looks into
 * nothing that it reads from a disk.  parse has what it is asked about; tpm
 * has the TPM's descriptor and, while it seals or unseals, the secret.
 */
const struct role fstool_roles[FSTOOL_MAX] = {
	/*		    name      uid	lent	    capability	system calls			 files	MiB */
	[FSTOOL_FRONT] = { "front",   0,	LEND_NONE,  0,		0,				 0,	0 },
	[FSTOOL_PARSE] = { "parse",   1,	LEND_LOGS,  0,		SC_BASE | SC_PREAD | SC_MEMFD,	 32,	256 },
	[FSTOOL_TPM] =	 { "tpm",     2,	LEND_TPM,   0,		SC_BASE,			 32,	128 },
};
