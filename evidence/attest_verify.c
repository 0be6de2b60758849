/* What the agent must have bound, computed from the verifier's own values. */
#include <string.h>

#include "evidence/attest_verify.h"
#include "evidence/binding.h"

int
config_digest(const struct config_claim *c, uint8_t ret[32])
{
	static const char label[] = "CVM-CFG-1";
	struct buf b;
	size_t i, n;
	uint8_t len;
	int rc = -1;

	buf_init(&b, 0);
	buf_add(&b, label, sizeof(label));
	buf_add(&b, c->toml, sizeof(c->toml));
	buf_add(&b, c->keys, sizeof(c->keys));
	buf_add_be32(&b, c->flags);
	buf_add_be16(&b, c->nexe);
	for (i = 0; i < c->nexe; i++) {
		n = strlen(c->exe[i].name);
		len = n;
		buf_add(&b, &len, 1);
		buf_add(&b, c->exe[i].name, n);
		buf_add(&b, c->exe[i].digest, sizeof(c->exe[i].digest));
	}
	if (!b.failed)
		rc = digest_bytes(DIGEST_SHA256, buf_span(&b), ret);
	buf_free(&b);
	return rc;
}

static const uint8_t *
item_or_null(struct span s, size_t n)
{
	return s.n == n ? s.p : NULL;
}

static int
bound_digest(const struct bound_values *v, enum binding_for what,
    enum digest_alg alg, uint8_t *ret)
{
	uint8_t pack[BINDING_PACK_MAX];
	struct binding b;
	size_t n;

	memset(&b, 0, sizeof(b));
	b.nonce = item_or_null(v->nonce, BINDING_NONCE_LEN);
	b.cert = item_or_null(v->cert, BINDING_DIGEST_LEN);
	b.conn = item_or_null(v->conn, BINDING_DIGEST_LEN);
	b.seal_pk = item_or_null(v->seal_pk, BINDING_SEAL_PK_LEN);
	b.config = item_or_null(v->config, BINDING_DIGEST_LEN);
	b.ak_name = v->ak_name.n == 0 ? NULL : v->ak_name.p;
	b.ak_name_len = v->ak_name.n;
	b.bank = v->bank == DIGEST_NONE ? 0 : digest_tpm_id(v->bank);
	b.mask[0] = v->pcr_mask & 0xff;
	b.mask[1] = v->pcr_mask >> 8 & 0xff;
	b.mask[2] = v->pcr_mask >> 16 & 0xff;
	b.subject = item_or_null(v->subject, BINDING_DIGEST_LEN);
	if ((n = binding_pack(&b, what, pack, sizeof(pack))) == 0)
		return -1;
	return digest_bytes(alg, span_make(pack, n), ret);
}

int
bound_tee_data(const struct bound_values *v, uint8_t ret[64])
{
	return bound_digest(v, BINDING_TEE, DIGEST_SHA512, ret);
}

int
bound_tpm_data(const struct bound_values *v, uint8_t ret[34])
{
	uint8_t d[32];

	if (bound_digest(v, BINDING_TPM, DIGEST_SHA256, d) == -1)
		return -1;
	binding_qualifying(d, ret);
	return 0;
}
