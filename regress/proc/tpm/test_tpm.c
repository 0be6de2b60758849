#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <tss2/tss2_mu.h>

#include "agentd/attest_msg.h"
#include "regress/proc/tpm/rig.h"
#include "regress/unit/check.h"

/*
 * The parent's part played to the real agent-tpm on swtpm: its quotes verify,
 * are the one command that the parent expects, and neither PCRs that move nor
 * a TPM that fails or lies ends the process.
 */

#define AK	0x81000051
#define JOB	42
#define HOSTILE_TURNS	400

static const uint8_t low[3] = { 0xff, 0x0f, 0 };	/* PCR 0 to 11 */
static const uint8_t ten[3] = { 0, 0x04, 0 };
static const uint8_t all[3] = { 0xff, 0xff, 0xff };

static int
in_mask(const uint8_t mask[3], unsigned int i)
{
	return mask[i / 8] >> (i % 8) & 1;
}

static EVP_PKEY *
public_key(const TPMT_PUBLIC *p)
{
	unsigned char point[65] = { 4 };
	const TPMS_ECC_POINT *q = &p->unique.ecc;
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
		    (char *)"P-256", 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point,
		    sizeof(point)),
		OSSL_PARAM_END
	};
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *k = NULL;

	memcpy(point + 33 - q->x.size, q->x.buffer, q->x.size);
	memcpy(point + 65 - q->y.size, q->y.buffer, q->y.size);
	EVP_PKEY_fromdata_init(c);
	EVP_PKEY_fromdata(c, &k, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(c);
	return k;
}

static int
signature_ok(const struct quote_part *p)
{
	TPMT_SIGNATURE s;
	TPMT_PUBLIC pub;
	EVP_PKEY *k;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	ECDSA_SIG *sig = ECDSA_SIG_new();
	unsigned char *der = NULL;
	size_t at = 0, pat = 0;
	int n, r;

	memset(&pub, 0, sizeof(pub));
	memset(&s, 0, sizeof(s));
	CHECK_INT(Tss2_MU_TPMT_SIGNATURE_Unmarshal(p->sig, p->sig_len, &at,
	    &s), 0);
	CHECK_INT(Tss2_MU_TPMT_PUBLIC_Unmarshal(p->pub, p->pub_len, &pat,
	    &pub), 0);
	CHECK_INT(at, p->sig_len);
	CHECK_INT(pat, p->pub_len);
	CHECK_INT(s.sigAlg, TPM2_ALG_ECDSA);
	CHECK_INT(s.signature.ecdsa.hash, TPM2_ALG_SHA256);
	k = public_key(&pub);
	ECDSA_SIG_set0(sig, BN_bin2bn(s.signature.ecdsa.signatureR.buffer,
	    s.signature.ecdsa.signatureR.size, NULL),
	    BN_bin2bn(s.signature.ecdsa.signatureS.buffer,
	    s.signature.ecdsa.signatureS.size, NULL));
	n = i2d_ECDSA_SIG(sig, &der);
	r = EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, k) == 1 &&
	    EVP_DigestVerify(c, der, (size_t)n, p->attest, p->attest_len) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(k);
	return r;
}

static void
check_quote(const struct quote_part *p, uint16_t bank, const uint8_t mask[3],
    const uint8_t *nonce, size_t len)
{
	uint8_t values[PCR_COUNT * DIGEST_MAX], digest[32];
	const TPMS_PCR_SELECTION *s;
	size_t at = 0, n = 0;
	unsigned int i;
	TPMS_ATTEST a;

	CHECK_MEM(p->mask, mask, 3);
	memset(&a, 0, sizeof(a));
	CHECK_INT(Tss2_MU_TPMS_ATTEST_Unmarshal(p->attest, p->attest_len, &at,
	    &a), 0);
	CHECK_INT(a.magic, TPM2_GENERATED_VALUE);
	CHECK_INT(a.type, TPM2_ST_ATTEST_QUOTE);
	if (CHECK_INT(a.extraData.size, len))
		CHECK_MEM(a.extraData.buffer, nonce, len);
	s = &a.attested.quote.pcrSelect.pcrSelections[0];
	CHECK_INT(a.attested.quote.pcrSelect.count, 1);
	CHECK_INT(s->hash, bank);
	CHECK_MEM(s->pcrSelect, mask, 3);
	for (i = 0; i < PCR_COUNT; i++)
		if (in_mask(mask, i)) {
			memcpy(values + n, p->pcr[i], p->digest_len);
			n += p->digest_len;
		}
	EVP_Digest(values, n, digest, NULL, EVP_sha256(), NULL);
	CHECK_INT(a.attested.quote.pcrDigest.size, 32);
	CHECK_MEM(a.attested.quote.pcrDigest.buffer, digest, 32);
	CHECK(signature_ok(p));
}

/* 1 with a quote, 0 without, -1 when the worker is gone. expect as the parent has it. */
static int
ask_quote(struct rig *r, uint16_t bank, const uint8_t mask[3],
    const uint8_t *nonce, size_t len, struct quote_part *ret_p)
{
	struct tpm_expect e;
	struct frame f;
	struct rbuf b;
	struct wbuf w;

	memset(&e, 0, sizeof(e));
	CHECK_OK(tpm_quote_command(bank, mask, nonce, len, &e));
	if (r->expect == NULL)
		r->expect = &e;
	r->quotes = 0;
	wbuf_init(&w);
	put_u16(&w, bank);
	put_raw(&w, mask, 3);
	put_blob(&w, nonce, len);
	CHECK_OK(chan_send(r->worker.req_fd, MSG_QUOTE_REQ, JOB, &w, NULL, 0));
	if (!worker_next(r, &f)) {
		r->expect = NULL;
		return -1;
	}
	r->expect = NULL;
	CHECK_INT(f.type, MSG_QUOTE_ANS);
	CHECK_INT(f.id, JOB);
	rbuf_init(&b, f.data, f.len);
	if (get_u8(&b) == 0) {
		CHECK_OK(msg_end(&b));
		return 0;
	}
	CHECK_OK(quote_part_get(&b, ret_p));
	return 1;
}

static void
test_ak(struct rig *r)
{
	uint8_t name[34] = { 0, 0x0b }, got[128];
	struct frame f;
	struct rbuf b;
	struct wbuf w;
	size_t n;

	test_begin("AK's Name");
	wbuf_init(&w);
	put_u8(&w, 0);
	CHECK_OK(chan_send(r->worker.req_fd, MSG_AK_REQ, 0, &w, NULL, 0));
	CHECK_INT(worker_next(r, &f), 1);
	CHECK_INT(f.type, MSG_AK_ANS);
	rbuf_init(&b, f.data, f.len);
	CHECK_INT(get_u8(&b), 1);
	CHECK_INT(get_u8(&b), TEE_NONE);
	n = get_blob(&b, got, sizeof(got));
	CHECK_OK(msg_end(&b));
	CHECK_INT(n, sizeof(name));
	CHECK_INT(rig_read_public(r, AK), 0);
	n = (size_t)r->rsp.data[10] << 8 | r->rsp.data[11];
	EVP_Digest(r->rsp.data + 12, n, name + 2, NULL, EVP_sha256(), NULL);
	CHECK_MEM(got, name, sizeof(name));
	CHECK_MEM(r->rsp.data + 12 + n + 2, name, sizeof(name));
}

static void
test_quotes(struct rig *r)
{
	static const uint16_t banks[] = { TPM2_ALG_SHA1, TPM2_ALG_SHA256,
	    TPM2_ALG_SHA384 };
	static const uint8_t *const masks[] = { low, ten, all };
	static const size_t lens[] = { 0, 16, 32, 34, 64 };
	static struct quote_part p;
	uint8_t nonce[64];
	size_t i, j, k;

	test_begin("quotes");
	memset(nonce, 0x11, sizeof(nonce));
	rig_extend(r);
	for (i = 0; i < 3; i++)
		for (j = 0; j < 3; j++)
			for (k = 0; k < 5; k++) {
				nonce[0]++;
				if (CHECK_INT(ask_quote(r, banks[i], masks[j],
				    nonce, lens[k], &p), 1))
					check_quote(&p, banks[i], masks[j],
					    nonce, lens[k]);
			}
	/* every one of them was byte by byte what tpm_quote_command() makes */
	CHECK(r->refused == NULL);
	CHECK_INT(ask_quote(r, TPM2_ALG_SM3_256, ten, nonce, 32, &p), 0);
	CHECK_INT(ask_quote(r, TPM2_ALG_SHA256, ten, nonce, 32, &p), 1);
}

/* IMA between the read and the quote. */
static int
move_pcr(struct rig *r, const uint8_t *cmd, size_t len)
{
	(void)len;
	if (cmd[9] == 0x58 && r->moves > 0) {
		r->moves--;
		rig_extend(r);
	}
	return 0;
}

static void
test_moving(struct rig *r)
{
	static struct quote_part p;
	uint8_t nonce[34] = "CV";

	test_begin("PCR 10 moves");
	r->before = move_pcr;
	r->moves = 4;
	if (CHECK_INT(ask_quote(r, TPM2_ALG_SHA256, low, nonce, 34, &p), 1))
		check_quote(&p, TPM2_ALG_SHA256, low, nonce, 34);
	CHECK_INT(r->quotes, 5);
	r->moves = 100;
	CHECK_INT(ask_quote(r, TPM2_ALG_SHA256, low, nonce, 34, &p), 0);
	CHECK_INT(r->quotes, 5);
	r->moves = 0;
	CHECK_INT(ask_quote(r, TPM2_ALG_SHA256, low, nonce, 34, &p), 1);
	CHECK_INT(r->quotes, 1);
	r->before = NULL;
}

/* The next command is not answered. */
static int
no_answer(struct rig *r, const uint8_t *cmd, size_t len)
{
	(void)cmd;
	(void)len;
	if (r->moves == 0)
		return 0;
	r->moves--;
	r->rsp.len = 0;
	return 1;
}

/* "Ask again", as a TPM that tests itself says. */
static int
busy(struct rig *r, const uint8_t *cmd, size_t len)
{
	static const uint8_t retry[10] = { 0x80, 1, 0, 0, 0, 10, 0, 0, 0x09,
	    0x22 };

	(void)cmd;
	(void)len;
	if (r->moves == 0)
		return 0;
	r->moves--;
	memcpy(r->rsp.data, retry, sizeof(retry));
	r->rsp.len = sizeof(retry);
	return 1;
}

static void
test_failing(struct rig *r)
{
	static struct quote_part p;
	struct tpm_expect other;
	uint8_t nonce[32] = "n";

	test_begin("TPM does not answer");
	r->before = no_answer;
	r->moves = 1;
	CHECK_INT(ask_quote(r, TPM2_ALG_SHA256, ten, nonce, 32, &p), 0);
	CHECK_INT(ask_quote(r, TPM2_ALG_SHA256, ten, nonce, 32, &p), 1);

	test_begin("TPM asks again");
	r->before = busy;
	r->moves = 8;	/* more than ESYS itself would */
	CHECK_INT(ask_quote(r, TPM2_ALG_SHA256, ten, nonce, 32, &p), 1);
	CHECK_INT(r->moves, 0);
	r->before = NULL;

	test_begin("another quote than the parent's");
	CHECK_OK(tpm_quote_command(TPM2_ALG_SHA256, all, nonce, 32, &other));
	r->expect = &other;
	CHECK_INT(ask_quote(r, TPM2_ALG_SHA256, ten, nonce, 32, &p), 0);
	CHECK_STR(r->refused, "not the quote that was asked for");
	CHECK_INT(ask_quote(r, TPM2_ALG_SHA256, ten, nonce, 32, &p), 1);
}

/* One bit of each third answer or so, or its end, is not what the TPM said. */
static void
lie(struct rig *r)
{
	if (r->rsp.len == 0 || random() % 3 != 0)
		return;
	if (random() % 4 == 0)
		r->rsp.len = (size_t)random() % r->rsp.len;
	else
		r->rsp.data[(size_t)random() % r->rsp.len] ^=
		    (uint8_t)(1 << random() % 8);
}

static void
test_hostile(struct rig *r)
{
	static struct quote_part p;
	uint8_t nonce[32] = "h";
	unsigned int i, made = 0;
	int got = 0;

	test_begin("TPM that lies");
	srandom(1);
	r->after = lie;
	for (i = 0; i < HOSTILE_TURNS && got != -1; i++) {
		got = ask_quote(r, TPM2_ALG_SHA256, low, nonce, 32, &p);
		made += got == 1;
	}
	r->after = NULL;
	CHECK(got != -1);
	printf("%u of %d quotes came through\n", made, HOSTILE_TURNS);
	if (CHECK_INT(ask_quote(r, TPM2_ALG_SHA256, low, nonce, 32, &p), 1))
		check_quote(&p, TPM2_ALG_SHA256, low, nonce, 32);
}

/* A parent that breaks the protocol is left. */
static void
test_broken(struct rig *r, enum msg_type type, size_t len, const char *what)
{
	static const uint8_t zeros[128];
	struct frame f;
	struct wbuf w;

	test_begin(what);
	worker_start(r, "agent-tpm", TPM_SERVE, 0);
	wbuf_init(&w);
	put_raw(&w, zeros, len);
	CHECK_OK(chan_send(r->worker.req_fd, type, 0, &w, NULL, 0));
	CHECK_INT(worker_next(r, &f), 0);
	CHECK_INT(worker_end(r), 1);
}

static int
answer_wrongly(struct rig *r, const uint8_t *cmd, size_t len)
{
	struct wbuf w;

	(void)cmd;
	(void)len;
	wbuf_init(&w);
	put_u8(&w, 0);
	chan_send(r->worker.req_fd, MSG_AK_REQ, 0, &w, NULL, 0);
	r->rsp.len = 0;
	return 1;
}

static void
test_none(struct rig *r)
{
	static struct quote_part p;
	struct frame f;
	struct wbuf w;

	test_begin("no AK");
	worker_start(r, "agent-tpm", TPM_SERVE, 0);
	wbuf_init(&w);
	put_u8(&w, 0);
	CHECK_OK(chan_send(r->worker.req_fd, MSG_AK_REQ, 0, &w, NULL, 0));
	CHECK_INT(worker_next(r, &f), 1);
	CHECK_INT(f.len, 4);
	CHECK_INT(f.data[0], 0);
	CHECK_INT(ask_quote(r, TPM2_ALG_SHA256, ten, NULL, 0, &p), 0);
	CHECK_INT(worker_end(r), 0);
}

/* Any TPM is looked at where the kernel makes no reports; this one is none of Azure's. */
static void
test_no_paravisor(struct rig *r)
{
	struct tpm_expect e;
	uint8_t data[64];
	struct frame f;
	struct wbuf w;
	int i;

	test_begin("no paravisor");
	worker_start(r, "agent-tpm", TPM_AZURE, 0);
	wbuf_init(&w);
	put_u8(&w, 1);
	CHECK_OK(chan_send(r->worker.req_fd, MSG_AK_REQ, 0, &w, NULL, 0));
	CHECK_INT(worker_next(r, &f), 1);
	CHECK_INT(f.type, MSG_AK_ANS);
	CHECK_INT(f.data[0], 1);
	CHECK_INT(f.data[1], TEE_NONE);
	CHECK_INT(f.len, 2 + 2 + 34);

	test_begin("user data is written, and no report comes");
	memset(data, 0x3c, sizeof(data));
	for (i = 0; i < 2; i++) {	/* with and without the index there */
		tpm_hcl_command(data, &e);
		r->expect = &e;
		wbuf_init(&w);
		put_raw(&w, data, sizeof(data));
		CHECK_OK(chan_send(r->worker.req_fd, MSG_HCL_REQ, JOB, &w,
		    NULL, 0));
		CHECK_INT(worker_next(r, &f), 1);
		CHECK_INT(f.type, MSG_HCL_ANS);
		CHECK_INT(f.id, JOB);
		CHECK_INT(f.len, 1);
		CHECK_INT(f.data[0], 0);
		CHECK_INT(f.nfds, 0);
	}
	r->expect = NULL;
	CHECK_INT(worker_end(r), 0);
	test_broken(r, MSG_HCL_REQ, 63, "HCL_REQ too short");
	test_broken(r, MSG_HCL_REQ, 65, "HCL_REQ too long");
	test_broken(r, MSG_AK_REQ, 0, "AK_REQ too short");
}

int
main(void)
{
	struct frame f;
	const char *why;
	struct rig r;
	struct wbuf w;

	if ((why = rig_missing()) != NULL)
		test_skip(why);
	rig_start(&r, NULL);
	test_none(&r);
	rig_first_launch(&r);
	worker_start(&r, "agent-tpm", TPM_SERVE, 0);
	test_ak(&r);
	test_quotes(&r);
	test_moving(&r);
	test_failing(&r);
	test_hostile(&r);
	CHECK_INT(worker_end(&r), 0);
	test_no_paravisor(&r);
	test_broken(&r, MSG_QUOTE_REQ, 8, "QUOTE_REQ too long");
	test_broken(&r, MSG_AK_REQ, 2, "AK_REQ too long");
	test_broken(&r, MSG_TPM_CMD_ANS, 0, "answer to nothing");
	test_begin("another message instead of the TPM's answer");
	worker_start(&r, "agent-tpm", TPM_SERVE, 0);
	r.before = answer_wrongly;
	wbuf_init(&w);
	put_u8(&w, 0);
	CHECK_OK(chan_send(r.worker.req_fd, MSG_AK_REQ, 0, &w, NULL, 0));
	CHECK_INT(worker_next(&r, &f), 0);
	CHECK_INT(worker_end(&r), 1);
	rig_stop(&r);
	return test_end();
}
