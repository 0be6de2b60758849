/* Bodies of the compatible endpoints /quote/tpm and /quote/tee. */
#include <string.h>

#include "evidence/attest.h"
#include "evidence/json.h"

static enum digest_alg
method_bank(const json_t *v)
{
	static const struct {
		const char	*name;
		enum digest_alg	 alg;
	} m[] = {
		{ "Sha1", DIGEST_SHA1 }, { "Sha256", DIGEST_SHA256 },
		{ "Sha384", DIGEST_SHA384 }, { "Sha512", DIGEST_SHA512 },
	};
	struct span s;
	size_t i;

	if (json_text(v, &s) == -1)
		return DIGEST_NONE;
	for (i = 0; i < sizeof(m) / sizeof(m[0]); i++)
		if (span_eq_str(s, m[i].name))
			return m[i].alg;
	return DIGEST_NONE;
}

int
quote_tpm_decode(struct span text, struct attest *a, const char **ret_err)
{
	json_t *o;
	int rc = -1;

	memset(a, 0, sizeof(*a));
	o = json_load(text, MAX_ATTEST);
	*ret_err = "not a JSON object";
	if (!json_is_object(o))
		goto out;
	*ret_err = "quote, signature or public_key is malformed";
	if (json_base64(json_object_get(o, "quote"), MAX_TPM_BLOB, &a->quote,
	    &a->quote_len) == -1 ||
	    json_base64(json_object_get(o, "signature"), MAX_TPM_BLOB,
	    &a->signature, &a->signature_len) == -1 ||
	    json_base64(json_object_get(o, "public_key"), MAX_TPM_BLOB,
	    &a->public_key, &a->public_key_len) == -1)
		goto out;
	*ret_err = "pcr_value_hash_method is unknown";
	a->pcrs.bank = method_bank(json_object_get(o,
	    "pcr_value_hash_method"));
	if (a->pcrs.bank == DIGEST_NONE)
		goto out;
	a->has_tpm = 1;
	rc = 0;
out:
	json_decref(o);
	return rc;
}

static void
skip_space(struct cursor *c)
{
	while (c->off < c->n && (c->p[c->off] == ' ' || c->p[c->off] == '\t' ||
	    c->p[c->off] == '\n' || c->p[c->off] == '\r'))
		c->off++;
}

/* 0-255 without leading zeros, as JSON has it. */
static int
byte_number(struct cursor *c, uint8_t *ret)
{
	unsigned v = 0;
	size_t digits = 0;

	while (c->off < c->n && c->p[c->off] >= '0' && c->p[c->off] <= '9' &&
	    digits < 4) {
		v = v * 10 + (c->p[c->off++] - '0');
		digits++;
	}
	if (digits == 0 || v > 255 ||
	    digits != (v > 99 ? 3u : v > 9 ? 2u : 1u))
		return -1;
	*ret = v;
	return 0;
}

static int
expect(struct cursor *c, char want)
{
	skip_space(c);
	if (c->off == c->n || c->p[c->off] != (uint8_t)want)
		return -1;
	c->off++;
	skip_space(c);
	return 0;
}

int
byte_array_decode(struct span text, size_t max, struct buf *ret)
{
	struct cursor c;
	size_t n = 0;
	uint8_t v;

	cursor_init(&c, text);
	if (expect(&c, '[') == -1)
		return -1;
	if (expect(&c, ']') == -1) {
		do {
			skip_space(&c);
			if (++n > max || byte_number(&c, &v) == -1)
				return -1;
			buf_add(ret, &v, 1);
		} while (expect(&c, ',') == 0);
		if (expect(&c, ']') == -1)
			return -1;
	}
	return c.off == c.n && !ret->failed ? 0 : -1;
}
