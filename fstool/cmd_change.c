/* What changes a header that is there: reseal, adopt, recovery-key. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fstool/commands.h"
#include "fstool/pass.h"
#include "fstool/report.h"
#include "fstool/token.h"
#include "fstool/why.h"

/*
 * A copy of the header to be changed, and its volume key by a passphrase.
 */
int
container_unlock(struct store *s, const struct phrase *p,
    struct volume **v, struct secret *key)
{
	int rc;

	if (volume_load_copy(s->header.fd, v) == -1)
		return -1;
	if ((rc = volume_key(*v, -1, p->text.p, p->len, key)) == -1)
		return -1;
	return rc == 1 ? 0 : could_not("no keyslot opens with this "
	    "passphrase");
}

static int
load_there(struct store *s)
{
	int rc;

	if (store_recover(s) == -1 || (rc = store_load(s)) == -1)
		return -1;
	return rc == 1 ? 0 : could_not("there is no container (%s)",
	    s->o->header);
}

/* The same for a header that the record knows, which is proved by the volume key. */
static int
unlock_known(struct store *s, const struct phrase *p, struct volume **v,
    struct secret *key)
{
	uint8_t mac[MAC_LEN];
	int rc;

	if (s->entry == NULL)
		return refused("%s is not the header that was written last: "
		    "cosmian_fstool adopt takes it in", s->o->header);
	if (store_check_counter(s) == -1 ||
	    container_unlock(s, p, v, key) == -1 ||
	    keys_mac_key(s->record.uuid, key, mac) == -1)
		return -1;
	rc = store_check_mac(s, mac, 0);
	explicit_bzero(mac, sizeof(mac));
	return rc == -1 ? -1 : store_settle(s, key);
}

/* Tokens that this program makes: with the cap in their policy, or a key of the TEE. */
static int
is_ours(const struct header_token *t)
{
	return t->bind != BIND_TPM || (t->pcr_mask >> PCR_CAP & 1) != 0;
}

/* Its wrap stays until the record is of the new header alone. */
static int
drop_token(struct volume *v, const struct header_token *t)
{
	/* a parse that was taken over would have the password's slot removed */
	if (!volume_token_is_of(v, (int)t->number, (int)t->slot))
		return could_not("token %u is not of keyslot %u: nothing is "
		    "changed", t->number, t->slot);
	if (volume_token_remove(v, (int)t->number) == -1)
		return -1;
	return volume_slot_remove(v, (int)t->slot);
}

/*
 * Of ours, one that is to go: sealed to neither boot, with no wrap, or by a key
 * of the TEE to what is sealed anew.
 */
static int
is_stale(const struct store *s, const struct header_token *t,
    const struct target *now, const struct target *then)
{
	if (!is_ours(t))
		return 0;
	if (!record_wraps(&s->record, t->number))
		return 1;
	if (t->bind != BIND_TPM && token_is_for(t, then != NULL ? then : now))
		return 1;
	return !token_is_for(t, now) &&
	    (then == NULL || !token_is_for(t, then));
}

/* How many those are, at most; what another kernel may unseal must not stay. */
static size_t
stale_count(const struct store *s, const struct target *now,
    const struct target *then)
{
	size_t i, n = 0;

	for (i = 0; i < s->facts.ntokens; i++)
		n += is_stale(s, &s->facts.token[i], now, then) != 0;
	return n;
}

static int
drop_stale(struct store *s, struct volume *v, const struct target *now,
    const struct target *then)
{
	const struct header_token *t;
	size_t i;

	for (i = 0; i < s->facts.ntokens; i++) {
		t = &s->facts.token[i];
		if (is_stale(s, t, now, then) && drop_token(v, t) == -1)
			return -1;
	}
	return 0;
}

/*
 * Sealed to this boot; or with then to the next one, and this one stays.  That
 * a token is of the key which the processor derives now cannot be seen when
 * the TPM is capped, so one with such a key is always made anew.
 */
static int
reseal_to(struct store *s, const struct phrase *p, const struct target *now,
    const struct target *then)
{
	const struct target *want = then != NULL ? then : now;
	const int there = want->bind == BIND_TPM && token_is_there(s, want);
	struct secret key = { 0 };
	struct volume *v = NULL;
	int rc = -1;

	if (there && stale_count(s, now, then) == 0) {
		notice("it is sealed so already: nothing is changed");
		return 0;
	}
	if (unlock_known(s, p, &v, &key) == -1 ||
	    (!there && token_make(s, want, v, &key) == -1) ||
	    drop_stale(s, v, now, then) == -1)
		goto out;
	rc = store_commit(s, v, &key);
out:
	volume_free(v);
	secret_free(&key);
	return rc;
}

static int
reseal_with(struct store *s, const struct phrase *p)
{
	const char *next = s->o->next_boot;
	struct target now, then;

	if (target_find(s, NULL, &now) == -1 ||
	    (next != NULL && target_find(s, next, &then) == -1))
		return -1;
	return reseal_to(s, p, &now, next != NULL ? &then : NULL);
}

int
cmd_reseal(struct store *s)
{
	struct phrase p = { 0 };
	int rc;

	rc = load_there(s);
	if (rc == 0)
		rc = phrase_read(s, "Password or recovery key: ", 0, &p);
	if (rc == 0)
		rc = reseal_with(s, &p);
	phrase_free(&p);
	return rc;
}

/* The counter of the record, if the TPM has it and it is this volume's. */
static int
counter_for(struct store *s, const struct secret *key)
{
	int rc;

	if (!ask_tpm_there(&s->kids)) {
		s->record.nv_index = 0;
		memset(s->record.nv_name, 0, sizeof(s->record.nv_name));
		return 0;
	}
	if ((rc = store_counter_is_ours(s, key)) != 0)
		return rc == 1 ? 0 : -1;
	if (s->record.nv_index != 0)
		notice("the TPM has no counter of this container: a new one "
		    "is made");
	return store_counter_new(s, key);
}

/* Whether it opens the slot: a TEE may have derived another key. 1, 0 (why), -1. */
static int
opens_slot(struct volume *v, const struct header_token *t,
    const uint8_t secret[SECRET_LEN], char why[REASON_MAX])
{
	char pass[SLOT_PASS_LEN + 1];
	struct secret key = { 0 };
	int rc;

	keys_slot_pass(secret, pass);
	rc = volume_key(v, (int)t->slot, pass, SLOT_PASS_LEN, &key);
	if (rc == 0)
		snprintf(why, REASON_MAX, "keyslot %u does not open with its "
		    "secret", t->slot);
	secret_free(&key);
	explicit_bzero(pass, sizeof(pass));
	return rc;
}

/*
 * 1 when it unseals and opens its slot; 0 when not (why); -1.  That a TEE
 * derives another key happens; what a TPM has sealed is the slot's, or not of us.
 */
static int
token_try(struct store *s, struct volume *v, const struct header_token *t,
    uint8_t secret[SECRET_LEN], char why[REASON_MAX])
{
	int rc;

	if ((rc = token_secret(s, t, secret, why)) == 1 &&
	    (rc = opens_slot(v, t, secret, why)) == 0 && t->bind == BIND_TPM)
		return refused("token %u: what is sealed in it does not open "
		    "its keyslot %u: nothing is taken in; if you do not know "
		    "why, remove it: cryptsetup token remove --token-id %u",
		    t->number, t->slot, t->number);
	return rc;
}

/* With a token its slot goes: not one that a password opens. */
static int
may_drop(const struct store *s, const struct header_token *t)
{
	size_t i;

	for (i = 0; i < s->facts.nslots; i++)
		if (s->facts.slot[i].number == t->slot &&
		    s->facts.slot[i].kdf == KDF_PBKDF2)
			return 0;
	return refused("token %u names the keyslot of a password: nothing is "
	    "taken in; remove it: cryptsetup token remove --token-id %u",
	    t->number, t->number);
}

/* Tokens that unseal now get their wrap; ours that do not are made anew. */
static int
adopt_tokens(struct store *s, struct volume *v, const struct secret *key)
{
	char why[REASON_MAX];
	uint8_t secret[SECRET_LEN];
	const struct header_token *t, *drop[HEADER_TOKENS_MAX];
	struct target now;
	size_t i, ndrop = 0;
	int rc;

	s->record.nwraps = 0;
	for (i = 0; i < s->facts.ntokens; i++) {
		t = &s->facts.token[i];
		if (t->bind != BIND_TEE && !ask_tpm_there(&s->kids)) {
			notice("token %u is left alone, and not used: there "
			    "is no TPM (%s)", t->number, s->o->tpm);
			continue;
		}
		rc = token_try(s, v, t, secret, why);
		if (rc == 1)
			rc = token_wrap(s, t->number, secret, key);
		else if (rc == 0 && is_ours(t)) {
			notice("token %u is made anew: %s", t->number, why);
			rc = may_drop(s, t);
			drop[ndrop++] = t;
		} else if (rc == 0)
			notice("token %u is left alone, and not used: %s",
			    t->number, why);
		explicit_bzero(secret, sizeof(secret));
		if (rc == -1)
			return -1;
	}
	if ((ndrop != 0 || s->facts.ntokens == 0) &&
	    (target_find(s, NULL, &now) == -1 ||
	    token_make(s, &now, v, key) == -1))
		return -1;
	for (i = 0; i < ndrop; i++)
		if (drop_token(v, drop[i]) == -1)
			return -1;
	return 0;
}

/* A header that was known stays so until it is replaced. */
static void
entry_keep(struct store *s, const struct record_entry *known)
{
	struct record_entry *e = &s->record.entry[0];

	*e = *known;
	if (s->have_counter)
		e->epoch = s->counter;
	s->entry = e;
}

static int
adopt_with(struct store *s, const struct phrase *p)
{
	struct record_entry known = { 0 };
	struct secret key = { 0 };
	struct volume *v = NULL;
	int rc = -1;

	if (s->entry != NULL)
		known = *s->entry;
	if (!s->have_record)
		memset(&s->record, 0, sizeof(s->record));
	snprintf(s->record.uuid, sizeof(s->record.uuid), "%s", s->facts.uuid);
	s->entry = NULL;
	if (container_unlock(s, p, &v, &key) == -1 ||
	    counter_for(s, &key) == -1 || adopt_tokens(s, v, &key) == -1)
		goto out;
	if (known.len != 0)
		entry_keep(s, &known);
	rc = store_commit(s, v, &key);
	if (rc == 0)
		rc = file_remove(s->note);
out:
	volume_free(v);
	secret_free(&key);
	return rc;
}

int
cmd_adopt(struct store *s)
{
	struct phrase p = { 0 };
	int rc;

	rc = load_there(s);
	if (rc == 0)
		rc = phrase_read(s, "Password or recovery key: ", 0, &p);
	if (rc == 0)
		rc = adopt_with(s, &p);
	phrase_free(&p);
	return rc;
}

/*
 * Kept in a file only when asked.  The file is written before the header is,
 * so that no slot is taken by a key that there is no room for, and gets its
 * name after it: under that name is only what opens the container.
 */
static int
recovery_save(const char *path, const struct secret *text,
    char ret_new[PATH_MAX])
{
	char line[RECOVERY_LEN + 1];
	int rc;

	if (file_beside(path, ".new", ret_new) == -1 ||
	    (rc = file_there(path)) == -1)
		return -1;
	if (rc == 1)
		return could_not("%s exists: nothing is overwritten", path);
	memcpy(line, text->p, RECOVERY_LEN);
	line[RECOVERY_LEN] = '\n';
	rc = file_put(ret_new, line, sizeof(line));
	explicit_bzero(line, sizeof(line));
	return rc;
}

static int
recovery_with(struct store *s, const struct phrase *p)
{
	static struct secret text;	/* until report_end() has shown it */
	char kept[PATH_MAX] = "";
	struct secret key = { 0 };
	struct volume *v = NULL;
	int rc = -1, slot;

	if (unlock_known(s, p, &v, &key) == -1 ||
	    recovery_make(&text) == -1 ||
	    volume_slot_add(v, &key, text.p, RECOVERY_LEN, SLOT_PASSWORD,
	    &slot) == -1 || (s->o->output != NULL &&
	    recovery_save(s->o->output, &text, kept) == -1))
		goto out;
	if ((rc = store_commit(s, v, &key)) == -1) {
		if (kept[0] != '\0')
			file_remove(kept);
		goto out;
	}
	report_number("keyslot", (uint64_t)slot);
	if (s->o->output != NULL)
		rc = file_move(kept, s->o->output);
	else {
		report_secret("recovery_key", (const char *)text.p);
		progress("Write it down: it is not shown again");
	}
out:
	volume_free(v);
	secret_free(&key);
	return rc;
}

int
cmd_recovery_key(struct store *s)
{
	struct phrase p = { 0 };
	int rc;

	rc = load_there(s);
	if (rc == 0)
		rc = phrase_read(s, "Password or recovery key: ", 0, &p);
	if (rc == 0)
		rc = recovery_with(s, &p);
	phrase_free(&p);
	return rc;
}
