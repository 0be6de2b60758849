/* fstool-tpm, taken over by what a TPM answered. */
#include <string.h>

#include "regress/proc/evil/evil_fs.h"

/* Unsealed, it gives out another secret. */
static void
unseal_other(struct wbuf *w)
{
	struct unseal_ans a;
	struct rbuf r;

	rbuf_init(&r, w->b, w->n);
	if (unseal_ans_get(&r, &a) == -1 || a.status != UNSEAL_OK)
		return;
	a.secret[0] ^= 1;
	wbuf_init(w);
	unseal_ans_put(w, &a);
}

static void
unseal_short(struct wbuf *w)
{
	struct unseal_ans a;
	struct rbuf r;

	rbuf_init(&r, w->b, w->n);
	if (unseal_ans_get(&r, &a) == -1 || a.status != UNSEAL_OK)
		return;
	a.secret_len--;
	wbuf_init(w);
	unseal_ans_put(w, &a);
}

/* What it did not get, it makes up. */
static void
unseal_made_up(struct wbuf *w)
{
	struct unseal_ans a = { .status = UNSEAL_OK, .secret_len = SECRET_LEN };

	wbuf_init(w);
	unseal_ans_put(w, &a);
}

static void
counter_set(struct wbuf *w, int back)
{
	struct nv_ans a;
	struct rbuf r;

	rbuf_init(&r, w->b, w->n);
	if (nv_ans_get(&r, &a) == -1)
		return;
	if (back)
		a.value -= 2;
	else
		a.there = 0;
	wbuf_init(w);
	nv_ans_put(w, &a);
}

static void
counter_back(struct wbuf *w)
{
	counter_set(w, 1);
}

static void
counter_gone(struct wbuf *w)
{
	counter_set(w, 0);
}

/* Another kernel's. */
static void
pcrs_other(struct wbuf *w)
{
	struct pcrs_ans a;
	struct rbuf r;

	rbuf_init(&r, w->b, w->n);
	if (pcrs_ans_get(&r, &a) == -1)
		return;
	if (a.values_len > 5 * 32)
		memset(a.values + 4 * 32, 0x5a, 32);
	wbuf_init(w);
	pcrs_ans_put(w, &a);
}

static void
pcrs_fewer(struct wbuf *w)
{
	struct pcrs_ans a;
	struct rbuf r;

	rbuf_init(&r, w->b, w->n);
	if (pcrs_ans_get(&r, &a) == -1)
		return;
	a.values_len -= 1;
	wbuf_init(w);
	pcrs_ans_put(w, &a);
}

const struct evil_act evil_acts[] = {
	EVIL_ACTS_OF("unseal", FS_UNSEAL_ANS),
	{ "unseal-other", FS_UNSEAL_ANS, EVIL_PASS, unseal_other },
	{ "unseal-short", FS_UNSEAL_ANS, EVIL_PASS, unseal_short },
	{ "unseal-made-up", FS_UNSEAL_ANS, EVIL_PASS, unseal_made_up },
	EVIL_ACTS_OF("counter", FS_NV_READ_ANS),
	{ "counter-back", FS_NV_READ_ANS, EVIL_PASS, counter_back },
	{ "counter-gone", FS_NV_READ_ANS, EVIL_PASS, counter_gone },
	EVIL_ACTS_OF("pcrs", FS_PCRS_ANS),
	{ "pcrs-other", FS_PCRS_ANS, EVIL_PASS, pcrs_other },
	{ "pcrs-fewer", FS_PCRS_ANS, EVIL_PASS, pcrs_fewer },
	EVIL_ACTS_OF("seal", FS_SEAL_ANS),
	EVIL_ACTS_OF("cap", FS_CAP_ANS),
	{ NULL, FS_MAX, EVIL_PASS, NULL }
};
