#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tcti.h>

#include "privsep/log.h"
#include "workers/tpm_link.h"
#include "workers/tpm_tcti.h"

#define TCTI_MAGIC	0x43564d5450434d44ULL	/* only ESYS's own would match */
#define TCTI_VERSION	1	/* the functions up to setLocality */
#define RSP_HEADER_LEN	10	/* tag, size, response code */
#define RETRY_MAX	100	/* 10 s: a self-test after start takes seconds */
#define RETRY_PAUSE_MS	100

struct tcti {
	TSS2_TCTI_CONTEXT_COMMON_V1	common;	/* first: ESYS sees only this */
	int				waiting;	/* transmitted, not received */
	int				have;		/* rsp is here, asked for its size only */
	struct wbuf			cmd;
	struct frame			rsp;
};

static struct tcti tcti;

static TSS2_RC
transmit(TSS2_TCTI_CONTEXT *ctx, size_t size, const uint8_t *cmd)
{
	struct tcti *t = (struct tcti *)ctx;

	if (t->waiting)
		return TSS2_TCTI_RC_BAD_SEQUENCE;
	wbuf_init(&t->cmd);
	put_raw(&t->cmd, cmd, size);
	if (t->cmd.bad)
		return TSS2_TCTI_RC_BAD_VALUE;
	tpm_link_send(&t->cmd);
	t->waiting = 1;
	t->have = 0;
	return TSS2_RC_SUCCESS;
}

/*
 * The TPM did not execute the command and asks for it again. ESYS would do so
 * five times at once, which a chip that tests itself does not notice.
 */
static int
is_transient(const struct frame *f)
{
	uint32_t rc;

	if (f->len < RSP_HEADER_LEN)
		return 0;
	rc = (uint32_t)f->data[6] << 24 | (uint32_t)f->data[7] << 16 |
	    (uint32_t)f->data[8] << 8 | f->data[9];
	return rc == TPM2_RC_RETRY || rc == TPM2_RC_YIELDED ||
	    rc == TPM2_RC_TESTING || rc == TPM2_RC_NV_RATE;
}

static void
wait_answer(struct tcti *t)
{
	const struct timespec pause = { 0, RETRY_PAUSE_MS * 1000000L };
	int i;

	for (i = 0;; i++) {
		tpm_link_receive(&t->rsp);
		if (i >= RETRY_MAX || !is_transient(&t->rsp))
			return;
		nanosleep(&pause, NULL);
		tpm_link_send(&t->cmd);
	}
}

/* ESYS may ask for the size first, with no buffer, and then again. */
static TSS2_RC
receive(TSS2_TCTI_CONTEXT *ctx, size_t *size, uint8_t *rsp, int32_t timeout)
{
	struct tcti *t = (struct tcti *)ctx;

	(void)timeout;	/* the link has one and brings nothing then */
	if (!t->waiting)
		return TSS2_TCTI_RC_BAD_SEQUENCE;
	if (!t->have) {
		wait_answer(t);
		t->have = 1;
	}
	if (t->rsp.len == 0) {
		t->waiting = 0;
		return TSS2_TCTI_RC_IO_ERROR;
	}
	if (rsp == NULL) {
		*size = t->rsp.len;
		return TSS2_RC_SUCCESS;
	}
	if (*size < t->rsp.len) {
		*size = t->rsp.len;
		return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
	}
	memcpy(rsp, t->rsp.data, t->rsp.len);
	*size = t->rsp.len;
	t->waiting = 0;
	return TSS2_RC_SUCCESS;
}

/* Without a configuration file libcrypto has its built-in algorithms only: enough. */
void
tpm_prepare(void)
{
	if (setenv("TSS2_LOG", "all+none", 1) == -1)
		fatal("setenv");
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		fatalx("libcrypto does not start");
}

ESYS_CONTEXT *
tpm_open(void)
{
	ESYS_CONTEXT *esys = NULL;
	TSS2_RC rc;

	memset(&tcti, 0, sizeof(tcti));
	tcti.common.magic = TCTI_MAGIC;
	tcti.common.version = TCTI_VERSION;
	tcti.common.transmit = transmit;
	tcti.common.receive = receive;
	rc = Esys_Initialize(&esys, (TSS2_TCTI_CONTEXT *)&tcti, NULL);
	if (rc != TSS2_RC_SUCCESS)
		fatalx("ESYS: %s", Tss2_RC_Decode(rc));
	return esys;
}

void
tpm_close(ESYS_CONTEXT *esys)
{
	Esys_Finalize(&esys);
	memset(&tcti, 0, sizeof(tcti));
}

void
tpm_flush_handle(TPM2_HANDLE h)
{
	const uint8_t cmd[14] = { 0x80, 0x01, 0, 0, 0, sizeof(cmd), 0, 0, 0x01,
	    0x65, (uint8_t)(h >> 24), (uint8_t)(h >> 16), (uint8_t)(h >> 8),
	    (uint8_t)h };
	TSS2_TCTI_CONTEXT *ctx = (TSS2_TCTI_CONTEXT *)&tcti;
	uint8_t rsp[FRAME_MAX];
	size_t n = sizeof(rsp);

	if (transmit(ctx, sizeof(cmd), cmd) == TSS2_RC_SUCCESS)
		receive(ctx, &n, rsp, TSS2_TCTI_TIMEOUT_BLOCK);
}

void
tpm_forget(void)
{
	explicit_bzero(tcti.rsp.data, sizeof(tcti.rsp.data));
}

int
tpm_fail(const char *what, TSS2_RC rc)
{
	log_warnx("%s: 0x%x %s", what, rc, Tss2_RC_Decode(rc));
	return -1;
}

/* TCG part 1, 39.4: bit 7 says that the code has a number in bits 6 and 8 to 11. */
TSS2_RC
tpm_base_rc(TSS2_RC rc)
{
	if ((rc & TSS2_RC_LAYER_MASK) == 0 && (rc & TPM2_RC_FMT1) != 0)
		return rc & ~(TSS2_RC)(TPM2_RC_N_MASK | TPM2_RC_P);
	return rc;
}
