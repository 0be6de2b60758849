#include <openssl/evp.h>
#include <string.h>
#include <tss2/tss2_mu.h>
#include <unistd.h>

#include "agentd/attest_msg.h"
#include "privsep/agent_child.h"
#include "privsep/log.h"
#include "workers/sealed.h"
#include "workers/tpm_activate.h"
#include "workers/tpm_certs.h"
#include "workers/tpm_hcl.h"
#include "workers/tpm_keys.h"
#include "workers/tpm_tcti.h"

/*
 * The process that speaks the TPM's language. It parses what a hostile TPM
 * may answer, so it has no device, and the parent lets through only the quote or
 * activation that it asked for: taken, this process can lie about a quote that
 * the client then refuses, show the secret of an activation, and no more.
 */

#define QUOTE_TRIES	5	/* IMA extends PCR 10 between our read and the quote */

struct job {
	uint32_t	id;
	uint16_t	bank;
	uint8_t		mask[3];
	TPM2B_DATA	qualifying;
};

struct tpm {
	ESYS_CONTEXT	*esys;
	enum tee_kind	 azure;		/* of its paravisor's reports, TEE_NONE: no such TPM */
	int		 have_ak;
	struct tpm_key	 ak;
};

/* After a failure ESYS may be anywhere in its sequence: begin anew. */
static void
tpm_renew(struct tpm *t)
{
	tpm_close(t->esys);
	t->esys = tpm_open();
	t->have_ak = 0;
}

static int
ak_need(struct tpm *t)
{
	const char *why;
	TPM2_HANDLE h;

	if (t->have_ak)
		return 0;
	h = t->azure != TEE_NONE ? TPM_HCL_AK_HANDLE : TPM_AK_HANDLE;
	switch (key_read(t->esys, h, &t->ak)) {
	case 1:
		break;
	case 0:
		log_warnx("there is no AK at handle 0x%x", h);
		return -1;
	default:
		return -1;
	}
	why = t->azure != TEE_NONE ? hcl_ak_refuses(&t->ak) :
	    ak_refuses(&t->ak);
	if (why != NULL) {
		log_warnx("the key at handle 0x%x %s", h, why);
		return -1;
	}
	t->have_ak = 1;
	return 0;
}

static int
in_mask(const uint8_t mask[3], unsigned int i)
{
	return mask[i / 8] >> (i % 8) & 1;
}

/*
 * Take the values of one answer into p and their bits out of left. The TPM
 * gives as many as fit (8) and says which; none of them means no such bank.
 */
static int
pcrs_take(const TPML_PCR_SELECTION *sel, const TPML_DIGEST *values,
    uint16_t bank, uint8_t left[3], struct quote_part *p)
{
	const TPMS_PCR_SELECTION *s = &sel->pcrSelections[0];
	const TPM2B_DIGEST *d = values->digests;
	unsigned int i, n = 0;

	if (sel->count != 1 || s->hash != bank || s->sizeofSelect != 3)
		return -1;
	for (i = 0; i < PCR_COUNT; i++) {
		if (!in_mask(s->pcrSelect, i))
			continue;
		if (!in_mask(left, i) || n >= values->count)
			return -1;
		if (p->digest_len == 0)
			p->digest_len = (uint8_t)d[n].size;
		if (d[n].size < 20 || d[n].size != p->digest_len)
			return -1;
		memcpy(p->pcr[i], d[n++].buffer, p->digest_len);
		left[i / 8] &= (uint8_t)~(1u << i % 8);
	}
	return n > 0 && n == values->count ? 0 : -1;
}

static TPML_PCR_SELECTION
selection(uint16_t bank, const uint8_t mask[3])
{
	TPML_PCR_SELECTION s = { .count = 1 };

	s.pcrSelections[0].hash = bank;
	s.pcrSelections[0].sizeofSelect = 3;
	memcpy(s.pcrSelections[0].pcrSelect, mask, 3);
	return s;
}

static int
pcrs_read(struct tpm *t, const struct job *j, struct quote_part *p)
{
	uint8_t left[3];
	TPML_PCR_SELECTION want, *got;
	TPML_DIGEST *values;
	TSS2_RC rc;
	int r = 0;

	memcpy(left, j->mask, sizeof(left));
	p->digest_len = 0;
	while (r == 0 && (left[0] | left[1] | left[2]) != 0) {
		want = selection(j->bank, left);
		rc = Esys_PCR_Read(t->esys, ESYS_TR_NONE, ESYS_TR_NONE,
		    ESYS_TR_NONE, &want, NULL, &got, &values);
		if (rc != TSS2_RC_SUCCESS)
			return tpm_fail("read PCRs", rc);
		if ((r = pcrs_take(got, values, j->bank, left, p)) == -1)
			log_warnx("the TPM has not all those PCRs in bank 0x%x",
			    j->bank);
		Esys_Free(got);
		Esys_Free(values);
	}
	return r;
}

/* TCG part 2, 10.12.1: the digest is made with the hash of the AK's scheme. */
static int
digest_make(const struct quote_part *p, uint8_t ret_digest[32])
{
	EVP_MD_CTX *c;
	unsigned int i;
	int ok;

	if ((c = EVP_MD_CTX_new()) == NULL)
		return -1;
	ok = EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1;
	for (i = 0; i < PCR_COUNT; i++)
		if (in_mask(p->mask, i))
			ok = ok && EVP_DigestUpdate(c, p->pcr[i],
			    p->digest_len) == 1;
	ok = ok && EVP_DigestFinal_ex(c, ret_digest, NULL) == 1;
	EVP_MD_CTX_free(c);
	return ok ? 0 : -1;
}

/* 1 when the quote is over these values, 0 when a PCR moved, -1 when it is no such quote. */
static int
quote_check(const struct job *j, const struct quote_part *p)
{
	TPML_PCR_SELECTION want = selection(j->bank, j->mask);
	const TPMS_PCR_SELECTION *w = &want.pcrSelections[0], *s;
	uint8_t digest[32];
	TPMS_ATTEST a;
	size_t at = 0;
	TSS2_RC rc;

	rc = Tss2_MU_TPMS_ATTEST_Unmarshal(p->attest, p->attest_len, &at, &a);
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail("quote", rc);
	s = &a.attested.quote.pcrSelect.pcrSelections[0];
	if (at != p->attest_len || a.magic != TPM2_GENERATED_VALUE ||
	    a.type != TPM2_ST_ATTEST_QUOTE ||
	    a.extraData.size != j->qualifying.size ||
	    memcmp(a.extraData.buffer, j->qualifying.buffer,
	    j->qualifying.size) != 0 ||
	    a.attested.quote.pcrSelect.count != 1 || s->hash != w->hash ||
	    s->sizeofSelect != 3 || memcmp(s->pcrSelect, w->pcrSelect, 3) != 0) {
		log_warnx("the TPM made another quote than was asked for");
		return -1;
	}
	if (digest_make(p, digest) == -1)
		return -1;
	return a.attested.quote.pcrDigest.size == sizeof(digest) &&
	    memcmp(a.attested.quote.pcrDigest.buffer, digest,
	    sizeof(digest)) == 0;
}

static int
quote_once(struct tpm *t, const struct job *j, struct quote_part *p)
{
	static const TPMT_SIG_SCHEME own = { .scheme = TPM2_ALG_NULL };
	TPML_PCR_SELECTION sel = selection(j->bank, j->mask);
	TPM2B_ATTEST *attest = NULL;
	TPMT_SIGNATURE *sig = NULL;
	TSS2_RC rc;
	int r = -1;

	rc = Esys_Quote(t->esys, t->ak.tr, ESYS_TR_PASSWORD, ESYS_TR_NONE,
	    ESYS_TR_NONE, &j->qualifying, &own, &sel, &attest, &sig);
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail("quote", rc);
	p->sig_len = 0;
	if (attest->size > sizeof(p->attest) || Tss2_MU_TPMT_SIGNATURE_Marshal(
	    sig, p->sig, sizeof(p->sig), &p->sig_len) != TSS2_RC_SUCCESS) {
		log_warnx("a quote too long");
		goto out;
	}
	p->attest_len = attest->size;
	memcpy(p->attest, attest->attestationData, attest->size);
	r = quote_check(j, p);
out:
	Esys_Free(attest);
	Esys_Free(sig);
	return r;
}

static int
quote_make(struct tpm *t, const struct job *j, struct quote_part *p)
{
	int i, r;

	memset(p, 0, sizeof(*p));
	memcpy(p->mask, j->mask, sizeof(p->mask));
	if (ak_need(t) == -1 || key_public_bytes(&t->ak, p->pub,
	    sizeof(p->pub), &p->pub_len) == -1)
		return -1;
	for (i = 0; i < QUOTE_TRIES; i++) {
		if (pcrs_read(t, j, p) == -1 || (r = quote_once(t, j, p)) == -1)
			return -1;
		if (r == 1)
			return 0;
	}
	log_warnx("the PCRs changed during each of %d quotes", QUOTE_TRIES);
	return -1;
}

static void
on_quote(struct tpm *t, const struct frame *f)
{
	struct quote_part p;
	struct job j;
	struct rbuf r;
	struct wbuf w;

	memset(&j, 0, sizeof(j));
	rbuf_init(&r, f->data, f->len);
	j.bank = get_u16(&r);
	get_raw(&r, j.mask, sizeof(j.mask));
	j.qualifying.size = (uint16_t)get_blob(&r, j.qualifying.buffer,
	    NONCE_MAX);
	if (msg_end(&r) == -1)
		fatalx("malformed QUOTE_REQ");
	wbuf_init(&w);
	if ((j.mask[0] | j.mask[1] | j.mask[2]) != 0 &&
	    quote_make(t, &j, &p) == 0) {
		put_u8(&w, 1);
		quote_part_put(&w, &p);
	} else {
		put_u8(&w, 0);
		tpm_renew(t);
	}
	ask_send(MSG_QUOTE_ANS, f->id, &w, NULL, 0);
}

static void
on_hcl(struct tpm *t, const struct frame *f)
{
	static uint8_t report[HCL_MAX];
	struct wbuf w;
	size_t n;
	int fd = -1;

	if (hcl_make(t->esys, f->data, report, &n) == -1)
		tpm_renew(t);
	else if ((fd = sealed_fd("hcl", report, n)) == -1)
		fatal("memfd");
	wbuf_init(&w);
	put_u8(&w, fd != -1);
	ask_send(MSG_HCL_ANS, f->id, &w, &fd, fd != -1 ? 1 : 0);
	if (fd != -1)
		close(fd);
}

static void
on_ak(struct tpm *t, const struct frame *f)
{
	struct wbuf w;
	int ok;

	if (f->len != 1 || f->data[0] > 1)
		fatalx("malformed AK_REQ");
	if (f->data[0] == 1)
		t->azure = hcl_find(t->esys);
	ok = ak_need(t) == 0;
	wbuf_init(&w);
	put_u8(&w, (uint8_t)ok);
	put_u8(&w, (uint8_t)t->azure);
	put_blob(&w, t->ak.name.name, ok ? t->ak.name.size : 0);
	if (!ok)
		tpm_renew(t);
	ask_send(MSG_AK_ANS, f->id, &w, NULL, 0);
}

/* 1 with the EK in *ret_ek, 0 when this TPM has none, -1 (logged). */
static int
ek_read(struct tpm *t, struct tpm_key *ret_ek)
{
	int r = key_read(t->esys, TPM_EK_HANDLE, ret_ek);

	if (r == 0)
		log_warnx("there is no EK at handle 0x%x", TPM_EK_HANDLE);
	return r;
}

static enum answer
certs_make(struct tpm *t, int *ret_fd)
{
	static uint8_t b[TPM_CERTS_MAX];
	struct tpm_key ek;
	size_t n;
	int r, fd;

	if ((r = ek_read(t, &ek)) == -1 ||
	    certs_collect(t->esys, r == 1 ? &ek : NULL, b, sizeof(b), &n) == -1)
		return ANSWER_FAILED;
	if (n == 0)
		return ANSWER_ABSENT;
	if ((fd = sealed_fd("certificates", b, n)) == -1) {
		log_warn("memfd");
		return ANSWER_FAILED;
	}
	*ret_fd = fd;
	return ANSWER_OK;
}

static void
on_certs(struct tpm *t, const struct frame *f)
{
	struct wbuf w;
	int fd = -1;

	wbuf_init(&w);
	put_u8(&w, (uint8_t)certs_make(t, &fd));
	ask_send(MSG_TPM_CERTS_ANS, f->id, &w, &fd, fd != -1 ? 1 : 0);
	if (fd != -1)
		close(fd);
	/* what could not be read has left ESYS wherever it was */
	tpm_renew(t);
}

static void
on_activate(struct tpm *t, const struct frame *f)
{
	struct activate_ans ans = { .status = ANSWER_FAILED };
	struct activate_job j;
	struct tpm_key ek;
	struct rbuf r;
	struct wbuf w;

	rbuf_init(&r, f->data, f->len);
	if (activate_job_get(&r, &j) == -1)
		fatalx("malformed ACTIVATE_REQ");
	if (ak_need(t) == 0 && ek_read(t, &ek) == 1)
		ans.status = (uint8_t)credential_activate(t->esys, &ek, &t->ak,
		    &j, ans.proof);
	if (ans.status == ANSWER_FAILED && j.ticket_len != 0) {
		/* perhaps for want of room; before the answer, as the next job follows it */
		tpm_renew(t);
		activate_sessions_flush(t->esys);
	}
	wbuf_init(&w);
	activate_ans_put(&w, &ans);
	ask_send(MSG_ACTIVATE_ANS, f->id, &w, NULL, 0);
	tpm_renew(t);
}

int
main(int argc, char **argv)
{
	struct tpm t = { .have_ak = 0 };
	struct frame f;

	tpm_prepare();
	agent_child_start(ROLE_TPM, argc, argv, NULL);
	t.esys = tpm_open();
	for (;;) {
		ask_next(&f);
		if (f.nfds != 0)
			fatalx("descriptors with %s", msg_name(f.type));
		if (f.type == MSG_QUOTE_REQ)
			on_quote(&t, &f);
		else if (f.type == MSG_TPM_CERTS_REQ && f.len == 0)
			on_certs(&t, &f);
		else if (f.type == MSG_ACTIVATE_REQ)
			on_activate(&t, &f);
		else if (f.type == MSG_HCL_REQ && f.len == HCL_DATA_LEN)
			on_hcl(&t, &f);
		else if (f.type == MSG_AK_REQ)
			on_ak(&t, &f);
		else
			fatalx("unexpected %s", msg_name(f.type));
	}
}
