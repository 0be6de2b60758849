#include <stdio.h>
#include <string.h>

#include "cli/appraise_case.h"

#define PCRS_DEFAULT	0xfffu		/* 0-11: firmware, boot, IMA, kernel image */
#define PCRS_LEAST	0x7ffu		/* 0-10: boot_aggregate and IMA need them */

static void
plan_end(struct plan *p, enum plan_end end, const char *text, const char *a,
    const char *b)
{
	p->end = (uint8_t)end;
	snprintf(p->reason, sizeof(p->reason), "%s%s%s", text, a, b);
}

static void
list_names(const char *const *names, char *dst, size_t cap)
{
	size_t n = 0;
	int r;

	for (dst[0] = '\0'; *names != NULL; names++) {
		r = snprintf(dst + n, cap - n, "%s%s", n == 0 ? "" : ", ",
		    *names);
		if (r < 0 || (size_t)r >= cap - n)
			return;
		n += (size_t)r;
	}
}

/* Names with commas between; 0, or -1 with the first unknown one in ret_bad. */
static int
read_names(const char *text, uint32_t (*by_name)(struct span),
    uint32_t *ret_bits, char ret_bad[NAMES_MAX])
{
	uint32_t bit;
	size_t n;

	while (*text != '\0') {
		n = strcspn(text, ",");
		if ((bit = by_name(span_make(text, n))) == 0) {
			snprintf(ret_bad, NAMES_MAX, "%.*s", (int)n, text);
			return -1;
		}
		*ret_bits |= bit;
		text += n;
		text += *text == ',';
	}
	return 0;
}

static int
plan_options(struct appraise_case *c, struct plan *p)
{
	char bad[NAMES_MAX], known[256];

	c->without = c->accept = 0;
	if (read_names(c->ask.without, without_by_name, &c->without, bad) ==
	    -1) {
		list_names(without_names, known, sizeof(known));
		snprintf(p->reason, sizeof(p->reason),
		    "--without %.64s: no such check; there are %s", bad, known);
		p->end = PLAN_USAGE;
		return -1;
	}
	if (read_names(c->ask.accept_root, accept_by_name, &c->accept, bad) ==
	    -1 || (c->accept & ~ACCEPT_PROVIDER_VTPM) != 0) {
		plan_end(p, PLAN_USAGE, "--accept-root ", c->ask.accept_root,
		    ": no such root; there is provider-vtpm");
		return -1;
	}
	if (c->ask.legacy)
		c->accept |= ACCEPT_LEGACY;
	return 0;
}

static int
plan_snapshot(struct appraise_case *c, const struct snapshot *s,
    struct plan *p)
{
	if (!s->has_cvm)
		return 0;
	c->without |= s->cvm.without;
	p->pinned = s->cvm.ak_name_len != 0 &&
	    (c->without & WITHOUT_INSTANCE) == 0;
	if (s->cvm.has_pcrs && s->cvm.pcrs.bank != DIGEST_NONE &&
	    (s->cvm.pcrs.mask & PCRS_LEAST) == PCRS_LEAST) {
		c->bank = s->cvm.pcrs.bank;
		c->pcrs = s->cvm.pcrs.mask;
	}
	if (s->cvm.form == FORM_STRONG && c->ask.compat) {
		plan_end(p, PLAN_REFUSED, "the snapshot was taken in the "
		    "strong form: --compat would verify less than it asks for",
		    "", "");
		return -1;
	}
	return 0;
}

void
case_plan(struct appraise_case *c, const struct plan_ask *ask, struct plan *p)
{
	const char *why = "";
	struct snapshot s;
	int bad = 0;

	memset(p, 0, sizeof(*p));
	c->ask = *ask;
	c->bank = DIGEST_SHA256;
	c->pcrs = PCRS_DEFAULT;
	if (plan_options(c, p) == -1)
		return;
	if (ask->verb == VERB_VERIFY) {
		if (snapshot_read(c->snapshot, &s, &why) == -1) {
			plan_end(p, PLAN_UNREADABLE, "not a snapshot: ", why,
			    "");
			bad = 1;
		} else if (plan_snapshot(c, &s, p) == -1)
			bad = 1;
		snapshot_free(&s);
		if (bad)
			return;
	}
	p->end = PLAN_OK;
	p->bank = (uint8_t)digest_size(c->bank);
	p->pcrs = c->pcrs;
	p->tee = (c->without & WITHOUT_TEE) == 0;
	p->tpm = (c->without & WITHOUT_TPM) == 0;
	p->ima = (c->without & (WITHOUT_TPM | WITHOUT_IMA)) == 0;
	c->planned = 1;
}

static void
make_input(const struct appraise_case *c, const struct own *o,
    struct appraise_input *in)
{
	memset(in, 0, sizeof(*in));
	in->form = c->ask.compat ? FORM_COMPAT : FORM_STRONG;
	in->now = (int64_t)o->now;
	in->nonce = span_make(o->nonce, sizeof(o->nonce));
	in->cert = span_make(o->leaf, sizeof(o->leaf));
	if (!c->ask.compat && o->have_conn)
		in->conn = span_make(o->conn, sizeof(o->conn));
	in->bank = c->bank;
	in->pcr_mask = c->pcrs;
	in->attest = c->part[PART_ATTEST];
	in->quote_tpm = c->part[PART_QUOTE_TPM];
	in->quote_tee = c->part[PART_QUOTE_TEE];
	in->tpm_nonce = span_make(o->tpm_nonce, sizeof(o->tpm_nonce));
	in->ima = c->part[PART_IMA];
	in->records = c->part[PART_RECORDS];
	in->snapshot = c->snapshot;
	in->whitelist = c->whitelist;
	in->nroots = c->trust_root.n != 0;
	in->root[0] = c->trust_root;
	in->without = c->without;
	in->accept = c->accept;
}

void
case_judge(struct appraise_case *c, const struct own *o, struct buf *json,
    struct checks *ck, struct judgement *j)
{
	struct appraise_result res;
	struct appraise_input in;
	int ok;

	memset(&res, 0, sizeof(res));
	memset(j, 0, sizeof(*j));
	make_input(c, o, &in);
	ok = c->ask.verb == VERB_VERIFY ? appraise_verify(&in, ck, &res) :
	    appraise_snapshot(&in, ck, &res, json);
	j->verdict = ok == 0 ? VERDICT_VERIFIED : VERDICT_REFUSED;
	j->retry = res.retry != 0;
	j->ima_entries = res.ima_entries;
	j->ima_attested = res.ima_attested;
	j->ima_tail = res.ima_tail;
	j->files = res.files;
	j->unknown_files = res.unknown_files;
	j->dropped = ck->dropped;
	snprintf(j->tee_root, sizeof(j->tee_root), "%s", res.tee_root);
	snprintf(j->tpm_root, sizeof(j->tpm_root), "%s", res.tpm_root);
	if (ok == 0 && c->ask.verb == VERB_SNAPSHOT && json->failed) {
		j->verdict = VERDICT_ERROR;
		snprintf(j->reason, sizeof(j->reason),
		    "no memory for the snapshot");
	}
}
