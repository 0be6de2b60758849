/*
 * Kinds tcg-eventlog, ccel, ccel-acpi-table and boot-aggregate.  A log proves
 * nothing by itself: what it replays to is compared with the registers asked
 * for, with those of a TD quote, and with the boot aggregate of an IMA list.
 */
#include <stdlib.h>
#include <string.h>

#include "evidence/eventlog_claims.h"
#include "evidence/kind_eventlog.h"
#include "evidence/ima_ascii.h"
#include "evidence/pcr_table.h"
#include "evidence/tdx_quote.h"

#define ACPI_CCEL_SIZE	56u

static json_t *
hex_json(const uint8_t *p, size_t n)
{
	char hex[2 * DIGEST_MAX + 1];

	hex_encode(span_make(p, n), hex, sizeof(hex));
	return json_string(hex);
}

static json_t *
registers_json(const struct eventlog *l, const struct eventlog_replay *r,
    uint32_t mask)
{
	json_t *o = json_object(), *bank;
	char index[12], alg[16];
	size_t i;
	unsigned k;

	for (i = 0; i < l->nalgs; i++) {
		if (l->alg[i].alg == DIGEST_NONE || r->digests[i] == 0)
			continue;
		bank = json_object();
		for (k = 0; k < TPM_PCRS; k++) {
			if ((mask >> k & 1) == 0)
				continue;
			snprintf(index, sizeof(index), "%u", k);
			json_object_set_new(bank, index,
			    hex_json(r->value[i][k], l->alg[i].size));
		}
		json_object_set_new(o, eventlog_alg_name(&l->alg[i], alg),
		    bank);
	}
	return o;
}

static void
log_claims(struct evout *out, const struct eventlog *l,
    const struct eventlog_replay *r)
{
	char text[16];
	json_t *algs = json_array();
	uint8_t d[DIGEST_MAX];
	size_t i;
	int b;

	claim_str(out, "format", l->agile ? "crypto-agile" : "sha1");
	claim_int(out, "events", r->events);
	for (i = 0; i < l->nalgs; i++)
		json_array_append_new(algs, json_string(
		    eventlog_alg_name(&l->alg[i], text)));
	claim_json(out, "algs", algs);
	claim_int(out, "consumed_bytes", r->consumed);
	claim_json(out, "startup_locality", r->locality == -1 ? json_null() :
	    json_integer(r->locality));
	claim_json(out, l->kind == EVENTLOG_CCEL ? "rtmr_index_plus_1" :
	    "pcrs", registers_json(l, r, r->mask));
	if (l->agile) {
		snprintf(text, sizeof(text), "%u.%u.%u", l->major, l->minor,
		    l->errata);
		claim_str(out, "spec_version", text);
	}
	claim_int(out, "events_where_digest_is_hash_of_data",
	    r->data_matches);
	b = eventlog_bank(l, DIGEST_SHA256);
	if (l->kind == EVENTLOG_TPM && b != -1 &&
	    eventlog_aggregate(l, r, b, 9, d) == 0)
		claim_hex(out, "boot_aggregate_sha256_pcr0_9",
		    span_make(d, 32));
	eventlog_names(l, out->claims);
}

static void
data_check(struct evout *out, const struct eventlog_replay *r)
{
	if (r->bad_data == NO_EVENT)
		checks_add(&out->ck, RESULT_OK, "eventlog.data",
		    "digests of separators, actions, variables and partition "
		    "tables are those of their data");
	else {
		checks_add(&out->ck, RESULT_FAIL, "eventlog.data",
		    "event %zu (%s): its digest is not that of its data",
		    r->bad_data, event_type_name(r->bad_data_type));
		claim_int(out, "event_number", r->bad_data);
	}
}

/* A bank that some events leave out says less than the others. */
static void
banks_check(struct evout *out, const struct eventlog *l,
    const struct eventlog_replay *r)
{
	char name[16];
	size_t i;

	for (i = 0; i < l->nalgs; i++) {
		if (r->digests[i] == r->extended)
			continue;
		checks_add(&out->ck, r->digests[i] == 0 ? RESULT_WARN :
		    RESULT_FAIL, "eventlog.banks",
		    "bank %s: %zu of %zu events have a digest",
		    eventlog_alg_name(&l->alg[i], name), r->digests[i],
		    r->extended);
	}
}

int
eventlog_judge(struct evout *out, struct span raw, enum eventlog_kind kind,
    struct eventlog *l, struct eventlog_replay *r)
{
	const char *why;

	if (eventlog_open(raw, kind, l, &why) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "eventlog.format",
		    "%s", why);
	if (eventlog_replay(l, r) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "eventlog.format",
		    "no memory");
	log_claims(out, l, r);
	if (r->bad)
		return checks_add(&out->ck, RESULT_FAIL, "eventlog.format",
		    "event %zu, at byte %zu: %s", r->events, r->consumed,
		    r->why);
	checks_add(&out->ck, RESULT_OK, "eventlog.format",
	    "%zu events, %zu of them extended", r->events, r->extended);
	if (r->late_locality)
		checks_add(&out->ck, RESULT_FAIL, "eventlog.locality",
		    "StartupLocality twice, or after an event of PCR 0");
	if (kind == EVENTLOG_TPM && r->consumed < raw.n)
		checks_add(&out->ck, RESULT_WARN, "eventlog.padding",
		    "%zu zero bytes follow the last event",
		    raw.n - r->consumed);
	banks_check(out, l, r);
	data_check(out, r);
	return 0;
}

static void
register_text(enum eventlog_kind kind, uint32_t index, char buf[16])
{
	if (kind == EVENTLOG_TPM)
		snprintf(buf, 16, "PCR %u", index);
	else
		snprintf(buf, 16, "RTMR %u", index - 1);
}

static void
explain(struct evout *out, const struct eventlog *l, int bank, uint32_t index,
    struct span want)
{
	char reg[16], data[120];
	const char *why;
	struct event e;
	size_t n;

	register_text(l->kind, index, reg);
	n = eventlog_diverges(l, bank, index, want, &e, &why);
	if (n == NO_EVENT) {
		checks_add(&out->ck, RESULT_SKIP, "eventlog.diverges",
		    "%s %s: %s", digest_name(l->alg[bank].alg), reg, why);
		return;
	}
	text_escape(span_make(e.data.p, e.data.n < 40 ? e.data.n : 40), data,
	    sizeof(data));
	checks_add(&out->ck, RESULT_SKIP, "eventlog.diverges",
	    "%s %s: event %zu (%s, at byte %zu, \"%s\"): %s",
	    digest_name(l->alg[bank].alg), reg, n, event_type_name(e.type),
	    e.offset, data, why);
}

int
eventlog_compare(struct evout *out, const struct eventlog *l,
    const struct eventlog_replay *r, enum digest_alg alg, uint32_t index,
    struct span want)
{
	char reg[16], got_hex[2 * DIGEST_MAX + 1], hex[2 * DIGEST_MAX + 1];
	int bank = eventlog_bank(l, alg);
	struct span got;

	register_text(l->kind, index, reg);
	if (bank == -1)
		return checks_add(&out->ck, RESULT_FAIL, "eventlog.replay",
		    "%s %s was asked for; the log has no such bank",
		    digest_name(alg), reg);
	got = span_make(r->value[bank][index], l->alg[bank].size);
	if (span_eq(got, want))
		return 0;
	hex_encode(got, got_hex, sizeof(got_hex));
	hex_encode(want, hex, sizeof(hex));
	checks_add(&out->ck, RESULT_FAIL, "eventlog.replay",
	    "%s %s: the log replays to %s, not to %s", digest_name(alg), reg,
	    got_hex, hex);
	explain(out, l, bank, index, want);
	return -1;
}

/* The first register that does not replay, in every bank. */
static void
mismatch_claims(struct evout *out, const struct eventlog *l,
    const struct eventlog_replay *r, uint32_t index)
{
	json_t *o = json_object();
	char alg[16];
	size_t i;

	if (json_object_get(out->claims, "changed_index") != NULL) {
		json_decref(o);
		return;
	}
	for (i = 0; i < l->nalgs; i++)
		if (l->alg[i].alg != DIGEST_NONE)
			json_object_set_new(o, eventlog_alg_name(&l->alg[i],
			    alg), hex_json(r->value[i][index],
			    l->alg[i].size));
	claim_int(out, "changed_index", index);
	claim_json(out, "replays_to", o);
	claim_bool(out, "replays_to_same", 0);
}

static void
match_claim(json_t *o, enum digest_alg a, unsigned index, int same)
{
	char key[12];
	json_t *bank = json_object_get(o, digest_name(a));

	if (bank == NULL) {
		bank = json_object();
		json_object_set_new(o, digest_name(a), bank);
	}
	snprintf(key, sizeof(key), "%u", index);
	json_object_set_new(bank, key, json_boolean(same));
}

/* 1 if any were asked for. */
static int
compare_pcrs(const struct evcase *c, struct evout *out,
    const struct eventlog *l, const struct eventlog_replay *r)
{
	json_t *o = json_object();
	size_t i, bad = 0;
	int same;

	for (i = 0; i < c->npcrs; i++) {
		if (c->pcr[i].index >= TPM_PCRS)
			continue;
		same = eventlog_compare(out, l, r, c->pcr[i].bank,
		    c->pcr[i].index, c->pcr[i].value) == 0;
		match_claim(o, c->pcr[i].bank, c->pcr[i].index, same);
		bad += !same;
		if (!same)
			mismatch_claims(out, l, r, c->pcr[i].index);
	}
	claim_json(out, "tpm_pcrs_match_replay", o);
	if (c->npcrs > 0 && bad == 0)
		checks_add(&out->ck, RESULT_OK, "eventlog.replay",
		    "the log replays to all %zu values asked for", c->npcrs);
	return c->npcrs > 0;
}

static void
nothing_given(struct evout *out, const struct eventlog_replay *r)
{
	checks_add(&out->ck, RESULT_WARN, "eventlog.replay",
	    "no register values were given: whoever wrote the log can have "
	    "written anything");
	if (r->extended == 0 && out->ck.count[RESULT_FAIL] == 0)
		out->verdict = VERDICT_PARSED;
}

void
kind_tcg_eventlog(const struct evcase *c, struct evout *out)
{
	struct eventlog_replay *r = malloc(sizeof(*r));
	struct eventlog l;
	struct span log;

	if (r == NULL)
		checks_add(&out->ck, RESULT_FAIL, "eventlog.format",
		    "no memory");
	else if (evcase_need(c, out, "log", &log) == 0 &&
	    eventlog_judge(out, log, EVENTLOG_TPM, &l, r) == 0 &&
	    !compare_pcrs(c, out, &l, r))
		nothing_given(out, r);
	free(r);
}

static int
compare_rtmrs(const struct evcase *c, struct evout *out,
    const struct eventlog *l, const struct eventlog_replay *r)
{
	size_t i, bad = 0;

	for (i = 0; i < c->nrtmrs; i++) {
		if (c->rtmr[i].index >= TDX_RTMRS)
			continue;
		if (eventlog_compare(out, l, r, DIGEST_SHA384,
		    c->rtmr[i].index + 1, c->rtmr[i].value) == 0)
			continue;
		bad++;
		mismatch_claims(out, l, r, c->rtmr[i].index + 1);
	}
	if (c->nrtmrs > 0 && bad == 0)
		checks_add(&out->ck, RESULT_OK, "eventlog.replay",
		    "the log replays to all %zu values asked for", c->nrtmrs);
	return c->nrtmrs > 0;
}

/* All four: a register without events must be zero in the quote. */
static int
compare_quote(struct evout *out, struct span quote, const struct eventlog *l,
    const struct eventlog_replay *r)
{
	json_t *o = json_object();
	struct tdx_quote q;
	const char *why;
	char key[12];
	int i, same, bad = 0;

	if (tdx_quote_decode(quote, &q, &why) == -1 ||
	    q.body_type == TDX_BODY_SGX) {
		json_decref(o);
		return checks_add(&out->ck, RESULT_FAIL, "eventlog.quote",
		    "td_quote is no TDX quote");
	}
	for (i = 0; i < (int)TDX_RTMRS; i++) {
		same = eventlog_compare(out, l, r, DIGEST_SHA384, i + 1,
		    q.body.rtmr[i]) == 0;
		snprintf(key, sizeof(key), "%d", i);
		json_object_set_new(o, key, json_boolean(same));
		bad |= !same;
	}
	claim_json(out, "rtmr_match_quote", o);
	checks_test(&out->ck, !bad, "eventlog.quote",
	    "RTMR 0-3 of the log against those of the TD quote");
	checks_add(&out->ck, RESULT_WARN, "eventlog.quote-trust",
	    "the quote's own signature is judged by kind tdx-quote, not here");
	return 0;
}

void
kind_ccel(const struct evcase *c, struct evout *out)
{
	struct eventlog_replay *r = malloc(sizeof(*r));
	struct span log, quote = evcase_file(c, "td_quote");
	struct eventlog l;
	int asked;

	if (r == NULL) {
		checks_add(&out->ck, RESULT_FAIL, "eventlog.format",
		    "no memory");
		return;
	}
	if (evcase_need(c, out, "log", &log) == -1 ||
	    eventlog_judge(out, log, EVENTLOG_CCEL, &l, r) == -1)
		goto out;
	asked = compare_rtmrs(c, out, &l, r);
	if (quote.p != NULL)
		compare_quote(out, quote, &l, r);
	else if (!asked)
		nothing_given(out, r);
out:
	free(r);
}

void
kind_ccel_acpi_table(const struct evcase *c, struct evout *out)
{
	struct span t;
	struct cursor cur;
	uint32_t len;
	uint64_t laml, lasa;
	uint8_t type, sum = 0;
	char text[32];
	size_t i;

	if (evcase_need(c, out, "table", &t) == -1)
		return;
	cursor_init(&cur, t);
	if (t.n != ACPI_CCEL_SIZE || memcmp(t.p, "CCEL", 4) != 0) {
		checks_add(&out->ck, RESULT_FAIL, "ccel.table",
		    "%zu bytes, not the %u of a CCEL table", t.n,
		    ACPI_CCEL_SIZE);
		return;
	}
	/* lengths are known: none of these can fail */
	cursor_skip(&cur, 4);
	cursor_le32(&cur, &len);
	cursor_skip(&cur, 28);
	cursor_u8(&cur, &type);
	cursor_skip(&cur, 3);
	cursor_le64(&cur, &laml);
	cursor_le64(&cur, &lasa);
	for (i = 0; i < t.n; i++)
		sum += t.p[i];
	claim_str(out, "signature", "CCEL");
	claim_int(out, "length", len);
	claim_int(out, "cc_type", type);
	claim_int(out, "laml", laml);
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)lasa);
	claim_str(out, "lasa", text);
	checks_test(&out->ck, len == t.n, "ccel.table",
	    "length %u in a table of %zu bytes", len, t.n);
	checks_test(&out->ck, sum == 0, "ccel.checksum",
	    "the bytes of the table add up to zero");
	out->verdict = VERDICT_PARSED;
}

/* The log's registers against values of the TPM that a file gives. */
static void
compare_table(struct evout *out, const struct eventlog *l,
    const struct eventlog_replay *r, const struct pcr_table *t)
{
	unsigned i, n = 0, bad = 0;
	int a;

	for (a = DIGEST_SHA1; a < DIGEST_ALG_MAX; a++) {
		if (eventlog_bank(l, a) == -1)
			continue;
		for (i = 0; i < TPM_PCRS; i++) {
			if ((t->mask[a] >> i & 1) == 0 ||
			    ((r->mask >> i & 1) == 0 && i > 7))
				continue;
			n++;
			bad += eventlog_compare(out, l, r, a, i,
			    pcr_table_get(t, a, i)) == -1;
		}
	}
	if (n == 0)
		checks_add(&out->ck, RESULT_WARN, "eventlog.replay",
		    "no value of a PCR that the log extends was given");
	else if (bad == 0)
		checks_add(&out->ck, RESULT_OK, "eventlog.replay",
		    "the log replays to the %u values given", n);
}

static void
aggregate_check(struct evout *out, struct span ima, const struct eventlog *l,
    const struct eventlog_replay *r)
{
	static const char name[] = "eventlog.aggregate";
	struct ima_first first;
	uint8_t d[DIGEST_MAX];
	int bank, same;

	if (ima_first_entry(ima, &first) == -1 || !first.is_boot_aggregate) {
		checks_add(&out->ck, RESULT_FAIL, name,
		    "the IMA list does not begin with boot_aggregate");
		return;
	}
	claim_hex(out, "boot_aggregate",
	    span_make(first.digest, first.digest_len));
	bank = eventlog_bank(l, first.alg);
	/* the kernel leaves PCRs 8 and 9 out of a SHA-1 aggregate */
	if (bank == -1 || eventlog_aggregate(l, r, bank,
	    first.alg == DIGEST_SHA1 ? 7 : 9, d) == -1) {
		checks_add(&out->ck, RESULT_FAIL, name,
		    "boot_aggregate is %s, a bank that the log has not",
		    digest_name(first.alg));
		return;
	}
	same = span_eq(span_make(d, l->alg[bank].size),
	    span_make(first.digest, first.digest_len));
	claim_bool(out, "matches", same);
	checks_test(&out->ck, same, name,
	    "boot_aggregate (%s) against the PCRs that the log replays to",
	    digest_name(first.alg));
}

void
kind_boot_aggregate(const struct evcase *c, struct evout *out)
{
	struct span log, ima, pcrs = evcase_file(c, "pcrs");
	struct eventlog_replay *r = malloc(sizeof(*r));
	struct pcr_table *t = calloc(1, sizeof(*t));
	struct eventlog l;

	if (r == NULL || t == NULL) {
		checks_add(&out->ck, RESULT_FAIL, "eventlog.format",
		    "no memory");
		goto out;
	}
	if (evcase_need(c, out, "log", &log) == -1 ||
	    evcase_need(c, out, "ima", &ima) == -1 ||
	    eventlog_judge(out, log, EVENTLOG_TPM, &l, r) == -1)
		goto out;
	if ((pcrs.p != NULL && pcr_table_file(t, pcrs) == -1) ||
	    pcr_table_case(t, c) == -1)
		checks_add(&out->ck, RESULT_FAIL, "eventlog.pcrs",
		    "the PCR values given are malformed or contradict");
	compare_table(out, &l, r, t);
	aggregate_check(out, ima, &l, r);
out:
	free(r);
	free(t);
}
