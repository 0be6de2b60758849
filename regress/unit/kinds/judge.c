/*
 * usage: judge --kind KIND --file ROLE=PATH ... [--at RFC3339] [--nonce HEX]
 *	[--report-data HEX] [--pcr BANK:N=HEX] [--rtmr N=HEX]
 *	[--policy FILE|default|strict] [--trust-root FILE] [--collateral DIR]
 *	[--allow-debug] [--json]
 *
 * The options and the output of `cosmian_vm evidence verify`, around
 * evcase_judge() alone: no sandbox, no processes.  For vectors.py and other
 * tests.  Exit status: 0 accepted or parsed, 1 not judged, 2 usage, 3 refused.
 * Without an argument it tests the frame itself.
 */
#include <err.h>

#include "evidence/kind.h"
#include "regress/unit/check.h"
#include "regress/unit/kinds/caseargs.h"

static json_t *
checks_json(const struct checks *ck)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < ck->n; i++)
		json_array_append_new(a, json_pack("{s:s,s:s,s:s}",
		    "name", ck->v[i].name,
		    "result", result_name(ck->v[i].result),
		    "detail", ck->v[i].detail));
	return a;
}

static int
report(const struct evout *out)
{
	json_t *o = json_pack("{s:s,s:s,s:o,s:O}",
	    "verdict", verdict_name(out->verdict), "reason", out->reason,
	    "checks", checks_json(&out->ck), "claims", out->claims);

	if (o == NULL)
		errx(1, "the result is no JSON");
	json_dumpf(o, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(o);
	switch (out->verdict) {
	case VERDICT_ACCEPT:
	case VERDICT_PARSED:
		return 0;
	case VERDICT_REJECT:
		return 3;
	default:
		return 1;
	}
}

static int
self_test(void)
{
	struct evcase ec;
	struct evout out;

	test_begin("unknown kind");
	memset(&ec, 0, sizeof(ec));
	ec.kind = "no-such-kind";
	if (CHECK_OK(evcase_judge(&ec, &out))) {
		CHECK_INT(out.verdict, VERDICT_UNJUDGED);
		evout_free(&out);
	}
	test_begin("empty file");
	ec.kind = "snp-report";
	ec.nfiles = 1;
	ec.file[0] = (struct case_file){ "report", span_str("") };
	if (CHECK_OK(evcase_judge(&ec, &out))) {
		CHECK_INT(out.verdict, VERDICT_REJECT);
		CHECK(checks_find(&out.ck, "file.empty") != NULL);
		evout_free(&out);
	}
	return test_end();
}

int
main(int argc, char *argv[])
{
	const struct evcase *ec;
	struct evout out;
	int rc;

	if (argc == 1)
		return self_test();
	if ((ec = caseargs_parse(argc, argv)) == NULL)
		return 1;
	if (evcase_judge(ec, &out) == -1)
		errx(1, "no memory");
	rc = report(&out);
	evout_free(&out);
	caseargs_free();
	return rc;
}
