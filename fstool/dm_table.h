#ifndef FSTOOL_DM_TABLE_H
#define FSTOOL_DM_TABLE_H

#include <sys/types.h>

#include "fstool/header.h"

/*
 * Tables of the device mapper as the kernel writes them (its documentation:
 * admin-guide/device-mapper/dm-crypt, dm-integrity), compared word for word
 * with what a header asks for.  No I/O.  0, or -1 with refused().
 */

/* Parameters of the crypt target; below: the device that it shall lie on. */
int	dm_table_crypt(const char *, const struct header_facts *, dev_t below);
/* Of the integrity target. */
int	dm_table_integrity(const char *, const struct header_facts *,
	    dev_t data);
/* The device that a crypt target lies on, unjudged. */
int	dm_table_below(const char *, dev_t *ret);
/* A DM UUID: CRYPT-TYPE-uuid without dashes-NAME. */
int	dm_table_uuid(const char *got, const char *type, const char *uuid,
	    const char *name);

#endif
