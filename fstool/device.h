#ifndef FSTOOL_DEVICE_H
#define FSTOOL_DEVICE_H

#include <sys/types.h>

/* Where the data lies and where it is mounted.  What fails is said. */

struct device {
	char	path[64];	/* a block device */
	dev_t	number;
	int	fd;		/* keeps a loop device alive until the volume holds it, or -1 */
	int	is_loop;
};

/*
 * A file gets a loop device of its own (LOOP_CONFIGURE: direct I/O where the
 * file system can, autoclear, 4096 bytes a sector or 512 where the length is
 * no multiple of that); a block device is taken as it is.  The file is opened
 * by openat_unmeasured(), its folder must be root's and nobody else's to write
 * into, and it is locked (flock): the loop device holds that lock as long as
 * it is there, so that no second one opens the same container.  0 or -1.
 */
int	device_open(const char *location, struct device *ret_d);
/*
 * A device whose start is not zero holds something: -1, as when it cannot be
 * read.  What is looked at is the device that is open, whatever name it has.
 */
int	device_empty(const struct device *, const char *location);
/* Let go: the loop device ends with its last user. */
void	device_close(struct device *);
/*
 * Take away what a create that was killed left over this location in the
 * device mapper, helper devices of libcryptsetup; with them their loop device
 * ends.  0, also when nothing was there, or -1.
 */
int	device_clear(const char *location);

/* mkfs.ext4 on /dev/mapper/NAME, as a program of its own: fixed path, empty environment. */
int	fs_make(const char *name);
/*
 * Mount it: ext4, nosuid, nodev, read-only after an error.  The directory is
 * made (0700) when missing, its parent is there; it must be root's and empty.
 */
int	fs_mount(const char *name, const char *dir);
/* 0 also when nothing is mounted there. */
int	fs_unmount(const char *dir);
/* The device that is mounted at dir: 1; 0 when nothing is; -1 (said). */
int	fs_mounted(const char *dir, dev_t *ret_dev);

#endif
