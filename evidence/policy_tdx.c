/* A snapshot's policy for a TDX guest against its quote, member by member. */
#include <string.h>

#include "evidence/policy.h"
#include "evidence/tdx_quote.h"

static int
bytes_check(const char *name, const struct opt_bytes *want, struct span got,
    struct checks *ck)
{
	return !want->set ? 0 : checks_test(ck, span_eq(got,
	    span_make(want->b, want->n)), name,
	    "value of the quote against that of the snapshot");
}

static int
least_check(const char *name, const struct opt_num *want, unsigned got,
    struct checks *ck)
{
	return !want->set ? 0 : checks_test(ck, got >= want->v, name,
	    "%u, the snapshot wants at least %llu", got,
	    (unsigned long long)want->v);
}

/* Each of the 16 numbers at least as large. */
static int
svn_check(const struct opt_bytes *want, struct span got, struct checks *ck)
{
	size_t i;
	int ok = got.n == want->n;

	if (!want->set)
		return 0;
	for (i = 0; ok && i < got.n; i++)
		ok = got.p[i] >= want->b[i];
	return checks_test(ck, ok, "policy.tee-tcb-svn",
	    "each TEE TCB SVN of the quote at least that of the snapshot");
}

int
tdx_snapshot_check(const struct tdx_policy *p, const struct tdx_quote *q,
    struct checks *ck)
{
	const struct tdx_body *b = &q->body;
	int bad = 0;

	bad |= least_check("policy.qe-svn", &p->minimum_qe_svn, q->qe_svn, ck);
	bad |= least_check("policy.pce-svn", &p->minimum_pce_svn, q->pce_svn,
	    ck);
	bad |= bytes_check("policy.qe-vendor", &p->qe_vendor_id,
	    q->qe_vendor_id, ck);
	bad |= svn_check(&p->minimum_tee_tcb_svn, b->tee_tcb_svn, ck);
	bad |= bytes_check("policy.mrseam", &p->mr_seam, b->mr_seam, ck);
	bad |= bytes_check("policy.attributes", &p->td_attributes,
	    b->td_attributes, ck);
	if (p->xfam.set)
		bad |= checks_test(ck, p->xfam.v == b->features, "policy.xfam",
		    "0x%llx, in the snapshot 0x%llx",
		    (unsigned long long)b->features,
		    (unsigned long long)p->xfam.v);
	bad |= bytes_check("policy.mrtd", &p->mr_td, b->mr_td, ck);
	bad |= bytes_check("policy.config-id", &p->mr_config_id,
	    b->mr_config_id, ck);
	bad |= bytes_check("policy.owner", &p->mr_owner, b->mr_owner, ck);
	bad |= bytes_check("policy.owner-config", &p->mr_owner_config,
	    b->mr_owner_config, ck);
	return bad;
}
