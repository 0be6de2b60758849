/*
 * Kinds ima-binary, ima-ascii and ima-binary-perbank: form, template digests,
 * violations, signatures when keys are given, and replay to the PCR values
 * asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "evidence/attest_verify.h"
#include "evidence/ima_ascii.h"
#include "evidence/ima_banks.h"
#include "evidence/kind_ima.h"
#include "evidence/ima_sig.h"

struct ima_case {
	const struct evcase	*c;
	struct evout		*out;
	struct ima_banks	 b;
	json_t			*templates;
	struct ima_keys		 keys;
	int			 has_keys;
	size_t			 sigs[IMA_SIG_UNKNOWN + 1];
	size_t			 first_bad_sig;
	size_t			 undecoded;
	char			 first_digest[2 * DIGEST_MAX + 1];
	struct ima_first	 first;
};

static void
template_count(struct ima_case *k, struct span name)
{
	char key[4 * MAX_IMA_NAME + 1];
	json_t *n;

	text_escape(name, key, sizeof(key));
	n = json_object_get(k->templates, key);
	if (n != NULL)
		json_integer_set(n, json_integer_value(n) + 1);
	else if (json_object_size(k->templates) < MAX_IMA_TEMPLATES)
		json_object_set_new(k->templates, key, json_integer(1));
}

static void
first_take(struct ima_case *k, uint32_t pcr, struct span logged,
    const struct ima_fields *f)
{
	hex_encode(logged, k->first_digest, sizeof(k->first_digest));
	if (f == NULL || f->has_buf || f->digest.n == 0 ||
	    f->digest.n > DIGEST_MAX || span_is_zero(logged) ||
	    !span_eq_str(f->path, "boot_aggregate"))
		return;
	k->first.is_boot_aggregate = 1;
	k->first.pcr = pcr;
	k->first.alg = f->alg;
	k->first.digest_len = f->digest.n;
	memcpy(k->first.digest, f->digest.p, f->digest.n);
}

/* f is NULL for an entry whose fields are not understood. */
static int
entry_add(struct ima_case *k, uint32_t pcr, struct span name,
    struct span logged, struct span data, const struct ima_fields *f)
{
	enum ima_sig_result sig;

	if (pcr >= TPM_PCRS)
		return checks_add(&k->out->ck, RESULT_FAIL, "ima.pcr",
		    "entry %zu is for PCR %u, which no TPM has",
		    k->b.entries, pcr);
	if (k->b.entries == 0)
		first_take(k, pcr, logged, f);
	template_count(k, name);
	k->undecoded += f == NULL;
	if (k->has_keys && f != NULL) {
		sig = ima_sig_verify(&k->keys, f);
		if (sig == IMA_SIG_BAD && k->sigs[sig] == 0)
			k->first_bad_sig = k->b.entries;
		k->sigs[sig]++;
	}
	if (ima_banks_add(&k->b, pcr, logged, data) == -1)
		return checks_add(&k->out->ck, RESULT_FAIL, "ima.list",
		    "no memory");
	return 0;
}

static int
list_broken(struct ima_case *k, enum ima_status st, size_t off)
{
	if (st == IMA_END)
		return 0;
	claim_bool(k->out, "parse_error", 1);
	return checks_add(&k->out->ck, RESULT_FAIL, "ima.list", "%s at byte "
	    "%zu, after %zu entries", st == IMA_SHORT ?
	    "the list ends inside an entry" : "the list is malformed", off,
	    k->b.entries);
}

static int
read_binary(struct ima_case *k, struct span list)
{
	struct ima_fields f;
	struct ima_entry e;
	enum ima_status st;
	struct cursor c;
	uint8_t pad[276];
	int has;

	cursor_init(&c, list);
	while ((st = ima_next_sized(&c, digest_size(k->b.header), &e)) ==
	    IMA_ENTRY) {
		if (e.is_ima) {
			memset(&f, 0, sizeof(f));
			f.alg = e.alg;
			f.digest = e.digest;
			f.path = e.path;
			has = e.decoded;
		} else
			has = ima_fields_decode(e.name, e.data, &f) == 0;
		if (entry_add(k, e.pcr, e.name, e.template_digest,
		    ima_hashed_data(&e, pad), has ? &f : NULL) == -1)
			return -1;
	}
	return list_broken(k, st, c.off);
}

static int
read_ascii(struct ima_case *k, struct span list)
{
	struct ima_line l;
	enum ima_status st;
	struct cursor c;
	int rc = -1;

	cursor_init(&c, list);
	ima_line_init(&l);
	while ((st = ima_ascii_next(&c, &l)) == IMA_ENTRY) {
		if (l.digest_len != digest_size(k->b.header)) {
			st = IMA_BAD;
			break;
		}
		if (entry_add(k, l.pcr, l.name, span_make(l.digest,
		    l.digest_len), buf_span(&l.data), l.has_fields ?
		    &l.fields : NULL) == -1)
			goto out;
	}
	rc = list_broken(k, st, c.off);
out:
	ima_line_free(&l);
	return rc;
}

static json_t *
hex_json(const uint8_t *p, size_t n)
{
	char hex[2 * DIGEST_MAX + 1];

	hex_encode(span_make(p, n), hex, sizeof(hex));
	return json_string(hex);
}

static void
pcr_claims(struct ima_case *k)
{
	json_t *all = json_object(), *old = json_object(), *bank;
	char key[12];
	unsigned i, n;
	int a;

	for (n = 0; n < TPM_PCRS - 1 && (k->b.mask >> n & 1) == 0; n++)
		continue;
	if ((k->b.mask >> IMA_PCR & 1) != 0)
		n = IMA_PCR;
	for (a = DIGEST_SHA1; a < DIGEST_ALG_MAX; a++) {
		bank = json_object();
		for (i = 0; i < TPM_PCRS; i++) {
			if ((k->b.mask >> i & 1) == 0)
				continue;
			snprintf(key, sizeof(key), "%u", i);
			json_object_set_new(bank, key,
			    hex_json(k->b.pcr[a][i], digest_size(a)));
		}
		json_object_set_new(all, digest_name(a), bank);
		if (a != DIGEST_SHA1)
			json_object_set_new(old, digest_name(a),
			    hex_json(k->b.padded[a][n], digest_size(a)));
	}
	claim_json(k->out, "pcr", all);
	claim_json(k->out, "pcr10_if_sha1_template_digest_is_zero_padded_"
	    "into_other_banks", old);
	claim_hex(k->out, "replays_to_sha256",
	    span_make(k->b.pcr[DIGEST_SHA256][n], 32));
}

static void
list_claims(struct ima_case *k)
{
	claim_int(k->out, "entries", k->b.entries);
	claim_json(k->out, "templates", json_incref(k->templates));
	claim_int(k->out, "violations", k->b.violations);
	claim_int(k->out, "entries_with_wrong_template_hash", k->b.wrong);
	if (k->b.entries == 0)
		return;
	claim_str(k->out, "first_entry_template_hash", k->first_digest);
	pcr_claims(k);
}

static void
list_checks(struct ima_case *k)
{
	struct checks *ck = &k->out->ck;

	checks_add(ck, RESULT_OK, "ima.list", "%zu entries", k->b.entries);
	if (k->b.wrong > 0)
		checks_add(ck, RESULT_FAIL, "ima.template",
		    "%zu entries whose template digest is not that of their "
		    "data, the first is entry %zu", k->b.wrong,
		    k->b.first_wrong);
	else
		checks_add(ck, RESULT_OK, "ima.template",
		    "all template digests recomputed");
	if (k->b.violations > 0)
		checks_add(ck, RESULT_WARN, "ima.violations",
		    "%zu files were written while they were measured: what "
		    "was in them is not known", k->b.violations);
	if (k->undecoded > 0)
		checks_add(ck, RESULT_WARN, "ima.fields",
		    "%zu entries are of a template or form that is not "
		    "understood: kept by their digest only", k->undecoded);
	if ((k->b.mask & ~(1u << IMA_PCR)) != 0)
		checks_add(ck, RESULT_WARN, "ima.pcr",
		    "entries for other PCRs than %u (mask 0x%06x)", IMA_PCR,
		    k->b.mask);
	if (!k->first.is_boot_aggregate)
		checks_add(ck, RESULT_WARN, "ima.boot-aggregate",
		    "the list does not begin with boot_aggregate");
}

static void
sig_checks(struct ima_case *k)
{
	struct checks *ck = &k->out->ck;

	if (!k->has_keys)
		return;
	if (k->sigs[IMA_SIG_BAD] > 0)
		checks_add(ck, RESULT_FAIL, "ima.signature",
		    "%zu signatures are of none of the keys given, the first "
		    "is in entry %zu", k->sigs[IMA_SIG_BAD],
		    k->first_bad_sig);
	else
		checks_add(ck, RESULT_OK, "ima.signature",
		    "%zu entries signed by the keys given, %zu not signed",
		    k->sigs[IMA_SIG_GOOD], k->sigs[IMA_SIG_NONE]);
	if (k->sigs[IMA_SIG_UNKNOWN] > 0)
		checks_add(ck, RESULT_WARN, "ima.signature-form",
		    "%zu signatures of a form that is not supported",
		    k->sigs[IMA_SIG_UNKNOWN]);
	claim_int(k->out, "signatures_good", k->sigs[IMA_SIG_GOOD]);
	claim_int(k->out, "signatures_bad", k->sigs[IMA_SIG_BAD]);
}

/* Values of PCRs that the list extends are its target; PCRs 0-9 of one bank
 * give the boot aggregate. */
static void
wants_take(struct ima_case *k)
{
	struct ima_want *w;
	size_t i;

	for (i = 0; i < k->c->npcrs && k->b.nwants < MAX_IMA_WANTS; i++) {
		if (k->c->pcr[i].index < IMA_PCR ||
		    k->c->pcr[i].index >= TPM_PCRS ||
		    digest_size(k->c->pcr[i].bank) == 0)
			continue;
		w = &k->b.want[k->b.nwants++];
		w->bank = k->c->pcr[i].bank;
		w->pcr = k->c->pcr[i].index;
		w->value = k->c->pcr[i].value;
	}
}

static int
want_check(struct ima_case *k, const struct ima_want *w, size_t *ret_end)
{
	char hex[2 * DIGEST_MAX + 1], got[2 * DIGEST_MAX + 1];

	if (w->reached != 0) {
		if (w->reached > *ret_end)
			*ret_end = w->reached;
		return 0;
	}
	hex_encode(w->value, hex, sizeof(hex));
	hex_encode(span_make(k->b.pcr[w->bank][w->pcr],
	    digest_size(w->bank)), got, sizeof(got));
	return checks_add(&k->out->ck, RESULT_FAIL, "ima.replay",
	    "%s PCR %u: no beginning of the list (%zu entries) replays to "
	    "%s; all of it gives %s", digest_name(w->bank), w->pcr,
	    k->b.entries, hex, got);
}

/* Values of several banks are of one moment: all must be reached by the same
 * beginning of the list. */
static void
replay_checks(struct ima_case *k)
{
	struct checks *ck = &k->out->ck;
	size_t i, end = 0, padded = 0;
	int bad = 0;

	if (k->b.nwants == 0) {
		checks_add(ck, RESULT_WARN, "ima.replay",
		    "no value of the PCR was given: whoever wrote the list "
		    "can have written anything");
		return;
	}
	for (i = 0; i < k->b.nwants; i++) {
		bad |= want_check(k, &k->b.want[i], &end) == -1;
		padded += k->b.want[i].padded;
	}
	for (i = 0; !bad && i < k->b.nwants; i++)
		if (k->b.want[i].reached != end && k->b.want[i].pcr ==
		    k->b.want[0].pcr)
			bad = checks_add(ck, RESULT_FAIL, "ima.replay",
			    "the values of the banks are those of different "
			    "beginnings of the list") == -1;
	if (bad)
		return;
	checks_add(ck, RESULT_OK, "ima.replay",
	    "%zu of %zu entries replay to the %zu values asked for", end,
	    k->b.entries, k->b.nwants);
	if (end < k->b.entries)
		checks_add(ck, RESULT_WARN, "ima.tail",
		    "%zu entries follow that state: nothing proves them",
		    k->b.entries - end);
	if (padded > 0)
		checks_add(ck, RESULT_WARN, "ima.padded",
		    "the bank was extended with SHA-1 digests (kernels "
		    "before 5.8): no stronger than SHA-1");
}

static void
sha1_check(struct ima_case *k)
{
	size_t i;

	for (i = 0; i < k->b.nwants; i++)
		if (k->b.want[i].bank != DIGEST_SHA1)
			return;
	if (k->b.nwants > 0)
		checks_add(&k->out->ck, RESULT_WARN, "ima.sha1",
		    "only values of the SHA-1 bank were given, and SHA-1 can "
		    "be made to collide");
}

static struct span
case_pcr(const struct evcase *c, enum digest_alg a, unsigned index)
{
	size_t i;

	for (i = 0; i < c->npcrs; i++)
		if (c->pcr[i].bank == a && c->pcr[i].index == index)
			return c->pcr[i].value;
	return span_make(NULL, 0);
}

static void
aggregate_check(struct ima_case *k)
{
	static const char name[] = "ima.boot-aggregate";
	unsigned i, last = k->first.alg == DIGEST_SHA1 ? 7 : 9;
	uint8_t d[DIGEST_MAX];
	struct hash *h = &k->b.h[k->first.alg];
	struct span v;

	if (!k->first.is_boot_aggregate || k->first.alg == DIGEST_NONE ||
	    hash_start(h) == -1)
		return;
	for (i = 0; i <= last; i++) {
		v = case_pcr(k->c, k->first.alg, i);
		if (v.n != h->size)
			return;
		if (hash_add(h, v.p, v.n) == -1)
			return;
	}
	checks_test(&k->out->ck, hash_end(h, d) == 0 && span_eq(
	    span_make(d, h->size), span_make(k->first.digest,
	    k->first.digest_len)), name,
	    "boot_aggregate against PCRs 0-%u asked for", last);
}

static void
judge_list(struct ima_case *k, struct span list, int ascii)
{
	struct span keys = evcase_file(k->c, "keys");
	int rc;

	if (keys.p != NULL) {
		if (ima_keys_load(&k->keys, keys) == -1) {
			checks_add(&k->out->ck, RESULT_FAIL, "ima.keys",
			    "the keys given cannot be read");
			return;
		}
		k->has_keys = 1;
	}
	if (list.n > MAX_IMA_LIST) {
		checks_add(&k->out->ck, RESULT_FAIL, "ima.list",
		    "%zu bytes, longer than any kernel keeps", list.n);
		return;
	}
	wants_take(k);
	rc = ascii ? read_ascii(k, list) : read_binary(k, list);
	list_claims(k);
	if (rc == -1)
		return;
	list_checks(k);
	sig_checks(k);
	replay_checks(k);
	sha1_check(k);
	aggregate_check(k);
	if (k->b.entries == 0 && k->out->ck.count[RESULT_FAIL] == 0)
		k->out->verdict = VERDICT_PARSED;
}

static void
judge(const struct evcase *c, struct evout *out, struct span list,
    enum digest_alg header, int ascii)
{
	struct ima_case *k = calloc(1, sizeof(*k));

	if (k == NULL || (k->templates = json_object()) == NULL ||
	    ima_banks_init(&k->b, header) == -1)
		checks_add(&out->ck, RESULT_FAIL, "ima.list", "no memory");
	else {
		k->c = c;
		k->out = out;
		judge_list(k, list, ascii);
	}
	if (k == NULL)
		return;
	ima_banks_free(&k->b);
	ima_keys_free(&k->keys);
	json_decref(k->templates);
	free(k);
}

void
kind_ima_binary(const struct evcase *c, struct evout *out)
{
	struct span list;

	if (evcase_need(c, out, "log", &list) == 0)
		judge(c, out, list, DIGEST_SHA1, 0);
}

void
kind_ima_ascii(const struct evcase *c, struct evout *out)
{
	struct span list;

	struct ima_line l;
	struct cursor cur;
	enum digest_alg a = DIGEST_SHA1;

	if (evcase_need(c, out, "log", &list) == -1)
		return;
	/* the per-bank files have that bank's digests */
	ima_line_init(&l);
	cursor_init(&cur, list);
	if (list.n <= MAX_IMA_LIST && ima_ascii_next(&cur, &l) == IMA_ENTRY)
		a = digest_by_size(l.digest_len);
	ima_line_free(&l);
	judge(c, out, list, a, 1);
}

/* The bank is not written in the file: that whose first template digest is
 * the hash of the data.  A violation has none; then by the form alone. */
static enum digest_alg
perbank_alg(struct span list)
{
	uint8_t pad[276], d[DIGEST_MAX];
	enum digest_alg a, form = DIGEST_NONE;
	struct ima_entry e;
	struct cursor c;
	struct span data;

	for (a = DIGEST_SHA1; a < DIGEST_ALG_MAX; a++) {
		cursor_init(&c, list);
		while (ima_next_sized(&c, digest_size(a), &e) == IMA_ENTRY) {
			if (e.violation)
				continue;
			data = ima_hashed_data(&e, pad);
			if (digest_bytes(a, data, d) == 0 &&
			    span_eq(e.template_digest,
			    span_make(d, digest_size(a))))
				return a;
			break;
		}
		if (form == DIGEST_NONE && cursor_left(&c) == 0)
			form = a;
	}
	return form;
}

/* The ASCII file of the same bank must be the same list. */
static void
perbank_ascii(struct evout *out, struct span list, struct span ascii,
    enum digest_alg a)
{
	struct ima_line l;
	struct ima_entry e;
	struct cursor cb, ca;
	enum ima_status sa = IMA_END, sb = IMA_END;
	uint8_t pad[276];
	size_t n = 0;

	cursor_init(&cb, list);
	cursor_init(&ca, ascii);
	ima_line_init(&l);
	for (;; n++) {
		sb = ima_next_sized(&cb, digest_size(a), &e);
		sa = ima_ascii_next(&ca, &l);
		if (sa != IMA_ENTRY || sb != IMA_ENTRY || e.pcr != l.pcr ||
		    !span_eq(e.template_digest, span_make(l.digest,
		    l.digest_len)) || !span_eq(ima_hashed_data(&e, pad),
		    buf_span(&l.data)))
			break;
	}
	ima_line_free(&l);
	checks_test(&out->ck, sa == IMA_END && sb == IMA_END, "ima.ascii",
	    "the ASCII list is the same (%zu entries compared)", n);
}

void
kind_ima_perbank(const struct evcase *c, struct evout *out)
{
	struct span list, ascii = evcase_file(c, "ascii");
	enum digest_alg a;

	if (evcase_need(c, out, "log", &list) == -1)
		return;
	if ((a = perbank_alg(list)) == DIGEST_NONE) {
		claim_bool(out, "parse_error", 1);
		checks_add(&out->ck, RESULT_FAIL, "ima.list",
		    "not a list of any bank");
		return;
	}
	claim_int(out, "digest_bytes", digest_size(a));
	judge(c, out, list, a, 0);
	if (ascii.p != NULL && out->ck.count[RESULT_FAIL] == 0)
		perbank_ascii(out, list, ascii, a);
}
