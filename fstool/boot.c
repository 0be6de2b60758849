/* The PCRs of this boot. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fstool/boot_log.h"

void
boot_cannot(struct boot_ans *a, const char *fmt, ...)
{
	va_list ap;

	memset(a, 0, sizeof(*a));
	va_start(ap, fmt);
	vsnprintf(a->why, sizeof(a->why), fmt, ap);
	va_end(ap);
}

int
boot_extend(struct hash *h, uint8_t *value, const uint8_t *digest)
{
	return hash_two(h, span_make(value, h->size),
	    span_make(digest, h->size), value);
}

int
boot_extend_data(struct hash *h, uint8_t *value, struct span data)
{
	uint8_t d[DIGEST_MAX];

	if (hash_two(h, data, span_make(NULL, 0), d) == -1)
		return -1;
	return boot_extend(h, value, d);
}

/* Separators are in every register; what else is there tells something. */
static uint32_t
carries_of(const struct eventlog *l)
{
	uint32_t mask = 0;
	const char *why;
	struct cursor c;
	struct event e;

	eventlog_start(l, &c);
	while (eventlog_next(l, &c, &e, &why) == EVENT_OK)
		if (e.type != EV_NO_ACTION && e.type != EV_SEPARATOR &&
		    e.index < LOG_PCRS)
			mask |= 1u << e.index;
	return mask;
}

int
boot_log_open(struct span raw, uint16_t bank, struct boot_log *b, char *why)
{
	enum digest_alg alg = digest_by_tpm_id(bank);
	const char *reason;

	memset(b, 0, sizeof(*b));
	if (eventlog_open(raw, EVENTLOG_TPM, &b->log, &reason) == -1) {
		snprintf(why, REASON_MAX, "the boot log: %s", reason);
		return -1;
	}
	if ((b->bank = eventlog_bank(&b->log, alg)) == -1) {
		snprintf(why, REASON_MAX, "the boot log has no digests of the "
		    "bank %s", digest_name(alg));
		return -1;
	}
	if (hash_init(&b->h, alg) == -1 ||
	    eventlog_replay(&b->log, &b->replay) == -1) {
		snprintf(why, REASON_MAX, "no memory for the boot log");
		return -1;
	}
	if (b->replay.bad || b->replay.digests[b->bank] !=
	    b->replay.extended) {
		snprintf(why, REASON_MAX, "the boot log breaks at its event "
		    "%zu: %s", b->replay.events, b->replay.bad ?
		    b->replay.why : "some have no digest of the bank");
		return -1;
	}
	b->carries = carries_of(&b->log);
	return 0;
}

void
boot_log_close(struct boot_log *b)
{
	hash_free(&b->h);
}

int
boot_phases_add(struct hash *h, enum boot_phases p, uint8_t *value)
{
	if ((p == PHASES_IN_INITRD || p == PHASES_INITRD) &&
	    boot_extend_data(h, value, span_str("enter-initrd")) == -1)
		return -1;
	return p != PHASES_INITRD ? 0 :
	    boot_extend_data(h, value, span_str("leave-initrd"));
}

/* 1 when the value now is one that follows from this one: systemd-pcrphase
 * extends its words without their NUL (252, pcrphase.c). */
static int
phases_lead(struct hash *h, const uint8_t *from, const uint8_t *now)
{
	static const char *const words[] = { "sysinit", "ready", "shutdown",
	    "final" };
	uint8_t v[DIGEST_MAX];
	size_t i;

	memcpy(v, from, h->size);
	for (i = 0; memcmp(v, now, h->size) != 0; i++)
		if (i == sizeof(words) / sizeof(words[0]) ||
		    boot_extend_data(h, v, span_str(words[i])) == -1)
			return 0;
	return 1;
}

/* Which phases explain the value now; ret_value: that before "sysinit". */
static enum boot_phases
phases_find(struct hash *h, const uint8_t *base, const uint8_t *now,
    uint8_t *ret_value)
{
	uint8_t v[DIGEST_MAX];
	int p;

	for (p = PHASES_NONE; p < PHASES_UNKNOWN; p++) {
		memcpy(v, base, h->size);
		if (boot_phases_add(h, (enum boot_phases)p, v) == -1)
			break;
		/* what is in the initrd has no later phase */
		if (p == PHASES_IN_INITRD ? memcmp(v, now, h->size) == 0 :
		    phases_lead(h, v, now)) {
			memcpy(ret_value, v, h->size);
			return (enum boot_phases)p;
		}
	}
	memcpy(ret_value, base, h->size);
	return PHASES_UNKNOWN;
}

int
boot_replay(struct boot_log *b, const struct boot_ask *q, struct boot_ans *a,
    enum boot_phases *ret_p)
{
	const size_t n = b->h.size;
	uint8_t *v;
	unsigned int i;

	if (q->values_len != LOG_PCRS * n) {
		boot_cannot(a, "values of another bank");
		return -1;
	}
	a->carries = b->carries;
	a->values_len = q->values_len;
	for (i = 0; i < LOG_PCRS; i++) {
		v = a->values + i * n;
		memcpy(v, b->replay.value[b->bank][i], n);
		if (i == PCR_STUB) {
			*ret_p = phases_find(&b->h, b->replay.value[b->bank][i],
			    q->values + i * n, v);
			if (*ret_p == PHASES_UNKNOWN)
				a->unsure |= 1u << i;
		} else if (i == PCR_CAP)
			memset(v, 0, n);
		else if (memcmp(v, q->values + i * n, n) != 0)
			a->unsure |= 1u << i;
	}
	/* a log that tells of it is of firmware that nobody knows */
	a->unsure |= b->carries & 1u << PCR_CAP;
	return 0;
}

static void
without_log(const struct boot_ask *q, struct boot_ans *a)
{
	const size_t n = q->values_len / LOG_PCRS;
	unsigned int i;

	a->values_len = q->values_len;
	memcpy(a->values, q->values, q->values_len);
	memset(a->values + PCR_CAP * n, 0, n);
	for (i = 0; i < LOG_PCRS; i++)
		if (!span_is_zero(span_make(a->values + i * n, n)))
			a->unsure |= 1u << i;
}

void
boot_now(const struct boot_ask *q, struct span log, struct span cmdline,
    struct boot_ans *a)
{
	enum boot_phases p;
	struct boot_log b;
	char why[REASON_MAX];

	memset(a, 0, sizeof(*a));
	a->root_measured = (uint8_t)boot_root_measured(cmdline);
	if (log.n == 0) {
		without_log(q, a);
		a->ok = 1;
		return;
	}
	if (boot_log_open(log, q->bank, &b, why) == -1)
		boot_cannot(a, "%s", why);
	else
		a->ok = boot_replay(&b, q, a, &p) == 0;
	boot_log_close(&b);
}
