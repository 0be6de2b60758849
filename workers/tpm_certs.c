#include <string.h>

#include "privsep/log.h"
#include "workers/tpm_certs.h"
#include "workers/tpm_ek.h"
#include "workers/tpm_tcti.h"

#define CHAIN_FIRST	0x01c00100	/* TCG EK credential profile 2.5, 2.2.1.5 */
#define CHAIN_LAST	0x01c001ff
#define CHAIN_MAX	65536	/* all of its indices together */
#define PUBLIC_MAX	1024	/* an RSA 4096 key has half of it */

#define NO	ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE

/* EK certificates of the same profile, low range and high; RSA 2048 and P-256 to P-521. */
static const TPM2_HANDLE ek_indices[TPM_CERTS_OF_KIND] = {
	0x01c00002, 0x01c0000a, 0x01c00012, 0x01c00014, 0x01c00016, 0x01c00018,
	0x01c0001c, 0x01c0001e
};

/* Of the AKs that a cloud has made: Google's RSA and ECC keys, Azure's. */
static const TPM2_HANDLE ak_indices[] = { 0x01c10000, 0x01c10002, 0x01c101d0 };

struct cert {
	size_t	n;
	uint8_t	b[TPM_CERT_MAX];
};

struct out {
	uint8_t	*dst;
	size_t	 cap, len;
	int	 broken;	/* the rest cannot be read either */
};

static void
out_add(struct out *o, enum tpm_cert_kind kind, const uint8_t *p, size_t n)
{
	const struct tpm_cert c = { .kind = kind, .p = p, .n = n };

	if (tpm_cert_put(o->dst, o->cap, &o->len, &c) == -1)
		log_warnx("a certificate of %zu bytes is left out", n);
}

/* An index may be longer than the certificate in it. 0 when there is none. */
static size_t
der_length(const uint8_t *p, size_t n)
{
	size_t head = 2, len, i;

	if (n < head || p[0] != 0x30)
		return 0;
	len = p[1];
	if (len >= 0x80) {
		if (len != 0x81 && len != 0x82)
			return 0;
		head += len - 0x80;
		if (n < head)
			return 0;
		for (len = 0, i = 2; i < head; i++)
			len = len << 8 | p[i];
	}
	return len > 0 && len <= n - head ? head + len : 0;
}

/* 1 with what is at the index. */
static int
index_get(ESYS_CONTEXT *esys, struct out *o, TPM2_HANDLE index, uint8_t *dst,
    size_t cap, size_t *ret_n)
{
	int r = o->broken ? 0 : cert_read(esys, index, dst, cap, ret_n);

	if (r == -2)
		o->broken = 1;
	return r == 1;
}

/* 1 with a certificate. */
static int
cert_get(ESYS_CONTEXT *esys, struct out *o, TPM2_HANDLE index,
    struct cert *ret_c)
{
	if (!index_get(esys, o, index, ret_c->b, sizeof(ret_c->b), &ret_c->n))
		return 0;
	if ((ret_c->n = der_length(ret_c->b, ret_c->n)) == 0) {
		log_warnx("NV index 0x%x has no certificate", index);
		return 0;
	}
	return 1;
}

/* The one that is for our EK goes first. */
static void
eks_add(ESYS_CONTEXT *esys, const struct tpm_key *ek, struct out *o)
{
	static struct cert certs[TPM_CERTS_OF_KIND];
	size_t i, n = 0, ours = TPM_CERTS_OF_KIND;

	for (i = 0; i < TPM_CERTS_OF_KIND; i++)
		if (cert_get(esys, o, ek_indices[i], &certs[n])) {
			if (ek != NULL && ours == TPM_CERTS_OF_KIND &&
			    cert_is_for(certs[n].b, certs[n].n,
			    &ek->pub.publicArea))
				ours = n;
			n++;
		}
	if (ours < n)
		out_add(o, TPM_CERT_EK, certs[ours].b, certs[ours].n);
	for (i = 0; i < n; i++)
		if (i != ours)
			out_add(o, TPM_CERT_EK, certs[i].b, certs[i].n);
}

/* Certificates stand one behind the other, and may go on in the next index. */
static void
chain_add(struct out *o, const uint8_t *p, size_t n)
{
	size_t len, count = 0;

	while (count < TPM_CERTS_OF_KIND && (len = der_length(p, n)) != 0) {
		out_add(o, TPM_CERT_EK_CHAIN, p, len);
		p += len;
		n -= len;
		count++;
	}
	if (n > 0 && p[0] == 0x30)
		log_warnx("the EK's chain goes on with %zu bytes that are left "
		    "out", n);
}

static void
chain_read(ESYS_CONTEXT *esys, struct out *o)
{
	static uint8_t chain[CHAIN_MAX];
	const TPML_HANDLE *h;
	TPMS_CAPABILITY_DATA *cap;
	TPMI_YES_NO more;
	size_t len = 0, got;
	uint32_t i;
	TSS2_RC rc;

	rc = Esys_GetCapability(esys, NO, TPM2_CAP_HANDLES, CHAIN_FIRST,
	    TPM2_MAX_CAP_HANDLES, &more, &cap);
	if (rc != TSS2_RC_SUCCESS) {
		tpm_fail("list NV indices", rc);
		o->broken = 1;
		return;
	}
	h = &cap->data.handles;
	for (i = 0; i < h->count && h->handle[i] >= CHAIN_FIRST &&
	    h->handle[i] <= CHAIN_LAST; i++)
		if (index_get(esys, o, h->handle[i], chain + len,
		    sizeof(chain) - len, &got))
			len += got;
	Esys_Free(cap);
	chain_add(o, chain, len);
}

static void
aks_add(ESYS_CONTEXT *esys, struct out *o)
{
	static struct cert c;
	size_t i;

	for (i = 0; i < sizeof(ak_indices) / sizeof(ak_indices[0]); i++)
		if (cert_get(esys, o, ak_indices[i], &c))
			out_add(o, TPM_CERT_AK, c.b, c.n);
}

int
certs_collect(ESYS_CONTEXT *esys, const struct tpm_key *ek, uint8_t *dst,
    size_t cap, size_t *ret_len)
{
	struct out o = { .dst = dst, .cap = cap };
	uint8_t pub[PUBLIC_MAX];
	size_t n;

	if (ek != NULL) {
		if (key_public_bytes(ek, pub, sizeof(pub), &n) == -1)
			return -1;
		out_add(&o, TPM_CERT_EK_PUBLIC, pub, n);
	}
	eks_add(esys, ek, &o);
	chain_read(esys, &o);
	aks_add(esys, &o);
	if (o.broken)
		return -1;
	*ret_len = o.len;
	return 0;
}
