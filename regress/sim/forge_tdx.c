/* Quote and signed JSON of the forged machine. */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include "evidence/utc.h"
#include "regress/sim/forge_tdx.h"

#define DAY		86400
#define TDX_BODY	584	/* of TDX 1.0 */
#define SGX_BODY	384

static const uint8_t	vendor[16] = { 0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c,
    0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07 };
/* The signers of Intel's quoting enclaves. */
static const uint8_t	signer[32] = { 0xdc, 0x9e, 0x2a, 0x7c, 0x6f, 0x94,
    0x8f, 0x17, 0x47, 0x4e, 0x34, 0xa7, 0xfc, 0x43, 0xed, 0x03, 0x0f, 0x7c,
    0x15, 0x63, 0xf1, 0xba, 0xbd, 0xdf, 0x63, 0x40, 0xc8, 0x2e, 0x0e, 0x54,
    0xa8, 0xc5 };
static const uint8_t	sgx_signer[32] = { 0x8c, 0x4f, 0x57, 0x75, 0xd7,
    0x96, 0x50, 0x3e, 0x96, 0x13, 0x7f, 0x77, 0xc6, 0x8a, 0x82, 0x9a, 0x00,
    0x56, 0xac, 0x8d, 0xed, 0x70, 0x14, 0x0b, 0x08, 0x1b, 0x09, 0x44, 0x90,
    0xc5, 0x7b, 0xff };
/* What the newest level asks for, which this machine has. */
static const uint8_t	sgx_svn[16] = { 5, 5, 2, 2, 3, 1, 0, 3 };
static const uint8_t	tdx_svn[16] = { 5, 1, 6 };

static void
body_fill(struct forge_tdx *f)
{
	size_t i;

	memcpy(f->body, tdx_svn, 16);
	memset(f->body + 16, 0x5e, 48);			/* MRSEAM */
	f->body[123] = 0x10;				/* SEPT_VE_DISABLE */
	f->body[128] = 0xe7;				/* XFAM */
	memset(f->body + 136, 0x7d, 48);		/* MRTD */
	for (i = 0; i < 4; i++)
		memset(f->body + 328 + 48 * i, 0xa0 + (int)i, 48);
	for (i = 0; i < 64; i++)
		f->body[520 + i] = i + 1;		/* report data */
	memcpy(f->body + 584, tdx_svn, 16);
}

static void
qe_fill(struct forge_tdx *f)
{
	memcpy(f->qe, sgx_svn, 16);
	f->qe[48] = 0x15;				/* attributes */
	f->qe[56] = 0xe7;
	memset(f->qe + 64, 0xe1, 32);			/* MRENCLAVE */
	memcpy(f->qe + 128, signer, 32);		/* MRSIGNER */
	f->qe[256] = 2;					/* ISVPRODID */
	f->qe[258] = 6;					/* ISVSVN */
}

void
forge_tdx_init(struct forge_tdx *f)
{
	static EVP_PKEY *key[6];
	const struct forge_node ca = { .ca = 1, .from = -900, .to = 900 };
	const struct forge_node end = { .from = -90, .to = 90 };
	const struct forge_json json = { .from = -3, .to = 27,
	    .status = "UpToDate" };
	size_t i;

	for (i = 0; i < 6; i++)
		if (key[i] == NULL)
			key[i] = forge_p256();
	memset(f, 0, sizeof(*f));
	f->now = FORGE_TDX_NOW;
	f->root = f->pck_ca = ca;
	f->pck = f->tcb = end;
	f->root.cn = "Intel SGX Root CA";
	f->pck_ca.cn = "Intel SGX PCK Platform CA";
	f->pck.cn = "Intel SGX PCK Certificate";
	f->tcb.cn = "Intel SGX TCB Signing";
	f->root.key = key[0];
	f->pck_ca.key = key[1];
	f->pck.key = key[2];
	f->tcb.key = key[3];
	f->ak = key[4];
	f->other = key[5];
	f->root_in_chain = 1;
	f->ext = 1;
	memcpy(f->svn, sgx_svn, 16);
	memcpy(f->fmspc, "\x00\x80\x6f\x05\x00\x00", 6);
	f->pcesvn = 11;
	f->version = 4;
	f->att_key_type = 2;
	f->tee_type = 0x81;
	f->body_type = 2;
	f->outer_type = 6;
	f->inner_type = 5;
	memcpy(f->vendor, vendor, 16);
	body_fill(f);
	qe_fill(f);
	f->pck_crl.from = f->root_crl.from = -3;
	f->pck_crl.to = f->root_crl.to = 27;
	f->info = f->identity = json;
	f->info.id = "TDX";
	f->info.version = 3;
	f->identity.id = "TD_QE";
	f->identity.version = 2;
	f->identity_prod = 2;
	f->info_fmspc = "00806F050000";
	f->info_pceid = "0000";
	f->module_id = "TDX_01";
	f->module_status = "UpToDate";
}

static void
le_put(struct buf *b, uint64_t v, size_t n)
{
	uint8_t c;

	for (; n > 0; n--, v >>= 8) {
		c = v & 0xff;
		buf_add(b, &c, 1);
	}
}

static void
pem_put(struct buf *b, X509 *x)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p;
	long n;

	if (bio == NULL || PEM_write_bio_X509(bio, x) != 1 ||
	    (n = BIO_get_mem_data(bio, &p)) <= 0)
		errx(1, "no PEM");
	buf_add(b, p, n);
	BIO_free(bio);
}

static void
der_of(X509 *x, struct buf *b)
{
	uint8_t *der = NULL;
	int n = i2d_X509(x, &der);

	if (n <= 0)
		errx(1, "no DER");
	buf_add(b, der, n);
	OPENSSL_free(der);
}

static void
signed_part(const struct forge_tdx *f, struct buf *b)
{
	size_t n = f->tee_type == 0 ? SGX_BODY : f->version == 5 &&
	    f->body_type == 3 ? sizeof(f->body) : TDX_BODY;
	uint8_t user[20] = { 0 };

	le_put(b, f->version, 2);
	le_put(b, f->att_key_type, 2);
	le_put(b, f->tee_type, 4);
	le_put(b, 0, 4);
	buf_add(b, f->vendor, 16);
	buf_add(b, user, 20);
	if (f->version == 5) {
		le_put(b, f->body_type, 2);
		le_put(b, f->body_size != 0 ? (size_t)f->body_size : n, 4);
	}
	buf_add(b, f->body, n);
}

/* Report of the quoting enclave, its signature, its data, the chain. */
static void
certification_put(struct forge_tdx *f, const uint8_t ak[64], struct buf *b)
{
	uint8_t text[64 + sizeof(f->auth)], sig[64];
	struct buf pem;

	memcpy(text, ak, 64);
	memcpy(text + 64, f->auth, sizeof(f->auth));
	SHA256(text, sizeof(text), f->qe + 320);
	f->qe[320] ^= f->qe_data;
	f->qe[383] ^= f->qe_data_tail;
	forge_sign(f->qe_by_other ? f->other : f->pck.key,
	    span_make(f->qe, sizeof(f->qe)), sig);
	buf_add(b, f->qe, sizeof(f->qe));
	buf_add(b, sig, 64);
	le_put(b, sizeof(f->auth), 2);
	buf_add(b, f->auth, sizeof(f->auth));
	buf_init(&pem, 0);
	pem_put(&pem, f->pck.cert);
	pem_put(&pem, f->pck_ca.cert);
	if (f->root_in_chain)
		pem_put(&pem, f->root.cert);
	buf_add(&pem, "", 1);
	le_put(b, f->inner_type, 2);
	le_put(b, pem.n, 4);
	buf_add(b, pem.p, pem.n);
	buf_free(&pem);
}

static void
quote_make(struct forge_tdx *f)
{
	struct buf *q = &f->quote, cert, sigdata;
	uint8_t point[65], sig[64];
	size_t n;

	signed_part(f, q);
	forge_sign(f->ak_other ? f->other : f->ak, buf_span(q), sig);
	if (EVP_PKEY_get_octet_string_param(f->ak, OSSL_PKEY_PARAM_PUB_KEY,
	    point, sizeof(point), &n) != 1 || n != 65)
		errx(1, "no point");
	buf_init(&cert, 0);
	buf_init(&sigdata, 0);
	certification_put(f, point + 1, &cert);
	buf_add(&sigdata, sig, 64);
	buf_add(&sigdata, point + 1, 64);
	le_put(&sigdata, f->outer_type, 2);
	le_put(&sigdata, cert.n, 4);
	buf_add(&sigdata, cert.p, cert.n);
	le_put(q, sigdata.n + f->extra, 4);
	buf_add(q, sigdata.p, sigdata.n);
	for (n = 0; n < (size_t)f->trailing; n++)
		buf_add(q, "", 1);
	buf_free(&cert);
	buf_free(&sigdata);
}

static void
level_put(struct buf *b, int less, const char *status, const char *more)
{
	int i;

	buf_add_str(b, "{\"tcb\":{\"sgxtcbcomponents\":[");
	for (i = 0; i < 16; i++)
		buf_printf(b, "%s{\"svn\":%d%s}", i > 0 ? "," : "",
		    sgx_svn[i] > less ? sgx_svn[i] - less : 0, i != 7 ? "" :
		    ",\"category\":\"OS/VMM\",\"type\":\"SEAMLDR ACM\"");
	buf_printf(b, "],\"pcesvn\":%d,\"tdxtcbcomponents\":[", 11 - less);
	for (i = 0; i < 16; i++)
		buf_printf(b, "%s{\"svn\":%d}", i > 0 ? "," : "", i == 1 ? 0 :
		    tdx_svn[i] > less ? tdx_svn[i] - less : 0);
	buf_printf(b, "]},\"tcbDate\":\"2026-0%d-01T00:00:00Z\","
	    "\"tcbStatus\":\"%s\"%s}", 7 - less, status, more);
}

/* {"name":{...},"signature":"..."}: signed as it is written. */
static void
json_sign(const struct forge_tdx *f, const struct forge_json *j,
    const char *name, const struct buf *object, struct buf *out)
{
	uint8_t sig[64];

	forge_sign(j->by_other ? f->other : j->by_ca ? f->pck_ca.key :
	    j->by_pck ? f->pck.key : f->tcb.key, buf_span(object), sig);
	buf_printf(out, "{\"%s\":", name);
	buf_add(out, object->p, object->n);
	buf_add_str(out, ",\"signature\":\"");
	buf_add_hex(out, span_make(sig, 64));
	buf_add_str(out, "\"}");
}

static void
json_head(const struct forge_tdx *f, const struct forge_json *j,
    const char *space, struct buf *b)
{
	char from[UTC_TEXT_LEN], to[UTC_TEXT_LEN];

	utc_text(f->now + (int64_t)j->from * DAY, from);
	utc_text(f->now + (int64_t)j->to * DAY, to);
	buf_printf(b, "{%s\"id\":\"%s\",\"version\":%d,\"issueDate\":\"%s\","
	    "\"nextUpdate\":\"%s\",\"tcbEvaluationDataNumber\":18,", space,
	    j->id, j->version, from, to);
}

static void
module_put(const struct forge_tdx *f, struct buf *b)
{
	buf_printf(b, "\"mrsigner\":\"%02x%094d\",\"attributes\":"
	    "\"%02x%014d\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\"",
	    f->module_signer, 0, f->module_attributes, 0);
}

static void
info_make(struct forge_tdx *f)
{
	struct buf b;

	buf_init(&b, 0);
	json_head(f, &f->info, f->info_spaces ? "\n\t " : "", &b);
	buf_printf(&b, "\"fmspc\":\"%s\",\"pceId\":\"%s\",\"tcbType\":0,"
	    "\"tdxModule\":{", f->info_fmspc, f->info_pceid);
	module_put(f, &b);
	buf_printf(&b, "},\"tdxModuleIdentities\":[{\"id\":\"%s\",",
	    f->module_id);
	module_put(f, &b);
	buf_printf(&b, ",\"tcbLevels\":[{\"tcb\":{\"isvsvn\":5},\"tcbDate\":"
	    "\"2026-05-01T00:00:00Z\",\"tcbStatus\":\"%s\"},{\"tcb\":"
	    "{\"isvsvn\":2},\"tcbDate\":\"2026-03-01T00:00:00Z\","
	    "\"tcbStatus\":\"OutOfDate\",\"advisoryIDs\":"
	    "[\"INTEL-SA-00777\"]}]}],\"tcbLevels\":[", f->module_status);
	level_put(&b, 0, f->info.status, strcmp(f->info.status,
	    "UpToDate") == 0 ? "" : ",\"advisoryIDs\":[\"INTEL-SA-00111\"]");
	buf_add_str(&b, ",");
	level_put(&b, 1, "OutOfDate",
	    ",\"advisoryIDs\":[\"INTEL-SA-00222\",\"INTEL-SA-00333\"]");
	buf_add_str(&b, "]}");
	json_sign(f, &f->info, "tcbInfo", &b, &f->tcb_info);
	buf_free(&b);
}

static void
identity_make(struct forge_tdx *f)
{
	struct buf b;

	buf_init(&b, 0);
	json_head(f, &f->identity, "", &b);
	buf_add_str(&b, "\"miscselect\":\"00000000\",\"miscselectMask\":"
	    "\"FFFFFFFF\",\"attributes\":\"11000000000000000000000000000000\","
	    "\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\","
	    "\"mrsigner\":\"");
	buf_add_hex(&b, span_make(signer, 32));
	buf_printf(&b, "\",\"isvprodid\":%d,\"tcbLevels\":[{\"tcb\":"
	    "{\"isvsvn\":4},\"tcbDate\":\"2026-05-01T00:00:00Z\","
	    "\"tcbStatus\":\"%s\"},{\"tcb\":{\"isvsvn\":2},\"tcbDate\":"
	    "\"2026-02-01T00:00:00Z\",\"tcbStatus\":\"OutOfDate\","
	    "\"advisoryIDs\":[\"INTEL-SA-00888\"]}]}", f->identity_prod,
	    f->identity.status);
	json_sign(f, &f->identity, "enclaveIdentity", &b, &f->qe_identity);
	buf_free(&b);
}

void
forge_tdx_quote(struct forge_tdx *f)
{
	buf_init(&f->quote, 0);
	quote_make(f);
	if (f->quote.failed)
		errx(1, "no memory");
}

void
forge_tdx_collateral(struct forge_tdx *f)
{
	struct buf *const all[] = { &f->tcb_info, &f->qe_identity,
	    &f->pck_crl_der, &f->root_crl_der, &f->tcb_signing, &f->root_der };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buf_init(all[i], 0);
	info_make(f);
	identity_make(f);
	forge_crl_make(f, &f->pck_crl, &f->pck_ca, f->pck.cert,
	    f->pck_ca.cert, &f->pck_crl_der);
	forge_crl_make(f, &f->root_crl, &f->root, f->pck_ca.cert,
	    f->tcb.cert, &f->root_crl_der);
	der_of(f->tcb.cert, &f->tcb_signing);
	der_of(f->root.cert, &f->root_der);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->failed)
			errx(1, "no memory");
}

void
forge_tdx_make(struct forge_tdx *f)
{
	/* an SGX quote comes from the enclave for SGX */
	if (f->tee_type == 0) {
		memcpy(f->qe + 128, sgx_signer, 32);
		f->qe[256] = 1;
	}
	forge_chain(f);
	forge_tdx_quote(f);
	forge_tdx_collateral(f);
}

void
forge_tdx_free(struct forge_tdx *f)
{
	buf_free(&f->quote);
	buf_free(&f->tcb_info);
	buf_free(&f->qe_identity);
	buf_free(&f->pck_crl_der);
	buf_free(&f->root_crl_der);
	buf_free(&f->tcb_signing);
	buf_free(&f->root_der);
	X509_free(f->root.cert);
	X509_free(f->pck_ca.cert);
	X509_free(f->pck.cert);
	X509_free(f->tcb.cert);
}
