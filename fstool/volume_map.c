/* /dev/mapper/NAME of a volume: made, written once, removed. */
#include <errno.h>
#include <libcryptsetup.h>
#include <stdio.h>
#include <string.h>

#include "fstool/dm.h"
#include "fstool/volume_cd.h"
#include "fstool/why.h"

#define WIPE_BLOCK	(1u << 20)

struct wipe {
	int	(*percent)(unsigned int);
	int	  last;
};

/*
 * The library puts the key into the kernel's keyring where there is one.  No
 * flag: no discards (they would show what is free), and with integrity the
 * journal.
 */
int
volume_activate(struct volume *v, const char *name, const struct secret *key)
{
	int r;

	r = crypt_activate_by_volume_key(v->cd, name, (const char *)key->p,
	    key->n, 0);
	if (r < 0)
		return volume_failed("the volume cannot be opened", r);
	return 0;
}

static int
on_wiped(uint64_t size, uint64_t offset, void *arg)
{
	struct wipe *w = arg;
	int now = size == 0 ? 100 : (int)(offset * 100 / size);

	if (now == w->last)
		return 0;
	w->last = now;
	return w->percent((unsigned int)now);
}

int
volume_wipe(struct volume *v, const char *name, const struct secret *key,
    int (*percent)(unsigned int))
{
	struct wipe w = { percent, -1 };
	char path[128];
	int r, rc = 0;

	if (!v->integrity)
		return 0;
	r = crypt_activate_by_volume_key(v->cd, name, (const char *)key->p,
	    key->n, CRYPT_ACTIVATE_PRIVATE | CRYPT_ACTIVATE_NO_JOURNAL);
	if (r < 0)
		return volume_failed("the volume cannot be opened", r);
	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	r = crypt_wipe(v->cd, path, CRYPT_WIPE_ZERO, 0, 0, WIPE_BLOCK, 0,
	    on_wiped, &w);
	if (r == -EINTR)
		rc = could_not("stopped while the volume was written");
	else if (r < 0)
		rc = volume_failed("the volume cannot be written", r);
	r = crypt_deactivate(v->cd, name);
	if (r < 0 && rc == 0)
		rc = volume_failed("the volume cannot be closed", r);
	return rc;
}

int
volume_close(const char *name)
{
	return dm_remove(name);
}
