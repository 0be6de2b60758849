/* A new container; store.h tells in which order its parts appear. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fstool/commands.h"
#include "fstool/device.h"
#include "fstool/token.h"
#include "fstool/why.h"

static int
nothing_there(struct store *s, int is_device)
{
	const char *names[] = { s->o->header, s->mac,
	    is_device ? NULL : s->o->location };
	size_t i;
	int there;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i] == NULL)
			continue;
		if ((there = file_there(names[i])) == -1)
			return -1;
		if (there)
			return could_not("%s exists: nothing is overwritten; "
			    "move it away, or name others with --location and "
			    "--header", names[i]);
	}
	return 0;
}

/* The password, inside the volume: only who is in can read it. */
static int
keep_password(struct store *s, const struct phrase *p)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/luks_password", s->o->mount) >=
	    (int)sizeof(path))
		return could_not("%s: too long", s->o->mount);
	return file_put(path, p->text.p, p->len);
}

static int
show_percent(unsigned int percent)
{
	static unsigned int shown;

	if (percent / 10 != shown / 10)
		progress("  %u %%", percent);
	shown = percent;
	return 0;
}

/* Activated once: written all over, so that every sector has its tag, and a file system made. */
static int
fill(struct store *s, struct volume *v, const struct secret *key,
    const struct phrase *p)
{
	const char *name = s->name_new;
	int rc;

	if (s->o->integrity)
		progress("Writing the volume once, for its checksums");
	if (volume_close(name) == -1 ||
	    volume_wipe(v, name, key, show_percent) == -1 ||
	    volume_activate(v, name, key) == -1)
		return -1;
	progress("Making the file system");
	rc = fs_make(name);
	if (rc == 0 && s->o->generate) {
		rc = fs_mount(name, s->o->mount);
		if (rc == 0 && keep_password(s, p) == -1)
			rc = -1;
		if (fs_unmount(s->o->mount) == -1)
			rc = -1;
	}
	if (volume_close(name) == -1)
		rc = -1;
	return rc;
}

/* Header and slots in header.new, data in device; the record in header.mac.new. */
static int
make_parts(struct store *s, const struct target *t, const struct phrase *p,
    const char *device)
{
	struct loaded header = { .fd = -1 };
	struct volume *v = NULL;
	struct secret key = { 0 };
	int rc = -1, slot;

	progress("Making the LUKS2 header");
	if (volume_format(s->header_new, device, s->o->integrity, &v,
	    &key) == -1)
		goto out;
	snprintf(s->record.uuid, sizeof(s->record.uuid), "%s", volume_uuid(v));
	if (volume_slot_add(v, &key, p->text.p, p->len, SLOT_PASSWORD,
	    &slot) == -1 || token_make(s, t, v, &key) == -1)
		goto out;
	if (device != NULL && s->o->filesystem && fill(s, v, &key, p) == -1)
		goto out;
	if (ask_tpm_there(&s->kids) &&
	    store_counter_new(s, &key) == -1)
		goto out;
	if (file_sync(s->header_new) == -1 ||
	    file_take_fd(volume_header(v), HEADER_MAX, s->header_new,
	    &header) == -1 ||
	    ask_header(&s->kids, header.fd, s->header_new, &s->facts) == -1 ||
	    store_record_put(s, s->mac_new, &key,
	    s->have_counter ? s->counter : 1, header.bytes) == -1)
		goto out;
	rc = 0;
out:
	file_drop(&header);
	volume_free(v);
	secret_free(&key);
	return rc;
}

/* From header.mac on the next run would finish it. */
static int
publish(struct store *s, int is_device)
{
	if (file_move(s->mac_new, s->mac) == -1 ||
	    (!is_device && file_move(s->location_new, s->o->location) == -1))
		return -1;
	return file_move(s->header_new, s->o->header) == -1 ? -1 :
	    file_remove(s->note);
}

/* A file is made here, a block device is open already. */
static int
make_on(struct store *s, const struct target *t, const struct phrase *p,
    struct device *d)
{
	int rc;

	if (!s->is_device && file_new(s->location_new, s->o->size) == -1)
		return -1;
	if (!s->is_device && s->o->filesystem &&
	    device_open(s->location_new, d) == -1)
		return -1;
	rc = make_parts(s, t, p, s->o->filesystem ? d->path : NULL);
	device_close(d);
	if (rc == 0 && !s->is_device)
		rc = file_sync(s->location_new);
	return rc;
}

static void
say_what_it_rests_on(const struct target *t)
{
	if (t->bind == BIND_TPM)
		notice("sealed in the TPM alone: whoever runs a virtual TPM "
		    "can unseal it too (--bind tpm+tee where the hardware "
		    "derives keys)");
	if (t->bind != BIND_TEE && !t->root_measured)
		notice("the root file system is not measured (no dm-verity "
		    "hash in the command line): whoever can change the disk "
		    "can have his own programs unseal it");
}

/* What there is must not be harmed: looked at before anything is made. */
static int
room_check(struct store *s, struct device *d)
{
	if (nothing_there(s, s->is_device) == -1)
		return -1;
	if (s->is_device)
		return device_open(s->o->location, d) == -1 ? -1 :
		    device_empty(d, s->o->location);
	if (s->o->size == 0)
		return could_not("%s is no block device: how large shall the "
		    "file be? (--size)", s->o->location);
	return 0;
}

int
container_make(struct store *s, const struct phrase *p)
{
	struct device d = { .fd = -1 };
	struct target t;
	int rc = -1;

	if (room_check(s, &d) == -1 || target_find(s, NULL, &t) == -1)
		goto out;
	say_what_it_rests_on(&t);
	if (file_new(s->header_new, HEADER_FILE_LEN) == -1)
		goto out;
	if (make_on(s, &t, p, &d) == -1) {
		store_start_clean(s);
		goto out;
	}
	rc = publish(s, s->is_device);
out:
	device_close(&d);
	return rc;
}

/*
 * What an interrupted run had made is a whole container now; it is what was
 * asked for if this passphrase opens it.  A generated one is inside.
 */
static int
finished_check(struct store *s, const struct phrase *p)
{
	struct secret key = { 0 };
	struct volume *v = NULL;
	int rc;

	if (store_load(s) != 1)
		return could_not("%s: it is gone", s->o->header);
	notice("%s is the container that the earlier run made: its size and "
	    "what it is sealed to are those of that run", s->o->header);
	if (s->o->generate)
		return 0;
	if (volume_load_fd(s->header.fd, NULL, &v) == -1)
		return -1;
	if ((rc = volume_key(v, -1, p->text.p, p->len, &key)) == 0)
		rc = could_not("%s exists, made by an interrupted run with "
		    "another passphrase", s->o->header);
	volume_free(v);
	secret_free(&key);
	return rc == 1 ? 0 : -1;
}

static int
make_new(struct store *s, const struct phrase *p)
{
	if (container_make(s, p) == -1)
		return -1;
	return s->o->filesystem && store_load(s) != 1 ?
	    could_not("%s: it is gone", s->o->header) : 0;
}

int
cmd_create(struct store *s)
{
	struct phrase p = { 0 };
	int rc;

	if (store_recover(s) == -1)
		return -1;
	rc = s->o->generate ? phrase_make(&p) :
	    phrase_read(s, "Password of the new container: ", 1, &p);
	if (rc == 0)
		rc = s->finished ? finished_check(s, &p) : make_new(s, &p);
	if (rc == 0 && s->o->filesystem)
		rc = container_open(s, s->finished && s->o->generate ? NULL :
		    &p);
	phrase_free(&p);
	return rc;
}
