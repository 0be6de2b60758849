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

	if (!want->set)
		return 0;
	for (i = 0; i < got.n && i < want->n; i++)
		if (got.p[i] < want->b[i])
			return checks_add(ck, RESULT_FAIL,
			    "policy.tee-tcb-svn", "component %zu of the TEE "
			    "TCB is %u, in the snapshot %u: the host went "
			    "back to an older TDX module or firmware", i,
			    got.p[i], want->b[i]);
	return checks_test(ck, got.n == want->n, "policy.tee-tcb-svn",
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

static void
bytes_set(struct opt_bytes *b, struct span s)
{
	b->set = 1;
	b->n = s.n;
	memcpy(b->b, s.p, s.n);
}

void
tdx_policy_make(const struct tdx_quote *q, struct tdx_policy *p)
{
	const struct tdx_body *b = &q->body;

	memset(p, 0, sizeof(*p));
	p->minimum_qe_svn.set = p->minimum_pce_svn.set = p->xfam.set = 1;
	p->minimum_qe_svn.v = q->qe_svn;
	p->minimum_pce_svn.v = q->pce_svn;
	p->xfam.v = b->features;
	bytes_set(&p->qe_vendor_id, q->qe_vendor_id);
	bytes_set(&p->minimum_tee_tcb_svn, b->tee_tcb_svn);
	bytes_set(&p->td_attributes, b->td_attributes);
	bytes_set(&p->mr_td, b->mr_td);
	bytes_set(&p->mr_config_id, b->mr_config_id);
	bytes_set(&p->mr_owner, b->mr_owner);
	bytes_set(&p->mr_owner_config, b->mr_owner_config);
	p->report_data.set = 1;
	p->report_data.n = sizeof(p->report_data.b);
}
