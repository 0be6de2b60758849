#ifndef FSTOOL_VOLUME_CD_H
#define FSTOOL_VOLUME_CD_H

#include "fstool/header.h"
#include "fstool/volume.h"

/* What the files of volume.h share. */

#define SECTOR_SMALL	512u
#define SECTOR_LARGE	4096u

struct volume {
	struct crypt_device	*cd;
	int			 header, data;	/* kept open for /proc/self/fd, or -1 */
	int			 integrity;
	char			 uuid[HEADER_UUID_LEN + 1];
};

/* could_not() with what libcryptsetup said, else with the error (negative). */
int	volume_failed(const char *what, int error);

#endif
