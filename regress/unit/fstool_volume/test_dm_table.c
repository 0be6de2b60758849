/* fstool/dm_table.c: each word of a table is changed once. */
#include <sys/sysmacros.h>

#include "fstool/dm_table.h"
#include "fstool/why.h"
#include "regress/unit/check.h"

#define UUID	"11111111-2222-3333-4444-555555555555"
#define KEY64	":64:logon:cryptsetup:" UUID "-d0"
#define KEY96	":96:logon:cryptsetup:" UUID "-d0"
#define AEAD	"capi:authenc(hmac(sha256),xts(aes))-plain64"

static const struct header_facts plain = { .uuid = UUID, .sector_size = 512,
    .key_size = 64 };
static const struct header_facts large = { .uuid = UUID, .sector_size = 4096,
    .key_size = 64 };
static const struct header_facts tagged = { .uuid = UUID, .integrity = 1,
    .sector_size = 4096, .key_size = 96 };
static const struct header_facts tagged512 = { .uuid = UUID, .integrity = 1,
    .sector_size = 512, .key_size = 96 };

static void
crypt_good(const struct header_facts *f, const char *text)
{
	why_clear();
	CHECK_OK(dm_table_crypt(text, f, makedev(7, 3)));
	CHECK_STR(why_text(), "");
}

static void
said(const char *why)
{
	CHECK_INT(why_status(), 3);
	if (strstr(why_text(), why) == NULL)
		CHECK_STR(why_text(), why);
}

static void
crypt_bad(const struct header_facts *f, const char *text, const char *why)
{
	why_clear();
	test_begin(text);
	if (CHECK_FAIL(dm_table_crypt(text, f, makedev(7, 3))))
		said(why);
}

static void
integrity_bad(const char *text, const char *why)
{
	why_clear();
	test_begin(text);
	if (CHECK_FAIL(dm_table_integrity(text, &tagged, makedev(7, 3))))
		said(why);
}

static void
test_crypt_good(void)
{
	char text[512] = "aes-xts-plain64 ";

	test_begin("crypt");
	crypt_good(&plain, "aes-xts-plain64 " KEY64 " 0 7:3 0");
	crypt_good(&large, "aes-xts-plain64 " KEY64 " 0 7:3 0 1 sector_size:4096");
	crypt_good(&tagged, AEAD " " KEY96 " 0 7:3 0 2 integrity:32:aead "
	    "sector_size:4096");
	crypt_good(&tagged512, AEAD " " KEY96 " 0 7:3 0 1 integrity:32:aead");
	test_begin("a kernel without keyrings");
	memset(text + 16, 'a', 128);
	strcpy(text + 144, " 0 7:3 0");
	crypt_good(&plain, text);
	strcpy(text + 143, " 0 7:3 0");
	crypt_bad(&plain, text, "key");
}

static void
test_crypt_bad(void)
{
	crypt_bad(&plain, "", "cipher");
	crypt_bad(&plain, "aes-cbc-plain64 " KEY64 " 0 7:3 0", "cipher");
	crypt_bad(&plain, "cipher_null-ecb - 0 7:3 0", "cipher");
	crypt_bad(&plain, "aes-xts-plain64  " KEY64 " 0 7:3 0", "key");
	crypt_bad(&plain, "aes-xts-plain64 - 0 7:3 0", "key");
	crypt_bad(&plain, "aes-xts-plain64 " KEY96 " 0 7:3 0", "key");
	crypt_bad(&plain, "aes-xts-plain64 :64:user:cryptsetup:" UUID
	    "-d0 0 7:3 0", "key");
	crypt_bad(&plain, "aes-xts-plain64 :64:logon:cryptsetup:" UUID
	    "-d1 0 7:3 0", "key");
	crypt_bad(&plain, "aes-xts-plain64 " KEY64 " 8 7:3 0", "IV offset");
	crypt_bad(&plain, "aes-xts-plain64 " KEY64 " 0 7:4 0", "device below");
	crypt_bad(&plain, "aes-xts-plain64 " KEY64 " 0 7:33 0",
	    "device below");
	crypt_bad(&plain, "aes-xts-plain64 " KEY64 " 0 7:3 8", "offset");
	crypt_bad(&plain, "aes-xts-plain64 " KEY64 " 0 7:3", "offset");
	crypt_bad(&plain, "aes-xts-plain64 " KEY64 " 0 7:3 0 ", "offset");
	crypt_bad(&plain, "aes-xts-plain64 " KEY64 " 0 7:3 0 1 "
	    "allow_discards", "options");
	crypt_bad(&plain, "aes-xts-plain64 " KEY64 " 0 7:3 0 1 "
	    "sector_size:4096", "options");
	crypt_bad(&large, "aes-xts-plain64 " KEY64 " 0 7:3 0", "options");
	crypt_bad(&large, "aes-xts-plain64 " KEY64 " 0 7:3 0 2 "
	    "sector_size:4096 iv_large_sectors", "options");
	crypt_bad(&tagged, "aes-xts-plain64 " KEY64 " 0 7:3 0 1 "
	    "sector_size:4096", "cipher");
	crypt_bad(&tagged, AEAD " " KEY96 " 0 7:3 0 2 integrity:32:none "
	    "sector_size:4096", "options");
	crypt_bad(&tagged, AEAD " " KEY96 " 0 7:3 0 1 sector_size:4096",
	    "options");
}

static void
test_below(void)
{
	dev_t dev = 0;

	test_begin("the device below");
	why_clear();
	CHECK_OK(dm_table_below("a b 0 253:17 0", &dev));
	CHECK_INT(dev, makedev(253, 17));
	CHECK_FAIL(dm_table_below("a b 0", &dev));
	CHECK_FAIL(dm_table_below("a b 0 253 0", &dev));
	CHECK_FAIL(dm_table_below("a b 0 253: 0", &dev));
	CHECK_FAIL(dm_table_below("a b 0 :17 0", &dev));
	CHECK_FAIL(dm_table_below("a b 0 253:+7 0", &dev));
	CHECK_FAIL(dm_table_below("a b 0 99999:1 0", &dev));
	CHECK_INT(dev, makedev(253, 17));
}

#define OPTIONS	"block_size:4096 journal_sectors:16 interleave_sectors:32768 "
#define REST	"buffer_sectors:128 journal_watermark:50 commit_time:10000"

static void
test_integrity(void)
{
	test_begin("integrity");
	why_clear();
	CHECK_OK(dm_table_integrity("7:3 0 32 J 6 " OPTIONS REST, &tagged,
	    makedev(7, 3)));
	CHECK_OK(dm_table_integrity("7:3 0 32 J 7 " OPTIONS REST
	    " fix_padding", &tagged, makedev(7, 3)));
	CHECK_OK(dm_table_integrity("7:3 0 32 J 1 journal_sectors:8",
	    &tagged512, makedev(7, 3)));
	CHECK_STR(why_text(), "");
	integrity_bad("7:4 0 32 J 6 " OPTIONS REST, "the device below");
	integrity_bad("7:3 8 32 J 6 " OPTIONS REST, "offset");
	integrity_bad("7:3 0 4 J 6 " OPTIONS REST, "length of a tag");
	integrity_bad("7:3 0 32 D 6 " OPTIONS REST, "without a journal");
	integrity_bad("7:3 0 32 R 6 " OPTIONS REST, "without a journal");
	integrity_bad("7:3 0 32 J 7 " OPTIONS REST, "options");
	integrity_bad("7:3 0 32 J 5 " OPTIONS REST, "options");
	integrity_bad("7:3 0 32 J 99 " OPTIONS REST, "options");
	integrity_bad("7:3 0 32 J 5 journal_sectors:16 interleave_sectors:1 "
	    REST, "options");
	integrity_bad("7:3 0 32 J 1 block_size:512", "options");
	integrity_bad("7:3 0 32 J 7 " OPTIONS REST " recalculate", "options");
	integrity_bad("7:3 0 32 J 7 " OPTIONS REST " allow_discards",
	    "options");
	integrity_bad("7:3 0 32 J 7 " OPTIONS REST " internal_hash:crc32c",
	    "options");
	integrity_bad("7:3 0 32 J 7 " OPTIONS REST " meta_device:7:4",
	    "options");
	integrity_bad("7:3 0 32 J 7 " OPTIONS REST " commit_time:1",
	    "options");
	integrity_bad("7:3 0 32 J 2 block_size:4096 commit_time:-1",
	    "options");
}

static void
test_uuid(void)
{
	test_begin("UUID");
	why_clear();
	CHECK_OK(dm_table_uuid("CRYPT-LUKS2-11111111222233334444555555555555-a",
	    "LUKS2", UUID, "a"));
	CHECK_STR(why_text(), "");
	CHECK_FAIL(dm_table_uuid("CRYPT-LUKS2-"
	    "11111111222233334444555555555555-b", "LUKS2", UUID, "a"));
	said("UUID");
	why_clear();
	CHECK_FAIL(dm_table_uuid("CRYPT-PLAIN-a", "LUKS2", UUID, "a"));
	said("UUID");
}

int
main(void)
{
	test_crypt_good();
	test_crypt_bad();
	test_below();
	test_integrity();
	test_uuid();
	return test_end();
}
