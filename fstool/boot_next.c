/*
 * The PCRs of the next boot, with another kernel image.  Which event is of
 * what, in a boot by firmware or a boot manager of a unified kernel image:
 *
 *	PCR 4	the image is the last application before the stub's events,
 *		the kernel in it that behind them
 *	PCR 11	the stub measures name and content of each part it knows
 *	PCR 9	the kernel measures its command line (and initrd)
 */
#include <string.h>

#include "fstool/boot_log.h"
#include "fstool/pe.h"

#define STUB_MAGIC	"#### LoaderInfo: systemd-stub 252"
#define TAG_LOAD_OPTIONS 0x8f3b22edu	/* Linux, efistub.h */

#define BIT(pcr)	(1u << (pcr))

/* systemd-stub 252, fundamental/tpm-pcr.c: its order; .pcrsig is left out,
 * for it signs the others. */
static const char *const parts[] = { ".linux", ".osrel", ".cmdline",
    ".initrd", ".splash", ".dtb", ".pcrpkey" };
#define NPARTS		(sizeof(parts) / sizeof(parts[0]))

struct next {
	struct boot_log		*b;
	const struct boot_ask	*ask;
	struct boot_ans		*a;
	struct span		 cmdline;	/* of this boot */
	struct pe		 pe;
	const struct pe_section	*part[NPARTS];	/* NULL: not in the image */
	int			 stub;		/* one whose order we know */
	enum boot_phases	 phases;
};

enum { PART_LINUX, PART_OSREL, PART_CMDLINE, PART_INITRD };

static struct span
part_bytes(const struct pe_section *s)
{
	return span_make(s->raw.p, s->raw.n < s->size ? s->raw.n : s->size);
}

static int
parts_find(struct next *x)
{
	const struct pe_section *s;
	uint64_t sum = 0;
	struct span m;
	size_t i;

	for (i = 0; i < NPARTS; i++) {
		switch (pe_find(&x->pe, parts[i], &x->part[i])) {
		case PE_DOUBTFUL:
			boot_cannot(x->a, "the kernel image has two sections "
			    "that may be its %s", parts[i]);
			return -1;
		case PE_ONE:
			sum += x->part[i]->size;
			break;
		case PE_NONE:
			break;
		}
	}
	if (x->part[PART_LINUX] == NULL) {
		boot_cannot(x->a, "not a unified kernel image: it has no "
		    "section .linux");
		return -1;
	}
	if (sum > x->pe.all.n) {
		boot_cannot(x->a, "the parts of the kernel image are larger "
		    "than it is");
		return -1;
	}
	if (pe_find(&x->pe, ".sdmagic", &s) == PE_ONE) {
		m = part_bytes(s);
		x->stub = m.n > sizeof(STUB_MAGIC) &&
		    memcmp(m.p, STUB_MAGIC, sizeof(STUB_MAGIC) - 1) == 0 &&
		    (m.p[sizeof(STUB_MAGIC) - 1] < '0' ||
		    m.p[sizeof(STUB_MAGIC) - 1] > '9');
	}
	return 0;
}

static uint8_t *
value_of(struct next *x, unsigned int pcr)
{
	return x->a->values + pcr * x->b->h.size;
}

/* The kernel in the image, as the firmware measures it when the stub starts it. */
static int
kernel_digest(struct next *x, uint8_t *ret)
{
	const struct pe_section *s = x->part[PART_LINUX];
	const char *why;
	struct pe pe;

	/* what the file lacks of it is zero in memory: not as a kernel is made */
	if (s->raw.n < s->size || pe_open(part_bytes(s), &pe, &why) == -1) {
		x->a->unsure |= BIT(4);
		memset(ret, 0, DIGEST_MAX);
		return 0;
	}
	return pe_authenticode(&pe, x->b->log.alg[x->b->bank].alg, ret);
}

/* Number of the image's event among all, and how many applications follow the
 * stub's. */
static size_t
image_event(const struct next *x, size_t *ret_inner)
{
	size_t n, at = NO_EVENT, inner = 0;
	int stub = 0;
	const char *why;
	struct cursor c;
	struct event e;

	eventlog_start(&x->b->log, &c);
	for (n = 0; eventlog_next(&x->b->log, &c, &e, &why) == EVENT_OK; n++) {
		if (e.type != EV_NO_ACTION && e.index == PCR_STUB)
			stub = 1;
		if (e.type != EV_EFI_BOOT_APPLICATION || e.index != 4)
			continue;
		if (stub)
			inner++;
		else
			at = n;
	}
	*ret_inner = inner;
	return at;
}

static int
loader_next(struct next *x)
{
	uint8_t image[DIGEST_MAX], kernel[DIGEST_MAX], *v = value_of(x, 4);
	size_t n, at, inner;
	const char *why;
	struct cursor c;
	struct event e;

	if ((at = image_event(x, &inner)) == NO_EVENT) {
		boot_cannot(x->a, "the boot log tells of no kernel image that "
		    "firmware started");
		return -1;
	}
	/* of a boot without stub it cannot be told what the stub adds */
	if (inner > 1 || (x->b->carries & BIT(PCR_STUB)) == 0)
		x->a->unsure |= BIT(4);
	if (pe_authenticode(&x->pe, x->b->log.alg[x->b->bank].alg, image) ==
	    -1 || kernel_digest(x, kernel) == -1)
		return -1;
	memset(v, 0, x->b->h.size);
	eventlog_start(&x->b->log, &c);
	for (n = 0; eventlog_next(&x->b->log, &c, &e, &why) == EVENT_OK; n++) {
		const uint8_t *d = e.digest[x->b->bank].p;

		if (e.index != 4 || e.type == EV_NO_ACTION)
			continue;
		if (n == at)
			d = image;
		else if (n > at && e.type == EV_EFI_BOOT_APPLICATION)
			d = kernel;
		if (boot_extend(&x->b->h, v, d) == -1)
			return -1;
	}
	return 0;
}

/* 1 when what this boot's stub measured is in the order that we know. */
static int
stub_known(const struct next *x)
{
	uint8_t d[DIGEST_MAX];
	const char *why;
	struct cursor c;
	struct event e;
	size_t next = 0;
	int content = 0;

	eventlog_start(&x->b->log, &c);
	while (eventlog_next(&x->b->log, &c, &e, &why) == EVENT_OK) {
		if (e.index != PCR_STUB || e.type == EV_NO_ACTION)
			continue;
		if (e.type != EV_IPL)
			return 0;
		if (content) {
			content = 0;
			continue;
		}
		for (; next < NPARTS; next++)
			if (hash_two(&x->b->h, span_make(parts[next],
			    strlen(parts[next]) + 1), span_make(NULL, 0), d) ==
			    0 && memcmp(d, e.digest[x->b->bank].p,
			    x->b->h.size) == 0)
				break;
		if (next++ == NPARTS)
			return 0;
		content = 1;
	}
	return next > 0 && !content;
}

static int
part_extend(struct next *x, size_t i, uint8_t *v)
{
	static const uint8_t zero[4096];
	const struct pe_section *s = x->part[i];
	const struct span raw = part_bytes(s);
	uint8_t d[DIGEST_MAX];
	struct hash *h = &x->b->h;
	size_t n, left = s->size - raw.n;

	if (boot_extend_data(h, v, span_make(parts[i], strlen(parts[i]) + 1)) ==
	    -1 || hash_start(h) == -1 ||
	    (raw.n != 0 && hash_add(h, raw.p, raw.n) == -1))
		return -1;
	for (; left > 0; left -= n) {
		n = left < sizeof(zero) ? left : sizeof(zero);
		if (hash_add(h, zero, n) == -1)
			return -1;
	}
	if (hash_end(h, d) == -1)
		return -1;
	return boot_extend(h, v, d);
}

static int
stub_next(struct next *x)
{
	uint8_t *v = value_of(x, PCR_STUB);
	const int initrd = x->part[PART_INITRD] != NULL;
	size_t i;

	memset(v, 0, x->b->h.size);
	for (i = 0; i < NPARTS; i++)
		if (x->part[i] != NULL && part_extend(x, i, v) == -1)
			return -1;
	/* what has an initrd now, and did not, may measure its phases or not */
	if (!x->stub || !stub_known(x) || initrd != (x->phases != PHASES_NONE))
		x->a->unsure |= BIT(PCR_STUB);
	x->a->carries |= BIT(PCR_STUB);
	return boot_phases_add(&x->b->h, x->phases, v);
}

/* What the kernel measures of this command line: UTF-16 with its NUL.  0 when
 * it holds anything else than what all agree upon how to convert. */
static int
options_digest(struct hash *h, struct span line, uint8_t *ret)
{
	uint8_t wide[2 * CMDLINE_MAX + 2];
	size_t i;

	if (line.n == 0 || line.n > CMDLINE_MAX)
		return 0;
	for (i = 0; i < line.n; i++) {
		if (line.p[i] < ' ' || line.p[i] > '~')
			return 0;
		wide[2 * i] = line.p[i];
		wide[2 * i + 1] = 0;
	}
	wide[2 * i] = wide[2 * i + 1] = 0;
	return hash_two(h, span_make(wide, 2 * i + 2), span_make(NULL, 0),
	    ret) == 0;
}

static int
is_load_options(const struct event *e)
{
	struct cursor c;
	uint32_t tag;

	cursor_init(&c, e->data);
	return e->type == EV_EVENT_TAG && cursor_le32(&c, &tag) == 0 &&
	    tag == TAG_LOAD_OPTIONS;
}

/*
 * Only where the log's digest is that of the command line of this boot is the
 * next one's known; and not where the boot loader gives one of its own (PCR
 * 12), nor where an initrd is measured.
 */
static int
options_next(struct next *x)
{
	uint8_t before[DIGEST_MAX], after[DIGEST_MAX], *v = value_of(x, 9);
	const struct pe_section *s = x->part[PART_CMDLINE];
	int known = x->stub && s != NULL && (x->b->carries & BIT(12)) == 0 &&
	    x->part[PART_INITRD] == NULL && x->part[NPARTS - 1] == NULL;
	const char *why;
	struct cursor c;
	struct event e;

	if (!known || !options_digest(&x->b->h, x->cmdline, before) ||
	    !options_digest(&x->b->h, part_bytes(s), after)) {
		x->a->unsure |= x->b->carries & BIT(9);
		return 0;
	}
	memset(v, 0, x->b->h.size);
	eventlog_start(&x->b->log, &c);
	while (eventlog_next(&x->b->log, &c, &e, &why) == EVENT_OK) {
		const uint8_t *d = e.digest[x->b->bank].p;

		if (e.index != 9 || e.type == EV_NO_ACTION)
			continue;
		if (is_load_options(&e) &&
		    memcmp(d, before, x->b->h.size) == 0)
			d = after;
		else if (e.type != EV_SEPARATOR)
			x->a->unsure |= BIT(9);
		if (boot_extend(&x->b->h, v, d) == -1)
			return -1;
	}
	return 0;
}

static int
next_fill(struct next *x, struct span image)
{
	const struct pe_section *s;
	const char *why;

	if (pe_open(image, &x->pe, &why) == -1) {
		boot_cannot(x->a, "the kernel image: %s", why);
		return -1;
	}
	if (parts_find(x) == -1 ||
	    boot_replay(x->b, x->ask, x->a, &x->phases) == -1 ||
	    loader_next(x) == -1 || stub_next(x) == -1 ||
	    options_next(x) == -1)
		return -1;
	/* GRUB's words and files, and what the stub was given besides */
	x->a->unsure |= x->b->carries & (BIT(8) | BIT(12));
	s = x->part[PART_CMDLINE];
	x->a->root_measured = (uint8_t)boot_root_measured(s != NULL ?
	    part_bytes(s) : x->cmdline);
	return 0;
}

void
boot_next(const struct boot_ask *q, struct span log, struct span cmdline,
    struct span image, struct boot_ans *a)
{
	struct next x = { .ask = q, .a = a, .cmdline = cmdline };
	char why[REASON_MAX];
	struct boot_log b;

	memset(a, 0, sizeof(*a));
	if (cmdline.n > 0 && cmdline.p[cmdline.n - 1] == '\n')
		x.cmdline.n--;
	x.b = &b;
	if (boot_log_open(log, q->bank, &b, why) == -1)
		boot_cannot(a, "%s", why);
	else if (next_fill(&x, image) == 0)
		a->ok = 1;
	else if (a->why[0] == '\0')
		boot_cannot(a, "no memory for the next boot's values");
	boot_log_close(&b);
}
