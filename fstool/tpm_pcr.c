#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "fstool/tpm_pcr.h"
#include "workers/tpm_tcti.h"

#define SELECT_LEN	3	/* bytes of a bit map of 24 PCRs */

static const char *
bank_name(uint16_t bank)
{
	return bank == TPM2_ALG_SHA256 ? "sha256" : "sha384";
}

static size_t
bank_size(uint16_t bank)
{
	return bank == TPM2_ALG_SHA256 ? 32 : 48;
}

void
pcrs_selection(uint16_t bank, uint32_t mask, TPML_PCR_SELECTION *ret)
{
	TPMS_PCR_SELECTION *s = &ret->pcrSelections[0];
	int i;

	memset(ret, 0, sizeof(*ret));
	ret->count = 1;
	s->hash = bank;
	s->sizeofSelect = SELECT_LEN;
	for (i = 0; i < SELECT_LEN; i++)
		s->pcrSelect[i] = (uint8_t)(mask >> 8 * i);
}

void
pcrs_text(uint32_t mask, char *dst, size_t cap)
{
	unsigned int i, left = (unsigned int)__builtin_popcount(mask);
	size_t n = 0;

	dst[0] = '\0';
	for (i = 0; i < PCR_COUNT && n < cap; i++)
		if ((mask >> i & 1) != 0) {
			left--;
			n += (size_t)snprintf(dst + n, cap - n, "%u%s", i,
			    left == 0 ? "" : left == 1 ? " and " : ", ");
		}
}

/* Which of ours the answer has; 0 when it is not what was asked for. */
static uint32_t
answered(const TPML_PCR_SELECTION *sel, const TPML_DIGEST *d, uint16_t bank,
    uint32_t asked)
{
	const TPMS_PCR_SELECTION *s = &sel->pcrSelections[0];
	uint32_t mask = 0, i;

	if (sel->count != 1 || s->hash != bank || s->sizeofSelect != SELECT_LEN)
		return 0;
	for (i = 0; i < SELECT_LEN; i++)
		mask |= (uint32_t)s->pcrSelect[i] << 8 * i;
	if ((mask & ~asked) != 0 ||
	    d->count != (uint32_t)__builtin_popcount(mask))
		return 0;
	for (i = 0; i < d->count; i++)
		if (d->digests[i].size != bank_size(bank))
			return 0;
	return mask;
}

/* Put the digests where they belong: their order among all that were asked for. */
static void
values_put(struct pcrs *p, uint32_t got, const TPML_DIGEST *d)
{
	size_t n = bank_size(p->bank), at = 0;
	uint32_t i, k = 0;

	for (i = 0; i < PCR_COUNT; i++) {
		if ((got >> i & 1) != 0)
			memcpy(p->values + at, d->digests[k++].buffer, n);
		if ((p->mask >> i & 1) != 0)
			at += n;
	}
}

/* Some PCRs of left; which, 0 on failure. */
static uint32_t
pcrs_step(struct tpm_job *j, struct pcrs *p, uint32_t left)
{
	TPML_PCR_SELECTION want, *have = NULL;
	TPML_DIGEST *d = NULL;
	char text[100];
	uint32_t got;
	TSS2_RC rc;

	pcrs_selection(p->bank, left, &want);
	rc = Esys_PCR_Read(j->esys, NO_SESSIONS, &want, NULL, &have, &d);
	if (rc != TSS2_RC_SUCCESS && tpm_base_rc(rc) != TPM2_RC_HASH &&
	    tpm_base_rc(rc) != TPM2_RC_VALUE) {
		job_fail_rc(j, "read PCRs", rc);
		return 0;
	}
	got = rc == TSS2_RC_SUCCESS ? answered(have, d, p->bank, left) : 0;
	if (got == 0) {
		pcrs_text(left, text, sizeof(text));
		job_fail(j, "the TPM does not have PCR %s in a bank of %s",
		    text, bank_name(p->bank));
	} else
		values_put(p, got, d);
	Esys_Free(have);
	Esys_Free(d);
	return got;
}

int
pcrs_read(struct tpm_job *j, struct pcrs *p)
{
	uint32_t left = p->mask, got;

	for (; left != 0; left &= ~got)
		if ((got = pcrs_step(j, p, left)) == 0)
			return -1;
	p->values_len = (size_t)__builtin_popcount(p->mask) *
	    bank_size(p->bank);
	return 0;
}

int
pcrs_equal(const struct pcrs *a, const struct pcrs *b)
{
	return a->bank == b->bank && a->mask == b->mask &&
	    a->values_len == b->values_len &&
	    memcmp(a->values, b->values, a->values_len) == 0;
}

/*
 * TCG part 3, 23.7: H(what it was || command code || selection || digest of
 * the values), and before this policy it was zero.
 */
static int
policy_compute(const struct pcrs *p, const TPM2B_DIGEST *values,
    uint8_t ret_digest[32])
{
	uint8_t b[32 + 4 + sizeof(TPML_PCR_SELECTION) + 32] = { 0 };
	TPML_PCR_SELECTION sel;
	size_t n = 32;
	unsigned int len;

	pcrs_selection(p->bank, p->mask, &sel);
	if (Tss2_MU_TPM2_CC_Marshal(TPM2_CC_PolicyPCR, b, sizeof(b), &n) !=
	    TSS2_RC_SUCCESS || Tss2_MU_TPML_PCR_SELECTION_Marshal(&sel, b,
	    sizeof(b), &n) != TSS2_RC_SUCCESS)
		return -1;
	memcpy(b + n, values->buffer, 32);
	return EVP_Digest(b, n + 32, ret_digest, &len, EVP_sha256(), NULL) == 1
	    && len == 32 ? 0 : -1;
}

static int
policy_try(struct tpm_job *j, const struct tpm_parent *parent,
    const struct pcrs *p, const TPM2B_DIGEST *values, TPM2B_DIGEST **ret)
{
	TPML_PCR_SELECTION sel;
	ESYS_TR s;
	TSS2_RC rc;

	pcrs_selection(p->bank, p->mask, &sel);
	if (session_start(j, parent, TPM2_SE_TRIAL, 0, &s) == -1)
		return -1;
	rc = Esys_PolicyPCR(j->esys, s, NO_SESSIONS, values, &sel);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_PolicyGetDigest(j->esys, s, NO_SESSIONS, ret);
	job_flush(j, s);
	return rc == TSS2_RC_SUCCESS ? 0 :
	    job_fail_rc(j, "let the TPM compute the policy", rc);
}

int
pcrs_policy(struct tpm_job *j, const struct tpm_parent *parent,
    const struct pcrs *p, uint8_t ret_digest[32])
{
	TPM2B_DIGEST values = { .size = 32 }, *d = NULL;
	uint8_t mine[32];
	unsigned int len;
	int rc = -1;

	if (EVP_Digest(p->values, p->values_len, values.buffer, &len,
	    EVP_sha256(), NULL) != 1 || policy_compute(p, &values, mine) == -1)
		return job_fail(j, "compute the policy");
	if (policy_try(j, parent, p, &values, &d) == -1)
		return -1;
	if (d->size != sizeof(mine) || memcmp(d->buffer, mine, d->size) != 0)
		job_fail(j, "the TPM computes another policy than "
		    "cosmian_fstool: nothing is sealed");
	else {
		memcpy(ret_digest, mine, sizeof(mine));
		rc = 0;
	}
	Esys_Free(d);
	return rc;
}

static int
is_zero(const TPM2B_DIGEST *d)
{
	size_t i;

	for (i = 0; i < d->size; i++)
		if (d->buffer[i] != 0)
			return 0;
	return 1;
}

/* PCR_CAP has a value other than zero in this bank. */
static int
cap_check(struct tpm_job *j, uint16_t bank)
{
	TPML_PCR_SELECTION want;
	TPML_DIGEST *d = NULL;
	TSS2_RC rc;
	int r = -1;

	pcrs_selection(bank, 1u << PCR_CAP, &want);
	rc = Esys_PCR_Read(j->esys, NO_SESSIONS, &want, NULL, NULL, &d);
	if (rc != TSS2_RC_SUCCESS)
		return job_fail_rc(j, "read the PCR after it was extended", rc);
	if (d->count == 1 && !is_zero(&d->digests[0]))
		r = 0;
	else
		job_fail(j, "PCR %u was extended and is still zero in bank "
		    "0x%x", PCR_CAP, bank);
	Esys_Free(d);
	return r;
}

static int
has_cap(const TPMS_PCR_SELECTION *s)
{
	return s->sizeofSelect > PCR_CAP / 8 &&
	    (s->pcrSelect[PCR_CAP / 8] >> PCR_CAP % 8 & 1) != 0;
}

/* In every bank that has the PCR; there must be one. */
static int
caps_check(struct tpm_job *j)
{
	TPMS_CAPABILITY_DATA *c = NULL;
	const TPML_PCR_SELECTION *banks;
	TPMI_YES_NO more;
	uint32_t i, n = 0;
	TSS2_RC rc;
	int r = 0;

	rc = Esys_GetCapability(j->esys, NO_SESSIONS, TPM2_CAP_PCRS, 0, 1,
	    &more, &c);
	if (rc != TSS2_RC_SUCCESS)
		return job_fail_rc(j, "ask for the PCR banks", rc);
	banks = &c->data.assignedPCR;
	for (i = 0; i < banks->count && r == 0; i++)
		if (has_cap(&banks->pcrSelections[i])) {
			r = cap_check(j, banks->pcrSelections[i].hash);
			n++;
		}
	if (n == 0)
		r = job_fail(j, "the TPM has PCR %u in no bank", PCR_CAP);
	Esys_Free(c);
	return r;
}

int
pcr_cap(struct tpm_job *j, const void *data, size_t n)
{
	TPM2B_EVENT e = { .size = (uint16_t)n };
	TSS2_RC rc;

	memcpy(e.buffer, data, n);
	/* the PCR's number is its ESYS_TR */
	rc = Esys_PCR_Event(j->esys, PCR_CAP, ESYS_TR_PASSWORD, ESYS_TR_NONE,
	    ESYS_TR_NONE, &e, NULL);
	if (rc != TSS2_RC_SUCCESS)
		return job_fail_rc(j, "extend the PCR that caps the TPM", rc);
	return caps_check(j);
}
