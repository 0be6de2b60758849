/* Real and synthetic IMA lists: replay to every bank, and all refusals. */
#include "evidence/ima_verify.h"
#include "regress/unit/claims/vectors.h"

/* PCRs 10 and 11 of the manifest; one replays PCR 10 only. */
static const char *
expected(const json_t *c, const char *bank)
{
	const json_t *e = json_object_get(c, "expect");
	const json_t *v = json_object_get(json_object_get(e, "pcr"), bank);

	return json_string_value(json_object_get(v, "10"));
}

static void
replay_banks(const json_t *c, struct span log)
{
	enum digest_alg a;
	struct ima_replay r;
	struct ima_target t;
	uint8_t pcr[DIGEST_MAX];
	const char *hex;

	for (a = DIGEST_SHA1; a < DIGEST_ALG_MAX; a++) {
		if ((hex = expected(c, digest_name(a))) == NULL)
			continue;
		memset(&t, 0, sizeof(t));
		t.bank = a;
		CHECK_OK(hex_decode_exact(span_str(hex), pcr, digest_size(a)));
		t.value = span_make(pcr, digest_size(a));
		CHECK_OK(ima_replay(log, &t, &r));
		CHECK(r.matched);
		CHECK_INT(r.attested, r.entries);
		CHECK_MEM(r.final, pcr, digest_size(a));
	}
}

static void
one(json_t *cases, json_t *c)
{
	const json_t *e = json_object_get(c, "expect");
	const char *hex;
	uint8_t pcr[32];
	struct ima_target t;
	struct ima_replay r;
	struct checks *ck = calloc(1, sizeof(*ck));
	struct buf b;
	struct span log = vector_file(c, "log", &b);

	test_begin(vector_text(c, "id"));
	memset(&t, 0, sizeof(t));
	t.bank = DIGEST_SHA256;
	/* What the TPM would hold is the list before it was changed. */
	if ((hex = expected(vector_base(cases, c), "sha256")) != NULL &&
	    CHECK_OK(hex_decode_exact(span_str(hex), pcr, 32)))
		t.value = span_make(pcr, 32);
	if (CHECK_OK(ima_replay(log, &t, &r))) {
		int ok = ima_replay_checks(&r, ck) == 0;

		if (json_object_get(e, "entries") != NULL)
			CHECK_INT(r.entries, json_integer_value(
			    json_object_get(e, "entries")));
		if (json_object_get(e, "violations") != NULL && ok)
			CHECK_INT(r.violations, json_integer_value(
			    json_object_get(e, "violations")));
		/* Lists for another PCR, and empty ones, prove nothing. */
		if (r.other_pcr > 0 || r.entries == 0)
			CHECK(!ok);
		else
			vector_verdict(c, ok);
		if (ok)
			replay_banks(c, log);
	}
	buf_free(&b);
	free(ck);
}

int
main(void)
{
	json_t *cases = vectors_open(), *c;
	size_t i;

	json_array_foreach(cases, i, c)
		if (vector_is(c, "ima-binary"))
			one(cases, c);
	json_decref(vectors_manifest);
	return test_end();
}
