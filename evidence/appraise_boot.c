/*
 * The firmware's log of the boot against the quoted PCRs.  Nothing in it is
 * believed unless all of PCRs 0-9 come out of it; even then only digests are
 * measured, and the names beside them are the log's.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "evidence/appraisal.h"
#include "evidence/eventlog_claims.h"
#include "evidence/eventlog_replay.h"
#include "evidence/hash.h"
#include "evidence/tpm_verify.h"

static const char	check[] = "tpm.eventlog";

/*
 * A log that is false or broken: -1 always, for none of its names may be shown.
 * Where the boot state need not be what it was (--without pcrs) it is no
 * reason to refuse.
 */
static int log_bad(struct appraisal *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

static int
log_bad(struct appraisal *a, const char *fmt, ...)
{
	char text[MAX_CHECK_DETAIL];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	checks_add(a->ck, (a->without & WITHOUT_PCRS) != 0 ? RESULT_WARN :
	    RESULT_FAIL, check, "%s", text);
	return -1;
}

/* The first event that diverges, in words. */
static int
diverges(struct appraisal *a, const struct eventlog *l, int bank, unsigned pcr)
{
	struct span want = span_make(a->att.pcrs.value[pcr],
	    l->alg[bank].size);
	char data[120];
	const char *why;
	struct event e;
	size_t n = eventlog_diverges(l, bank, pcr, want, &e, &why);

	if (n == NO_EVENT)
		return log_bad(a, "the log does not replay to the quoted PCR "
		    "%u: %s", pcr, why);
	text_escape(span_make(e.data.p, e.data.n < 40 ? e.data.n : 40), data,
	    sizeof(data));
	return log_bad(a, "the log does not replay to the quoted PCR %u from "
	    "event %zu on (%s, \"%s\"): %s", pcr, n, event_type_name(e.type),
	    data, why);
}

/* The first register is explained, for a hostile log makes that slow. */
static int
registers_check(struct appraisal *a, const struct eventlog *l,
    const struct eventlog_replay *r, int bank)
{
	const struct tpm_pcrs *p = &a->att.pcrs;
	uint32_t differ = 0;
	char text[PCR_TEXT_MAX];
	unsigned i;

	for (i = TPM_PCRS; i-- > 0;)
		if ((BOOT_PCRS >> i & 1) != 0 && memcmp(r->value[bank][i],
		    p->value[i], l->alg[bank].size) != 0)
			differ |= 1u << i;
	if (differ == 0)
		return 0;
	for (i = 0; (differ >> i & 1) == 0;)
		i++;
	diverges(a, l, bank, i);
	if ((differ &= differ - 1) != 0) {
		pcr_mask_text(differ, text);
		log_bad(a, "nor does it replay to the quoted PCRs %s", text);
	}
	return -1;
}

/* What a log must be to say anything. */
static int
log_check(struct appraisal *a, const struct eventlog *l,
    const struct eventlog_replay *r, int bank)
{
	if (r->bad)
		return log_bad(a, "the log breaks at event %zu, byte %zu: %s",
		    r->events, r->consumed, r->why);
	if (r->digests[bank] != r->extended)
		return log_bad(a, "%zu of %zu events have no digest of bank "
		    "%s", r->extended - r->digests[bank], r->extended,
		    digest_name(l->alg[bank].alg));
	if (registers_check(a, l, r, bank) == -1)
		return -1;
	if (r->late_locality)
		return log_bad(a, "StartupLocality stands twice in the log, "
		    "or after an event of PCR 0");
	if (r->bad_data != NO_EVENT)
		return log_bad(a, "event %zu (%s): its digest is not that of "
		    "its data", r->bad_data,
		    event_type_name(r->bad_data_type));
	return 0;
}

/*
 * PCR 11 goes on in user space: systemd extends a word for each phase of the
 * boot that it is in (systemd-pcrphase(8)).  1 if the log and some of these
 * words, in their order, give the quoted value; else nothing in the log about
 * this register is known to be true.
 */
static int
image_fits(const struct appraisal *a, const struct eventlog *l,
    const struct eventlog_replay *r, int bank)
{
	static const char *const phases[] = { "enter-initrd", "leave-initrd",
	    "sysinit", "ready" };
	const unsigned n = sizeof(phases) / sizeof(phases[0]);
	struct span want = span_make(a->att.pcrs.value[IMAGE_PCR],
	    l->alg[bank].size);
	uint8_t v[DIGEST_MAX], d[DIGEST_MAX];
	struct hash h;
	unsigned set, i;
	int fits = 0;

	if ((a->att.pcrs.mask >> IMAGE_PCR & 1) == 0 ||
	    hash_init(&h, l->alg[bank].alg) == -1)
		return 0;
	for (set = 0; set < 1u << n && !fits; set++) {
		memcpy(v, r->value[bank][IMAGE_PCR], h.size);
		for (i = 0; i < n; i++)
			if ((set >> i & 1) != 0 && (hash_two(&h,
			    span_str(phases[i]), span_make(NULL, 0), d) ==
			    -1 || hash_two(&h, span_make(v, h.size),
			    span_make(d, h.size), v) == -1))
				break;
		fits = i == n && span_eq(span_make(v, h.size), want);
	}
	hash_free(&h);
	return fits;
}

/* [[PCR, type, digest], ...] of these registers. */
static json_t *
events_json(const struct eventlog *l, int bank, uint32_t mask)
{
	char hex[2 * DIGEST_MAX + 1];
	json_t *list = json_array();
	struct cursor c;
	struct event e;
	const char *why;

	eventlog_start(l, &c);
	while (eventlog_next(l, &c, &e, &why) == EVENT_OK) {
		if (e.type == EV_NO_ACTION || e.index >= TPM_PCRS ||
		    (mask >> e.index & 1) == 0 ||
		    hex_encode(e.digest[bank], hex, sizeof(hex)) == -1)
			continue;
		if (json_array_size(list) == MAX_BOOT_EVENTS) {
			json_decref(list);
			return json_null();
		}
		json_array_append_new(list, json_pack("[i,I,s]",
		    (int)e.index, (json_int_t)e.type, hex));
	}
	return list;
}

/* Names of the log, short: what the user should see at a glance. */
static void
summary(const json_t *boot, char *text, size_t size)
{
	const json_t *secure = json_object_get(boot, "secure_boot");
	const json_t *kernel = json_array_get(json_object_get(boot,
	    "kernels"), 0);
	const char *name = json_string_value(json_object_get(kernel, "name"));

	snprintf(text, size, "Secure Boot %s%s%.200s",
	    json_is_null(secure) ? "unknown" :
	    json_is_true(secure) ? "on" : "off",
	    name != NULL ? ", kernel named " : "", name != NULL ? name : "");
}

static int
boot_keep(struct appraisal *a, const struct eventlog *l,
    const struct eventlog_replay *r, int bank)
{
	uint32_t mask = BOOT_PCRS;
	json_t *o = json_object();
	char text[256];

	if (image_fits(a, l, r, bank))
		mask |= 1u << IMAGE_PCR;
	if (o == NULL || eventlog_names_of(l, mask, o) != 0 ||
	    json_object_set_new(o, "events", events_json(l, bank,
	    mask)) != 0) {
		json_decref(o);
		return log_bad(a, "no memory");
	}
	a->boot = o;
	summary(o, text, sizeof(text));
	return checks_add(a->ck, RESULT_OK, check, "%zu events replay to the "
	    "quoted PCRs 0-9%s; %s", r->extended, mask != BOOT_PCRS ?
	    " and 11" : "", text);
}

static int
log_judge(struct appraisal *a, struct eventlog_replay *r)
{
	struct eventlog l;
	const char *why;
	int bank;

	if (eventlog_open(a->in->eventlog, EVENTLOG_TPM, &l, &why) == -1)
		return log_bad(a, "%s", why);
	if ((bank = eventlog_bank(&l, a->in->bank)) == -1)
		return checks_add(a->ck, RESULT_WARN, check, "the log has no "
		    "digests of bank %s: boot changes cannot be explained",
		    digest_name(a->in->bank));
	if (eventlog_replay(&l, r) == -1)
		return log_bad(a, "no memory");
	if (log_check(a, &l, r, bank) == -1)
		return -1;
	return boot_keep(a, &l, r, bank);
}

int
appraise_boot(struct appraisal *a)
{
	struct eventlog_replay *r;
	int rc;

	if (a->in->form != FORM_STRONG || !a->att.has_tpm)
		return 0;
	if (a->in->eventlog.n == 0)
		return checks_add(a->ck, RESULT_SKIP, check,
		    "no boot log: boot changes cannot be explained");
	if (!a->tpm_ok)
		return checks_add(a->ck, RESULT_SKIP, check,
		    "not judged: the TPM quote does not hold");
	if ((r = malloc(sizeof(*r))) == NULL)
		return log_bad(a, "no memory");
	rc = log_judge(a, r);
	free(r);
	return (a->without & WITHOUT_PCRS) != 0 ? 0 : rc;
}
