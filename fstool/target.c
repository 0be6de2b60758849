/* What a secret is sealed to: the values that PCRs have when the mount unit runs. */
#include <sys/stat.h>

#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "cli/memfd.h"
#include "fstool/derive.h"
#include "fstool/token.h"
#include "fstool/why.h"

#define BANK_SHA256	0x000b	/* TPM_ALG_ID */
#define BANK_SHA384	0x000c

/* Boot loader and kernel, Secure Boot, what the loader loads, the unified kernel image. */
#define PCRS_DEFAULT	(1u << 4 | 1u << 7 | 1u << 9 | 1u << PCR_STUB)
/* What another unified kernel image changes. */
#define PCRS_IMAGE	(1u << 4 | 1u << 9 | 1u << PCR_STUB)
#define PCRS_LOG	((1u << LOG_PCRS) - 1)

static size_t
digest_len(uint16_t bank)
{
	return bank == BANK_SHA384 ? 48 : 32;
}

/* The file, or an empty one where the kernel has none. */
static int
take_or_empty(const char *path, uint64_t max, struct loaded *l)
{
	int there = file_take_kernel(path, max, l);

	if (there != 0)
		return there == -1 ? -1 : 0;
	if ((l->fd = memfd_make("empty")) == -1 || memfd_seal(l->fd) == -1)
		return could_not("no memory for %s", path);
	return 0;
}

static int
ask_values(struct store *s, const struct boot_ask *q, const char *next,
    struct boot_ans *ret)
{
	struct loaded log = { .fd = -1 }, cmdline = { .fd = -1 },
	    image = { .fd = -1 };
	int rc = -1, there;

	if (take_or_empty(s->o->boot_log, BOOT_LOG_MAX, &log) == -1 ||
	    take_or_empty(s->o->cmdline, CMDLINE_MAX, &cmdline) == -1)
		goto out;
	if (next != NULL && (there = file_take(next, KERNEL_IMAGE_MAX,
	    &image)) != 1) {
		if (there == 0)
			could_not("%s: no such file", next);
		goto out;
	}
	rc = ask_boot(&s->kids, q, log.fd, cmdline.fd, image.fd, ret);
out:
	file_drop(&log);
	file_drop(&cmdline);
	file_drop(&image);
	return rc;
}

/* Digests of the bits of mask among the first LOG_PCRS, ascending. */
static void
pick(struct seal_ask *q, const uint8_t *values, size_t len)
{
	unsigned int i;

	q->values_len = 0;
	for (i = 0; i < LOG_PCRS; i++) {
		if ((q->mask >> i & 1) == 0)
			continue;
		memcpy(q->values + q->values_len, values + i * len, len);
		q->values_len += len;
	}
}

static int
is_zero(const uint8_t *p, size_t n)
{
	while (n > 0 && p[n - 1] == 0)
		n--;
	return n == 0;
}

/* Which of what was asked for can be sealed to. */
static int
choose(const struct options *o, const struct boot_ans *b, uint32_t *ret_mask)
{
	uint32_t mask = o->pcrs != 0 ? o->pcrs : PCRS_DEFAULT & b->carries;
	size_t len = b->values_len / LOG_PCRS;
	unsigned int i, said = 0;

	mask &= ~(1u << PCR_CAP);
	if ((mask & ~PCRS_LOG) != 0)
		return could_not("PCRs above 15 are not known at the time "
		    "when the container is opened");
	if (mask == 0)
		return could_not("nothing is measured into PCRs 4, 7, 9 and 11 "
		    "of this machine: name PCRs with --pcrs");
	if (mask == 1u << 7)
		return could_not("PCR 7 alone is the same for every program "
		    "that Secure Boot lets start: name more with --pcrs");
	for (i = 0; i < LOG_PCRS; i++)
		if ((mask >> i & 1) != 0) {
			if (b->carries != 0 && (b->unsure >> i & 1) != 0)
				return could_not("PCR %u has a value that the "
				    "boot log does not explain, so it cannot "
				    "be foretold: name others with --pcrs", i);
			said |= !is_zero(b->values + i * len, len);
		}
	if (!said)
		return could_not("the PCRs asked for are all zero: whatever "
		    "is started has them so");
	*ret_mask = mask | 1u << PCR_CAP;
	return 0;
}

static int
extend(uint16_t bank, uint8_t *value, const void *data, size_t n)
{
	const EVP_MD *md = bank == BANK_SHA384 ? EVP_sha384() : EVP_sha256();
	const size_t len = digest_len(bank);
	uint8_t b[2 * PCR_DIGEST_MAX];

	memcpy(b, value, len);
	return EVP_Digest(data, n, b + len, NULL, md, NULL) == 1 &&
	    EVP_Digest(b, 2 * len, value, NULL, md, NULL) == 1 ? 0 : -1;
}

/* What is in PCR 11 now came from this value, by the words of systemd-pcrphase. */
static int
phases_lead(uint16_t bank, const uint8_t *from, const uint8_t *now)
{
	static const char *const words[] = { "sysinit", "ready", "shutdown",
	    "final" };
	const size_t len = digest_len(bank);
	uint8_t v[PCR_DIGEST_MAX];
	size_t i;

	memcpy(v, from, len);
	for (i = 0; memcmp(v, now, len) != 0; i++)
		if (i == sizeof(words) / sizeof(words[0]) || extend(bank, v,
		    words[i], strlen(words[i])) == -1)
			return 0;
	return 1;
}

/* Only separators were extended, or nothing. */
static int
is_bare(uint16_t bank, const uint8_t *now)
{
	uint8_t v[PCR_DIGEST_MAX] = { 0 };
	const size_t len = digest_len(bank);

	return is_zero(now, len) || (extend(bank, v, "\0\0\0", 4) == 0 &&
	    memcmp(v, now, len) == 0);
}

/*
 * parse has read what the host wrote.  If it were taken over, it must not
 * have the secret sealed to another boot than this one, nor to less of it:
 * only an image for the next boot can move the registers that it makes.
 */
static int
believable(const struct options *o, const struct boot_ask *p, int next,
    uint32_t mask, const struct boot_ans *b)
{
	const size_t len = digest_len(p->bank);
	const uint8_t *now, *said;
	unsigned int i;
	int same;

	for (i = 0; i < LOG_PCRS; i++) {
		now = p->values + i * len;
		said = b->values + i * len;
		if ((mask >> i & 1) == 0) {
			if (o->pcrs == 0 && (PCRS_DEFAULT >> i & 1) != 0 &&
			    !is_bare(p->bank, now))
				return could_not("PCR %u tells something that "
				    "is not in the boot log: name PCRs with "
				    "--pcrs", i);
			continue;
		}
		if (i == PCR_CAP || (next && (PCRS_IMAGE >> i & 1) != 0))
			continue;
		same = i == PCR_STUB ? phases_lead(p->bank, said, now) :
		    memcmp(said, now, len) == 0;
		if (!same)
			return could_not("PCR %u is not what the boot log "
			    "was read to say", i);
	}
	return 0;
}

/* Without --bind: what it was bound to stays so, or it would be for less by a missing device. */
static enum bind
bind_of(const struct store *s)
{
	size_t i;

	if (s->o->bind != 0)
		return (enum bind)s->o->bind;
	for (i = 0; i < s->facts.ntokens; i++)
		if (s->facts.token[i].bind != BIND_TPM)
			return (enum bind)s->facts.token[i].bind;
	return derive_possible(s->o->tee) ? BIND_TPM_TEE : BIND_TPM;
}

int
target_find(struct store *s, const char *next, struct target *ret)
{
	struct boot_ask q = { .bank = s->o->bank };
	struct boot_ans b;
	struct pcrs_ans now;
	size_t len;

	memset(ret, 0, sizeof(*ret));
	ret->bind = bind_of(s);
	if (ret->bind == BIND_TEE)
		return 0;
	if (q.bank == 0)
		q.bank = BANK_SHA256;
	len = digest_len(q.bank);
	if (ask_pcrs(&s->kids, q.bank, PCRS_LOG, &now) == -1)
		return -1;
	if (now.values_len != LOG_PCRS * len)
		return could_not("the TPM has not all PCRs of this bank");
	q.values_len = now.values_len;
	memcpy(q.values, now.values, now.values_len);
	if (ask_values(s, &q, next, &b) == -1)
		return -1;
	if (b.values_len != now.values_len)
		return could_not("the boot log was read in another bank");
	if (choose(s->o, &b, &ret->seal.mask) == -1 || believable(s->o, &q,
	    next != NULL, ret->seal.mask, &b) == -1)
		return -1;
	ret->seal.bank = q.bank;
	ret->root_measured = b.root_measured;
	memset(b.values + PCR_CAP * len, 0, len);
	pick(&ret->seal, b.values, len);
	return 0;
}
