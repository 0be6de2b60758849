/* Quotes of real and software TPMs. */
#include "evidence/tpm_verify.h"
#include "regress/unit/claims/vectors.h"

/* pcrs.json: {"sha256":{"10":hex}}; exactly one bank is what we ask for. */
static int
pcrs_load(struct span text, struct tpm_pcrs *p)
{
	json_t *o = json_loadb((const char *)text.p, text.n, 0, NULL), *vals;
	json_t *v;
	const char *bank, *key;
	int n = 0;

	memset(p, 0, sizeof(*p));
	json_object_foreach(o, bank, vals) {
		p->bank = digest_by_name(span_str(bank));
		n++;
		json_object_foreach(vals, key, v) {
			p->mask |= 1u << atoi(key);
			hex_decode_exact(span_str(json_string_value(v)),
			    p->value[atoi(key)], digest_size(p->bank));
		}
	}
	json_decref(o);
	return n == 1 ? 0 : -1;
}

static void
show(const json_t *c, const struct checks *ck)
{
	size_t i;

	for (i = 0; i < ck->n; i++)
		if (ck->v[i].result == RESULT_FAIL)
			printf("%s: %s: %s\n", vector_text(c, "id"),
			    ck->v[i].name, ck->v[i].detail);
}

static void
one(json_t *cases, json_t *c)
{
	const json_t *e = json_object_get(vector_base(cases, c), "expect");
	const char *asked = vector_text(json_object_get(c, "expect"),
	    "nonce_asked");
	struct checks *ck = calloc(1, sizeof(*ck));
	struct tpm_quote_policy po = { 0 };
	struct tpm_attest a;
	struct tpm_public p;
	struct tpm_pcrs pcrs;
	struct buf quote, sig, pub, json;
	uint8_t extra[MAX_TPM_EXTRA], name[TPM_NAME_MAX];
	char hex[2 * TPM_NAME_MAX + 1];
	size_t n = 0;
	int ok;

	test_begin(vector_text(c, "id"));
	vector_file(c, "attest", &quote);
	vector_file(c, "signature", &sig);
	vector_file(c, "ak_public", &pub);
	if (pub.n == 0)
		goto out;	/* key as PEM only: no attributes to judge */
	ok = pcrs_load(vector_file(c, "pcrs", &json), &pcrs) == 0;
	CHECK_OK(hex_decode(span_str(asked[0] != '\0' ? asked :
	    vector_text(e, "extra_data")), extra, sizeof(extra), &n));
	po.extra = span_make(extra, n);
	po.bank = pcrs.bank;
	po.mask = pcrs.mask;
	po.pcrs = &pcrs;
	if (tpm_quote_verify(buf_span(&quote), buf_span(&sig), buf_span(&pub),
	    &po, ck, &a, &p) == 0) {
		CHECK(ok);
		vector_verdict(c, 1);
		CHECK_INT(a.reset_count, json_integer_value(json_object_get(e,
		    "reset_count")));
		CHECK_INT(a.clock, json_integer_value(json_object_get(e,
		    "clock")));
		CHECK_OK(tpm_name(&p, name, &n));
		hex_encode(span_make(name, n), hex, sizeof(hex));
		CHECK_STR(hex, vector_text(json_object_get(e, "ak"), "name"));
	} else if (ok) {
		vector_verdict(c, 0);
		if (strcmp(vector_text(c, "verdict"), "accept") == 0)
			show(c, ck);
	} else
		/* Several banks: nobody asked for that. */
		CHECK(checks_find(ck, "tpm.selection") != NULL);
	buf_free(&json);
out:
	buf_free(&quote);
	buf_free(&sig);
	buf_free(&pub);
	free(ck);
}

int
main(void)
{
	json_t *cases = vectors_open(), *c;
	size_t i;

	json_array_foreach(cases, i, c)
		if (vector_is(c, "tpm-quote"))
			one(cases, c);
	json_decref(vectors_manifest);
	return test_end();
}
