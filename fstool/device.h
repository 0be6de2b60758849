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
 * file system can, autoclear, 4096 or 512 bytes a sector); a block device is
 * taken as it is.  The file is opened by open_unmeasured(), exclusively
 * locked (flock) so that no second one opens the same container.
 */
int	device_open(const char *location, struct device *ret_d);
/* Let go: the loop device ends with its last user. */
void	device_close(struct device *);

/* mkfs.ext4 on /dev/mapper/NAME, as a program of its own: fixed path, empty environment. */
int	fs_make(const char *name);
/* Mount it: nosuid, nodev; the directory is made (0700) when missing, and must be empty. */
int	fs_mount(const char *name, const char *dir);
int	fs_unmount(const char *dir);
/* The device that is mounted at dir: 1; 0 when nothing is; -1 (said). */
int	fs_mounted(const char *dir, dev_t *ret_dev);

#endif
