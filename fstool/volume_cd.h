#ifndef FSTOOL_VOLUME_CD_H
#define FSTOOL_VOLUME_CD_H

#include <sys/types.h>

#include "fstool/header.h"
#include "fstool/volume.h"

/* What the files of volume.h share. */

#define SECTOR_SMALL	512u
#define SECTOR_LARGE	4096u

struct volume {
	struct crypt_device	*cd;
	int			 header, data;	/* in memory: for /proc/self/fd, or -1 */
	int			 file;		/* where the header is written back to, or -1 */
	off_t			 size;		/* of that file */
	int			 integrity;
	char			 uuid[HEADER_UUID_LEN + 1];
};

/* could_not() with what libcryptsetup said, else with the error (negative). */
int	volume_failed(const char *what, int error);

#endif
