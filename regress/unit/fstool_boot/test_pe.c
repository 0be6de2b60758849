/* fstool/pe.c: each rule of the format is broken once. */
#include "fstool/pe.h"
#include "regress/unit/check.h"
#include "regress/unit/fstool_boot/forge.h"

static struct forge f;
static struct pe pe;

static void
good(void)
{
	static const struct forge_part parts[] = {
		{ ".text", { (const uint8_t *)"code", 4 }, 0 },
		{ ".empty", { NULL, 0 }, 4 },
		{ ".data", { (const uint8_t *)"more", 4 }, 0 },
		{ 0 }
	};

	forge_pe(&f, parts, 24);
}

static void
patched(const char *what, size_t at, uint32_t v, size_t n, const char *want)
{
	const char *why = "";
	size_t i;

	test_begin(what);
	good();
	for (i = 0; i < n; i++, v >>= 8)
		f.b[at + i] = (uint8_t)v;
	CHECK_FAIL(pe_open(span_make(f.b, f.n), &pe, &why));
	CHECK_STR(why, want);
}

static void
test_good(void)
{
	const struct pe_section *s;
	uint8_t a[DIGEST_MAX], b[32];
	const char *why;

	test_begin("an image with certificates");
	good();
	if (!CHECK_OK(pe_open(span_make(f.b, f.n), &pe, &why)))
		return;
	CHECK_INT(pe.nsections, 3);
	CHECK_INT(pe.cert_len, 24);
	CHECK_OK(pe_authenticode(&pe, DIGEST_SHA256, a));
	forge_authenticode(&f, b);
	CHECK_MEM(a, b, 32);
	test_begin("its sections");
	CHECK_INT(pe_find(&pe, ".text", &s), PE_ONE);
	CHECK_INT(s->size, 4);
	CHECK_INT(pe_find(&pe, ".empty", &s), PE_ONE);
	CHECK_INT(s->raw.n, 0);
	CHECK_INT(pe_find(&pe, ".none", &s), PE_NONE);
	CHECK_INT(pe_find(&pe, ".dat", &s), PE_DOUBTFUL);
	test_begin("what is changed behind the sections is seen");
	f.b[f.n - 25] ^= 1;
	CHECK_OK(pe_authenticode(&pe, DIGEST_SHA256, b));
	CHECK(memcmp(a, b, 32) != 0);
	test_begin("and certificates and checksum are not");
	f.b[f.n - 25] ^= 1;
	f.b[f.n - 1] ^= 1;
	f.b[FORGE_CSUM + 3] ^= 1;
	f.b[FORGE_CERT + 3] ^= 1;
	CHECK_OK(pe_authenticode(&pe, DIGEST_SHA256, b));
	CHECK_MEM(a, b, 32);
}

static void
test_order(void)
{
	uint8_t a[DIGEST_MAX], b[32], t[8];
	const char *why;

	test_begin("hashed by place, not as the table has them");
	good();
	memcpy(t, f.b + FORGE_TABLE + 16, 8);
	memcpy(f.b + FORGE_TABLE + 16, f.b + FORGE_TABLE + 96, 8);
	memcpy(f.b + FORGE_TABLE + 96, t, 8);
	if (!CHECK_OK(pe_open(span_make(f.b, f.n), &pe, &why)))
		return;
	CHECK_OK(pe_authenticode(&pe, DIGEST_SHA256, a));
	forge_authenticode(&f, b);
	CHECK_MEM(a, b, 32);
	test_begin("without an entry for certificates");
	good();
	f.n -= 24;
	memset(f.b + FORGE_CERT, 0, 8);
	f.b[FORGE_OPT + 108] = 4;
	if (!CHECK_OK(pe_open(span_make(f.b, f.n), &pe, &why)))
		return;
	CHECK_INT(pe.cert_entry, 0);
	CHECK_OK(pe_authenticode(&pe, DIGEST_SHA384, a));
}

static void
test_bad(void)
{
	size_t n, cut;
	const char *why;

	patched("no MZ", 0, 'X', 1, "no PE image");
	patched("no PE", FORGE_PE, 'X', 1, "no PE image");
	patched("PE behind the end", 0x3c, 0xffffffff, 4, "no PE image");
	patched("a ROM image", FORGE_OPT, 0x107, 2,
	    "an image that is neither PE32 nor PE32+");
	patched("an optional header of no length", FORGE_PE + 20, 10, 2,
	    "the optional header of the image is too short");
	patched("an optional header up to the end", FORGE_PE + 20, 0xffff, 2,
	    "the headers of the image are cut off");
	patched("many directories", FORGE_OPT + 108, 17, 4,
	    "the data directories of the image do not fit");
	patched("four billion of them", FORGE_OPT + 108, 0xffffffff, 4,
	    "the data directories of the image do not fit");
	patched("headers that end in the table", FORGE_OPT + 60,
	    FORGE_TABLE + 119, 4, "the headers of the image have a wrong "
	    "length");
	patched("headers behind the end", FORGE_OPT + 60, 0x7fffffff, 4,
	    "the headers of the image have a wrong length");
	patched("certificates that are not at the end", FORGE_CERT + 4, 23, 4,
	    "the certificates of the image are not at its end");
	patched("certificates of four billion bytes", FORGE_CERT + 4,
	    0xffffffff, 4, "the certificates of the image are not at its end");
	patched("97 sections, in headers that hold so many", FORGE_PE + 6, 97,
	    2, "the headers of the image have a wrong length");
	patched("a section in the headers", FORGE_TABLE + 20, 0x100, 4,
	    "a section of the image lies outside of it");
	patched("a section behind the end", FORGE_TABLE + 20, 0xffffff00, 4,
	    "a section of the image lies outside of it");
	patched("a section of four billion bytes", FORGE_TABLE + 16,
	    0xffffffff, 4, "a section of the image lies outside of it");
	patched("a section in the certificates", FORGE_TABLE + 80 + 16, 520, 4,
	    "a section of the image lies outside of it");
	patched("two sections overlap", FORGE_TABLE + 16, 513, 4,
	    "two sections of the image overlap");
	test_begin("97 sections");
	good();
	f.b[FORGE_PE + 6] = 97;
	f.b[FORGE_OPT + 61] = 0x14;
	f.n = 0x1400;
	memset(f.b + FORGE_CERT, 0, 8);
	CHECK_FAIL(pe_open(span_make(f.b, f.n), &pe, &why));
	CHECK_STR(why, "more sections than an image can have");
	test_begin("cut off anywhere");
	good();
	cut = f.n;
	for (n = 0; n < cut; n++)
		CHECK_FAIL(pe_open(span_make(f.b, n), &pe, &why));
}

int
main(void)
{
	test_good();
	test_order();
	test_bad();
	return test_end();
}
