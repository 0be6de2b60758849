/* Snapshots of the existing implementation, alone and with the agent's
 * answers. */
#include "evidence/appraise.h"
#include "evidence/attest.h"
#include "evidence/rules.h"
#include "regress/unit/claims/vectors.h"

static void
parse(const json_t *c)
{
	const json_t *e = json_object_get(c, "expect");
	const json_t *n = json_object_get(e, "filehashes");
	const char *err = NULL;
	struct snapshot s;
	struct buf b, out;
	int ok = snapshot_read(vector_file(c, "snapshot", &b), &s, &err) == 0;

	vector_verdict(c, ok);
	if (ok) {
		CHECK_INT(s.files != NULL, json_is_integer(n));
		if (s.files != NULL)
			CHECK_INT(fileset_count(s.files),
			    json_integer_value(n));
		CHECK_INT(s.has_tpm, json_is_object(json_object_get(e,
		    "tpm_policy")));
		/* They are as serde_json writes: so do we. */
		buf_init(&out, 0);
		snapshot_write(&s, &out);
		while (b.n > 0 && b.p[b.n - 1] == '\n')
			b.n--;
		CHECK(span_eq(buf_span(&out), buf_span(&b)));
		buf_free(&out);
	} else
		CHECK(err != NULL);
	snapshot_free(&s);
	buf_free(&b);
}

static void
bundle(json_t *cases, json_t *c)
{
	const json_t *e = json_object_get(vector_base(cases, c), "expect");
	static const uint8_t some[32] = { 1 };
	struct checks *ck = calloc(1, sizeof(*ck));
	struct appraise_input in;
	struct appraise_result res;
	struct buf snap, tee, tpm, json, ima;
	uint8_t nonce[64];
	size_t n, i;
	int rc;

	test_begin(vector_text(c, "id"));
	memset(&in, 0, sizeof(in));
	buf_init(&ima, 0);
	vector_file(c, "ima_binary_json", &json);
	CHECK_OK(byte_array_decode(buf_span(&json), MAX_IMA_LIST, &ima));
	CHECK_OK(hex_decode(span_str(vector_text(e, "tpm_nonce")), nonce,
	    sizeof(nonce), &n));
	in.form = FORM_COMPAT;
	in.now = vector_time(c);
	in.nonce = in.cert = span_make(some, 32);
	in.snapshot = vector_file(c, "snapshot", &snap);
	in.quote_tee = vector_file(c, "tee_quote_json", &tee);
	in.quote_tpm = vector_file(c, "tpm_quote_json", &tpm);
	in.tpm_nonce = span_make(nonce, n);
	in.ima = buf_span(&ima);
	in.accept = ACCEPT_LEGACY | ACCEPT_PROVIDER_VTPM;
	in.policy = &rules_authenticity;	/* as the manifest says */
	rc = appraise_verify(&in, ck, &res);
	vector_verdict(c, rc == 0);
	if (rc == -1 && strcmp(vector_text(c, "verdict"), "accept") == 0)
		for (i = 0; i < ck->n; i++)
			printf("%s %s: %s\n", result_name(ck->v[i].result),
			    ck->v[i].name, ck->v[i].detail);
	buf_free(&snap);
	buf_free(&tee);
	buf_free(&tpm);
	buf_free(&json);
	buf_free(&ima);
	free(ck);
}

int
main(void)
{
	json_t *cases = vectors_open(), *c;
	size_t i;

	json_array_foreach(cases, i, c) {
		if (vector_is(c, "snapshot"))
			parse(c);
		if (vector_is(c, "snapshot-bundle"))
			bundle(cases, c);
	}
	json_decref(vectors_manifest);
	return test_end();
}
