#include <malloc.h>
#include <string.h>

#include "fstool/answers.h"
#include "fstool/child.h"
#include "fstool/tpm_nv.h"
#include "fstool/tpm_pcr.h"
#include "fstool/tpm_seal.h"
#include "privsep/log.h"
#include "workers/tpm_tcti.h"

/*
 * The process that speaks with the TPM, whose descriptor it was lent. It is
 * given the secret to be sealed, and gives it back unsealed; between two
 * requests nothing of it is left in its memory, neither in ESYS's buffers nor
 * in what libraries freed.
 */

#define STACK_WIPED	(64u << 10)	/* deeper than ESYS and libcrypto go */
#define CAP_DATA_MAX	1024u	/* TCG part 2, 10.4.8: TPM2B_EVENT */

/* What the request, which is malformed only if the front is wrong, has left. */
static void
asked(struct rbuf *r, struct wbuf *ret_w, struct frame *f)
{
	rbuf_init(r, f->data, f->len);
	wbuf_init(ret_w);
}

static void
malformed(const struct frame *f)
{
	fatalx("malformed %s", fs_name(f->type));
}

static void
on_pcrs(struct tpm_job *j, struct frame *f, struct wbuf *w)
{
	struct pcrs_ans a = { .ok = 0 };
	struct pcrs p = { .bank = 0 };
	struct rbuf r;

	asked(&r, w, f);
	p.bank = get_u16(&r);
	p.mask = get_u32(&r);
	if (msg_end(&r) == -1 || (p.bank != TPM2_ALG_SHA256 &&
	    p.bank != TPM2_ALG_SHA384) || p.mask == 0 ||
	    p.mask >> PCR_COUNT != 0)
		malformed(f);
	j->why = a.why;
	a.ok = pcrs_read(j, &p) == 0;
	if (a.ok) {
		a.values_len = p.values_len;
		memcpy(a.values, p.values, p.values_len);
	}
	pcrs_ans_put(w, &a);
}

static void
on_seal(struct tpm_job *j, struct frame *f, struct wbuf *w)
{
	struct seal_ans a = { .ok = 0 };
	struct seal_ask q;
	struct rbuf r;

	asked(&r, w, f);
	if (seal_ask_get(&r, &q) == -1)
		malformed(f);
	j->why = a.why;
	tpm_seal(j, &q, &a);
	explicit_bzero(&q, sizeof(q));
	seal_ans_put(w, &a);
}

static void
on_unseal(struct tpm_job *j, struct frame *f, struct wbuf *w)
{
	struct unseal_ans a = { .status = UNSEAL_FAILED };
	struct header_token t;
	struct rbuf r;

	asked(&r, w, f);
	if (header_token_get(&r, &t) == -1)
		malformed(f);
	j->why = a.why;
	tpm_unseal(j, &t, &a);
	unseal_ans_put(w, &a);
	explicit_bzero(&a, sizeof(a));
}

static void
on_cap(struct tpm_job *j, struct frame *f, struct wbuf *w)
{
	struct simple_ans a = { .ok = 0 };
	const uint8_t *p;
	struct rbuf r;
	size_t n;

	asked(&r, w, f);
	n = get_blob_ref(&r, &p, CAP_DATA_MAX);
	if (msg_end(&r) == -1 || n == 0)
		malformed(f);
	j->why = a.why;
	a.ok = pcr_cap(j, p, n) == 0;
	simple_ans_put(w, &a);
}

static void
on_nv(struct tpm_job *j, struct frame *f, struct wbuf *w)
{
	struct nv_ans a = { .ok = 0 };
	struct nv_ask q;
	struct rbuf r;

	asked(&r, w, f);
	if (nv_ask_get(&r, &q) == -1)
		malformed(f);
	j->why = a.why;
	if (f->type == FS_NV_DEFINE_REQ)
		nv_define(j, &q, &a);
	else if (f->type == FS_NV_READ_REQ)
		nv_read(j, &q, &a);
	else if (f->type == FS_NV_BUMP_REQ)
		nv_bump(j, &q, &a);
	else
		nv_undefine(j, &q, &a);
	explicit_bzero(&q, sizeof(q));
	nv_ans_put(w, &a);
}

static const struct {
	enum fs_type	type;
	void		(*answer)(struct tpm_job *, struct frame *,
			    struct wbuf *);
} table[] = {
	{ FS_PCRS_REQ,		on_pcrs },
	{ FS_SEAL_REQ,		on_seal },
	{ FS_UNSEAL_REQ,	on_unseal },
	{ FS_CAP_REQ,		on_cap },
	{ FS_NV_DEFINE_REQ,	on_nv },
	{ FS_NV_READ_REQ,	on_nv },
	{ FS_NV_BUMP_REQ,	on_nv },
	{ FS_NV_UNDEFINE_REQ,	on_nv },
};

/* Where libraries had their variables while the secret passed through. */
static void __attribute__((noinline))
stack_wipe(void)
{
	char b[STACK_WIPED];

	explicit_bzero(b, sizeof(b));
}

static void
answer(struct frame *f)
{
	struct tpm_job j = { .esys = NULL };
	struct wbuf w;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].type == f->type)
			break;
	if (i == sizeof(table) / sizeof(table[0]) || f->nfds != 0)
		fatalx("unexpected %s", fs_name(f->type));
	j.esys = tpm_open();
	table[i].answer(&j, f, &w);
	tpm_close(j.esys);
	explicit_bzero(f->data, sizeof(f->data));
	front_send((enum fs_type)(f->type + 1), &w);
}

int
main(int argc, char **argv)
{
	static struct frame f;

	/* ESYS keeps copies in what it frees; freed memory is overwritten */
	mallopt(M_PERTURB, 0x5a);
	tpm_prepare();
	fstool_child_start(FSTOOL_TPM, argc, argv);
	for (;;) {
		front_next(&f);
		answer(&f);
		stack_wipe();
	}
}
