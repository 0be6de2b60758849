#ifndef FSTOOL_OPTIONS_VALUE_H
#define FSTOOL_OPTIONS_VALUE_H

#include "fstool/options.h"

/* Values of options.  0; or -1, said on standard error as a usage error. */

/* "512MB", "10GiB", "4096": K, M, G, T and KiB… are powers of 1024, KB… of
 * 1000, as fallocate(1) has them, for the existing form handed them on.
 * Rounded down to SIZE_UNIT. */
#define SIZE_UNIT	4096u
int	size_read(const char *, uint64_t *ret_size);

/* "4,7,9": a mask; PCR 15 is put in.  Those that protect nothing are refused. */
int	pcrs_read(const char *, uint32_t *ret_mask);
int	bank_read(const char *, uint16_t *ret_bank);
int	bind_read(const char *, uint8_t *ret_bind);

/*
 * "-", "fd:N" and "file:PATH" stay.  Anything else is the password itself: it
 * goes into a memfd, and is wiped where it stood, whatever happens.
 */
int	password_take(char *arg, const char **ret_how);

#endif
