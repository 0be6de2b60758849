#include <stdio.h>
#include <string.h>

#include "cli/appraise_case.h"

/* 0-11: firmware, boot, IMA, kernel image; and the sealed volume */
#define PCRS_DEFAULT	(0xfffu | 1u << VOLUME_PCR)
#define PCRS_LEAST	0x7ffu		/* 0-10: boot_aggregate and IMA need them */

static void
plan_end(struct plan *p, enum plan_end end, const char *text, const char *a,
    const char *b)
{
	p->end = (uint8_t)end;
	snprintf(p->reason, sizeof(p->reason), "%s%s%s", text, a, b);
}

static void
plan_unreadable(struct plan *p, uint8_t file, const char *text, const char *why)
{
	p->file = file;
	plan_end(p, PLAN_UNREADABLE, text, why, "");
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
	if (c->ask.no_revocation)
		c->accept |= ACCEPT_NO_REVOCATION;
	return 0;
}

static int
plan_snapshot(struct appraise_case *c, const struct snapshot *s,
    struct plan *p)
{
	if (!s->has_cvm)
		return 0;
	if (p->policy[0] == '\0' && cvm_policy(&s->cvm) != NULL)
		snprintf(p->policy, sizeof(p->policy), "%s",
		    s->cvm.policy_name[0] != '\0' ? s->cvm.policy_name :
		    "snapshot");
	c->without |= s->cvm.without;
	p->pinned = s->cvm.ak_name_len != 0 &&
	    (c->without & WITHOUT_INSTANCE) == 0;
	if (s->cvm.has_pcrs && s->cvm.pcrs.bank != DIGEST_NONE &&
	    (s->cvm.pcrs.mask & PCRS_LEAST) == PCRS_LEAST) {
		c->bank = s->cvm.pcrs.bank;
		/* an older snapshot has no PCR 15; it is told all the same */
		c->pcrs = s->cvm.pcrs.mask | 1u << VOLUME_PCR;
	}
	if (s->cvm.form == FORM_STRONG && c->ask.compat) {
		plan_end(p, PLAN_REFUSED, "the snapshot was taken in the "
		    "strong form: --compat would verify less than it asks for",
		    "", "");
		return -1;
	}
	return 0;
}

static int
plan_policy(struct appraise_case *c, struct plan *p)
{
	char why[256] = "";

	if ((c->ask.fds & PLAN_FD_POLICY) != 0) {
		snprintf(p->policy, sizeof(p->policy), "file");
		c->policy = &c->rules;
		if (rules_read(c->policy_file, &c->rules, why,
		    sizeof(why)) == 0)
			return 0;
		plan_unreadable(p, PLAN_FD_POLICY, "", why);
		return -1;
	}
	if (c->ask.policy[0] == '\0')
		return 0;
	snprintf(p->policy, sizeof(p->policy), "%s", c->ask.policy);
	if ((c->policy = rules_named(c->ask.policy)) != NULL)
		return 0;
	plan_end(p, PLAN_USAGE, "--policy ", c->ask.policy,
	    ": there is no such policy");
	return -1;
}

/* Read once only to see whether it can be: the line is what a user looks for. */
static int
plan_whitelist(struct appraise_case *c, struct plan *p)
{
	struct fileset *set;
	char why[64];
	size_t line = 0;
	int rc;

	if ((c->ask.fds & PLAN_FD_WHITELIST) == 0)
		return 0;
	set = fileset_new();
	rc = set == NULL ? -1 : whitelist_read(c->whitelist, set, &line);
	fileset_free(set);
	if (rc == 0)
		return 0;
	if (line == 0)
		snprintf(why, sizeof(why), "too long to be read");
	else
		snprintf(why, sizeof(why), "line %zu is not `path hex'", line);
	plan_unreadable(p, PLAN_FD_WHITELIST, "", why);
	return -1;
}

static int
plan_files(struct appraise_case *c, struct plan *p)
{
	const char *why = "";
	struct snapshot s;
	int rc;

	if (plan_policy(c, p) == -1 || plan_whitelist(c, p) == -1)
		return -1;
	if (c->ask.verb != VERB_VERIFY)
		return 0;
	if ((rc = snapshot_read(c->snapshot, &s, &why)) == -1)
		plan_unreadable(p, PLAN_FD_SNAPSHOT, "not a snapshot: ", why);
	else
		rc = plan_snapshot(c, &s, p);
	snapshot_free(&s);
	return rc;
}

void
case_plan(struct appraise_case *c, const struct plan_ask *ask, struct plan *p)
{
	memset(p, 0, sizeof(*p));
	c->ask = *ask;
	c->bank = DIGEST_SHA256;
	c->pcrs = PCRS_DEFAULT;
	if (plan_options(c, p) == -1 || plan_files(c, p) == -1)
		return;
	if (p->policy[0] == '\0')
		snprintf(p->policy, sizeof(p->policy), "default");
	p->end = PLAN_OK;
	p->bank = (uint8_t)digest_size(c->bank);
	p->pcrs = c->pcrs;
	p->tee = (c->without & WITHOUT_TEE) == 0;
	p->tpm = (c->without & WITHOUT_TPM) == 0;
	p->ima = (c->without & (WITHOUT_TPM | WITHOUT_IMA)) == 0;
	p->eventlog = p->certs = p->tpm && !ask->compat;
	p->collateral = p->tee;
	c->planned = 1;
}

int
case_add(struct appraise_case *c, const struct case_place_of *p,
    struct span data)
{
	struct case_file *f;

	/* NULL means that a file was not given; an empty one was */
	if (data.p == NULL)
		data = span_str("");
	if (p->place == PLACE_ROOT) {
		if (c->nroots == c->ask.nroots || c->nroots == MAX_CASE_ROOTS)
			return -1;
		c->root[c->nroots++] = data;
		return 0;
	}
	if (p->place != PLACE_COLLATERAL || c->ncollateral == MAX_COLLATERAL)
		return -1;
	f = &c->collateral[c->ncollateral];
	f->role = c->name[c->ncollateral++];
	snprintf(c->name[c->ncollateral - 1], ROLE_MAX, "%s", p->name);
	f->data = data;
	return 0;
}

void
case_challenge(struct appraise_case *c, struct challenge *ret)
{
	struct credential *k = &c->credential;
	const char *why = "";

	_Static_assert(sizeof(k->blob) == sizeof(ret->credential) &&
	    sizeof(k->seed) == sizeof(ret->seed) &&
	    sizeof(k->nonce) == sizeof(ret->nonce), "same sizes");
	memset(ret, 0, sizeof(*ret));
	if (appraise_challenge(c->part[PART_ATTEST], c->part[PART_TPM_CERTS],
	    k, &why) == -1) {
		snprintf(ret->why, sizeof(ret->why), "%s", why);
		return;
	}
	c->challenged = ret->have = 1;
	memcpy(ret->nonce, k->nonce, sizeof(ret->nonce));
	ret->credential_len = (uint16_t)k->blob_len;
	memcpy(ret->credential, k->blob, k->blob_len);
	ret->seed_len = (uint16_t)k->seed_len;
	memcpy(ret->seed, k->seed, k->seed_len);
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
	in->eventlog = c->part[PART_EVENTLOG];
	in->tpm_certs = c->part[PART_TPM_CERTS];
	in->credential = c->challenged ? &c->credential : NULL;
	in->activation = c->part[PART_ACTIVATION];
	in->ncollateral = c->ncollateral;
	memcpy(in->collateral, c->collateral, sizeof(in->collateral));
	in->nroots = c->nroots;
	memcpy(in->root, c->root, sizeof(in->root));
	in->policy = c->policy;
	in->same_boot = c->ask.same_boot;
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
	credential_clear(&c->credential);
	c->challenged = 0;
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
