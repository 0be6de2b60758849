/*
 * Each check of the TDX kinds has at least one forged evidence that it alone
 * refuses: everything else of it is signed, dated and bound as it must be.
 */
#include <stddef.h>

#include "regress/unit/check.h"
#include "regress/unit/kind_tdx/judge_tdx.h"

enum how { SET_INT, SET_TEXT, XOR_BYTE };

#define QUOTE	1	/* the quote alone */
#define COLL	2	/* with collateral */
#define BOTH	(QUOTE | COLL)
#define INT(m, v)	SET_INT, offsetof(struct forge_tdx, m), v, NULL
#define TEXT(m, s)	SET_TEXT, offsetof(struct forge_tdx, m), 0, s
#define XOR(m, v)	XOR_BYTE, offsetof(struct forge_tdx, m), v, NULL

/* One change before the evidence is made and signed. */
static const struct {
	const char	*check;		/* the only one that refuses */
	int		 kinds;
	enum how	 how;
	size_t		 off;
	int		 value;
	const char	*text;
} table[] = {
	/* what is no quote */
	{ "tdx.quote", BOTH, INT(version, 6) },
	{ "tdx.quote", BOTH, INT(version, 2) },
	{ "tdx.quote", BOTH, INT(att_key_type, 3) },
	{ "tdx.quote", BOTH, INT(tee_type, 0x82) },
	{ "tdx.quote", BOTH, INT(outer_type, 5) },
	{ "tdx.quote", BOTH, INT(inner_type, 6) },
	{ "tdx.quote", BOTH, INT(inner_type, 1) },
	{ "tdx.quote", BOTH, INT(extra, 1) },
	{ "tdx.quote", BOTH, INT(extra, -1) },
	{ "tdx.kind", BOTH, INT(tee_type, 0) },
	/* hierarchy */
	{ "tdx.chain", BOTH, INT(root.by_other, 1) },
	{ "tdx.chain", BOTH, TEXT(root.cn, "Intel SGX Root CA 2") },
	{ "tdx.chain", QUOTE, INT(root.ca, 0) },
	{ "tdx.chain", BOTH, INT(pck_ca.by_other, 1) },
	{ "tdx.chain", QUOTE, INT(pck_ca.ca, 0) },
	{ "tdx.chain", BOTH, TEXT(pck_ca.cn, "Intel SGX TCB Signing") },
	{ "tdx.chain", BOTH, INT(pck_ca.critical, 1) },
	{ "tdx.chain", BOTH, INT(pck.by_other, 1) },
	{ "tdx.chain", BOTH, INT(pck.ca, 1) },
	{ "tdx.chain", BOTH, INT(pck.critical, 1) },
	{ "tdx.chain", BOTH, TEXT(pck.cn, "Intel SGX TCB Signing") },
	{ "tdx.dates", BOTH, INT(root.to, -1) },
	{ "tdx.dates", BOTH, INT(pck_ca.from, 1) },
	{ "tdx.dates", BOTH, INT(pck.to, -1) },
	{ "tdx.dates", BOTH, INT(pck.from, 1) },
	{ "tdx.pck", QUOTE, INT(ext, 0) },
	{ "tdx.pck", BOTH, INT(ext, 2) },
	{ "tdx.pck", QUOTE, INT(ext, 3) },
	{ "tdx.pck", QUOTE, INT(ext, 4) },
	/* the links of the quote */
	{ "tdx.qe-signature", BOTH, INT(qe_by_other, 1) },
	{ "tdx.key", BOTH, INT(qe_data, 1) },
	{ "tdx.key", BOTH, INT(qe_data_tail, 1) },
	{ "tdx.signature", BOTH, INT(ak_other, 1) },
	/* what the guest is */
	{ "tdx.vendor", BOTH, XOR(vendor[0], 1) },
	{ "tdx.qe", QUOTE, XOR(qe[128], 1) },		/* MRSIGNER */
	{ "tdx.qe", QUOTE, XOR(qe[256], 1) },		/* another product */
	{ "tdx.qe", QUOTE, XOR(qe[48], 2) },		/* debug enclave */
	{ "tdx.seam", QUOTE, XOR(body[64], 1) },
	{ "tdx.seam", QUOTE, XOR(body[112], 1) },
	{ "tdx.attributes", BOTH, XOR(body[120], 2) },
	{ "tdx.attributes", BOTH, XOR(body[125], 1) },
	{ "tdx.xfam", BOTH, XOR(body[128], 1) },
	{ "tdx.xfam", BOTH, XOR(body[128], 8) },
	{ "tdx.xfam", BOTH, XOR(body[135], 0x80) },
	/* collateral */
	{ "tcb.signer", COLL, INT(tcb.by_other, 1) },
	{ "tcb.signer", COLL, INT(tcb.to, -1) },
	{ "tcb.signer", COLL, INT(tcb.from, 1) },
	{ "tcb.signer", COLL, INT(tcb.ca, 1) },
	{ "tcb.signer", COLL, TEXT(tcb.cn, "Intel SGX PCK Platform CA") },
	{ "tcb.info", COLL, INT(info.by_other, 1) },
	{ "tcb.info", COLL, INT(info.by_ca, 1) },
	{ "tcb.info", COLL, INT(info.by_pck, 1) },
	{ "tcb.info", COLL, TEXT(info.id, "SGX") },
	{ "tcb.info", COLL, INT(info.version, 2) },
	{ "tcb.info", COLL, TEXT(info.status, "Fine") },
	{ "tcb.dates", COLL, INT(info.to, -1) },
	{ "tcb.dates", COLL, INT(info.from, 1) },
	{ "tcb.fmspc", COLL, TEXT(info_fmspc, "00806F050001") },
	{ "tcb.fmspc", COLL, TEXT(info_pceid, "0100") },
	{ "tcb.module", COLL, INT(module_signer, 1) },
	{ "tcb.module", COLL, INT(module_attributes, 1) },
	{ "tcb.status", COLL, TEXT(info.status, "OutOfDate") },
	{ "tcb.status", COLL, TEXT(info.status, "Revoked") },
	{ "tcb.status", COLL, TEXT(info.status, "ConfigurationNeeded") },
	{ "tcb.status", COLL, TEXT(info.status,
	    "ConfigurationAndSWHardeningNeeded") },
	{ "tcb.status", COLL, TEXT(info.status,
	    "OutOfDateConfigurationNeeded") },
	{ "tcb.status", COLL, TEXT(module_status, "OutOfDate") },
	{ "tcb.status", COLL, TEXT(module_status, "Revoked") },
	{ "tcb.status", COLL, TEXT(identity.status, "OutOfDate") },
	{ "tcb.status", COLL, TEXT(identity.status, "Revoked") },
	{ "tcb.status", COLL, XOR(svn[0], 1) },		/* 4, needs 5 */
	{ "tcb.status", COLL, XOR(svn[7], 3) },		/* 0: no level */
	{ "tcb.status", COLL, INT(pcesvn, 10) },
	{ "tcb.status", COLL, INT(pcesvn, 1) },
	{ "tcb.status", COLL, XOR(body[0], 1) },	/* module 4 */
	{ "tcb.status", COLL, XOR(body[0], 4) },	/* module 1 */
	{ "tcb.status", COLL, XOR(body[2], 3) },	/* 5, needs 6 */
	{ "tcb.status", COLL, XOR(qe[258], 4) },	/* QE 2 */
	{ "tcb.status", COLL, XOR(qe[258], 7) },	/* QE 1 */
	{ "qe.identity", COLL, INT(identity.by_other, 1) },
	{ "qe.identity", COLL, INT(identity.by_ca, 1) },
	{ "qe.identity", COLL, TEXT(identity.id, "QE") },
	{ "qe.identity", COLL, INT(identity.version, 1) },
	{ "qe.dates", COLL, INT(identity.to, -1) },
	{ "qe.dates", COLL, INT(identity.from, 1) },
	{ "qe.fields", COLL, XOR(qe[128], 1) },		/* MRSIGNER */
	{ "qe.fields", COLL, XOR(qe[16], 1) },		/* MISCSELECT */
	{ "qe.fields", COLL, XOR(qe[48], 2) },		/* debug enclave */
	{ "qe.fields", COLL, XOR(qe[256], 1) },
	{ "qe.fields", COLL, INT(identity_prod, 1) },
	{ "pck.crl", COLL, INT(pck_crl.by_other, 1) },
	{ "pck.crl", COLL, INT(pck_crl.other_issuer, 1) },
	{ "pck.crl", COLL, INT(pck_crl.to, -1) },
	{ "pck.crl", COLL, INT(pck_crl.from, 1) },
	{ "pck.crl", COLL, INT(pck_crl.no_next, 1) },
	{ "pck.crl", COLL, INT(pck_crl.delta, 1) },
	{ "pck.revoked", COLL, INT(pck_crl.revoke, 1) },
	{ "root.crl", COLL, INT(root_crl.by_other, 1) },
	{ "root.crl", COLL, INT(root_crl.other_issuer, 1) },
	{ "root.crl", COLL, INT(root_crl.to, -1) },
	{ "ca.revoked", COLL, INT(root_crl.revoke, 1) },
	{ "ca.revoked", COLL, INT(root_crl.revoke, 2) },
	/* and what must pass */
	{ "", BOTH, INT(trailing, 0) },
	{ "", BOTH, INT(trailing, 3000) },
	{ "", BOTH, INT(root_in_chain, 0) },
	{ "", BOTH, TEXT(pck_ca.cn, "Intel SGX PCK Processor CA") },
	{ "", COLL, TEXT(info.status, "SWHardeningNeeded") },
	{ "", COLL, INT(info_spaces, 1) },
	{ "", COLL, XOR(svn[0], 2) },			/* 7: newer */
	{ "", COLL, XOR(body[0], 2) },			/* module 7 */
	{ "", COLL, XOR(qe[258], 8) },			/* QE 14 */
	{ "", COLL, XOR(qe[48], 4) },			/* outside the mask */
	{ "", COLL, INT(pck_crl.revoke, 2) },		/* the CA's serial */
	{ "", BOTH, XOR(body[120], 1) },		/* debug: a warning */
};

static void
change(struct forge_tdx *f, size_t i)
{
	char *p = (char *)f + table[i].off;

	if (table[i].how == SET_INT)
		memcpy(p, &table[i].value, sizeof(int));
	else if (table[i].how == SET_TEXT)
		memcpy(p, &table[i].text, sizeof(void *));
	else
		*p ^= table[i].value;
}

/* Names of the checks that refuse, each once. */
static void
failures(const struct checks *ck, char *ret, size_t size)
{
	size_t i, n = 0;

	ret[0] = '\0';
	for (i = 0; i < ck->n; i++)
		if (ck->v[i].result == RESULT_FAIL &&
		    strstr(ret, ck->v[i].name) == NULL)
			n += (size_t)snprintf(ret + n, size - n, "%s%s",
			    n > 0 ? " " : "", ck->v[i].name);
}

/* The verdict follows, and so does the list of what refuses. */
static void
expect(const struct forge_tdx *f, const struct ask *a, const char *want)
{
	struct evout out;
	char got[512];

	ask_judge(f, a, &out);
	failures(&out.ck, got, sizeof(got));
	CHECK_STR(got, want);
	CHECK_INT(out.verdict, want[0] != '\0' ? VERDICT_REJECT :
	    VERDICT_ACCEPT);
	evout_free(&out);
}

static void
table_test(int version, int body_type)
{
	struct ask a = { 0 };
	struct forge_tdx f;
	char subject[64];
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		snprintf(subject, sizeof(subject), "v%d row %zu", version, i);
		test_begin(subject);
		forge_tdx_init(&f);
		f.version = version;
		f.body_type = body_type;
		change(&f, i);
		/* an SGX body has its own type */
		if (f.tee_type == 0)
			f.body_type = 1;
		forge_tdx_make(&f);
		for (a.collateral = 0; a.collateral < 2; a.collateral++) {
			if ((table[i].kinds & (a.collateral ? COLL : QUOTE)) ==
			    0)
				continue;
			/* One extension fault has two faces. */
			if (a.collateral && strcmp(table[i].check, "tdx.pck")
			    == 0)
				expect(&f, &a, "tdx.pck tcb.fmspc tcb.status");
			else
				expect(&f, &a, table[i].check);
		}
		forge_tdx_free(&f);
	}
}

/* A type or size of the body that contradicts the rest, version 5 only. */
static void
body_test(void)
{
	static const int v[][3] = { { 1, 0x81, 0 }, { 4, 0x81, 0 },
	    { 0, 0x81, 0 }, { 2, 0x81, 585 }, { 2, 0x81, 648 },
	    { 3, 0x81, 584 }, { 2, 0, 0 } };
	struct ask a = { 0 };
	struct forge_tdx f;
	size_t i;

	test_begin("body of version 5");
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		forge_tdx_init(&f);
		f.version = 5;
		f.body_type = v[i][0];
		f.tee_type = v[i][1];
		f.body_size = v[i][2];
		forge_tdx_make(&f);
		expect(&f, &a, "tdx.quote");
		forge_tdx_free(&f);
	}
}

static void
root_test(void)
{
	struct ask a = { .no_root = 1 };
	struct forge_tdx f;

	test_begin("root");
	forge_tdx_init(&f);
	forge_tdx_make(&f);
	/* the file of the role root is no trust */
	expect(&f, &a, "tdx.root");
	a.collateral = 1;
	expect(&f, &a, "tdx.root");
	forge_tdx_free(&f);
}

static void
module_test(void)
{
	struct ask a = { .collateral = 1 };
	struct forge_tdx f;

	test_begin("module that is not listed");
	forge_tdx_init(&f);
	f.module_id = "TDX_03";
	forge_tdx_make(&f);
	expect(&f, &a, "tcb.module tcb.status");
	forge_tdx_free(&f);

	test_begin("module of old: its SVN counts in the levels");
	forge_tdx_init(&f);
	f.body[1] = 0;
	f.module_status = "Revoked";	/* of another module */
	forge_tdx_make(&f);
	expect(&f, &a, "");
	forge_tdx_free(&f);
	forge_tdx_init(&f);
	f.body[1] = 0;
	f.body[0] = 4;
	forge_tdx_make(&f);
	expect(&f, &a, "tcb.status");
	forge_tdx_free(&f);
}

/* What the verifier asks for. */
static void
asked_test(void)
{
	struct ask a = { 0 };
	struct forge_tdx f;
	uint8_t rd[64], rtmr[48];

	test_begin("asked");
	forge_tdx_init(&f);
	forge_tdx_make(&f);
	memcpy(rd, f.body + 520, 64);
	a.report_data = span_make(rd, 64);
	a.nonce = span_make(rd, 32);
	expect(&f, &a, "");
	a.report_data.n = 63;
	expect(&f, &a, "tdx.report-data");
	a.report_data.n = 64;
	rd[63] ^= 1;
	expect(&f, &a, "tdx.report-data");
	a.report_data.n = 0;
	expect(&f, &a, "");
	rd[31] ^= 1;
	expect(&f, &a, "tdx.nonce");
	a.nonce.n = 0;
	memset(rtmr, 0xa2, 48);
	a.rtmr = span_make(rtmr, 48);
	a.rtmr_index = 2;
	expect(&f, &a, "");
	a.rtmr_index = 1;
	expect(&f, &a, "tdx.rtmr");
	a.rtmr_index = 4;
	expect(&f, &a, "tdx.rtmr");
	forge_tdx_free(&f);
}

static void
debug_test(void)
{
	struct policy_rules rules = rules_authenticity;
	struct ask a = { .collateral = 1, .policy = &rules };
	struct forge_tdx f;

	test_begin("debug by policy");
	rules.debug = RULE_REFUSE;
	forge_tdx_init(&f);
	f.body[120] = 1;
	forge_tdx_make(&f);
	expect(&f, &a, "tdx.debug");
	a.allow_debug = 1;
	expect(&f, &a, "");
	forge_tdx_free(&f);
}

static void
measurement_test(void)
{
	struct policy_rules rules = rules_authenticity;
	struct ask a = { .policy = &rules };
	struct forge_tdx f;

	test_begin("measurements by policy");
	forge_tdx_init(&f);
	forge_tdx_make(&f);
	rules.tdx_mrtd.n = 2;
	memset(rules.tdx_mrtd.v[1], 0x7d, 48);
	expect(&f, &a, "");
	rules.tdx_mrtd.v[1][47] ^= 1;
	expect(&f, &a, "policy.mrtd");
	rules.tdx_mrtd.n = 0;
	rules.tdx_rtmr[3].n = 1;
	expect(&f, &a, "policy.rtmr");
	memset(rules.tdx_rtmr[3].v[0], 0xa3, 48);
	expect(&f, &a, "");
	rules.tdx_mrseam.n = 1;
	expect(&f, &a, "policy.mrseam");
	rules.tdx_mrseam.n = 0;
	rules.tdx_must_set = 1ull << 30;
	expect(&f, &a, "policy.attributes");
	rules.tdx_must_set = 0;
	rules.tdx_must_clear = 1ull << 28;
	expect(&f, &a, "policy.attributes");
	forge_tdx_free(&f);
}

static void
revocation_test(void)
{
	struct policy_rules rules = rules_authenticity;
	struct ask a = { .collateral = 1 };
	struct forge_tdx f;

	test_begin("lists that are missing");
	forge_tdx_init(&f);
	forge_tdx_make(&f);
	for (a.without = 1; a.without < 8; a.without++)
		expect(&f, &a, "");
	rules.no_revocation = RULE_REFUSE;
	a.policy = &rules;
	a.without = WITHOUT_PCK_CRL;
	expect(&f, &a, "revocation");
	a.without = WITHOUT_ROOT_CRL;
	expect(&f, &a, "revocation");
	a.without = WITHOUT_QE;
	expect(&f, &a, "qe.identity");
	forge_tdx_free(&f);
}

/* A status is excused when the policy names all of its advisories. */
static void
advisory_test(void)
{
	struct policy_rules rules = rules_authenticity;
	struct ask a = { .collateral = 1, .policy = &rules };
	struct forge_tdx f;

	test_begin("advisories by policy");
	forge_tdx_init(&f);
	f.svn[0] = 4;
	forge_tdx_make(&f);
	rules.nadvisories = 1;
	strcpy(rules.advisory[0], "INTEL-SA-00222");
	expect(&f, &a, "tcb.status");
	rules.nadvisories = 2;
	strcpy(rules.advisory[1], "INTEL-SA-00333");
	expect(&f, &a, "");
	rules.nadvisories = 0;
	rules.tdx_status[TCB_OUT_OF_DATE] = RULE_WARN;
	expect(&f, &a, "");
	forge_tdx_free(&f);
}

int
main(void)
{
	table_test(4, 2);
	table_test(5, 2);
	table_test(5, 3);
	body_test();
	root_test();
	module_test();
	asked_test();
	debug_test();
	measurement_test();
	revocation_test();
	advisory_test();
	return test_end();
}
