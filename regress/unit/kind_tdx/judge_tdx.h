/* A forged machine given to the judge of a kind, as a test asks for it. */
#ifndef REGRESS_UNIT_KIND_TDX_JUDGE_TDX_H
#define REGRESS_UNIT_KIND_TDX_JUDGE_TDX_H

#include "evidence/kind.h"
#include "evidence/rules.h"
#include "regress/sim/forge_tdx.h"

struct ask {
	int				 collateral;	/* files of it too */
	int				 without;	/* bits of WITHOUT_* */
	int				 no_root;	/* nobody names the root */
	int				 allow_debug;
	const struct policy_rules	*policy;
	struct span			 nonce, report_data, rtmr;
	unsigned			 rtmr_index;
};

#define WITHOUT_QE	0x01
#define WITHOUT_PCK_CRL	0x02
#define WITHOUT_ROOT_CRL 0x04

static void
ask_file(struct evcase *c, const char *role, const struct buf *b)
{
	c->file[c->nfiles].role = role;
	c->file[c->nfiles++].data = buf_span(b);
}

/* out must be freed by evout_free(). */
static void
ask_judge(const struct forge_tdx *f, const struct ask *a, struct evout *out)
{
	struct evcase c;

	memset(&c, 0, sizeof(c));
	c.kind = a->collateral ? "tdx-quote+collateral" : "tdx-quote";
	ask_file(&c, "quote", &f->quote);
	if (a->collateral) {
		ask_file(&c, "tcb_info", &f->tcb_info);
		ask_file(&c, "tcb_signing", &f->tcb_signing);
		if ((a->without & WITHOUT_QE) == 0)
			ask_file(&c, "qe_identity", &f->qe_identity);
		if ((a->without & WITHOUT_PCK_CRL) == 0)
			ask_file(&c, "pck_crl", &f->pck_crl_der);
		if ((a->without & WITHOUT_ROOT_CRL) == 0)
			ask_file(&c, "root_ca_crl", &f->root_crl_der);
	}
	/* The file root is a candidate; root[] is what the user trusts. */
	ask_file(&c, "root", &f->root_der);
	if (!a->no_root)
		c.root[c.nroots++] = buf_span(&f->root_der);
	c.at = FORGE_TDX_NOW;
	c.allow_debug = a->allow_debug;
	c.policy = a->policy;
	c.has_nonce = a->nonce.n != 0;
	c.nonce = a->nonce;
	c.has_report_data = a->report_data.n != 0;
	c.report_data = a->report_data;
	if (a->rtmr.n != 0) {
		c.nrtmrs = 1;
		c.rtmr[0].index = a->rtmr_index;
		c.rtmr[0].value = a->rtmr;
	}
	if (evcase_judge(&c, out) == -1)
		abort();
}

#endif
