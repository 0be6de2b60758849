/* What a boot does: judge the header, unseal, cap, activate, mount. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fstool/commands.h"
#include "fstool/device.h"
#include "fstool/dm.h"
#include "fstool/token.h"
#include "fstool/why.h"

#define SIZE_TEXT_MAX	32	/* of the file of open --create */
#define MIB_MAX		(16u << 20)	/* 16 TiB */

static int
known(struct store *s)
{
	if (s->entry != NULL)
		return 0;
	if (s->have_record)
		return refused("%s is not the header that was written last: "
		    "if you changed it with other tools, take it in: "
		    "cosmian_fstool adopt", s->o->header);
	return refused("%s has no record beside it (%s): if it is yours, "
	    "take it in: cosmian_fstool adopt", s->o->header, s->mac);
}

static int
is_of_tee(const struct store *s, int slot)
{
	size_t i;

	for (i = 0; i < s->facts.ntokens; i++)
		if ((int)s->facts.token[i].slot == slot)
			return s->facts.token[i].bind != BIND_TPM;
	return 0;
}

/* The passphrase that opens a slot: of a token whose secret also proved the MAC, or the given one. */
static int
find_pass(struct store *s, const struct phrase *p, struct secret *ret_pass,
    size_t *ret_len, int *ret_slot)
{
	uint8_t key[MAC_LEN];
	int rc;

	if (keys_alloc(ret_pass, p == NULL ? SLOT_PASS_LEN + 1 :
	    p->len) == -1)
		return -1;
	if (p != NULL) {
		memcpy(ret_pass->p, p->text.p, p->len);
		*ret_len = p->len;
		*ret_slot = -1;
		return 0;
	}
	*ret_len = SLOT_PASS_LEN;
	rc = token_open(s, key, (char *)ret_pass->p, ret_slot);
	if (rc == 0)
		rc = store_check_mac(s, key, is_of_tee(s, *ret_slot));
	explicit_bzero(key, sizeof(key));
	return rc;
}

/* The volume key, when header, MAC and counter are right. */
static int
judge(struct store *s, const struct phrase *p, const char *data,
    struct volume **v, struct secret *key)
{
	struct secret pass = { 0 };
	uint8_t mac[MAC_LEN];
	size_t len;
	int rc, slot;

	rc = known(s);
	if (rc == 0)
		rc = find_pass(s, p, &pass, &len, &slot);
	if (rc == 0)
		rc = store_check_counter(s);
	if (rc == 0)
		rc = volume_load_fd(s->header.fd, data, v);
	if (rc == 0 && (rc = volume_key(*v, slot, pass.p, len, key)) != -1)
		rc = rc == 1 ? 0 : could_not("no keyslot opens with this "
		    "passphrase");
	if (rc == 0)
		rc = keys_mac_key(s->record.uuid, key, mac);
	if (rc == 0)
		rc = store_check_mac(s, mac, 0);
	if (rc == 0)
		rc = store_settle(s, key);
	explicit_bzero(mac, sizeof(mac));
	secret_free(&pass);
	return rc;
}

/* Nothing unseals after this, whether it was opened or not. */
static int
cap(struct store *s, int opens)
{
	if (!ask_tpm_there(&s->kids)) {
		notice("%s is not there: nothing is capped", s->o->tpm);
		return 0;
	}
	return cap_now(s, opens);
}

static int
activate(struct store *s, struct volume *v, const struct secret *key,
    const struct device *d)
{
	if (volume_activate(v, s->o->name, key) == -1)
		return -1;
	if (dm_check(s->o->name, &s->facts, d->number) == 0 &&
	    fs_mount(s->o->name, s->o->mount) == 0)
		return 0;
	volume_close(s->o->name);
	return -1;
}

/* What would end us between unsealing and the cap waits until that is done. */
static void
signals_hold(sigset_t *ret_before)
{
	sigset_t held;

	sigfillset(&held);
	sigprocmask(SIG_BLOCK, &held, ret_before);
}

int
container_open(struct store *s, const struct phrase *p)
{
	struct device d = { .fd = -1 };
	struct secret key = { 0 };
	struct volume *v = NULL;
	sigset_t before;
	int opened, rc;

	progress("Opening %s", s->o->location);
	opened = device_open(s->o->location, &d) == 0;
	signals_hold(&before);
	rc = opened ? judge(s, p, d.path, &v, &key) : -1;
	if (cap(s, rc == 0) == -1)
		rc = -1;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (rc == 0)
		rc = activate(s, v, &key, &d);
	if (rc == 0)
		progress("Mounted at %s", s->o->mount);
	volume_free(v);
	secret_free(&key);
	if (opened)
		device_close(&d);
	return rc;
}

/* 1 when it is mounted already; one that is only active is closed: a run was cut off. */
static int
open_already(struct store *s)
{
	dev_t mounted, active;
	char uuid[128];
	int m, a;

	if ((m = fs_mounted(s->o->mount, &mounted)) == -1)
		return -1;
	if ((a = dm_find(s->o->name, &active, uuid)) == -1)
		why_clear();	/* no device mapper: activation will say so */
	if (m == 1 && a == 1 && mounted == active) {
		notice("%s is mounted already", s->o->mount);
		return 1;
	}
	if (m == 1)
		return could_not("something else is mounted at %s",
		    s->o->mount);
	return a == 1 ? volume_close(s->o->name) : 0;
}

/* The size in MiB that the agent wrote down at its first launch. */
static int
wanted_size(const char *path, uint64_t *ret)
{
	struct loaded l = { .fd = -1 };
	char text[SIZE_TEXT_MAX], *end;
	unsigned long n;
	int there;

	if ((there = file_take(path, sizeof(text) - 1, &l)) <= 0)
		return there;
	memcpy(text, l.bytes.p, l.bytes.n);
	text[l.bytes.n] = '\0';
	file_drop(&l);
	n = strtoul(text, &end, 10);
	if (end == text || (*end != '\0' && strcmp(end, "\n") != 0) ||
	    n == 0 || n > MIB_MAX)
		return could_not("%s: not a size in MiB", path);
	*ret = (uint64_t)n << 20;
	return 1;
}

/* open --create, and there is no header: make one, with a password that only the volume knows. */
static int
create_then_open(struct store *s)
{
	struct options o = *s->o;
	struct phrase p = { 0 };
	int rc, there;

	if (o.create_from == NULL || (there = wanted_size(o.create_from,
	    &o.size)) == 0)
		return could_not("there is no container (%s): make one: "
		    "cosmian_fstool create --size SIZE", o.header);
	if (there == -1)
		return -1;
	o.generate = 1;
	s->o = &o;
	rc = phrase_make(&p);
	if (rc == 0)
		rc = container_make(s, &p);
	if (rc == 0 && store_load(s) != 1)
		rc = could_not("%s: it is gone", o.header);
	if (rc == 0)
		rc = container_open(s, &p);
	phrase_free(&p);
	if (rc == 0)
		rc = file_remove(o.create_from);
	return rc;
}

static int
open_there(struct store *s)
{
	const struct options *o = s->o;
	struct phrase p = { 0 };
	int rc;

	if (store_recover(s) == -1)
		return -1;
	if ((rc = open_already(s)) != 0)
		return rc == 1 ? cap(s, 0) : -1;	/* by whomever */
	if ((rc = store_load(s)) == -1)
		return -1;
	if (rc == 0) {
		rc = create_then_open(s);
		s->o = o;
		return rc;
	}
	rc = 0;
	if (o->password != NULL)
		rc = phrase_read(s, "Password or recovery key: ", 0, &p);
	if (rc == 0)
		rc = container_open(s, o->password != NULL ? &p : NULL);
	phrase_free(&p);
	return rc;
}

int
cmd_open(struct store *s)
{
	int rc = open_there(s);

	if (rc == -1)
		cap(s, 0);	/* why_text() stays what it was */
	return rc;
}

int
cmd_close(struct store *s)
{
	dev_t mounted, active;
	char uuid[128];
	int m, a;

	if ((m = fs_mounted(s->o->mount, &mounted)) == -1 ||
	    (a = dm_find(s->o->name, &active, uuid)) == -1)
		return -1;
	if (a == 0 && m == 0) {
		notice("it is not open");
		return 0;
	}
	if (m == 1 && (a == 0 || mounted != active))
		return could_not("something else is mounted at %s",
		    s->o->mount);
	if (m == 1 && fs_unmount(s->o->mount) == -1)
		return -1;
	return volume_close(s->o->name);
}

int
cmd_cap(struct store *s)
{
	return cap(s, 0);
}
