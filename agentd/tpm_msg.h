#ifndef AGENTD_TPM_MSG_H
#define AGENTD_TPM_MSG_H

#include <stddef.h>
#include <stdint.h>

#include "agentd/limits.h"
#include "agentd/msg.h"
#include "privsep/wire.h"

/*
 * Payloads of ACTIVATE_REQ and ACTIVATE_ANS, and the file that goes with
 * TPM_CERTS_ANS: writer beside reader.
 */

/* What web may choose. Whom it is for, and for whom the proof is, the parent adds. */
struct activate_req {
	uint8_t		nonce[32];
	size_t		credential_len;
	uint8_t		credential[CREDENTIAL_MAX];	/* TPMS_ID_OBJECT */
	size_t		secret_len;
	uint8_t		secret[ENC_SECRET_MAX];	/* what is in TPM2B_ENCRYPTED_SECRET */
};

void	activate_req_put(struct wbuf *, const struct activate_req *);
/* 0, or -1 when the frame is not exactly one request with values in range */
int	activate_req_get(struct rbuf *, struct activate_req *ret_q);

/* The same to tpm, with what the proof is bound to and what opens the EK. */
struct activate_job {
	struct activate_req	req;
	uint8_t			cert[32];
	uint8_t			conn[32];
	size_t			ticket_len;	/* 0: the EK takes its empty password */
	uint8_t			ticket[EK_TICKET_MAX];
};

void	activate_job_put(struct wbuf *, const struct activate_job *);
int	activate_job_get(struct rbuf *, struct activate_job *ret_j);

/* From tpm and to web alike; the proof is zero unless ANSWER_OK. */
struct activate_ans {
	uint8_t		status;		/* enum answer */
	uint8_t		proof[32];
};

void	activate_ans_put(struct wbuf *, const struct activate_ans *);
int	activate_ans_get(struct rbuf *, struct activate_ans *ret_a);

/* The file is a row of these: u8 kind, u16 length, bytes. */
enum tpm_cert_kind {
	TPM_CERT_EK_PUBLIC,	/* TPMT_PUBLIC of our EK */
	TPM_CERT_EK,		/* DER, as are those below */
	TPM_CERT_EK_CHAIN,
	TPM_CERT_AK,
	TPM_CERT_KIND_MAX
};

struct tpm_cert {
	enum tpm_cert_kind	 kind;
	const uint8_t		*p;	/* into the file */
	size_t			 n;
};

/* Add one at dst + *len, which it moves on. -1: too long, nothing is added. */
int	tpm_cert_put(uint8_t *dst, size_t cap, size_t *len,
	    const struct tpm_cert *);
/* The next one at *p, of *n bytes; moves both on. 1, 0 at the end, -1 malformed. */
int	tpm_cert_next(const uint8_t **p, size_t *n, struct tpm_cert *ret_c);

#endif
