#include <string.h>

#include "evidence/binding.h"

struct out {
	uint8_t	*p;
	size_t	 n, cap;
	int	 bad;
};

static void
raw(struct out *o, const void *p, size_t n)
{
	if (o->bad || n > o->cap - o->n) {
		o->bad = 1;
		return;
	}
	if (n > 0)
		memcpy(o->p + o->n, p, n);
	o->n += n;
}

static void
item(struct out *o, const uint8_t *p, size_t n)
{
	uint8_t len[2];

	if (p == NULL)
		n = 0;
	len[0] = (uint8_t)(n >> 8);
	len[1] = (uint8_t)n;
	raw(o, len, sizeof(len));
	raw(o, p, n);
}

/* The labels end in their NUL: no label is the start of another. */
static const char tee_label[] = "CVM-TEE-1";
static const char tpm_label[] = "CVM-TPM-1";

size_t
binding_pack(const struct binding *b, enum binding_for what, uint8_t *dst,
    size_t cap)
{
	struct out o = { dst, 0, cap, 0 };
	uint8_t pcrs[BINDING_PCRS_LEN] = {
		(uint8_t)(b->bank >> 8), (uint8_t)b->bank,
		b->mask[0], b->mask[1], b->mask[2]
	};

	if (b->ak_name != NULL && b->ak_name_len > BINDING_NAME_MAX)
		return 0;
	raw(&o, what == BINDING_TEE ? tee_label : tpm_label,
	    sizeof(tee_label));
	item(&o, b->nonce, BINDING_NONCE_LEN);
	item(&o, b->cert, BINDING_DIGEST_LEN);
	item(&o, b->conn, BINDING_DIGEST_LEN);
	item(&o, b->seal_pk, BINDING_SEAL_PK_LEN);
	item(&o, b->config, BINDING_DIGEST_LEN);
	item(&o, b->ak_name, b->ak_name_len);
	item(&o, b->bank == 0 ? NULL : pcrs, sizeof(pcrs));
	item(&o, b->subject, BINDING_DIGEST_LEN);
	return o.bad ? 0 : o.n;
}

void
binding_qualifying(const uint8_t sha256[32],
    uint8_t ret_q[BINDING_QUALIFYING_LEN])
{
	ret_q[0] = 0x43;
	ret_q[1] = 0x56;
	memcpy(ret_q + 2, sha256, 32);
}
