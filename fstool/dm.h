#ifndef FSTOOL_DM_H
#define FSTOOL_DM_H

#include <sys/types.h>

#include "fstool/header.h"

/* The device mapper itself, by its ioctls (linux/dm-ioctl.h). */

/*
 * Is NAME there?  1, and the device number and DM UUID (64 bytes) of it; 0; -1
 * when the device mapper cannot be asked (said).
 */
int	dm_find(const char *name, dev_t *ret_dev, char *ret_uuid);

/*
 * The table that the kernel has for NAME, line by line, compared with what the
 * header asks for: one crypt target over the whole device, cipher, key size,
 * key in the keyring or hidden, IV, offset, sector size, integrity; below it
 * the integrity target on `data`, or `data` itself.  `data` is the number of
 * the data device.  0, or -1 with refused(): which field differs.
 */
int	dm_check(const char *name, const struct header_facts *, dev_t data);

/*
 * Remove NAME, and the integrity device below it that libcryptsetup names
 * NAME_dif.  Whoever still looks at it (udev) is waited for, for some seconds.
 * 0, also when it was not there, and in a kernel without device mapper; -1
 * (said).
 */
int	dm_remove(const char *name);
/*
 * Remove the helper devices that a format by libcryptsetup leaves on `data`
 * when it is killed.  0 or -1 (said).
 */
int	dm_remove_helpers(dev_t data);

#endif
