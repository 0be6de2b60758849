/* Parts of the TDX verifier: signed JSON, levels, calendar, and quotes that
 * are cut or have one bit flipped. */
#include "evidence/checks.h"
#include "evidence/sgx_ext.h"
#include "evidence/tcb_match.h"
#include "evidence/utc.h"
#include "regress/unit/check.h"
#include "regress/unit/kind_tdx/judge_tdx.h"

#define SIG	"0102030405060708010203040506070801020304050607080102030405" \
	"060708010203040506070801020304050607080102030405060708010203040506" \
	"0708"

static void
split_test(void)
{
	static const char *const good[] = {
		"{\"tcbInfo\":{},\"signature\":\"" SIG "\"}",
		" {\n\"signature\" : \"" SIG "\" ,\t\"tcbInfo\" : {} }\r\n",
	};
	static const char *const bad[] = {
		"", "{", "{}", "[]", "{\"tcbInfo\":{}}",
		"{\"tcbInfo\":{},\"signature\":\"\"}",
		"{\"tcbInfo\":{},\"signature\":\"" SIG "00\"}",
		"{\"tcbInfo\":{},\"signature\":\"" SIG "\"}x",
		"{\"tcbInfo\":{},\"signature\":\"" SIG "\",}",
		"{\"tcbInfo\":{},\"signature\":\"" SIG "\",\"a\":1}",
		"{\"tcbInfo\":{},\"tcbInfo\":{},\"signature\":\"" SIG "\"}",
		"{\"tcbInfo\":{},\"tcbInfo\":{}}",
		"{\"tcb\\u0049nfo\":{},\"signature\":\"" SIG "\"}",
		"{\"tcbInfo\":{\"a\":\"}\",\"signature\":\"" SIG "\"}",
		"{\"tcbInfo\":[],\"signature\":\"" SIG "\"}",
		"{\"enclaveIdentity\":{},\"signature\":\"" SIG "\"}",
		"{\"tcbInfo\" {},\"signature\":\"" SIG "\"}",
		"{\"tcbInfo\":{},\"signature\":\"" SIG,
	};
	struct span o;
	uint8_t sig[64];
	size_t i;

	test_begin("signed JSON");
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK_OK(signed_json_split(span_str(good[i]), "tcbInfo", &o,
		    sig));
		CHECK(span_eq_str(o, "{}") && sig[63] == 8);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!CHECK_FAIL(signed_json_split(span_str(bad[i]), "tcbInfo",
		    &o, sig)))
			printf("%s\n", bad[i]);
	CHECK_OK(signed_json_split(span_str("{\"tcbInfo\":{\"a\":\"{{\"},"
	    "\"signature\":\"" SIG "\"}"), "tcbInfo", &o, sig));
	CHECK(span_eq_str(o, "{\"a\":\"{{\"}"));
}

/* What Intel's library makes of platform and module, or quoting enclave. */
static void
converge_test(void)
{
	static const enum tcb_status v[][3] = {
		{ TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE },
		{ TCB_UP_TO_DATE, TCB_OUT_OF_DATE, TCB_OUT_OF_DATE },
		{ TCB_SW_HARDENING_NEEDED, TCB_UP_TO_DATE,
		    TCB_SW_HARDENING_NEEDED },
		{ TCB_SW_HARDENING_NEEDED, TCB_OUT_OF_DATE, TCB_OUT_OF_DATE },
		{ TCB_CONFIGURATION_NEEDED, TCB_OUT_OF_DATE,
		    TCB_OUT_OF_DATE_CONFIGURATION_NEEDED },
		{ TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED, TCB_OUT_OF_DATE,
		    TCB_OUT_OF_DATE_CONFIGURATION_NEEDED },
		{ TCB_OUT_OF_DATE, TCB_UP_TO_DATE, TCB_OUT_OF_DATE },
		{ TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, TCB_OUT_OF_DATE,
		    TCB_OUT_OF_DATE_CONFIGURATION_NEEDED },
		{ TCB_UP_TO_DATE, TCB_REVOKED, TCB_REVOKED },
		{ TCB_REVOKED, TCB_UP_TO_DATE, TCB_REVOKED },
		{ TCB_NOT_FOUND, TCB_UP_TO_DATE, TCB_NOT_FOUND },
		{ TCB_UP_TO_DATE, TCB_NOT_FOUND, TCB_NOT_FOUND },
	};
	size_t i;

	test_begin("converge");
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		CHECK_INT(tcb_converge(v[i][0], v[i][1]), v[i][2]);
}

/* The refusal says what is short, how much it takes, and since when. */
static void
short_test(void)
{
	struct ask a = { .collateral = 1 };
	const struct check *c;
	struct forge_tdx f;
	struct evout out;

	test_begin("what is short");
	forge_tdx_init(&f);
	f.svn[7] = 2;
	f.pcesvn = 10;
	forge_tdx_make(&f);
	ask_judge(&f, &a, &out);
	c = checks_find(&out.ck, "tcb.status");
	if (CHECK(c != NULL))
		CHECK_STR(c->detail, "OutOfDate (platform OutOfDate, TDX "
		    "module UpToDate, quoting enclave UpToDate): SGX "
		    "component 8 (SEAMLDR ACM) is 2, needs 3; PCE is 10, "
		    "needs 11 (the level of 2026-07-01); advisories: "
		    "INTEL-SA-00222, INTEL-SA-00333");
	evout_free(&out);
	forge_tdx_free(&f);
}

/* The module was updated under a running guest. */
static void
restart_test(void)
{
	struct ask a = { .collateral = 1 };
	const struct check *c;
	struct forge_tdx f;
	struct evout out;
	int newer;

	test_begin("a new start would do");
	for (newer = 0; newer < 2; newer++) {
		forge_tdx_init(&f);
		f.version = 5;
		f.body_type = 3;
		f.body[0] = 4;
		f.body[584] = newer ? 5 : 4;
		forge_tdx_make(&f);
		ask_judge(&f, &a, &out);
		CHECK_INT(out.verdict, VERDICT_REJECT);
		c = checks_find(&out.ck, "tcb.status");
		if (CHECK(c != NULL))
			CHECK_INT(strstr(c->detail, "start the guest anew") !=
			    NULL, newer);
		evout_free(&out);
		forge_tdx_free(&f);
	}
}

static void
extension_test(void)
{
	struct forge_tdx f;
	struct sgx_ext e;
	struct buf b;
	size_t i;

	test_begin("extension");
	forge_tdx_init(&f);
	f.svn[1] = 255;
	f.pcesvn = 0xffff;
	buf_init(&b, 0);
	forge_pck_extension(&f, &b);
	CHECK_OK(sgx_ext_decode(buf_span(&b), &e));
	CHECK_INT(e.svn[1], 255);
	CHECK_INT(e.pcesvn, 0xffff);
	CHECK(e.fmspc.n == 6 && e.fmspc.p[1] == 0x80);
	for (i = 0; i < b.n; i++)
		CHECK_FAIL(sgx_ext_decode(span_make(b.p, i), &e));
	buf_free(&b);
}

static void
calendar_test(void)
{
	static const char *const bad[] = { "2025-02-29T00:00:00Z",
	    "2026-06-31T00:00:00Z", "2026-01-01T24:00:00Z",
	    "2026-01-01T00:60:00Z", "2026-00-01T00:00:00Z",
	    "2026-01-01 00:00:00Z", "2026-01-01T00:00:00", "",
	    "2026-01-01T00:00:00+", "2026-1-001T00:00:00Z" };
	char text[UTC_TEXT_LEN];
	int64_t at;
	size_t i;

	test_begin("calendar");
	CHECK_OK(utc_parse(span_str("1970-01-01T00:00:00Z"), &at));
	CHECK_INT(at, 0);
	CHECK_OK(utc_parse(span_str("2024-02-29T23:59:59Z"), &at));
	CHECK_INT(at, 1709251199);
	utc_text(at, text);
	CHECK_STR(text, "2024-02-29T23:59:59Z");
	utc_text(-62167219200ll, text);
	CHECK_STR(text, "0000-01-01T00:00:00Z");
	utc_text(-62167219201ll, text);
	CHECK_STR(text, "");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_FAIL(utc_parse(span_str(bad[i]), &at));
}

/* One bit of every seventh byte: never accepted. */
static void
flips(const struct forge_tdx *f, struct buf *b, int first, const struct ask *a)
{
	struct evout out;
	size_t i;

	for (i = (size_t)first; i < b->n; i += 7) {
		b->p[i] ^= 1u << first;
		ask_judge(f, a, &out);
		if (!CHECK_INT(out.verdict, VERDICT_REJECT))
			printf("byte %zu\n", i);
		evout_free(&out);
		b->p[i] ^= 1u << first;
	}
}

static void
mutation_test(int version)
{
	struct ask a = { 0 };
	struct forge_tdx f;
	struct tdx_quote q;
	struct evout out;
	const char *why;
	size_t i;

	test_begin(version == 4 ? "mutation of v4" : "mutation of v5");
	forge_tdx_init(&f);
	f.version = version;
	f.body_type = version == 5 ? 3 : 2;
	forge_tdx_make(&f);
	for (i = 0; i < f.quote.n; i++)
		CHECK_FAIL(tdx_quote_decode(span_make(f.quote.p, i), &q,
		    &why));
	flips(&f, &f.quote, version, &a);
	ask_judge(&f, &a, &out);
	CHECK_INT(out.verdict, VERDICT_ACCEPT);
	evout_free(&out);
	forge_tdx_free(&f);
}

/* Bit 0 only: another bit may change the case of a hex digit, which is the
 * same signature. */
static void
collateral_mutation_test(void)
{
	struct ask a = { .collateral = 1 };
	struct forge_tdx f;
	struct evout out;

	test_begin("mutation of collateral");
	forge_tdx_init(&f);
	forge_tdx_make(&f);
	flips(&f, &f.tcb_info, 0, &a);
	flips(&f, &f.qe_identity, 0, &a);
	flips(&f, &f.tcb_signing, 0, &a);
	flips(&f, &f.pck_crl_der, 0, &a);
	flips(&f, &f.root_crl_der, 0, &a);
	ask_judge(&f, &a, &out);
	CHECK_INT(out.verdict, VERDICT_ACCEPT);
	evout_free(&out);
	forge_tdx_free(&f);
}

int
main(void)
{
	split_test();
	converge_test();
	short_test();
	restart_test();
	extension_test();
	calendar_test();
	mutation_test(4);
	mutation_test(5);
	collateral_mutation_test();
	return test_end();
}
