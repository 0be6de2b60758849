/* fstool/boot.c, boot_cmdline.c: logs of a virtual machine, and forged ones. */
#include <openssl/evp.h>

#include "evidence/eventlog.h"
#include "fstool/boot.h"
#include "regress/unit/check.h"
#include "regress/unit/fstool_boot/forge.h"

#define DIR	"regress/unit/fstool_boot/"

static struct forge f;
static struct boot_ask ask;
static struct boot_ans ans;
static const struct span nothing;

static struct span
file_read(const char *path, uint8_t *buf, size_t cap)
{
	FILE *in = fopen(path, "rb");
	size_t n = 0;

	if (CHECK(in != NULL)) {
		n = fread(buf, 1, cap, in);
		fclose(in);
	}
	return span_make(buf, n);
}

static void
pcrs_read(const char *path)
{
	FILE *in = fopen(path, "r");
	char hex[80];
	unsigned int i;

	memset(&ask, 0, sizeof(ask));
	ask.bank = 0x000b;
	ask.values_len = LOG_PCRS * 32;
	if (!CHECK(in != NULL))
		return;
	while (fscanf(in, "%u %79s", &i, hex) == 2)
		CHECK_OK(hex_decode_exact(span_str(hex), ask.values + 32 * i,
		    32));
	fclose(in);
}

static void
extend(uint8_t v[32], const char *word)
{
	uint8_t both[64];

	memcpy(both, v, 32);
	EVP_Digest(word, strlen(word), both + 32, NULL, EVP_sha256(), NULL);
	EVP_Digest(both, 64, v, NULL, EVP_sha256(), NULL);
}

static void
test_real(const char *name)
{
	static uint8_t log[FORGE_MAX];
	uint8_t v[32];
	char path[128];
	struct span raw;

	test_begin(name);
	snprintf(path, sizeof(path), DIR "%s.log", name);
	raw = file_read(path, log, sizeof(log));
	snprintf(path, sizeof(path), DIR "%s.pcrs", name);
	pcrs_read(path);
	boot_now(&ask, raw, span_str("root=/dev/nvme0n1"), &ans);
	CHECK_STR(ans.why, "");
	CHECK_INT(ans.ok, 1);
	/* IMA extends 10, and is not in the log */
	CHECK_INT(ans.unsure, 1 << 10);
	CHECK_INT(ans.carries, 1 << 0 | 1 << 1 | 1 << 4 | 1 << 5 | 1 << 7 |
	    1 << 9 | 1 << 11);
	CHECK_INT(ans.root_measured, 0);
	CHECK_INT(ans.values_len, 512);
	CHECK_MEM(ans.values, ask.values, 10 * 32);
	/* the machine has no initrd and was ready */
	memcpy(v, ans.values + 11 * 32, 32);
	extend(v, "sysinit");
	extend(v, "ready");
	CHECK_MEM(v, ask.values + 11 * 32, 32);
	test_begin("a value that the log does not explain");
	ask.values[4 * 32] ^= 1;
	ask.values[11 * 32] ^= 1;
	boot_now(&ask, raw, nothing, &ans);
	CHECK_INT(ans.unsure, 1 << 4 | 1 << 10 | 1 << 11);
	test_begin("a log without this bank");
	ask.bank = 0x000c;
	ask.values_len = LOG_PCRS * 48;
	boot_now(&ask, raw, nothing, &ans);
	CHECK_INT(ans.ok, 0);
	CHECK_STR(ans.why, "the boot log has no digests of the bank sha384");
}

/* PCR 11 now: what the stub measured and these phases; want: before sysinit. */
static void
phases(const char *const *words, int nwant, int known)
{
	uint8_t now[32] = { 0 }, want[32] = { 0 };
	int i;

	forge_log(&f);
	forge_event(&f, 11, EV_IPL, span_str("the stub"), nothing);
	memset(&ask, 0, sizeof(ask));
	ask.bank = 0x000b;
	ask.values_len = LOG_PCRS * 32;
	extend(now, "the stub");
	memcpy(want, now, 32);
	for (i = 0; words[i] != NULL; i++) {
		extend(now, words[i]);
		if (i < nwant)
			extend(want, words[i]);
	}
	memcpy(ask.values + 11 * 32, now, 32);
	boot_now(&ask, span_make(f.b, f.n), nothing, &ans);
	CHECK_INT(ans.ok, 1);
	CHECK_INT(ans.unsure, known ? 0 : 1 << 11);
	CHECK_MEM(ans.values + 11 * 32, want, 32);
}

#define PHASES(n, known, ...)	\
	phases((const char *const []){ __VA_ARGS__ __VA_OPT__(,) NULL }, n, known)

static void
test_phases(void)
{
	test_begin("phases: none yet");
	PHASES(0, 1);
	test_begin("phases: a system without initrd");
	PHASES(0, 1, "sysinit");
	PHASES(0, 1, "sysinit", "ready");
	PHASES(0, 1, "sysinit", "ready", "shutdown");
	PHASES(0, 1, "sysinit", "ready", "shutdown", "final");
	test_begin("phases: in the initrd");
	PHASES(1, 1, "enter-initrd");
	test_begin("phases: behind an initrd");
	PHASES(2, 1, "enter-initrd", "leave-initrd");
	PHASES(2, 1, "enter-initrd", "leave-initrd", "sysinit");
	PHASES(2, 1, "enter-initrd", "leave-initrd", "sysinit", "ready",
	    "shutdown", "final");
	test_begin("phases: in no order that there is");
	PHASES(0, 0, "ready");
	PHASES(0, 0, "leave-initrd");
	PHASES(0, 0, "enter-initrd", "sysinit");
	PHASES(0, 0, "sysinit", "enter-initrd");
	PHASES(0, 0, "sysinit", "ready", "shutdown", "final", "final");
	PHASES(0, 0, "somebody");
}

static void
refused(struct span log, const char *why)
{
	memset(&ans, 0xff, sizeof(ans));
	boot_now(&ask, log, nothing, &ans);
	CHECK_INT(ans.ok, 0);
	if (strstr(ans.why, why) == NULL)
		CHECK_STR(ans.why, why);
}

static void
test_logs(void)
{
	static const uint8_t zero[32];
	size_t n;

	memset(&ask, 0, sizeof(ask));
	ask.bank = 0x000b;
	ask.values_len = LOG_PCRS * 32;
	test_begin("no log: as it is now, and unsure");
	memset(ask.values + 7 * 32, 7, 32);
	memset(ask.values + 15 * 32, 15, 32);
	boot_now(&ask, nothing, nothing, &ans);
	CHECK_INT(ans.ok, 1);
	CHECK_INT(ans.carries, 0);
	CHECK_INT(ans.unsure, 1 << 7);
	CHECK_MEM(ans.values + 7 * 32, ask.values + 7 * 32, 32);
	CHECK_MEM(ans.values + 15 * 32, zero, 32);
	test_begin("PCR 15 is zero at boot, whatever it is now");
	forge_log(&f);
	forge_event(&f, 7, EV_SEPARATOR, span_make(zero, 4), span_make(zero, 4));
	boot_now(&ask, span_make(f.b, f.n), nothing, &ans);
	CHECK_INT(ans.unsure, 1 << 7);
	CHECK_INT(ans.carries, 0);	/* separators only */
	CHECK_MEM(ans.values + 15 * 32, zero, 32);
	test_begin("a log that tells of PCR 15");
	forge_event(&f, 15, EV_IPL, span_str("x"), nothing);
	boot_now(&ask, span_make(f.b, f.n), nothing, &ans);
	CHECK_INT(ans.unsure, 1 << 7 | 1 << 15);
	CHECK_INT(ans.carries, 1 << 15);
	test_begin("the other bank");
	ask.bank = 0x000c;
	ask.values_len = LOG_PCRS * 48;
	boot_now(&ask, span_make(f.b, f.n), nothing, &ans);
	CHECK_INT(ans.ok, 1);
	CHECK_INT(ans.values_len, LOG_PCRS * 48);
	test_begin("a log that breaks off");
	ask.bank = 0x000b;
	ask.values_len = LOG_PCRS * 32;
	refused(span_make(f.b, f.n - 1), "");
	for (n = 1; n < f.n; n++)
		boot_now(&ask, span_make(f.b, n), nothing, &ans);
	refused(span_str("what"), "the boot log: ");
	test_begin("an event of no register");
	forge_event(&f, 24, EV_IPL, span_str("x"), nothing);
	refused(span_make(f.b, f.n), "breaks at its event 2: the event is for "
	    "a register");
	test_begin("a log of SHA-1 alone");
	memset(f.b, 0, 64);
	refused(span_make(f.b, 64), "no digests of the bank sha256");
}

#define H32	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define H31	"00112233445566778899aabbccddeeff00112233445566778899aabbccddee"

static const struct {
	const char	*line;
	int		 measured;
} lines[] = {
	{ "roothash=" H32, 1 },
	{ "quiet usrhash=" H32 " rw\n", 1 },
	{ "systemd.verity_root_hash=" H32, 1 },
	{ "verity.roothash=" H32, 1 },
	{ "a\troothash=" H32 "\n", 1 },
	{ "roothash=" H32 H32, 1 },
	{ "roothash=" H32 " root=/dev/mapper/root", 1 },
	{ "roothash=" H32 " systemd.verity=1", 1 },
	{ "title=\"a b\" roothash=" H32, 1 },
	{ "", 0 },
	{ "roothash=", 0 },
	{ "roothash=" H31, 0 },
	{ "roothash=" H32 "0", 0 },
	{ "roothash=" H31 "xx", 0 },
	{ "roothash=" H32 H32 "00", 0 },
	{ "xroothash=" H32, 0 },
	{ "roothash = " H32, 0 },
	{ "\"roothash=" H32 "\"", 0 },
	{ "roothash=\"" H32 "\"", 0 },
	{ "x=\"y roothash=" H32 "\"", 0 },
	{ "x=\"y roothash=" H32, 0 },
	{ "-- roothash=" H32, 0 },
	{ "roothash=" H32 " roothash=none", 0 },
	{ "roothash=" H32 " root=/dev/sda1", 0 },
	{ "root=/dev/sda1 roothash=" H32, 0 },
	{ "roothash=" H32 " \"root=/dev/sda1\"", 0 },
	{ "roothash=" H32 " systemd.verity=0", 0 },
	{ "roothash=" H32 " rd.systemd.verity=no", 0 },
};

static void
test_lines(void)
{
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		test_begin(lines[i].line);
		CHECK_INT(boot_root_measured(span_str(lines[i].line)),
		    lines[i].measured);
	}
	test_begin("a NUL");
	CHECK_INT(boot_root_measured(span_make("roothash=" H32 " \0x",
	    sizeof("roothash=" H32 " \0x") - 1)), 0);
	test_begin("none at all");
	CHECK_INT(boot_root_measured(nothing), 0);
	test_begin("it is asked");
	boot_now(&ask, nothing, span_str(lines[0].line), &ans);
	CHECK_INT(ans.root_measured, 1);
}

int
main(void)
{
	test_real("uki-boot");
	test_real("uki-other");
	test_phases();
	test_logs();
	test_lines();
	return test_end();
}
