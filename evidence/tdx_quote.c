/* TDX and SGX quotes, enclave reports and TDREPORTs as bytes (WIRE 2, 3). */
#include <string.h>

#include "evidence/limits.h"
#include "evidence/tdx_quote.h"

#define HEADER_LEN	48u
#define BODY_10_LEN	584u
#define BODY_15_LEN	648u
#define SGX_REPORT_LEN	384u
#define P256_LEN	64u	/* r||s, or x||y */
#define CERT_QE_REPORT	6u
#define CERT_PCK_CHAIN	5u
#define TDINFO		512u	/* offset in a TDREPORT */

static struct span
part(struct span s, size_t off, size_t n)
{
	return span_make(s.p + off, n);
}

static uint64_t
le_at(struct span s, size_t off, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | s.p[off + n];
	return v;
}

int
sgx_report_decode(struct span s, struct sgx_report *ret)
{
	struct sgx_report r;

	if (s.n != SGX_REPORT_LEN)
		return -1;
	memset(&r, 0, sizeof(r));
	r.raw = s;
	r.cpusvn = part(s, 0, 16);
	r.miscselect = part(s, 16, 4);
	r.attributes = part(s, 48, 16);
	r.mrenclave = part(s, 64, 32);
	r.mrsigner = part(s, 128, 32);
	r.isvprodid = le_at(s, 256, 2);
	r.isvsvn = le_at(s, 258, 2);
	r.report_data = part(s, 320, 64);
	*ret = r;
	return 0;
}

int
tdx_body_decode(struct span s, struct tdx_body *ret)
{
	struct tdx_body b;
	size_t i;

	if (s.n != BODY_10_LEN && s.n != BODY_15_LEN)
		return -1;
	memset(&b, 0, sizeof(b));
	b.raw = s;
	b.tee_tcb_svn = part(s, 0, 16);
	b.mr_seam = part(s, 16, 48);
	b.mr_signer_seam = part(s, 64, 48);
	b.seam_attributes = part(s, 112, 8);
	b.td_attributes = part(s, 120, 8);
	b.xfam = part(s, 128, 8);
	b.mr_td = part(s, 136, 48);
	b.mr_config_id = part(s, 184, 48);
	b.mr_owner = part(s, 232, 48);
	b.mr_owner_config = part(s, 280, 48);
	for (i = 0; i < TDX_RTMRS; i++)
		b.rtmr[i] = part(s, 328 + 48 * i, 48);
	b.report_data = part(s, 520, TDX_REPORT_DATA_LEN);
	if (s.n == BODY_15_LEN) {
		b.tee_tcb_svn2 = part(s, 584, 16);
		b.mr_servicetd = part(s, 600, 48);
	}
	b.attributes = le_at(b.td_attributes, 0, 8);
	b.features = le_at(b.xfam, 0, 8);
	*ret = b;
	return 0;
}

static int
header_decode(struct cursor *c, struct tdx_quote *q, const char **why)
{
	*why = "the header";
	if (cursor_le16(c, &q->version) == -1 ||
	    cursor_le16(c, &q->att_key_type) == -1 ||
	    cursor_le32(c, &q->tee_type) == -1 ||
	    cursor_le16(c, &q->qe_svn) == -1 ||
	    cursor_le16(c, &q->pce_svn) == -1 ||
	    cursor_take(c, 16, &q->qe_vendor_id) == -1 ||
	    cursor_take(c, 20, &q->user_data) == -1)
		return -1;
	*why = "the version, which is none of 3, 4 and 5";
	if (q->version < 3 || q->version > 5)
		return -1;
	*why = "the type of attestation key, which is not ECDSA P-256";
	return q->att_key_type == TDX_ATT_KEY_P256 ? 0 : -1;
}

/* Version 5 says what body follows; before, the TEE type does. */
static int
body_type_decode(struct cursor *c, struct tdx_quote *q, size_t *ret_len,
    const char **why)
{
	static const size_t lengths[] = { 0, SGX_REPORT_LEN, BODY_10_LEN,
	    BODY_15_LEN };
	uint16_t type;
	uint32_t size;

	*why = "the TEE type";
	if ((q->tee_type != 0 && q->tee_type != TDX_TEE_TYPE) ||
	    (q->version == 3 && q->tee_type != 0))
		return -1;
	q->body_type = q->tee_type == 0 ? TDX_BODY_SGX : TDX_BODY_10;
	if (q->version == 5) {
		*why = "the type or size of the body";
		if (cursor_le16(c, &type) == -1 ||
		    cursor_le32(c, &size) == -1 || type < TDX_BODY_SGX ||
		    type > TDX_BODY_15 || size != lengths[type] ||
		    (type == TDX_BODY_SGX) != (q->tee_type == 0))
			return -1;
		q->body_type = type;
	}
	*ret_len = lengths[q->body_type];
	return 0;
}

static int
body_decode(struct cursor *c, struct tdx_quote *q, const char **why)
{
	struct span s;
	size_t n;

	if (body_type_decode(c, q, &n, why) == -1)
		return -1;
	*why = "the body";
	if (cursor_take(c, n, &s) == -1)
		return -1;
	return q->body_type == TDX_BODY_SGX ?
	    sgx_report_decode(s, &q->enclave) : tdx_body_decode(s, &q->body);
}

/* What the quoting enclave's report stands on: its signature by the PCK, the
 * bytes it hashes with the key, and the chain.  Nothing may be left. */
static int
certification_decode(struct span s, struct tdx_quote *q, const char **why)
{
	struct cursor c;
	struct span qe;
	uint16_t n;
	uint32_t size;

	cursor_init(&c, s);
	*why = "the report of the quoting enclave";
	if (cursor_take(&c, SGX_REPORT_LEN, &qe) == -1 ||
	    sgx_report_decode(qe, &q->qe) == -1 ||
	    cursor_take(&c, P256_LEN, &q->qe_signature) == -1)
		return -1;
	*why = "the data that the quoting enclave authenticates";
	if (cursor_le16(&c, &n) == -1 || n > MAX_QE_AUTH ||
	    cursor_take(&c, n, &q->qe_auth) == -1)
		return -1;
	*why = "the inner certification data, which must be of type 5 and end "
	    "with the signature data";
	if (cursor_le16(&c, &q->inner_cert_type) == -1 ||
	    cursor_le32(&c, &size) == -1 ||
	    q->inner_cert_type != CERT_PCK_CHAIN || size > MAX_PCK_CHAIN ||
	    cursor_take(&c, size, &q->cert_data) == -1)
		return -1;
	return cursor_left(&c) == 0 ? 0 : -1;
}

static int
signature_decode(struct span s, struct tdx_quote *q, const char **why)
{
	struct cursor c;
	struct span inner;
	uint32_t size;

	cursor_init(&c, s);
	*why = "the signature and its key";
	if (cursor_take(&c, P256_LEN, &q->signature) == -1 ||
	    cursor_take(&c, P256_LEN, &q->att_key) == -1)
		return -1;
	if (q->version == 3)
		return certification_decode(part(s, c.off, cursor_left(&c)),
		    q, why);
	*why = "the outer certification data, which must be of type 6 and end "
	    "with the signature data";
	if (cursor_le16(&c, &q->outer_cert_type) == -1 ||
	    cursor_le32(&c, &size) == -1 ||
	    q->outer_cert_type != CERT_QE_REPORT ||
	    cursor_take(&c, size, &inner) == -1 || cursor_left(&c) != 0)
		return -1;
	return certification_decode(inner, q, why);
}

int
tdx_quote_decode(struct span s, struct tdx_quote *ret, const char **ret_why)
{
	struct tdx_quote q;
	struct cursor c;
	struct span sig;

	memset(&q, 0, sizeof(q));
	*ret_why = "the length";
	if (s.n > MAX_TEE_QUOTE)
		return -1;
	cursor_init(&c, s);
	if (header_decode(&c, &q, ret_why) == -1 ||
	    body_decode(&c, &q, ret_why) == -1)
		return -1;
	q.signed_bytes = part(s, 0, c.off);
	*ret_why = "the length of the signature data";
	if (cursor_le32(&c, &q.sig_data_len) == -1 ||
	    cursor_take(&c, q.sig_data_len, &sig) == -1 ||
	    signature_decode(sig, &q, ret_why) == -1)
		return -1;
	/* Fixed-size buffers of hosts leave bytes behind; nothing reads
	 * them. */
	q.trailing = cursor_left(&c);
	*ret = q;
	return 0;
}

int
tdreport_decode(struct span s, struct tdreport *ret)
{
	struct tdreport r;
	size_t i;

	if (s.n < TDREPORT_SIZE || s.n > MAX_TEE_QUOTE ||
	    !span_is_zero(part(s, TDREPORT_SIZE, s.n - TDREPORT_SIZE)) ||
	    s.p[0] != TDX_TEE_TYPE)
		return -1;
	memset(&r, 0, sizeof(r));
	r.type = part(s, 0, 4);
	r.cpusvn = part(s, 16, 16);
	r.report_data = part(s, 128, TDX_REPORT_DATA_LEN);
	r.td_attributes = part(s, TDINFO, 8);
	r.attributes = le_at(s, TDINFO, 8);
	r.xfam = part(s, TDINFO + 8, 8);
	r.mr_td = part(s, TDINFO + 16, 48);
	r.mr_config_id = part(s, TDINFO + 64, 48);
	r.mr_owner = part(s, TDINFO + 112, 48);
	r.mr_owner_config = part(s, TDINFO + 160, 48);
	for (i = 0; i < TDX_RTMRS; i++)
		r.rtmr[i] = part(s, TDINFO + 208 + 48 * i, 48);
	*ret = r;
	return 0;
}
