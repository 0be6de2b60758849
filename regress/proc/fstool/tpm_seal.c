#include <openssl/evp.h>
#include <tss2/tss2_mu.h>

#include "regress/proc/fstool/tpm_kid.h"
#include "regress/unit/check.h"

/*
 * What fstool-tpm seals opens as it says and only then; the secret is neither
 * on the bus nor left in its memory.
 */

#define SRK	0x81000001u

/* Seal for now and unseal; what is wrong is printed. */
static void
sealed(struct kid *k, uint32_t mask, struct seal_ask *q, struct seal_ans *a,
    struct header_token *t)
{
	seal_ask_now(k, mask, q);
	if (!kid_seal(k, q, a) || !CHECK_INT(a->ok, 1))
		printf("seal: %s\n", a->why);
	token_of(q, a, t);
}

static void
opens(struct kid *k, const struct header_token *t, const struct seal_ask *q)
{
	struct unseal_ans u = { .status = UNSEAL_FAILED };

	if (!CHECK(kid_unseal(k, t, &u)) || !CHECK_INT(u.status, UNSEAL_OK))
		printf("unseal: %s\n", u.why);
	CHECK_INT(u.secret_len, SECRET_LEN);
	CHECK_MEM(u.secret, q->secret, SECRET_LEN);
	CHECK_STR(u.why, "");
	CHECK(tpm_clean(k->rig));
}

static void
shut(struct kid *k, const struct header_token *t, enum unseal_status status,
    const char *text)
{
	struct unseal_ans u = { .status = UNSEAL_OK };

	if (!CHECK(kid_unseal(k, t, &u)))
		return;
	CHECK_INT(u.status, status);
	CHECK_INT(u.secret_len, 0);
	if (!CHECK(strstr(u.why, text) != NULL))
		printf("\"%s\", not \"%s\"\n", u.why, text);
	CHECK(tpm_clean(k->rig));
}

/* TCG part 3, 23.7 by hand: zero policy, PolicyPCR, one selection, H(values). */
static void
policy_by_hand(const struct seal_ask *q, uint8_t ret[32])
{
	uint8_t b[32 + 4 + 10 + 32] = { 0 };
	const uint8_t head[] = { 0, 0, 1, 0x7f, 0, 0, 0, 1, 0, 0x0b, 3,
	    (uint8_t)q->mask, (uint8_t)(q->mask >> 8),
	    (uint8_t)(q->mask >> 16) };

	memcpy(b + 32, head, sizeof(head));
	EVP_Digest(q->values, q->values_len, b + 32 + sizeof(head), NULL,
	    EVP_sha256(), NULL);
	EVP_Digest(b, 32 + sizeof(head) + 32, ret, NULL, EVP_sha256(), NULL);
}

static void
public_of(const struct seal_ans *a, TPM2B_PUBLIC *ret)
{
	TPM2B_PRIVATE priv;
	size_t at = 0;

	memset(&priv, 0, sizeof(priv));
	memset(ret, 0, sizeof(*ret));
	CHECK_INT(Tss2_MU_TPM2B_PRIVATE_Unmarshal(a->blob, a->blob_len, &at,
	    &priv), 0);
	CHECK_INT(Tss2_MU_TPM2B_PUBLIC_Unmarshal(a->blob, a->blob_len, &at,
	    ret), 0);
	CHECK_INT(at, a->blob_len);
}

static void
test_plain(struct kid *k)
{
	struct seal_ask q;
	struct seal_ans a;
	struct header_token t;
	TPM2B_PUBLIC pub;
	uint8_t policy[32];

	test_begin("seal and unseal");
	seal_ask_now(k, PCR7 | PCR10, &q);
	k->hidden = q.secret;
	sealed(k, PCR7 | PCR10, &q, &a, &t);
	CHECK_INT(a.proof, SEAL_UNSEALED);
	CHECK_INT(a.primary_ecc, 1);
	CHECK_STR(a.why, "");
	CHECK(tpm_clean(k->rig));
	policy_by_hand(&q, policy);
	CHECK_MEM(a.policy, policy, 32);
	public_of(&a, &pub);
	CHECK_INT(pub.publicArea.objectAttributes, TPMA_OBJECT_FIXEDTPM |
	    TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_NODA);
	CHECK_INT(pub.publicArea.authPolicy.size, 32);
	CHECK_MEM(pub.publicArea.authPolicy.buffer, policy, 32);
	opens(k, &t, &q);
	CHECK_INT(k->seen, 0);
#ifndef __SANITIZE_ADDRESS__
	CHECK_INT(kid_memory_has(k, q.secret, 16), 0);
	CHECK_INT(kid_memory_has(k, q.secret + 16, 16), 0);
#endif
	k->hidden = NULL;

	test_begin("another PCR value");
	rig_extend(k->rig);
	shut(k, &t, UNSEAL_PCRS, "bound to PCR 7 and 10");
}

static void
test_later(struct kid *k)
{
	struct seal_ask q;
	struct seal_ans a;
	struct header_token t;
	uint8_t b[64];

	test_begin("sealed for later values");
	seal_ask_now(k, PCR7 | PCR10, &q);
	/* what rig_extend makes of PCR 10 */
	memcpy(b, q.values + 32, 32);
	memset(b + 32, 0x5a, 32);
	EVP_Digest(b, 64, q.values + 32, NULL, EVP_sha256(), NULL);
	k->hidden = q.secret;
	CHECK(kid_seal(k, &q, &a) && a.ok);
	CHECK_INT(a.proof, SEAL_TWIN);
	CHECK_INT(k->seen, 0);
	CHECK(tpm_clean(k->rig));
	token_of(&q, &a, &t);
	shut(k, &t, UNSEAL_PCRS, "another value");
	rig_extend(k->rig);
	opens(k, &t, &q);
	k->hidden = NULL;
}

static void
test_capped(struct kid *k)
{
	struct seal_ask q;
	struct seal_ans a;
	struct header_token t;
	struct simple_ans c;

	test_begin("after the cap");
	sealed(k, PCR7 | PCR15, &q, &a, &t);
	opens(k, &t, &q);
	CHECK(kid_cap(k, "fstool", 6, &c) && c.ok);
	shut(k, &t, UNSEAL_PCRS, "PCR 15 is not zero any more");
	/* all PCRs at once, and none of them may change */
	test_begin("24 PCRs");
	sealed(k, 0xffffff, &q, &a, &t);
	opens(k, &t, &q);
}

/* What TPM2_CreatePrimary of the owner makes of systemd's template, kept at the handle. */
static void
keep_primary(struct rig *r, uint32_t h)
{
	static const uint8_t template[] = { 0, 0x23, 0, 0x0b, 0, 0x03, 0, 0x72,
	    0, 0, 0, 6, 0, 0x80, 0, 0x43, 0, 0x10, 0, 3, 0, 0x10, 0, 0, 0, 0 };
	const uint32_t owner = 0x40000001;
	uint8_t flush[14] = { 0x80, 1, 0, 0, 0, 14, 0, 0, 0x01, 0x65 };
	uint32_t hs[2] = { owner, 0 };
	struct wbuf w;

	wbuf_init(&w);
	put_u16(&w, 4);
	put_u32(&w, 0);
	put_blob(&w, template, sizeof(template));
	put_u16(&w, 0);
	put_u32(&w, 0);
	rig_do(r, 0x131, &owner, 1, w.b, w.n);
	hs[1] = tpm_be32(r->rsp.data + 10);
	memcpy(flush + 10, r->rsp.data + 10, 4);
	wbuf_init(&w);
	put_u32(&w, h);
	rig_do(r, 0x120, hs, 2, w.b, w.n);
	CHECK_INT(rig_command(r, flush, sizeof(flush)), 0);
}

/* As Esys_TR_Serialize has it: handle, Name, 1, public area. */
static void
srk_of(struct rig *r, uint32_t h, struct header_token *t)
{
	const uint8_t *p = r->rsp.data + 10;
	size_t pub, name;
	struct wbuf w;

	CHECK_INT(rig_read_public(r, h), 0);
	pub = 2 + (size_t)(p[0] << 8 | p[1]);
	name = 2 + (size_t)(p[pub] << 8 | p[pub + 1]);
	wbuf_init(&w);
	put_u32(&w, h);
	put_raw(&w, p + pub, name);
	put_u32(&w, 1);
	put_raw(&w, p, pub);
	memcpy(t->srk, w.b, w.n);
	t->srk_len = w.n;
}

static void
test_srk(struct kid *k)
{
	struct header_token t, bad;
	struct seal_ask q;
	struct seal_ans a;

	test_begin("tpm2_srk");
	sealed(k, PCR7, &q, &a, &t);
	keep_primary(k->rig, SRK);
	srk_of(k->rig, SRK, &t);
	t.primary_ecc = 0;	/* such tokens do not say it */
	opens(k, &t, &q);

	test_begin("tpm2_srk of another key");
	bad = t;
	bad.srk[10] ^= 1;	/* in the Name */
	shut(k, &bad, UNSEAL_FOREIGN, "another key is at handle 0x81000001");
	bad = t;
	bad.srk[3] = 2;
	shut(k, &bad, UNSEAL_FOREIGN, "no key is at handle 0x81000002");
	test_begin("tpm2_srk of another hierarchy");
	bad = t;
	bad.srk[1] = 0x80;
	shut(k, &bad, UNSEAL_FAILED, "not one of the owner's");
	bad = t;
	bad.srk[0] = 0x80;
	shut(k, &bad, UNSEAL_FAILED, "not one of the owner's");
	test_begin("malformed tpm2_srk");
	bad = t;
	bad.srk_len--;
	shut(k, &bad, UNSEAL_FAILED, "malformed");
	bad = t;
	bad.srk_len++;
	shut(k, &bad, UNSEAL_FAILED, "malformed");
	bad.srk_len = 3;
	shut(k, &bad, UNSEAL_FAILED, "malformed");
}

static void
test_seal(void)
{
	struct kid k;
	struct rig r;

	rig_start(&r, NULL);
	kid_start(&k, &r);
	test_plain(&k);
	test_later(&k);
	test_srk(&k);
	test_capped(&k);
	CHECK_INT(kid_end(&k), 0);
	rig_stop(&r);
}

/* Change the public area's attributes, the last 4 bytes before its policy. */
static void
attributes_set(struct header_token *t, uint32_t bits, uint32_t clear)
{
	size_t priv = 2 + (size_t)(t->blob[0] << 8 | t->blob[1]);
	uint8_t *p = t->blob + priv + 6;
	uint32_t v = (tpm_be32(p) | bits) & ~clear;
	int i;

	for (i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void
test_public(struct kid *k, const struct header_token *t)
{
	struct header_token bad = *t;
	size_t priv = 2 + (size_t)(t->blob[0] << 8 | t->blob[1]);

	test_begin("public area");
	attributes_set(&bad, TPMA_OBJECT_USERWITHAUTH, 0);
	shut(k, &bad, UNSEAL_FOREIGN, "opens without its policy");
	bad = *t;
	attributes_set(&bad, 0, TPMA_OBJECT_FIXEDTPM);
	shut(k, &bad, UNSEAL_FOREIGN, "may leave its TPM");
	bad = *t;
	attributes_set(&bad, 0, TPMA_OBJECT_FIXEDPARENT);
	shut(k, &bad, UNSEAL_FOREIGN, "may leave its TPM");
	bad = *t;
	attributes_set(&bad, TPMA_OBJECT_SIGN_ENCRYPT, 0);
	shut(k, &bad, UNSEAL_FOREIGN, "attributes that no sealed secret needs");
	bad = *t;
	bad.policy[31] ^= 1;
	shut(k, &bad, UNSEAL_FOREIGN, "another policy than the token says");
	/* in both: the TPM sees that it did not make that */
	bad.blob[priv + 12 + 31] ^= 1;
	shut(k, &bad, UNSEAL_FOREIGN, "another TPM, or is damaged");
	bad = *t;
	bad.blob[priv + 3] = 0x23;	/* an ECC key */
	shut(k, &bad, UNSEAL_FOREIGN, "is damaged");
}

static void
test_blob(struct kid *k, const struct header_token *t)
{
	struct header_token bad = *t;
	size_t i, priv = 2 + (size_t)(t->blob[0] << 8 | t->blob[1]);

	test_begin("damaged blob");
	for (i = 2; i < priv; i += 13) {
		bad = *t;
		bad.blob[i] ^= 0x10;
		shut(k, &bad, UNSEAL_FOREIGN, "another TPM, or is damaged");
	}
	bad = *t;
	bad.blob_len--;
	shut(k, &bad, UNSEAL_FOREIGN, "is damaged");
	bad = *t;
	bad.blob[bad.blob_len++] = 0;
	shut(k, &bad, UNSEAL_FOREIGN, "is damaged");
	bad = *t;
	bad.blob[0] = 0x7f;
	shut(k, &bad, UNSEAL_FOREIGN, "is damaged");
}

static void
test_refused(void)
{
	struct header_token t;
	struct seal_ask q;
	struct seal_ans a;
	struct kid k;
	struct rig r;

	rig_start(&r, NULL);
	kid_start(&k, &r);
	sealed(&k, PCR7, &q, &a, &t);
	test_public(&k, &t);
	test_blob(&k, &t);
	opens(&k, &t, &q);
	CHECK_INT(kid_end(&k), 0);
	rig_stop(&r);

	test_begin("another TPM");
	rig_start(&r, NULL);
	kid_start(&k, &r);
	shut(&k, &t, UNSEAL_FOREIGN, "another TPM, or is damaged");
	CHECK_INT(kid_end(&k), 0);
	rig_stop(&r);
}

int
main(void)
{
	const char *why;

	if ((why = rig_missing()) != NULL)
		test_skip(why);
	test_seal();
	test_refused();
	return test_end();
}
