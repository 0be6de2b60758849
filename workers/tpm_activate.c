#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "privsep/log.h"
#include "workers/tpm_activate.h"
#include "workers/tpm_tcti.h"

#define NO	ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE

#define LOADED_FIRST	0x02000000	/* TCG part 2, 7.5: sessions that are loaded */
#define IS_POLICY(h)	((h) >> 24 == TPM2_HT_POLICY_SESSION)

static const char label[] = "CVM-ACT-1";	/* with its zero byte */

/* Its Name is its handle (TCG part 1, 16). */
static const TPM2B_NAME endorsement = {
	.size = 4, .name = { 0x40, 0, 0, 0x0b }
};

static int
ticket_read(const struct activate_job *j, TPM2B_TIMEOUT *ret_timeout,
    TPMT_TK_AUTH *ret_ticket)
{
	size_t at = 0;

	memset(ret_timeout, 0, sizeof(*ret_timeout));
	memset(ret_ticket, 0, sizeof(*ret_ticket));
	if (Tss2_MU_TPM2B_TIMEOUT_Unmarshal(j->ticket, j->ticket_len, &at,
	    ret_timeout) != TSS2_RC_SUCCESS ||
	    Tss2_MU_TPMT_TK_AUTH_Unmarshal(j->ticket, j->ticket_len, &at,
	    ret_ticket) != TSS2_RC_SUCCESS || at != j->ticket_len) {
		log_warnx("the ticket of the EK is malformed");
		return -1;
	}
	return 0;
}

/* Also after a failure, when ESYS may not be willing to do it. */
static void
ek_close(ESYS_CONTEXT *esys, ESYS_TR session)
{
	TPM2_HANDLE h;

	if (session == ESYS_TR_PASSWORD ||
	    Esys_TR_GetTpmHandle(esys, session, &h) != TSS2_RC_SUCCESS)
		return;
	if (Esys_FlushContext(esys, session) != TSS2_RC_SUCCESS)
		tpm_flush_handle(h);
}

/*
 * What opens the EK: the empty password for one of the high range; one of the
 * low range wants the endorsement authorisation, of which the ticket is
 * tpminit's proof.
 */
static int
ek_open(ESYS_CONTEXT *esys, const struct tpm_key *ek,
    const struct activate_job *j, ESYS_TR *ret_session)
{
	ESYS_TR session = ESYS_TR_NONE;
	TPM2B_TIMEOUT timeout;
	TPMT_TK_AUTH ticket;
	TSS2_RC rc;

	if (key_takes_password(ek)) {
		*ret_session = ESYS_TR_PASSWORD;
		return 0;
	}
	if (j->ticket_len == 0) {
		log_warnx("the EK opens by the endorsement authorisation only, "
		    "and the first launch has left no ticket for it");
		return -1;
	}
	if (ticket_read(j, &timeout, &ticket) == -1 ||
	    key_policy_session(esys, ek, &session) == -1)
		return -1;
	rc = Esys_PolicyTicket(esys, session, NO, &timeout, NULL, NULL,
	    &endorsement, &ticket);
	if (rc != TSS2_RC_SUCCESS) {
		ek_close(esys, session);
		return tpm_fail("ticket of the EK (was the TPM reset since the "
		    "agent started?)", rc);
	}
	*ret_session = session;
	return 0;
}

void
activate_sessions_flush(ESYS_CONTEXT *esys)
{
	const TPML_HANDLE *h;
	TPMS_CAPABILITY_DATA *cap;
	TPMI_YES_NO more;
	uint32_t i;

	if (Esys_GetCapability(esys, NO, TPM2_CAP_HANDLES, LOADED_FIRST,
	    TPM2_MAX_CAP_HANDLES, &more, &cap) != TSS2_RC_SUCCESS)
		return;
	h = &cap->data.handles;
	for (i = 0; i < h->count; i++)
		if (IS_POLICY(h->handle[i])) {
			log_warnx("session 0x%x was left behind", h->handle[i]);
			tpm_flush_handle(h->handle[i]);
		}
	Esys_Free(cap);
}

/* HMAC-SHA256(secret, label || nonce || cert || conn || AK Name) */
static int
proof_make(const TPM2B_DIGEST *secret, const struct activate_job *j,
    const TPM2B_NAME *name, uint8_t ret_proof[32])
{
	uint8_t b[sizeof(label) + 3 * 32 + sizeof(name->name)];
	unsigned int len = 0;
	size_t n = 0;

	memcpy(b, label, sizeof(label));
	n += sizeof(label);
	memcpy(b + n, j->req.nonce, 32);
	n += 32;
	memcpy(b + n, j->cert, 32);
	n += 32;
	memcpy(b + n, j->conn, 32);
	n += 32;
	memcpy(b + n, name->name, name->size);
	n += name->size;
	return HMAC(EVP_sha256(), secret->buffer, secret->size, b, n,
	    ret_proof, &len) != NULL && len == 32 ? 0 : -1;
}

/*
 * An error about a parameter is about what the client sent; the others are
 * ours. libtpms says FAILURE where OAEP finds no padding; a TPM that has failed
 * would not have given us the public areas a moment ago.
 */
static enum answer
failure(TSS2_RC rc)
{
	if (rc == TPM2_RC_FAILURE)
		return ANSWER_REFUSED;
	if ((rc & TSS2_RC_LAYER_MASK) == 0 && (rc & TPM2_RC_FMT1) != 0 &&
	    (rc & TPM2_RC_P) != 0)
		return ANSWER_REFUSED;
	tpm_fail("activate a credential", rc);
	return ANSWER_FAILED;
}

/*
 * ESYS keeps the last response in a buffer and frees that as it is. So there
 * is one more, longer and without a secret.
 */
static void
esys_overwrite(ESYS_CONTEXT *esys, const struct tpm_key *ek)
{
	TPM2B_PUBLIC *pub = NULL;

	if (Esys_ReadPublic(esys, ek->tr, NO, &pub, NULL, NULL) ==
	    TSS2_RC_SUCCESS)
		Esys_Free(pub);
	tpm_forget();
}

enum answer
credential_activate(ESYS_CONTEXT *esys, const struct tpm_key *ek,
    const struct tpm_key *ak, const struct activate_job *j,
    uint8_t ret_proof[32])
{
	TPM2B_ID_OBJECT blob = { .size = (uint16_t)j->req.credential_len };
	TPM2B_ENCRYPTED_SECRET seed = { .size = (uint16_t)j->req.secret_len };
	TPM2B_DIGEST *secret = NULL;
	enum answer r = ANSWER_FAILED;
	ESYS_TR session = ESYS_TR_NONE;
	TSS2_RC rc;

	_Static_assert(sizeof(blob.credential) >= CREDENTIAL_MAX &&
	    sizeof(seed.secret) >= ENC_SECRET_MAX, "limits above the TSS's");
	memcpy(blob.credential, j->req.credential, blob.size);
	memcpy(seed.secret, j->req.secret, seed.size);
	if (ek_open(esys, ek, j, &session) == -1)
		return ANSWER_FAILED;
	rc = Esys_ActivateCredential(esys, ak->tr, ek->tr, ESYS_TR_PASSWORD,
	    session, ESYS_TR_NONE, &blob, &seed, &secret);
	if (rc != TSS2_RC_SUCCESS)
		r = failure(rc);
	else if (proof_make(secret, j, &ak->name, ret_proof) == 0)
		r = ANSWER_OK;
	if (secret != NULL)
		OPENSSL_cleanse(secret, sizeof(*secret));
	Esys_Free(secret);
	ek_close(esys, session);
	if (r == ANSWER_OK)
		esys_overwrite(esys, ek);
	return r;
}
