#include <sys/mman.h>

#include <ctype.h>
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "fstool/limits.h"
#include "fstool/options_value.h"
#include "fstool/why.h"

#define ALG_SHA256	0x000b	/* TPM_ALG_ID */
#define ALG_SHA384	0x000c

#define SIZE_LARGEST	((uint64_t)INT64_MAX)	/* off_t */

/* Digits at *p, and past them; -1 when there are none, or too many. */
static int
number_read(const char **p, uint64_t max, uint64_t *ret_v)
{
	uint64_t v = 0, digit;

	if (!isdigit((unsigned char)**p))
		return -1;
	for (; isdigit((unsigned char)**p); (*p)++) {
		digit = (uint64_t)(**p - '0');
		if (v > (max - digit) / 10)
			return -1;
		v = v * 10 + digit;
	}
	*ret_v = v;
	return 0;
}

/* "", "K", "KiB" or "KB", and so on up to T: what one of it is. */
static int
unit_read(const char *s, uint64_t *ret_unit)
{
	static const char letters[] = "KMGT";
	const char *l;
	uint64_t base = 1024, unit = 1;

	*ret_unit = 1;
	if (*s == '\0')
		return 0;
	if ((l = strchr(letters, toupper((unsigned char)*s))) == NULL)
		return -1;
	if (strcasecmp(s + 1, "b") == 0)
		base = 1000;
	else if (s[1] != '\0' && strcasecmp(s + 1, "ib") != 0)
		return -1;
	for (; l >= letters; l--)
		unit *= base;
	*ret_unit = unit;
	return 0;
}

int
size_read(const char *text, uint64_t *ret_size)
{
	const char *p = text;
	uint64_t v, unit;

	if (!isdigit((unsigned char)*p)) {
		warnx("--size %s: not a size, for example 512M or 10G", text);
		return -1;
	}
	if (number_read(&p, SIZE_LARGEST, &v) == -1) {
		warnx("--size %s: too large", text);
		return -1;
	}
	if (unit_read(p, &unit) == -1) {
		warnx("--size %s: not a size: after the number there may be K, "
		    "M, G or T, with iB for 1024, B for 1000", text);
		return -1;
	}
	if (v > SIZE_LARGEST / unit) {
		warnx("--size %s: too large", text);
		return -1;
	}
	v = v * unit / SIZE_UNIT * SIZE_UNIT;
	if (v < SIZE_MIN) {
		warnx("--size %s: too small: a file system with its journal "
		    "needs %lluM at least", text, SIZE_MIN >> 20);
		return -1;
	}
	*ret_size = v;
	return 0;
}

/* Why a PCR is no good for sealing; NULL when it is. */
static const char *
pcr_refused(unsigned int n)
{
	switch (n) {
	case 10:
		return "IMA extends it with each new file, it has no value to "
		    "come back to";
	case 16:
	case 23:
		return "whoever has the TPM can reset it and extend it to any "
		    "value";
	default:
		return NULL;
	}
}

static int
mask_check(const char *text, uint32_t mask)
{
	const uint32_t others = mask & ~(1u << PCR_CAP);

	if (others == 0) {
		warnx("--pcrs %s: PCR 15 says only that nothing was opened "
		    "yet: add those that tell what was booted", text);
		return -1;
	}
	if (others == 1u << 7) {
		warnx("--pcrs %s: PCR 7 alone is the same for everything that "
		    "the same Secure Boot keys have signed: add 4, 9 or 11",
		    text);
		return -1;
	}
	return 0;
}

int
pcrs_read(const char *text, uint32_t *ret_mask)
{
	const char *p = text, *why;
	uint32_t mask = 1u << PCR_CAP;
	uint64_t n;

	for (;; p++) {
		if (number_read(&p, PCR_COUNT - 1, &n) == -1 ||
		    (*p != '\0' && *p != ',' && *p != '+')) {
			warnx("--pcrs %s: not a list of 0 to 23, for example "
			    "4,7,9", text);
			return -1;
		}
		if ((why = pcr_refused((unsigned int)n)) != NULL) {
			warnx("--pcrs %s: not PCR %u: %s", text,
			    (unsigned int)n, why);
			return -1;
		}
		mask |= 1u << n;
		if (*p == '\0')
			break;
	}
	if (mask_check(text, mask) == -1)
		return -1;
	*ret_mask = mask;
	return 0;
}

int
bank_read(const char *text, uint16_t *ret_bank)
{
	if (strcmp(text, "sha256") == 0)
		*ret_bank = ALG_SHA256;
	else if (strcmp(text, "sha384") == 0)
		*ret_bank = ALG_SHA384;
	else {
		warnx("--bank %s: there are sha256 and sha384", text);
		return -1;
	}
	return 0;
}

int
bind_read(const char *text, uint8_t *ret_bind)
{
	if (strcmp(text, "tpm") == 0)
		*ret_bind = BIND_TPM;
	else if (strcmp(text, "tee") == 0)
		*ret_bind = BIND_TEE;
	else if (strcmp(text, "tpm+tee") == 0)
		*ret_bind = BIND_TPM_TEE;
	else {
		warnx("--bind %s: there are tpm, tee and tpm+tee", text);
		return -1;
	}
	return 0;
}

static int
password_hide(const char *value, size_t n, const char **ret_how)
{
	static char how[16];
	int fd;

	if (n == 0) {
		warnx("--password: an empty one protects nothing");
		return -1;
	}
	if (n > PASS_MAX) {
		warnx("--password: longer than %u bytes", PASS_MAX);
		return -1;
	}
	fd = memfd_create("password", MFD_CLOEXEC);
	if (fd == -1 || write(fd, value, n) != (ssize_t)n ||
	    lseek(fd, 0, SEEK_SET) == -1) {
		warn("--password: memfd");
		if (fd != -1)
			close(fd);
		return -1;
	}
	notice("a password on the command line can be read by every user of "
	    "this machine while it stands there, and stays in the shell's "
	    "history: use --password - or the prompt");
	snprintf(how, sizeof(how), "fd:%d", fd);
	*ret_how = how;
	return 0;
}

int
password_take(char *arg, const char **ret_how)
{
	const size_t n = strlen(arg);
	const char *p = arg + 3;
	uint64_t fd;
	int rc;

	if (strcmp(arg, "-") == 0 || strncmp(arg, "file:", 5) == 0) {
		*ret_how = arg;
		return 0;
	}
	if (strncmp(arg, "fd:", 3) == 0 &&
	    number_read(&p, INT_MAX, &fd) == 0 && *p == '\0') {
		*ret_how = arg;
		return 0;
	}
	/* not taken for a password: it is more likely a slip */
	if (strncmp(arg, "fd:", 3) == 0) {
		warnx("--password fd:N: N is no number; a password that "
		    "begins so is given through -");
		rc = -1;
	} else
		rc = password_hide(arg, n, ret_how);
	explicit_bzero(arg, n);
	return rc;
}
