/*
 * TPM structures, unmarshalled by tss2-mu and copied into plain values: the
 * unions of the TSS are read in this file only, by their selectors.
 */
#include <string.h>
#include <tss2/tss2_mu.h>

#include "evidence/tpm.h"

static int
select_mask(const TPMS_PCR_SELECTION *s, uint32_t *ret)
{
	uint32_t mask = 0;
	size_t i;

	if (s->sizeofSelect > TPM2_PCR_SELECT_MAX)
		return -1;
	for (i = 0; i < s->sizeofSelect; i++)
		mask |= (uint32_t)s->pcrSelect[i] << (8 * i);
	*ret = mask;
	return 0;
}

int
tpm_attest_decode(struct span s, struct tpm_attest *ret)
{
	struct tpm_attest a;
	const TPMS_QUOTE_INFO *q;
	TPMS_ATTEST t;
	size_t off = 0, i;

	memset(&t, 0, sizeof(t));
	memset(&a, 0, sizeof(a));
	if (s.n == 0 || s.n > MAX_TPM_BLOB ||
	    Tss2_MU_TPMS_ATTEST_Unmarshal(s.p, s.n, &off, &t) != 0 ||
	    off != s.n)
		return -1;
	a.magic = t.magic;
	a.type = t.type;
	if (t.type != TPM2_ST_ATTEST_QUOTE || t.extraData.size > MAX_TPM_EXTRA)
		return -1;
	if (t.qualifiedSigner.size > sizeof(a.signer))
		return -1;
	a.signer_len = t.qualifiedSigner.size;
	memcpy(a.signer, t.qualifiedSigner.name, a.signer_len);
	a.extra_len = t.extraData.size;
	memcpy(a.extra, t.extraData.buffer, a.extra_len);
	a.clock = t.clockInfo.clock;
	a.reset_count = t.clockInfo.resetCount;
	a.restart_count = t.clockInfo.restartCount;
	a.safe = t.clockInfo.safe == TPM2_YES;
	a.firmware = t.firmwareVersion;
	q = &t.attested.quote;
	if (q->pcrSelect.count > MAX_TPM_SELECT ||
	    q->pcrDigest.size > DIGEST_MAX)
		return -1;
	a.nselect = q->pcrSelect.count;
	for (i = 0; i < a.nselect; i++) {
		a.select[i].alg = q->pcrSelect.pcrSelections[i].hash;
		if (select_mask(&q->pcrSelect.pcrSelections[i],
		    &a.select[i].mask) == -1)
			return -1;
	}
	a.pcr_digest_len = q->pcrDigest.size;
	memcpy(a.pcr_digest, q->pcrDigest.buffer, a.pcr_digest_len);
	*ret = a;
	return 0;
}

static int
copy_2b(uint8_t *dst, size_t cap, size_t *ret_len, const uint8_t *p, size_t n)
{
	if (n == 0 || n > cap)
		return -1;
	memcpy(dst, p, n);
	*ret_len = n;
	return 0;
}

int
tpm_signature_decode(struct span s, struct tpm_signature *ret)
{
	struct tpm_signature g;
	const TPMS_SIGNATURE_ECDSA *ec;
	const TPMS_SIGNATURE_RSASSA *rsa;
	TPMT_SIGNATURE t;
	size_t off = 0;

	memset(&t, 0, sizeof(t));
	memset(&g, 0, sizeof(g));
	if (s.n == 0 || s.n > MAX_TPM_BLOB ||
	    Tss2_MU_TPMT_SIGNATURE_Unmarshal(s.p, s.n, &off, &t) != 0 ||
	    off != s.n)
		return -1;
	if (t.sigAlg == TPM2_ALG_ECDSA) {
		ec = &t.signature.ecdsa;
		g.scheme = TPM_ECDSA;
		g.hash = digest_by_tpm_id(ec->hash);
		if (copy_2b(g.a, sizeof(g.b), &g.a_len, ec->signatureR.buffer,
		    ec->signatureR.size) == -1 ||
		    copy_2b(g.b, sizeof(g.b), &g.b_len, ec->signatureS.buffer,
		    ec->signatureS.size) == -1)
			return -1;
	} else if (t.sigAlg == TPM2_ALG_RSASSA || t.sigAlg == TPM2_ALG_RSAPSS) {
		rsa = &t.signature.rsassa;
		g.scheme = t.sigAlg == TPM2_ALG_RSASSA ? TPM_RSASSA :
		    TPM_RSAPSS;
		g.hash = digest_by_tpm_id(rsa->hash);
		if (copy_2b(g.a, sizeof(g.a), &g.a_len, rsa->sig.buffer,
		    rsa->sig.size) == -1)
			return -1;
	} else
		return -1;
	if (g.hash == DIGEST_NONE)
		return -1;
	*ret = g;
	return 0;
}

static enum tpm_scheme
scheme_by_id(uint16_t id)
{
	switch (id) {
	case TPM2_ALG_ECDSA:
		return TPM_ECDSA;
	case TPM2_ALG_RSASSA:
		return TPM_RSASSA;
	case TPM2_ALG_RSAPSS:
		return TPM_RSAPSS;
	default:
		return TPM_SCHEME_NONE;
	}
}

/* What a storage key encrypts with. */
static unsigned
cfb_bits(const TPMT_SYM_DEF_OBJECT *s)
{
	return s->algorithm == TPM2_ALG_AES && s->mode.aes == TPM2_ALG_CFB ?
	    s->keyBits.aes : 0;
}

static int
public_ecc(const TPMT_PUBLIC *t, struct tpm_public *p)
{
	const TPMS_ECC_PARMS *e = &t->parameters.eccDetail;

	if (e->curveID == TPM2_ECC_NIST_P256)
		p->key = TPM_KEY_P256;
	else if (e->curveID == TPM2_ECC_NIST_P384)
		p->key = TPM_KEY_P384;
	else
		return -1;
	p->aes_bits = cfb_bits(&e->symmetric);
	p->scheme = scheme_by_id(e->scheme.scheme);
	if (p->scheme != TPM_SCHEME_NONE)
		p->scheme_hash = digest_by_tpm_id(
		    e->scheme.details.ecdsa.hashAlg);
	if (copy_2b(p->x, sizeof(p->y), &p->x_len, t->unique.ecc.x.buffer,
	    t->unique.ecc.x.size) == -1)
		return -1;
	return copy_2b(p->y, sizeof(p->y), &p->y_len, t->unique.ecc.y.buffer,
	    t->unique.ecc.y.size);
}

static int
public_rsa(const TPMT_PUBLIC *t, struct tpm_public *p)
{
	const TPMS_RSA_PARMS *r = &t->parameters.rsaDetail;

	p->key = TPM_KEY_RSA;
	p->aes_bits = cfb_bits(&r->symmetric);
	p->scheme = scheme_by_id(r->scheme.scheme);
	if (p->scheme != TPM_SCHEME_NONE)
		p->scheme_hash = digest_by_tpm_id(
		    r->scheme.details.rsassa.hashAlg);
	/* Zero stands for the default exponent (TPM 2.0 part 2, 12.2.3.5). */
	p->exponent = r->exponent == 0 ? 65537 : r->exponent;
	return copy_2b(p->x, sizeof(p->x), &p->x_len, t->unique.rsa.buffer,
	    t->unique.rsa.size);
}

int
tpm_public_decode(struct span s, struct tpm_public *ret)
{
	struct tpm_public p;
	TPMT_PUBLIC t;
	size_t off = 0;
	int rc;

	memset(&t, 0, sizeof(t));
	memset(&p, 0, sizeof(p));
	if (s.n == 0 || s.n > MAX_TPM_BLOB ||
	    Tss2_MU_TPMT_PUBLIC_Unmarshal(s.p, s.n, &off, &t) != 0 ||
	    off != s.n)
		return -1;
	p.raw = s;
	p.attributes = t.objectAttributes;
	p.name_alg = digest_by_tpm_id(t.nameAlg);
	if (p.name_alg == DIGEST_NONE)
		return -1;
	if (t.type == TPM2_ALG_ECC)
		rc = public_ecc(&t, &p);
	else if (t.type == TPM2_ALG_RSA)
		rc = public_rsa(&t, &p);
	else
		rc = -1;
	if (rc == -1)
		return -1;
	*ret = p;
	return 0;
}
