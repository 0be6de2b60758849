/* The agent's answer, and why it may not fit the verifier's values. */
#include <string.h>

#include "evidence/appraisal.h"

static void
bound_claimed(const struct attest_bound *b, struct bound_values *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->nonce = span_make(b->nonce, 32);
	ret->cert = span_make(b->cert, 32);
	ret->conn = span_make(b->conn, 32);
	ret->config = span_make(b->config, 32);
	ret->ak_name = span_make(b->ak_name, b->ak_name_len);
	ret->bank = b->bank;
	ret->pcr_mask = b->pcr_mask;
	if (b->has_seal_pk)
		ret->seal_pk = span_make(b->seal_pk, 32);
	if (b->has_subject)
		ret->subject = span_make(b->subject, 32);
}

static void
differ(struct appraisal *a, const char *name, struct span claimed,
    struct span own, const char *what, const char *why)
{
	if (!span_eq(claimed, own))
		checks_add(a->ck, RESULT_FAIL, name, "the %s was made %s",
		    what, why);
}

void
appraise_explain(struct appraisal *a, const char *what, struct span got,
    int (*compute)(const struct bound_values *, uint8_t *))
{
	const struct bound_values *own = &a->own;
	struct bound_values c;
	uint8_t d[DIGEST_MAX];

	if (a->in->form != FORM_STRONG)
		return;
	bound_claimed(&a->att.bound, &c);
	if (got.n > sizeof(d) || compute(&c, d) == -1 ||
	    !span_eq(got, span_make(d, got.n))) {
		checks_add(a->ck, RESULT_FAIL, "binding",
		    "the %s was made for something else than the agent says: "
		    "for another server, or long ago", what);
		return;
	}
	differ(a, "binding.nonce", c.nonce, own->nonce, what,
	    "for another nonce: it is an old one, played back");
	differ(a, "binding.certificate", c.cert, own->cert, what,
	    "for another TLS certificate: it is another server's");
	differ(a, "binding.connection", c.conn, own->conn, what,
	    "for another TLS connection: somebody terminates TLS in between");
	differ(a, "binding.key", c.ak_name, own->ak_name, what,
	    "for another TPM key than the one shown");
	differ(a, "binding.config", c.config, own->config, what,
	    "for another configuration than the one shown");
	differ(a, "binding.subject", c.subject, own->subject, what,
	    "for another list of files than the one shown");
	if (c.bank != own->bank || c.pcr_mask != own->pcr_mask)
		checks_add(a->ck, RESULT_FAIL, "binding.pcrs",
		    "the %s was made for other PCRs than were asked for",
		    what);
}

/* What the agent says of the way it runs. */
static int
flags_check(struct appraisal *a)
{
	uint32_t f = a->att.config.flags;
	int root = a->in->nroots != 0;

	if ((f & ~CONFIG_FLAGS) != 0)
		return checks_add(a->ck, RESULT_FAIL, "config.flags",
		    "flags 0x%x are not known to this verifier: they may say "
		    "that something is weaker", f & ~CONFIG_FLAGS);
	if ((f & CONFIG_SIMULATED) != 0 && !root)
		return checks_add(a->ck, RESULT_FAIL, "config.flags",
		    "a simulated machine (accepted with --trust-root only)");
	if ((f & (CONFIG_DEBUG | CONFIG_NO_SECCOMP)) != 0 &&
	    (f & CONFIG_SIMULATED) == 0)
		return checks_add(a->ck, RESULT_FAIL, "config.flags",
		    "the agent is a debug build");
	if (f == 0)
		return checks_add(a->ck, RESULT_OK, "config.flags",
		    "real devices, full confinement");
	return checks_add(a->ck, RESULT_WARN, "config.flags",
	    "the agent runs%s%s%s%s",
	    (f & CONFIG_SIMULATED) != 0 ? " on simulated devices" : "",
	    (f & CONFIG_DEGRADED) != 0 ? " with degraded confinement" : "",
	    (f & CONFIG_DEBUG) != 0 ? " as a debug build" : "",
	    (f & CONFIG_NO_SECCOMP) != 0 ? " without system call filter" : "");
}

static int
claims_strong(struct appraisal *a)
{
	const char *err;

	if (attest_decode(a->in->attest, &a->att, &err) == -1)
		return checks_add(a->ck, RESULT_FAIL, "attest.format", "%s",
		    err);
	if (config_digest(&a->att.config, a->config) == -1)
		return checks_add(a->ck, RESULT_FAIL, "attest.format",
		    "no memory");
	a->own.config = span_make(a->config, sizeof(a->config));
	a->own.conn = a->in->conn;
	if (a->att.bound.has_seal_pk)
		a->own.seal_pk = span_make(a->att.bound.seal_pk, 32);
	if (a->att.has_tpm) {
		a->own.bank = a->in->bank;
		a->own.pcr_mask = a->in->pcr_mask;
	}
	return flags_check(a);
}

/* The header of a TDX quote: a P-256 key, and the TEE.  In a report of SEV-SNP
 * the first two of these bytes are zero. */
static int
is_tdx(struct span s)
{
	return s.n > 8 && memcmp(s.p + 2, "\2\0\x81\0\0\0", 6) == 0;
}

static int
claims_compat(struct appraisal *a)
{
	const char *err;

	if (a->in->quote_tpm.n != 0 &&
	    quote_tpm_decode(a->in->quote_tpm, &a->att, &err) == -1)
		return checks_add(a->ck, RESULT_FAIL, "attest.format",
		    "/quote/tpm: %s", err);
	if (a->in->quote_tee.n != 0) {
		if (byte_array_decode(a->in->quote_tee, MAX_TEE_QUOTE,
		    &a->tee_blob) == -1)
			return checks_add(a->ck, RESULT_FAIL, "attest.format",
			    "/quote/tee: not an array of bytes");
		a->att.tee = is_tdx(buf_span(&a->tee_blob)) ? TEE_QUOTE_TDX :
		    TEE_QUOTE_SNP;
	}
	checks_add(a->ck, RESULT_WARN, "binding.connection",
	    "compatible form: nothing ties the evidence to this connection");
	checks_add(a->ck, RESULT_WARN, "binding.tpm",
	    "compatible form: the TPM quote knows neither certificate nor "
	    "TEE");
	checks_add(a->ck, RESULT_WARN, "binding.config",
	    "compatible form: the agent's configuration is not known");
	return 0;
}

int
appraise_claims(struct appraisal *a)
{
	a->own.nonce = a->in->nonce;
	a->own.cert = a->in->cert;
	return a->in->form == FORM_STRONG ? claims_strong(a) :
	    claims_compat(a);
}
