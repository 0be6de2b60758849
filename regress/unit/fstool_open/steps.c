/* Stands in for all that cmd_open.c calls. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "fstool/commands.h"
#include "fstool/device.h"
#include "fstool/dm.h"
#include "fstool/token.h"
#include "fstool/why.h"
#include "regress/unit/fstool_open/steps.h"

struct world world;

static struct record_entry entry;

const char *
step_name(enum step s)
{
#define STEP_TEXT(name)	#name,
	static const char *const names[] = { "NONE", STEP_LIST(STEP_TEXT) };
#undef STEP_TEXT

	return names[s];
}

int
step_first(enum step s)
{
	int i;

	for (i = 0; i < world.ntrail; i++)
		if (world.trail[i] == s)
			return i;
	return -1;
}

int
step_last(enum step s)
{
	int i;

	for (i = world.ntrail - 1; i >= 0; i--)
		if (world.trail[i] == s)
			break;
	return i;
}

static int
step(enum step s)
{
	sigset_t now;

	if (world.ntrail == TRAIL_MAX)
		abort();
	sigprocmask(SIG_BLOCK, NULL, &now);
	world.held[world.ntrail] = sigismember(&now, SIGTERM) &&
	    sigismember(&now, SIGINT) && sigismember(&now, SIGHUP);
	world.trail[world.ntrail++] = s;
	return world.fails == s ? could_not("step %s", step_name(s)) : 0;
}

int
store_recover(struct store *s)
{
	(void)s;
	return step(STEP_RECOVER);
}

int
fs_mounted(const char *dir, dev_t *ret)
{
	(void)dir;
	*ret = 7;
	return step(STEP_MOUNTED) == -1 ? -1 : world.mounted;
}

int
dm_find(const char *name, dev_t *ret, char *uuid)
{
	(void)name;
	*ret = world.same ? 7 : 8;
	uuid[0] = '\0';
	return step(STEP_FIND) == -1 ? -1 : world.active;
}

int
store_load(struct store *s)
{
	if (step(STEP_LOAD) == -1)
		return -1;
	if (world.header)
		s->entry = &entry;
	return world.header;
}

int
file_take(const char *path, uint64_t max, struct loaded *l)
{
	(void)path;
	(void)max;
	if (step(STEP_TAKE_SIZE) == -1)
		return -1;
	l->bytes = span_make((const uint8_t *)"64\n", 3);
	return 1;
}

void
file_drop(struct loaded *l)
{
	l->fd = -1;
}

int
file_remove(const char *path)
{
	(void)path;
	return step(STEP_REMOVE);
}

static int
secret_take(struct secret *s, size_t n)
{
	if ((s->p = calloc(1, n)) == NULL)
		abort();
	s->n = n;
	world.secrets++;
	return 0;
}

void
secret_free(struct secret *s)
{
	if (s->p != NULL)
		world.secrets--;
	free(s->p);
	memset(s, 0, sizeof(*s));
}

int
phrase_make(struct phrase *p)
{
	if (step(STEP_MAKE_PHRASE) == -1)
		return -1;
	p->len = 8;
	return secret_take(&p->text, 16);
}

int
phrase_read(struct store *s, const char *prompt, int twice, struct phrase *p)
{
	(void)s;
	(void)prompt;
	(void)twice;
	if (step(STEP_READ_PHRASE) == -1)
		return -1;
	p->len = 8;
	return secret_take(&p->text, 16);
}

void
phrase_free(struct phrase *p)
{
	secret_free(&p->text);
}

int
container_make(struct store *s, const struct phrase *p)
{
	(void)s;
	(void)p;
	if (step(STEP_MAKE) == -1)
		return -1;
	world.header = 1;
	return 0;
}

int
device_open(const char *location, struct device *d)
{
	(void)location;
	(void)d;
	if (step(STEP_DEVICE) == -1)
		return -1;
	world.devices++;
	return 0;
}

void
device_close(struct device *d)
{
	(void)d;
	world.devices--;
}

int
keys_alloc(struct secret *s, size_t n)
{
	return step(STEP_KEYS) == -1 ? -1 : secret_take(s, n);
}

int
token_open(struct store *s, uint8_t key[MAC_LEN], char pass[SLOT_PASS_LEN + 1],
    int *ret_slot)
{
	(void)s;
	memset(key, 0, MAC_LEN);
	pass[0] = '\0';
	*ret_slot = 1;
	return step(STEP_UNSEAL);
}

int
store_check_mac(struct store *s, const uint8_t key[MAC_LEN], int by_tee)
{
	(void)s;
	(void)key;
	(void)by_tee;
	return step(STEP_CHECK_MAC);
}

int
store_check_counter(struct store *s)
{
	(void)s;
	return step(STEP_CHECK_COUNTER);
}

int
volume_load_fd(int header, const char *data, struct volume **v)
{
	(void)header;
	(void)data;
	if (step(STEP_LOAD_VOLUME) == -1)
		return -1;
	*v = (struct volume *)&world;
	world.volumes++;
	return 0;
}

void
volume_free(struct volume *v)
{
	if (v != NULL)
		world.volumes--;
}

int
volume_key(struct volume *v, int slot, const void *pass, size_t len,
    struct secret *key)
{
	(void)v;
	(void)slot;
	(void)pass;
	(void)len;
	if (step(STEP_VOLUME_KEY) == -1)
		return 0;	/* none opens with it */
	secret_take(key, 64);
	return 1;
}

int
keys_mac_key(const char *uuid, const struct secret *key, uint8_t mac[MAC_LEN])
{
	(void)uuid;
	(void)key;
	memset(mac, 0, MAC_LEN);
	return step(STEP_MAC_KEY);
}

int
store_settle(struct store *s, const struct secret *key)
{
	(void)s;
	(void)key;
	return step(STEP_SETTLE);
}

int
ask_tpm_there(const struct kids *k)
{
	(void)k;
	return !world.no_tpm;
}

int
cap_now(struct store *s, int opens)
{
	(void)s;
	world.opens = opens;
	return step(STEP_CAP);
}

int
volume_activate(struct volume *v, const char *name, const struct secret *key)
{
	(void)v;
	(void)name;
	(void)key;
	return step(STEP_ACTIVATE);
}

int
dm_check(const char *name, const struct header_facts *f, dev_t data)
{
	(void)name;
	(void)f;
	(void)data;
	return step(STEP_CHECK_TABLE);
}

int
fs_mount(const char *name, const char *dir)
{
	(void)name;
	(void)dir;
	return step(STEP_MOUNT);
}

int
fs_unmount(const char *dir)
{
	(void)dir;
	return step(STEP_UNMOUNT);
}

int
volume_close(const char *name)
{
	(void)name;
	return step(STEP_CLOSE);
}
