#include <stdio.h>
#include <string.h>

#include <openssl/pem.h>

#include "cli/appraise_pieces.h"
#include "evidence/attest_verify.h"
#include "evidence/kind_azure.h"
#include "evidence/tpm_certs.h"
#include "evidence/tpm_verify.h"

#define IMA_REGISTER	10

/*
 * {"sha256":{"0":hex,...}}, the form of the role pcrs; that of azure-hcl is
 * {"bank":"sha256","pcrs":{"0":hex,...}}.
 */
static void
give_pcrs(enum piece which, const char *head, const struct tpm_pcrs *p,
    void (*give)(enum piece, struct span))
{
	struct buf json, *b = &json;
	unsigned int i;
	int first = 1;

	buf_init(b, MAX_PCR_FILE);
	buf_add_str(b, head);
	buf_add_str(b, digest_name(p->bank));
	buf_add_str(b, which == PIECE_PCRS ? "\":{" : "\",\"pcrs\":{");
	for (i = 0; i < TPM_PCRS; i++) {
		if ((p->mask & 1U << i) == 0)
			continue;
		buf_printf(b, "%s\"%u\":\"", first ? "" : ",", i);
		buf_add_hex(b, span_make(p->value[i], digest_size(p->bank)));
		buf_add_str(b, "\"");
		first = 0;
	}
	buf_add_str(b, "}}\n");
	if (!json.failed)
		give(which, buf_span(b));
	buf_free(b);
}

static int
bound(const struct attest *a, const struct own *o, struct pieces_end *e)
{
	uint8_t config[32], name[TPM_NAME_MAX];
	struct bound_values v;
	struct tpm_public pub;
	size_t n;

	memset(&v, 0, sizeof(v));
	if (config_digest(&a->config, config) == -1)
		return -1;
	v.nonce = span_make(o->nonce, sizeof(o->nonce));
	v.cert = span_make(o->leaf, sizeof(o->leaf));
	if (o->have_conn)
		v.conn = span_make(o->conn, sizeof(o->conn));
	v.config = span_make(config, sizeof(config));
	if (a->bound.has_seal_pk)
		v.seal_pk = span_make(a->bound.seal_pk, 32);
	if (a->has_tpm) {
		if (tpm_public_decode(span_make(a->public_key,
		    a->public_key_len), &pub) == -1 ||
		    tpm_name(&pub, name, &n) == -1)
			return -1;
		v.ak_name = span_make(name, n);
		v.bank = a->pcrs.bank;
		v.pcr_mask = a->pcrs.mask;
	}
	return bound_tee_data(&v, e->report_data) == -1 ||
	    bound_tpm_data(&v, e->qualifying) == -1 ? -1 : 0;
}

static void
take_tpm(const struct attest *a, void (*give)(enum piece, struct span),
    struct pieces_end *e)
{
	const struct tpm_pcrs *p = &a->pcrs;

	give(PIECE_TPM_ATTEST, span_make(a->quote, a->quote_len));
	give(PIECE_TPM_SIGNATURE, span_make(a->signature, a->signature_len));
	give(PIECE_TPM_KEY, span_make(a->public_key, a->public_key_len));
	give_pcrs(PIECE_PCRS, "{\"", p, give);
	if (a->tee == TEE_QUOTE_AZURE_SNP || a->tee == TEE_QUOTE_AZURE_TDX)
		give_pcrs(PIECE_HCL_PCRS, "{\"bank\":\"", p, give);
	e->tpm = 1;
	snprintf(e->bank, sizeof(e->bank), "%s", digest_name(p->bank));
	if ((p->mask & 1U << IMA_REGISTER) != 0) {
		e->pcr_len = (uint8_t)digest_size(p->bank);
		memcpy(e->pcr, p->value[IMA_REGISTER], e->pcr_len);
	}
}

/* Certificates one after the other, with zero bytes between, as PEM. */
static int
pem_of(const struct tpm_cert_list *l, BIO *to)
{
	const unsigned char *p, *end;
	X509 *x;
	size_t i;
	int n = 0;

	for (i = 0; i < l->n; i++)
		for (p = l->v[i].p, end = p + l->v[i].n; p < end; ) {
			if (*p == 0) {
				p++;
				continue;
			}
			if ((x = d2i_X509(NULL, &p, end - p)) == NULL)
				break;
			n += PEM_write_bio_X509(to, x);
			X509_free(x);
		}
	return n;
}

/* What cannot be read is not saved: the answer itself is. */
static void
take_certs(struct span answer, void (*give)(enum piece, struct span))
{
	struct tpm_certs c;
	const char *why;
	char *text;
	BIO *b;
	long n;

	if (answer.n == 0)
		return;
	if (tpm_certs_decode(answer, &c, &why) == 0) {
		if (c.ek.n != 0)
			give(PIECE_EK, span_make(c.ek.v[0].p, c.ek.v[0].n));
		if (c.ak.n != 0)
			give(PIECE_AK, span_make(c.ak.v[0].p, c.ak.v[0].n));
		b = BIO_new(BIO_s_mem());
		if (b != NULL && pem_of(&c.ek_chain, b) > 0 &&
		    (n = BIO_get_mem_data(b, &text)) > 0)
			give(PIECE_EK_CHAIN, span_make(text, (size_t)n));
		BIO_free(b);
	}
	tpm_certs_free(&c);
}

static void
take_hcl(const struct attest *a, void (*give)(enum piece, struct span))
{
	static const enum piece which[3] = {
		PIECE_VEK, PIECE_ISSUER, PIECE_ARK
	};
	struct span extra = span_make(a->tee_extra, a->tee_extra_len);
	struct buf der[3];
	size_t i, n = 0;

	give(PIECE_HCL, span_make(a->tee_quote, a->tee_quote_len));
	if (a->tee == TEE_QUOTE_AZURE_TDX) {
		give(PIECE_TDX_QUOTE, extra);
		return;
	}
	for (i = 0; i < 3; i++)
		buf_init(&der[i], 0);
	if (azure_pem_certs(extra, der, &n) == 0)
		for (i = 0; i < n; i++)
			if (!der[i].failed)
				give(which[i], buf_span(&der[i]));
	for (i = 0; i < 3; i++)
		buf_free(&der[i]);
}

static void
take_tee(const struct attest *a, void (*give)(enum piece, struct span))
{
	struct span quote = span_make(a->tee_quote, a->tee_quote_len);

	if (a->tee == TEE_QUOTE_AZURE_SNP || a->tee == TEE_QUOTE_AZURE_TDX)
		take_hcl(a, give);
	else
		give(a->tee == TEE_QUOTE_SNP ? PIECE_SNP_QUOTE :
		    PIECE_TDX_QUOTE, quote);
}

void
pieces_take(struct span answer, struct span certs, const struct own *o,
    void (*give)(enum piece, struct span), struct pieces_end *e)
{
	const char *why = "";
	struct attest a;

	memset(e, 0, sizeof(*e));
	if (attest_decode(answer, &a, &why) == -1)
		snprintf(e->reason, sizeof(e->reason),
		    "the attestation cannot be read: %s", why);
	else if (bound(&a, o, e) == -1)
		snprintf(e->reason, sizeof(e->reason),
		    "what the evidence is bound to cannot be computed");
	else {
		e->ok = 1;
		if (a.has_tpm)
			take_tpm(&a, give, e);
		take_certs(certs, give);
		if (a.tee != TEE_QUOTE_NONE) {
			e->tee = 1;
			take_tee(&a, give);
			platform_take(answer, span_make(NULL, 0),
			    &e->platform);
		}
	}
	attest_free(&a);
}
