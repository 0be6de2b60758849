#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "parent/places.h"

/* Below the folder $PLACES, and $DATA_DIR: for tests of the first launch. */

static const char *
below(const char *name)
{
	const char *dir = getenv("PLACES");
	char *path;

	if (dir == NULL || asprintf(&path, "%s/%s", dir, name) == -1)
		errx(1, "PLACES");
	return path;
}

const struct places *
places(void)
{
	static struct places p;

	if (p.state != NULL)
		return &p;
	p.booted = below("booted");
	p.systemctl = below("systemctl");
	p.fstool = below("fstool");
	p.run = below("run");
	p.block = below("block");
	if ((p.state = getenv("DATA_DIR")) == NULL)
		errx(1, "DATA_DIR");
	return &p;
}
