/* Policies against evidence. */
#include <string.h>

#include "evidence/policy.h"

struct want {
	const char		*name;
	const char		*what;
	const struct opt_bytes	*want;
	struct span		 got;
};

static int
bytes_check(const struct want *w, struct checks *ck)
{
	char got[2 * 64 + 1], want[2 * 64 + 1];

	if (!w->want->set)
		return 0;
	if (span_eq(w->got, span_make(w->want->b, w->want->n)))
		return checks_add(ck, RESULT_OK, w->name,
		    "as in the snapshot");
	if (hex_encode(w->got, got, sizeof(got)) == -1)
		got[0] = '\0';
	if (hex_encode(span_make(w->want->b, w->want->n), want,
	    sizeof(want)) == -1)
		want[0] = '\0';
	return checks_add(ck, RESULT_FAIL, w->name,
	    "another %s than in the snapshot: %s, in the snapshot %s",
	    w->what, got, want);
}

static int
number_check(const char *name, const struct opt_num *want, uint64_t got,
    struct checks *ck)
{
	if (!want->set)
		return 0;
	if (want->v == got)
		return checks_add(ck, RESULT_OK, name, "as in the snapshot");
	return checks_add(ck, RESULT_FAIL, name,
	    "0x%llx, in the snapshot 0x%llx", (unsigned long long)got,
	    (unsigned long long)want->v);
}

int
sev_policy_check(const struct sev_policy *p, const struct snp_report *r,
    struct checks *ck)
{
	const struct want v[] = {
		{ "policy.measurement", "guest image",
		    &p->measurement, r->measurement },
		{ "policy.family-id", "image family",
		    &p->family_id, r->family_id },
		{ "policy.image-id", "image",
		    &p->image_id, r->image_id },
		{ "policy.id-key", "ID key",
		    &p->id_key_digest, r->id_key_digest },
		{ "policy.author-key", "author key",
		    &p->author_key_digest, r->author_key_digest },
		{ "policy.report-id-ma", "migration agent",
		    &p->report_id_ma, r->report_id_ma },
	};
	size_t i;
	int rc = 0;

	if (!p->measurement.set)
		checks_add(ck, RESULT_WARN, "policy.measurement",
		    "the snapshot names none: any guest image passes");
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if (bytes_check(&v[i], ck) == -1)
			rc = -1;
	if (number_check("policy.guest-svn", &p->guest_svn, r->guest_svn,
	    ck) == -1)
		rc = -1;
	if (number_check("policy.guest-policy", &p->policy, r->policy,
	    ck) == -1)
		rc = -1;
	return rc;
}

static void
bytes_set(struct opt_bytes *b, struct span s)
{
	b->set = 1;
	b->n = s.n;
	memcpy(b->b, s.p, s.n);
}

void
sev_policy_make(const struct snp_report *r, struct sev_policy *p)
{
	memset(p, 0, sizeof(*p));
	bytes_set(&p->measurement, r->measurement);
	bytes_set(&p->family_id, r->family_id);
	bytes_set(&p->image_id, r->image_id);
	bytes_set(&p->id_key_digest, r->id_key_digest);
	bytes_set(&p->author_key_digest, r->author_key_digest);
	bytes_set(&p->report_id, r->report_id);
	bytes_set(&p->report_id_ma, r->report_id_ma);
	p->report_data.set = 1;
	p->report_data.n = sizeof(p->report_data.b);
	p->guest_svn.set = p->policy.set = 1;
	p->guest_svn.v = r->guest_svn;
	p->policy.v = r->policy;
}
