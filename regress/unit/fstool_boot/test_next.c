/*
 * fstool/boot_next.c: a forged boot and images to come.  What the stub will
 * measure is also asked of systemd-measure, where there is one.
 */
#include <openssl/evp.h>
#include <unistd.h>

#include "evidence/eventlog.h"
#include "fstool/boot.h"
#include "regress/unit/check.h"
#include "regress/unit/fstool_boot/forge.h"

#define MAGIC	"#### LoaderInfo: systemd-stub 252.39-1~deb12u2 ####"
#define NOW	"root=/dev/vda quiet"
#define NEXT	"ro roothash=" \
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define APP	EV_EFI_BOOT_APPLICATION
#define OPTIONS	"\xed\x22\x3b\x8f\4\0\0\0abc"
#define BIT(n)	(1u << (n))

static struct forge events, image, kernel;
static struct boot_ask ask;
static struct boot_ans ans;
static const struct span nothing;
/* .linux is filled in; names in the order of a table, not of the stub */
static struct forge_part parts[10];

static struct span
part_of(const char *name)
{
	int i;

	for (i = 0; parts[i].name != NULL; i++)
		if (strcmp(parts[i].name, name) == 0)
			return parts[i].bytes;
	return nothing;
}

static void
image_make(const char *magic, const char *extra, const char *cmdline)
{
	static const struct forge_part inner[] = {
		{ "text", { (const uint8_t *)"a kernel", 8 }, 0 }, { 0 }
	};
	int n = 0;

	forge_pe(&kernel, inner, 16);
	memset(parts, 0, sizeof(parts));
	parts[n++] = (struct forge_part){ ".sdmagic", span_str(magic), 0 };
	parts[n++] = (struct forge_part){ ".osrel", span_str("ID=x\n"), 0 };
	if (cmdline != NULL)
		parts[n++] = (struct forge_part){ ".cmdline",
		    span_str(cmdline), 0 };
	parts[n++] = (struct forge_part){ ".linux",
	    span_make(kernel.b, kernel.n), 0 };
	if (extra != NULL)
		parts[n++] = (struct forge_part){ extra, span_str("more"), 0 };
	forge_pe(&image, parts, 0);
}

static void
options_event(const char *line)
{
	uint8_t wide[512] = { 0 };
	size_t i;

	for (i = 0; line[i] != '\0'; i++)
		wide[2 * i] = (uint8_t)line[i];
	forge_event(&events, 9, EV_EVENT_TAG, span_make(wide, 2 * i + 2),
	    span_make(OPTIONS, sizeof(OPTIONS) - 1));
}

static void
part_event(const char *name)
{
	forge_event(&events, 11, EV_IPL, span_make(name, strlen(name) + 1),
	    nothing);
	forge_event(&events, 11, EV_IPL, span_str("content"), nothing);
}

/* As OVMF and the stub write it. */
static void
log_make(void)
{
	forge_log(&events);
	forge_event(&events, 7, EV_SEPARATOR, span_str("x"), nothing);
	forge_event(&events, 4, EV_EFI_ACTION, span_str("calling"), nothing);
	forge_event(&events, 4, EV_SEPARATOR, span_str("x"), nothing);
	forge_event(&events, 4, APP, span_str("a boot manager"), nothing);
	forge_event(&events, 4, APP, span_str("the old image"), nothing);
	part_event(".linux");
	part_event(".osrel");
	part_event(".cmdline");
	forge_event(&events, 4, APP, span_str("the old kernel"), nothing);
	options_event(NOW);
}

static void
extend(uint8_t v[32], const void *p, size_t n)
{
	uint8_t both[64];

	memcpy(both, v, 32);
	EVP_Digest(p, n, both + 32, NULL, EVP_sha256(), NULL);
	EVP_Digest(both, 64, v, NULL, EVP_sha256(), NULL);
}

static void
extend_digest(uint8_t v[32], const uint8_t d[32])
{
	uint8_t both[64];

	memcpy(both, v, 32);
	memcpy(both + 32, d, 32);
	EVP_Digest(both, 64, v, NULL, EVP_sha256(), NULL);
}

/* The values are as the log says, and some phases on. */
static void
predict(const char *const *phases)
{
	memset(&ask, 0, sizeof(ask));
	ask.bank = 0x000b;
	ask.values_len = LOG_PCRS * 32;
	boot_now(&ask, span_make(events.b, events.n), nothing, &ans);
	memcpy(ask.values, ans.values, sizeof(ask.values));
	for (; phases != NULL && *phases != NULL; phases++)
		extend(ask.values + 11 * 32, *phases, strlen(*phases));
	boot_next(&ask, span_make(events.b, events.n), span_str(NOW "\n"),
	    span_make(image.b, image.n), &ans);
}

static void
pcr11(uint8_t v[32])
{
	static const char *const order[] = { ".linux", ".osrel", ".cmdline",
	    ".initrd", ".splash", ".dtb", ".pcrpkey" };
	size_t i;

	memset(v, 0, 32);
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		const struct span s = part_of(order[i]);

		if (s.n == 0)
			continue;
		extend(v, order[i], strlen(order[i]) + 1);
		extend(v, s.p, s.n);
	}
}

static void
test_good(void)
{
	uint8_t v[32] = { 0 }, d[32], wide[512] = { 0 };
	size_t i;

	test_begin("another command line");
	log_make();
	image_make(MAGIC, NULL, NEXT);
	predict((const char *const []){ "sysinit", "ready", NULL });
	CHECK_STR(ans.why, "");
	CHECK_INT(ans.ok, 1);
	CHECK_INT(ans.unsure, 0);
	CHECK_INT(ans.carries, BIT(4) | BIT(9) | BIT(11));
	CHECK_INT(ans.root_measured, 1);
	extend(v, "calling", 7);
	extend(v, "x", 1);
	extend(v, "a boot manager", 14);
	forge_authenticode(&image, d);
	extend_digest(v, d);
	forge_authenticode(&kernel, d);
	extend_digest(v, d);
	CHECK_MEM(ans.values + 4 * 32, v, 32);
	CHECK_MEM(ans.values + 7 * 32, ask.values + 7 * 32, 32);
	for (i = 0; i < strlen(NEXT); i++)
		wide[2 * i] = (uint8_t)NEXT[i];
	memset(v, 0, 32);
	extend(v, wide, 2 * i + 2);
	CHECK_MEM(ans.values + 9 * 32, v, 32);
	pcr11(v);
	CHECK_MEM(ans.values + 11 * 32, v, 32);
	test_begin("a certificate changes nothing");
	forge_pe(&image, parts, 64);
	image.b[FORGE_CSUM] ^= 1;
	memcpy(v, ans.values + 4 * 32, 32);
	predict(NULL);
	CHECK_MEM(ans.values + 4 * 32, v, 32);
}

static void
test_initrd(void)
{
	static const char *const phases[] = { "enter-initrd", "leave-initrd",
	    "sysinit", NULL };
	uint8_t v[32];

	test_begin("an initrd as before: its phases");
	log_make();
	image_make(MAGIC, ".initrd", NEXT);
	predict(phases);
	CHECK_INT(ans.ok, 1);
	CHECK_INT(ans.unsure, BIT(9));
	pcr11(v);
	extend(v, "enter-initrd", 12);
	extend(v, "leave-initrd", 12);
	CHECK_MEM(ans.values + 11 * 32, v, 32);
	test_begin("an initrd that was not there");
	predict(NULL);
	CHECK_INT(ans.unsure, BIT(9) | BIT(11));
	test_begin("and one that is no more");
	image_make(MAGIC, NULL, NEXT);
	predict(phases);
	CHECK_INT(ans.unsure, BIT(11));
	test_begin("a key in the image goes into an initrd");
	image_make(MAGIC, ".pcrpkey", NEXT);
	predict(NULL);
	CHECK_INT(ans.unsure, BIT(9));
	pcr11(v);
	CHECK_MEM(ans.values + 11 * 32, v, 32);
}

static void
unsure(const char *what, uint32_t want)
{
	test_begin(what);
	predict(NULL);
	CHECK_STR(ans.why, "");
	CHECK_INT(ans.ok, 1);
	CHECK_INT(ans.unsure, want);
	log_make();
	image_make(MAGIC, NULL, NEXT);
}

static void
test_unsure(void)
{
	log_make();
	image_make("#### LoaderInfo: systemd-stub 2520 ####", NULL, NEXT);
	unsure("another stub", BIT(9) | BIT(11));
	image_make("#### LoaderInfo: systemd-stub 252", NULL, NEXT);
	unsure("a stub without version", BIT(9) | BIT(11));
	image_make(MAGIC, NULL, NULL);
	unsure("no command line", BIT(9));
	image_make(MAGIC, NULL, "a\n");
	unsure("a command line with a newline", BIT(9));
	options_event("another");
	unsure("a command line that is not this one", BIT(9));
	forge_event(&events, 9, EV_IPL, span_str("x"), nothing);
	unsure("GRUB's files", BIT(9));
	forge_event(&events, 8, EV_IPL, span_str("x"), nothing);
	unsure("GRUB's words", BIT(8));
	forge_event(&events, 12, EV_IPL, span_str("x"), nothing);
	unsure("a boot loader's command line", BIT(9) | BIT(12));
	forge_event(&events, 11, EV_EFI_ACTION, span_str("x"), nothing);
	unsure("PCR 11 has another's event", BIT(11));
	part_event(".linux");
	unsure("a stub of another order", BIT(11));
	forge_event(&events, 11, EV_IPL, span_make(".splash", 8), nothing);
	unsure("a name without content", BIT(11));
	forge_event(&events, 4, APP, span_str("x"), nothing);
	unsure("two kernels", BIT(4));
	parts[3].more = 1;
	forge_pe(&image, parts, 0);
	unsure("a kernel that the file lacks an end of", BIT(4));
	parts[3].bytes = span_str("no kernel");
	forge_pe(&image, parts, 0);
	unsure("a kernel that is no PE image", BIT(4));
	forge_log(&events);
	forge_event(&events, 4, APP, span_str("the old kernel"), nothing);
	unsure("a boot without stub", BIT(4) | BIT(11));
	log_make();
	predict(NULL);
	ask.values[4 * 32] ^= 1;
	test_begin("a value now that the log does not explain");
	boot_next(&ask, span_make(events.b, events.n), span_str(NOW "\n"),
	    span_make(image.b, image.n), &ans);
	CHECK_INT(ans.unsure, BIT(4));
}

static void
cannot(const char *what, const char *why)
{
	test_begin(what);
	predict(NULL);
	CHECK_INT(ans.ok, 0);
	CHECK_STR(ans.why, why);
	log_make();
	image_make(MAGIC, NULL, NEXT);
}

static void
test_cannot(void)
{
	log_make();
	image_make(MAGIC, ".linux", NEXT);
	cannot("two kernels in it", "the kernel image has two sections that "
	    "may be its .linux");
	image_make(MAGIC, ".dtbauto", NEXT);
	cannot("a longer name", "the kernel image has two sections that may "
	    "be its .dtb");
	parts[3].name = ".kernel";
	forge_pe(&image, parts, 0);
	cannot("a plain image", "not a unified kernel image: it has no "
	    "section .linux");
	parts[1].more = KERNEL_IMAGE_MAX;
	forge_pe(&image, parts, 0);
	cannot("a part as large as a disk", "the parts of the kernel image "
	    "are larger than it is");
	image.n = 0;
	cannot("nothing", "the kernel image: no PE image");
	events.n = 0;
	cannot("no log", "the boot log: the log is empty, or longer than any "
	    "firmware writes");
	forge_log(&events);
	forge_event(&events, 4, EV_SEPARATOR, span_str("x"), nothing);
	cannot("a log of no image", "the boot log tells of no kernel image "
	    "that firmware started");
}

static void
file_write(const char *dir, const char *name, struct span s)
{
	char path[128];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (CHECK((out = fopen(path, "w")) != NULL)) {
		CHECK_INT(fwrite(s.p, 1, s.n, out), s.n);
		fclose(out);
	}
}

/* "11:sha256=HEX" */
static void
test_oracle(void)
{
	char dir[] = "/tmp/measure.XXXXXX", command[512], line[256], hex[65];
	FILE *in;

	test_begin("systemd-measure says the same of PCR 11");
	log_make();
	image_make(MAGIC, NULL, NEXT);
	predict(NULL);
	CHECK_OK(hex_encode(span_make(ans.values + 11 * 32, 32), hex,
	    sizeof(hex)));
	if (!CHECK(mkdtemp(dir) != NULL))
		return;
	file_write(dir, "linux", part_of(".linux"));
	file_write(dir, "osrel", part_of(".osrel"));
	file_write(dir, "cmdline", part_of(".cmdline"));
	snprintf(command, sizeof(command), "cd %s && /lib/systemd/systemd-measure "
	    "calculate --bank=sha256 --phase=: --linux=linux --osrel=osrel "
	    "--cmdline=cmdline 2>&1; rm -rf %s", dir, dir);
	if (!CHECK((in = popen(command, "r")) != NULL))
		return;
	line[0] = '\0';
	while (fgets(line, sizeof(line), in) != NULL &&
	    strncmp(line, "11:sha256=", 10) != 0)
		;
	pclose(in);
	line[strcspn(line, "\n")] = '\0';
	CHECK_STR(line + (strlen(line) < 10 ? 0 : 10), hex);
}

int
main(void)
{
	test_good();
	test_initrd();
	test_unsure();
	test_cannot();
	if (access("/lib/systemd/systemd-measure", X_OK) == -1)
		test_skip("no systemd-measure; all else passed");
	test_oracle();
	return test_end();
}
