#ifndef AGENTD_ATTEST_MSG_H
#define AGENTD_ATTEST_MSG_H

#include <stddef.h>
#include <stdint.h>

#include "agentd/limits.h"
#include "agentd/msg.h"
#include "privsep/wire.h"

/* Payloads of ATTEST_REQ, ATTEST_ANS and QUOTE_ANS: writer beside reader. */

#define ATTEST_BLOB_MAX	1024	/* an RSA 4096 signature or public area with room */
#define PCR_COUNT	24	/* TCG PC Client: PCR 0 to 23 */
#define DIGEST_MAX	64	/* SHA-512 */
#define NAME_MAX_LEN	66	/* u16 nameAlg and SHA-512 */

/* What web may choose; everything else the parent composes. */
struct attest_req {
	uint8_t		form;		/* enum attest_form */
	uint8_t		want_tee;	/* strong form only */
	uint8_t		subject;	/* enum attest_subject, strong form only */
	uint16_t	bank;		/* TPM_ALG_ID */
	uint8_t		mask[3];	/* TPMS_PCR_SELECTION bitmap; ignored for FORM_COMPAT_TPM */
	size_t		nonce_len;	/* strong and TEE: 32; TPM: 0 to 64, not 34 */
	uint8_t		nonce[NONCE_MAX];
};

void	attest_req_put(struct wbuf *, const struct attest_req *);
/* 0, or -1 when the frame is not exactly one request with values in range */
int	attest_req_get(struct rbuf *, struct attest_req *ret_q);

/* A quote as the tpm worker made it. */
struct quote_part {
	size_t		attest_len;
	uint8_t		attest[ATTEST_BLOB_MAX];	/* TPMS_ATTEST */
	size_t		sig_len;
	uint8_t		sig[ATTEST_BLOB_MAX];		/* TPMT_SIGNATURE */
	size_t		pub_len;
	uint8_t		pub[ATTEST_BLOB_MAX];		/* TPMT_PUBLIC of the AK */
	uint8_t		digest_len;			/* bytes of one PCR value */
	uint8_t		pcr[PCR_COUNT][DIGEST_MAX];	/* those of the mask, else zero */
	uint8_t		mask[3];
};

void	quote_part_put(struct wbuf *, const struct quote_part *);
int	quote_part_get(struct rbuf *, struct quote_part *ret_p);

/* The parent's answer: what it bound, and the quote. The TEE quote is a descriptor. */
struct attest_ans {
	uint8_t		status;		/* enum answer; the rest only when ANSWER_OK */
	uint8_t		tee;		/* enum tee_kind of the descriptor, TEE_NONE without */
	uint8_t		have_extra;	/* a second one goes with it */
	uint8_t		cert[32];	/* strong form only, as are those below */
	uint8_t		conn[32];
	uint8_t		config[32];
	uint8_t		have_subject;
	uint8_t		subject[32];
	size_t		ak_name_len;
	uint8_t		ak_name[NAME_MAX_LEN];
	uint8_t		have_quote;
	struct quote_part quote;
};

void	attest_ans_put(struct wbuf *, const struct attest_ans *);
int	attest_ans_get(struct rbuf *, struct attest_ans *ret_a);

#endif
