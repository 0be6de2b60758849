#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fstool/device.h"
#include "fstool/store.h"
#include "fstool/why.h"

static int
is_block(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISBLK(st.st_mode);
}

int
store_init(struct store *s, const struct options *o)
{
	memset(s, 0, sizeof(*s));
	s->o = o;
	s->lock = s->header.fd = -1;
	snprintf(s->name_new, sizeof(s->name_new), "%.50s-new", o->name);
	s->is_device = is_block(o->location);
	kids_init(&s->kids, o->tpm, o->verbose);
	if (file_beside(o->header, ".new", s->header_new) == -1 ||
	    file_beside(o->header, ".next", s->header_next) == -1 ||
	    file_beside(o->header, ".mac", s->mac) == -1 ||
	    file_beside(o->header, ".mac.new", s->mac_new) == -1 ||
	    file_beside(o->header, ".note", s->note) == -1 ||
	    file_beside(o->location, ".new", s->location_new) == -1)
		return -1;
	return 0;
}

void
store_end(struct store *s)
{
	kids_stop(&s->kids);
	file_drop(&s->header);
	if (s->lock != -1)
		close(s->lock);
	s->lock = -1;
}

/* The counter that a record names, and the proof of a note; 0 when there is none, or no whole record. */
static uint32_t
counter_of(struct store *s, const char *path, uint8_t ret_proof[SECRET_LEN])
{
	struct loaded l = { .fd = -1 };
	const int silent = why_status() == 0;
	struct record r;
	uint32_t index = 0;

	if (file_take(path, RECORD_MAX, &l) == 1 &&
	    ask_record(&s->kids, l.bytes.p, l.bytes.n, path, &r) == 0) {
		index = r.nv_index;
		memcpy(ret_proof, r.entry[0].mac, SECRET_LEN);
	} else if (silent)
		why_clear();
	file_drop(&l);
	return index;
}

/*
 * The counter of what was never finished is nobody's; that of the container
 * stays.  Whoever has the disk can write a note that names any counter: only
 * one that takes the note's proof is undefined.
 */
static int
forget_counter(struct store *s)
{
	struct nv_ask q = { .index = 0 };
	uint8_t mac[SECRET_LEN];
	struct nv_ans a;
	int rc = 0;

	q.index = counter_of(s, s->note, q.proof);
	if (q.index != 0 && q.index != counter_of(s, s->mac, mac)) {
		rc = ask_nv(&s->kids, FS_NV_UNDEFINE_REQ, &q, &a);
		if (rc == 0 && a.there)
			notice("%s: %s", s->note, a.why);
	}
	return rc == -1 ? -1 : file_remove(s->note);
}

int
store_start_clean(struct store *s)
{
	if (volume_close(s->name_new) == -1 ||
	    device_clear(s->location_new) == -1 ||
	    (s->is_device &&
	    device_clear(s->o->location) == -1) ||
	    forget_counter(s) == -1 || file_remove(s->mac_new) == -1 ||
	    file_remove(s->location_new) == -1)
		return -1;
	return file_remove(s->header_new);
}

static int
finish_create(struct store *s)
{
	int there;

	progress("An earlier run was interrupted at its end: it is finished");
	if ((there = file_there(s->location_new)) == -1 ||
	    (there == 1 && file_move(s->location_new, s->o->location) == -1) ||
	    file_move(s->header_new, s->o->header) == -1)
		return -1;
	s->finished = 1;
	return 0;
}

int
store_recover(struct store *s)
{
	int header, made, recorded;

	if ((s->lock = file_lock_beside(s->o->header)) == -1 ||
	    (header = file_there(s->o->header)) == -1 ||
	    (made = file_there(s->header_new)) == -1 ||
	    (recorded = file_there(s->mac)) == -1)
		return -1;
	if (header)
		return forget_counter(s) == -1 ||
		    file_remove(s->mac_new) == -1 ? -1 :
		    file_remove(s->header_next);
	if (!made)
		return 0;
	if (recorded)
		return finish_create(s);
	progress("An earlier run was interrupted: what it left is removed");
	return store_start_clean(s);
}

int
record_wraps(const struct record *r, unsigned int token)
{
	size_t i;

	for (i = 0; i < r->nwraps; i++)
		if (r->wrap[i].token == token)
			return 1;
	return 0;
}

static int
load_record(struct store *s)
{
	struct loaded l = { .fd = -1 };
	struct record_entry *e;
	int there;
	size_t i;

	if ((there = file_take(s->mac, RECORD_MAX, &l)) <= 0)
		return there;
	file_drop(&l);
	if (ask_record(&s->kids, l.bytes.p, l.bytes.n, s->mac,
	    &s->record) == -1)
		return -1;
	s->have_record = 1;
	if (strcmp(s->record.uuid, s->facts.uuid) != 0)
		return refused("%s belongs to another container than %s",
		    s->mac, s->o->header);
	for (i = 0; i < s->record.nentries; i++) {
		e = &s->record.entry[i];
		if (e->len == s->header.bytes.n &&
		    memcmp(e->digest, s->digest, sizeof(s->digest)) == 0)
			s->entry = e;
	}
	return 0;
}

int
store_load(struct store *s)
{
	int there;

	if ((there = file_take(s->o->header, HEADER_MAX, &s->header)) <= 0)
		return there;
	if (keys_sha256(s->header.bytes.p, s->header.bytes.n,
	    s->digest) == -1 || ask_header(&s->kids, s->header.fd,
	    s->o->header, &s->facts) == -1)
		return -1;
	return load_record(s) == -1 ? -1 : 1;
}

int
store_check_counter(struct store *s)
{
	const struct nv_ask q = { .index = s->record.nv_index };
	struct nv_ans a;

	if (s->record.nv_index == 0)
		return 0;
	if (!ask_tpm_there(&s->kids))
		return could_not("there is no TPM (%s), whose counter says "
		    "whether this header is the latest; if you know that it "
		    "is, take it in without: cosmian_fstool adopt",
		    s->o->tpm);
	if (ask_nv(&s->kids, FS_NV_READ_REQ, &q, &a) == -1)
		return -1;
	if (!a.there || memcmp(a.name, s->record.nv_name, NV_NAME_LEN) != 0)
		return refused("the TPM has no counter 0x%x of this "
		    "container: another TPM, or it was cleared; take the "
		    "header in with: cosmian_fstool adopt",
		    s->record.nv_index);
	s->have_counter = 1;
	s->counter = a.value;
	if (s->entry == NULL || s->entry->epoch == a.value ||
	    s->entry->epoch == a.value + 1)
		return 0;
	return refused("%s is not the latest: its epoch is %llu, the TPM "
	    "counts %llu; an older header was put back", s->o->header,
	    (unsigned long long)s->entry->epoch, (unsigned long long)a.value);
}

int
store_check_mac(struct store *s, const uint8_t key[MAC_LEN], int of_tee)
{
	uint8_t mac[MAC_LEN];

	if (keys_mac(key, &s->record, s->entry, mac) == -1)
		return -1;
	if (secret_equal(mac, s->entry->mac, sizeof(mac)))
		return 0;
	if (of_tee)
		return refused("not unsealed: the processor derives another "
		    "key than when it was sealed (another image, policy or "
		    "processor), or somebody else wrote %s; open it by "
		    "password or recovery key (--password), and seal it "
		    "anew: cosmian_fstool reseal", s->mac);
	return refused("%s: the MAC is wrong: somebody else wrote it", s->mac);
}

/* Encode s->record and give it its name. */
static int
record_write(struct store *s, const char *path)
{
	uint8_t buf[RECORD_MAX];
	size_t n;

	if (record_encode(&s->record, buf, sizeof(buf), &n) == -1)
		return could_not("the record does not fit");
	return file_put(path, buf, n);
}

/* One more entry of s->record; the MACs of all, for what they share may have changed. */
static int
entry_add(struct store *s, const struct secret *volume_key, uint64_t epoch,
    struct span header)
{
	struct record_entry *e = &s->record.entry[s->record.nentries++];
	uint8_t key[MAC_LEN];
	size_t i;
	int rc;

	memset(e, 0, sizeof(*e));
	e->epoch = epoch;
	e->len = header.n;
	rc = keys_sha256(header.p, header.n, e->digest);
	if (rc == 0)
		rc = keys_mac_key(s->record.uuid, volume_key, key);
	for (i = 0; rc == 0 && i < s->record.nentries; i++)
		rc = keys_mac(key, &s->record, &s->record.entry[i],
		    s->record.entry[i].mac);
	explicit_bzero(key, sizeof(key));
	return rc;
}

int
store_record_put(struct store *s, const char *path,
    const struct secret *volume_key, uint64_t epoch, struct span header)
{
	s->record.nentries = 0;
	s->entry = NULL;
	if (entry_add(s, volume_key, epoch, header) == -1)
		return -1;
	s->entry = &s->record.entry[0];
	return record_write(s, path);
}

/* One request about the counter of s->record, with its authorisation. */
static int
counter_ask(struct store *s, const struct secret *volume_key,
    enum fs_type type, struct nv_ans *ret_a)
{
	struct nv_ask q = { .index = s->record.nv_index };
	int rc;

	rc = keys_counter_auth(s->record.uuid, volume_key, q.auth);
	if (rc == 0)
		rc = ask_nv(&s->kids, type, &q, ret_a);
	explicit_bzero(&q, sizeof(q));
	return rc;
}

static int
counter_raise(struct store *s, const struct secret *volume_key)
{
	struct nv_ans a;

	if (s->record.nv_index == 0)
		return 0;
	if (counter_ask(s, volume_key, FS_NV_BUMP_REQ, &a) == -1)
		return -1;
	s->counter = a.value;
	return 0;
}

int
store_counter_is_ours(struct store *s, const struct secret *volume_key)
{
	struct nv_ans a;

	if (s->record.nv_index == 0)
		return 0;
	if (counter_ask(s, volume_key, FS_NV_READ_REQ, &a) == -1)
		return -1;
	if (!a.there || memcmp(a.name, s->record.nv_name, NV_NAME_LEN) != 0)
		return 0;
	s->have_counter = 1;
	s->counter = a.value;
	return 1;
}

/* What would fail after the header was replaced fails before. */
static int
counter_prove(struct store *s, const struct secret *volume_key)
{
	int rc;

	if (s->record.nv_index == 0)
		return 0;
	if ((rc = store_counter_is_ours(s, volume_key)) == 0)
		refused("the TPM's counter 0x%x is not this container's: "
		    "nothing is changed; take the header in with: "
		    "cosmian_fstool adopt", s->record.nv_index);
	return rc == 1 ? 0 : -1;
}

/* A record of two headers has the wraps of both; from now on the one's. */
static void
wraps_settle(struct store *s)
{
	struct record *r = &s->record;
	size_t i = 0, j;

	while (i < r->nwraps) {
		for (j = 0; j < s->facts.ntokens; j++)
			if (s->facts.token[j].number == r->wrap[i].token)
				break;
		if (j == s->facts.ntokens)
			r->wrap[i] = r->wrap[--r->nwraps];
		else
			i++;
	}
}

int
store_settle(struct store *s, const struct secret *volume_key)
{
	if (s->have_counter && s->entry->epoch == s->counter + 1 &&
	    counter_raise(s, volume_key) == -1)
		return -1;
	if (s->record.nentries == 1)
		return 0;
	wraps_settle(s);
	return store_record_put(s, s->mac, volume_key, s->entry->epoch,
	    s->header.bytes);
}

/* The changed header is judged like any other, and written: then it is in force for s. */
static int
take_next(struct store *s, const struct volume *v, struct loaded *next,
    struct header_facts *facts)
{
	if (file_take_fd(volume_header(v), HEADER_MAX, s->header_next,
	    next) == -1 ||
	    ask_header(&s->kids, next->fd, s->header_next, facts) == -1)
		return -1;
	if (strcmp(facts->uuid, s->record.uuid) != 0)
		return could_not("%s: another UUID", s->header_next);
	return file_put(s->header_next, next->bytes.p, next->bytes.n);
}

int
store_commit(struct store *s, const struct volume *v,
    const struct secret *volume_key)
{
	struct header_facts facts;
	struct loaded next = { .fd = -1 };
	uint64_t epoch;

	if (counter_prove(s, volume_key) == -1 ||
	    take_next(s, v, &next, &facts) == -1)
		return -1;
	epoch = s->have_counter ? s->counter + 1 :
	    s->entry != NULL ? s->entry->epoch + 1 : 1;
	if (s->entry != NULL)
		s->record.entry[0] = *s->entry;
	s->record.nentries = s->entry != NULL;
	s->entry = NULL;
	if (entry_add(s, volume_key, epoch, next.bytes) == -1 ||
	    record_write(s, s->mac) == -1 ||
	    file_move(s->header_next, s->o->header) == -1)
		return -1;
	file_drop(&s->header);
	s->header = next;
	s->facts = facts;
	if (counter_raise(s, volume_key) == -1)
		return -1;
	wraps_settle(s);
	if (store_record_put(s, s->mac, volume_key, epoch, next.bytes) == -1)
		return -1;
	memcpy(s->digest, s->entry->digest, sizeof(s->digest));
	return 0;
}

/* Before the index is defined: so that an interrupted run finds it. */
static int
make_note(struct store *s, const uint8_t proof[SECRET_LEN])
{
	static const uint8_t unknown[NV_NAME_LEN] = { 0x00, 0x0b };
	struct record_entry *e = &s->record.entry[0];

	memcpy(s->record.nv_name, unknown, sizeof(unknown));
	s->record.nentries = 1;
	memset(e, 0, sizeof(*e));
	e->len = HEADER_FILE_LEN;
	memcpy(e->mac, proof, SECRET_LEN);
	return record_write(s, s->note);
}

/* The first index that nobody has. 1 when it was defined, 0 when all are taken, -1. */
static int
counter_define(struct store *s, struct nv_ask *q, struct nv_ans *a)
{
	for (q->index = NV_FIRST; q->index <= NV_LAST; q->index++) {
		if (ask_nv(&s->kids, FS_NV_READ_REQ,
		    &(const struct nv_ask){ .index = q->index }, a) == -1)
			return -1;
		if (a->there)
			continue;
		s->record.nv_index = q->index;
		if (make_note(s, q->proof) == -1 ||
		    ask_nv(&s->kids, FS_NV_DEFINE_REQ, q, a) == -1)
			return -1;
		if (!a->there)
			return 1;
	}
	return 0;
}

int
store_counter_new(struct store *s, const struct secret *volume_key)
{
	struct nv_ask q = { .index = 0 };
	struct nv_ans a;
	int rc = -1;

	if (keys_counter_auth(s->record.uuid, volume_key, q.auth) == 0 &&
	    keys_random(q.proof, sizeof(q.proof)) == 0)
		rc = counter_define(s, &q, &a);
	explicit_bzero(&q, sizeof(q));
	if (rc == 0)
		return could_not("all %u counters for containers in the TPM "
		    "are taken", NV_LAST - NV_FIRST + 1);
	if (rc == -1)
		return -1;
	memcpy(s->record.nv_name, a.name, NV_NAME_LEN);
	s->have_counter = 1;
	s->counter = a.value;
	return 0;
}
