#include <inttypes.h>
#include <string.h>

#include "evidence/alg.h"
#include "evidence/snp_report.h"
#include "workers/web_azure.h"
#include "workers/web_render.h"

/* Places in a TDX quote, WIRE 2 */
#define TDX_QE_SVN	8
#define TDX_PCE_SVN	10
#define TDX_VENDOR	12
#define TDX_HEADER	48
#define TDX_V5_TYPE	6	/* between header and body */
#define TDX_BODY	584

static void
add_key_hex(struct buf *b, const char *key, const uint8_t *p, size_t n)
{
	buf_printf(b, "\"%s\":", key);
	json_add_hex(b, span_make(p, n));
}

static int
in_mask(const uint8_t mask[3], unsigned int i)
{
	return mask[i / 8] >> (i % 8) & 1;
}

static void
add_pcr_list(struct buf *b, const uint8_t mask[3])
{
	const char *comma = "";
	unsigned int i;

	buf_add_str(b, "[");
	for (i = 0; i < PCR_COUNT; i++)
		if (in_mask(mask, i)) {
			buf_printf(b, "%s%u", comma, i);
			comma = ",";
		}
	buf_add_str(b, "]");
}

static void
add_bound(struct buf *b, const struct attest_req *q, const struct attest_ans *a)
{
	static const uint8_t none[3];
	enum digest_alg bank = digest_by_tpm_id(q->bank);

	buf_add_str(b, "{");
	add_key_hex(b, "nonce", q->nonce, q->nonce_len);
	buf_add_str(b, ",");
	add_key_hex(b, "cert", a->cert, sizeof(a->cert));
	buf_add_str(b, ",");
	add_key_hex(b, "conn", a->conn, sizeof(a->conn));
	buf_add_str(b, ",\"seal_pk\":null,");
	add_key_hex(b, "config", a->config, sizeof(a->config));
	if (a->have_quote) {
		buf_add_str(b, ",");
		add_key_hex(b, "ak_name", a->ak_name, a->ak_name_len);
		buf_printf(b, ",\"bank\":\"%s\"", digest_name(bank));
	} else
		buf_add_str(b, ",\"ak_name\":null,\"bank\":null");
	buf_add_str(b, ",\"pcrs\":");
	add_pcr_list(b, a->have_quote ? q->mask : none);
	if (a->have_subject) {
		buf_add_str(b, ",");
		add_key_hex(b, "subject", a->subject, sizeof(a->subject));
		buf_add_str(b, "}");
	} else
		buf_add_str(b, ",\"subject\":null}");
}

static void
add_config(struct buf *b, const struct web_config *c)
{
	unsigned int i;

	buf_add_str(b, "{");
	add_key_hex(b, "toml", c->toml, sizeof(c->toml));
	buf_add_str(b, ",");
	add_key_hex(b, "keys", c->keys, sizeof(c->keys));
	buf_printf(b, ",\"flags\":%" PRIu32 ",\"executables\":[", c->flags);
	for (i = 0; i < c->n; i++) {
		buf_add_str(b, i == 0 ? "[" : ",[");
		json_add_string(b, span_str(c->program[i].name));
		buf_add_str(b, ",");
		json_add_hex(b, span_make(c->program[i].digest, 32));
		buf_add_str(b, "]");
	}
	buf_add_str(b, "]}");
}

static void
add_key_base64(struct buf *b, const char *key, const uint8_t *p, size_t n)
{
	buf_printf(b, "\"%s\":", key);
	json_add_base64(b, span_make(p, n));
}

static void
add_tpm(struct buf *b, const struct quote_part *p)
{
	const char *comma = "";
	unsigned int i;

	buf_add_str(b, "{");
	add_key_base64(b, "quote", p->attest, p->attest_len);
	buf_add_str(b, ",");
	add_key_base64(b, "signature", p->sig, p->sig_len);
	buf_add_str(b, ",");
	add_key_base64(b, "public_key", p->pub, p->pub_len);
	buf_add_str(b, ",\"pcrs\":{");
	for (i = 0; i < PCR_COUNT; i++)
		if (in_mask(p->mask, i)) {
			buf_printf(b, "%s\"%u\":", comma, i);
			json_add_hex(b, span_make(p->pcr[i], p->digest_len));
			comma = ",";
		}
	buf_add_str(b, "}}");
}

static const char *const tee_names[TEE_MAX] = {
	[TEE_SEV_SNP] = "sev-snp", [TEE_TDX] = "tdx",
	[TEE_AZURE_SNP] = "azure-snp", [TEE_AZURE_TDX] = "azure-tdx",
};

static void
add_tee(struct buf *b, unsigned int kind, const struct tee_bytes *t)
{
	buf_printf(b, "{\"kind\":\"%s\",", tee_names[kind]);
	add_key_base64(b, "quote", t->quote.p, t->quote.n);
	if (kind == TEE_AZURE_SNP || kind == TEE_AZURE_TDX) {
		buf_add_str(b, ",");
		if (t->extra.n == 0)
			buf_add_str(b, "\"extra\":null");
		else
			add_key_base64(b, "extra", t->extra.p, t->extra.n);
	}
	buf_add_str(b, "}");
}

void
render_attest(struct buf *b, const struct attest_req *q,
    const struct attest_ans *a, const struct web_config *c,
    const struct tee_bytes *tee)
{
	buf_add_str(b, "{\"version\":1,\"bound\":");
	add_bound(b, q, a);
	buf_add_str(b, ",\"config\":");
	add_config(b, c);
	buf_add_str(b, ",\"tpm\":");
	if (a->have_quote)
		add_tpm(b, &a->quote);
	else
		buf_add_str(b, "null");
	buf_add_str(b, ",\"tee\":");
	if (a->tee == TEE_NONE)
		buf_add_str(b, "null");
	else
		add_tee(b, a->tee, tee);
	buf_add_str(b, "}");
}

void
render_quote_tpm(struct buf *b, const struct quote_part *p)
{
	buf_add_str(b, "{\"pcr_value_hash_method\":\"Sha256\",");
	add_key_base64(b, "quote", p->attest, p->attest_len);
	buf_add_str(b, ",");
	add_key_base64(b, "signature", p->sig, p->sig_len);
	buf_add_str(b, ",");
	add_key_base64(b, "public_key", p->pub, p->pub_len);
	buf_add_str(b, "}");
}

static void
add_field(struct buf *b, const char *key, struct span s)
{
	buf_add_str(b, ",");
	add_key_hex(b, key, s.p, s.n);
}

/*
 * The client puts the report data that it expects in the place of the zeros,
 * but on Azure, where it compares what is there (WIRE 7).
 */
static int
add_sev(struct buf *b, struct span quote, int azure)
{
	static const uint8_t zero[64];
	struct snp_certs certs;
	struct snp_report r;
	struct span report;

	if (snp_blob_decode(quote, &report, &certs) == -1 ||
	    snp_report_decode(report, &r) == -1)
		return -1;
	buf_add_str(b, "{\"Sev\":{");
	add_key_hex(b, "measurement", r.measurement.p, r.measurement.n);
	add_field(b, "report_data", azure ? r.report_data :
	    span_make(zero, sizeof(zero)));
	add_field(b, "family_id", r.family_id);
	add_field(b, "image_id", r.image_id);
	buf_printf(b, ",\"guest_svn\":%" PRIu32, r.guest_svn);
	add_field(b, "id_key_digest", r.id_key_digest);
	add_field(b, "author_key_digest", r.author_key_digest);
	buf_printf(b, ",\"policy\":%" PRIu64, r.policy);
	add_field(b, "report_id", r.report_id);
	add_field(b, "report_id_ma", r.report_id_ma);
	buf_add_str(b, "}}");
	return 0;
}

static uint64_t
le_at(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

static int
add_tdx(struct buf *b, struct span q)
{
	static const uint8_t zero[64];
	const uint8_t *body;
	size_t at = TDX_HEADER;

	if (q.n < TDX_HEADER + TDX_V5_TYPE + TDX_BODY)
		return -1;
	if (le_at(q.p, 2) == 5)
		at += TDX_V5_TYPE;
	else if (le_at(q.p, 2) != 4)
		return -1;
	body = q.p + at;
	buf_printf(b, "{\"Tdx\":{\"header\":{\"minimum_qe_svn\":%u,"
	    "\"minimum_pce_svn\":%u", (unsigned int)le_at(q.p + TDX_QE_SVN, 2),
	    (unsigned int)le_at(q.p + TDX_PCE_SVN, 2));
	add_field(b, "qe_vendor_id", span_make(q.p + TDX_VENDOR, 16));
	buf_add_str(b, "},\"body\":{");
	add_key_hex(b, "minimum_tee_tcb_svn", body, 16);
	add_field(b, "mr_seam", span_make(body + 16, 48));
	add_field(b, "td_attributes", span_make(body + 120, 8));
	buf_printf(b, ",\"xfam\":%" PRIu64, le_at(body + 128, 8));
	add_field(b, "mr_td", span_make(body + 136, 48));
	add_field(b, "mr_config_id", span_make(body + 184, 48));
	add_field(b, "mr_owner", span_make(body + 232, 48));
	add_field(b, "mr_owner_config", span_make(body + 280, 48));
	add_field(b, "report_data", span_make(zero, sizeof(zero)));
	buf_add_str(b, "}}}");
	return 0;
}

int
render_tee_policy(struct buf *b, unsigned int kind, const struct tee_bytes *t)
{
	switch (kind) {
	case TEE_SEV_SNP:
		return add_sev(b, t->quote, 0);
	case TEE_AZURE_SNP:
		return add_sev(b, azure_snp_report(t->quote), 1);
	case TEE_AZURE_TDX:
		return add_tdx(b, t->extra);
	default:
		return add_tdx(b, t->quote);
	}
}

/* TPM 2.0 part 2, 10.12.12: TPMS_ATTEST begins with what we need. */
int
render_tpm_policy(struct buf *b, struct span attest)
{
	struct cursor c;
	uint32_t magic, resets, restarts;
	uint64_t clock;
	uint16_t type, n, i;

	cursor_init(&c, attest);
	if (cursor_be32(&c, &magic) == -1 || cursor_be16(&c, &type) == -1)
		return -1;
	for (i = 0; i < 2; i++)		/* qualifiedSigner, extraData */
		if (cursor_be16(&c, &n) == -1 || cursor_skip(&c, n) == -1)
			return -1;
	if (cursor_be64(&c, &clock) == -1 || cursor_be32(&c, &resets) == -1 ||
	    cursor_be32(&c, &restarts) == -1)
		return -1;
	buf_printf(b, "{\"reset_count\":%" PRIu32 ",\"restart_count\":%" PRIu32
	    "}", resets, restarts);
	return 0;
}
