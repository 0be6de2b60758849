/*
 * fstool/volume.c without a device mapper: what libcryptsetup writes passes
 * header_check(), and stock cryptsetup reads it.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fstool/header.h"
#include "fstool/limits.h"
#include "fstool/volume.h"
#include "fstool/why.h"
#include "regress/unit/check.h"

static const char password[] = "correct horse";
static const char text[] = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
#define TOKEN(slot) "{\"type\":\"systemd-tpm2\",\"keyslots\":[\"" slot "\"]," \
    TOKEN_REST
#define TOKEN_REST "\"tpm2-blob\":\"AAEAAAE=\",\"tpm2-pcrs\":[7]," \
    "\"tpm2-pcr-bank\":\"sha256\",\"tpm2-primary-alg\":\"ecc\"," \
    "\"tpm2-policy-hash\":\"00112233445566778899aabbccddeeff" \
    "00112233445566778899aabbccddeeff\",\"tpm2-pin\":false}"
static const char token[] = TOKEN("1"), token0[] = TOKEN("0");

static char dir[] = "/tmp/cvmvol.XXXXXX";
static char header[64], data[64], pass[64];
static uint8_t bytes[HEADER_FILE_LEN];

static void
file_make(const char *path, off_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd != -1 && ftruncate(fd, size) == 0);
	close(fd);
}

static void
bytes_read(void)
{
	FILE *f = fopen(header, "re");

	CHECK(f != NULL && fread(bytes, sizeof(bytes), 1, f) == 1);
	if (f != NULL)
		fclose(f);
}

static void
judged(struct header_facts *ret)
{
	char why[HEADER_REASON_MAX] = "";

	bytes_read();
	CHECK_OK(header_check(span_make(bytes, sizeof(bytes)), ret, why));
	CHECK_STR(why, "");
}

static void
judged_memory(const struct volume *v, struct header_facts *ret)
{
	char why[HEADER_REASON_MAX] = "";

	CHECK(pread(volume_header(v), bytes, sizeof(bytes), 0) ==
	    (ssize_t)sizeof(bytes));
	CHECK_OK(header_check(span_make(bytes, sizeof(bytes)), ret, why));
	CHECK_STR(why, "");
}

/* Exit status of a shell command; -1 when it was killed. */
static int
shell(const char *fmt, ...)
{
	char command[512];
	va_list ap;
	int st;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	st = system(command);
	return WIFEXITED(st) ? WEXITSTATUS(st) : -1;
}

static void
key_is(struct volume *v, int slot, const char *with, const struct secret *want)
{
	struct secret key = { 0 };

	if (!CHECK_INT(volume_key(v, slot, with, strlen(with), &key), 1))
		return;
	CHECK_INT(key.n, want->n);
	CHECK_MEM(key.p, want->p, want->n);
	secret_free(&key);
}

static void
key_is_not(struct volume *v, int slot, const char *with)
{
	struct secret key = { 0 };

	CHECK_INT(volume_key(v, slot, with, strlen(with), &key), 0);
	CHECK(key.p == NULL);
	CHECK_STR(why_text(), "");
}

/*
 * One with a password (slot 0) and a token's secret (slot 1).  A password
 * costs a second or more; where nobody uses it, slot 0 is a token's as well.
 */
static struct volume *
made(const char *location, enum slot_kind first, struct secret *key)
{
	struct volume *v = NULL;
	int n = -1;

	file_make(header, HEADER_FILE_LEN);
	if (!CHECK_OK(volume_format(header, location, 0, &v, key)))
		return NULL;
	CHECK_INT(key->n, 64);
	CHECK_OK(volume_slot_add(v, key, password, strlen(password), first,
	    &n));
	CHECK_INT(n, 0);
	CHECK_OK(volume_slot_add(v, key, text, strlen(text), SLOT_TOKEN, &n));
	CHECK_INT(n, 1);
	CHECK_OK(volume_token_set(v, -1, token, &n));
	CHECK_INT(n, 0);
	if (first == SLOT_TOKEN)
		CHECK_OK(volume_token_set(v, -1, token0, &n));
	CHECK_STR(why_text(), "");
	return v;
}

/* Stock cryptsetup reads what we wrote. */
static void
test_stock(void)
{
	FILE *f;

	test_begin("stock cryptsetup");
	if (shell("command -v cryptsetup >/dev/null") != 0) {
		CHECK_NEVER("cryptsetup is not installed");
		return;
	}
	if (!CHECK((f = fopen(pass, "we")) != NULL))
		return;
	fputs(password, f);
	fclose(f);
	CHECK_INT(shell("cryptsetup luksDump %s >%s/dump", header, dir), 0);
	CHECK_INT(shell("grep -q 'PBKDF:.*argon2id' %s/dump", dir), 0);
	CHECK_INT(shell("grep -q '0: systemd-tpm2' %s/dump", dir), 0);
	CHECK_INT(shell("cryptsetup open --test-passphrase --key-file %s %s",
	    pass, header), 0);
	CHECK_INT(shell("printf %%s wrong | cryptsetup open --test-passphrase "
	    "--key-slot 1 --key-file - %s 2>/dev/null", header), 2);
	CHECK_INT(shell("printf %%s %s | cryptsetup open --test-passphrase "
	    "--key-slot 1 --key-file - %s", text, header), 0);
}

static void
test_made(void)
{
	struct secret key = { 0 };
	struct header_facts f;
	struct volume *v;

	test_begin("a new header");
	if ((v = made(data, SLOT_PASSWORD, &key)) == NULL)
		return;
	judged(&f);
	CHECK_STR(f.uuid, volume_uuid(v));
	CHECK_INT(f.size, HEADER_FILE_LEN);
	CHECK_INT(f.integrity, 0);
	CHECK_INT(f.key_size, 64);
	CHECK_INT(f.sector_size, 4096);
	CHECK_INT(f.data_offset, 0);
	CHECK_INT(f.nslots, 2);
	CHECK_INT(f.slot[0].kdf, KDF_ARGON2ID);
	CHECK_INT(f.slot[0].cost, ARGON2_TIME_MIN);
	CHECK(f.slot[0].memory >= ARGON2_MEMORY_MIN);
	CHECK_INT(f.slot[1].kdf, KDF_PBKDF2);
	CHECK_INT(f.slot[1].cost, PBKDF2_MIN);
	CHECK_INT(f.slot[1].of_token, 1);
	CHECK_INT(f.ntokens, 1);
	CHECK_INT(f.token[0].slot, 1);
	key_is(v, -1, password, &key);
	key_is(v, 1, text, &key);
	key_is_not(v, 1, password);
	key_is_not(v, 1, "wrong");
	key_is_not(v, 7, text);
	CHECK_FAIL(volume_activate(v, "cvm-none", &key));
	CHECK_INT(why_status(), 1);
	why_clear();
	volume_free(v);
	secret_free(&key);
	test_stock();
}

/* The header as open does it: sealed, while the file is another by now. */
static void
test_sealed(void)
{
	struct secret key = { 0 };
	struct volume *v = NULL;
	int fd, n;

	test_begin("a sealed copy");
	volume_free(made(NULL, SLOT_TOKEN, &key));
	bytes_read();
	fd = memfd_create("header", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	CHECK(fd != -1 &&
	    write(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes));
	CHECK_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK |
	    F_SEAL_GROW | F_SEAL_WRITE));
	file_make(header, HEADER_FILE_LEN);
	if (CHECK_OK(volume_load_fd(fd, NULL, &v))) {
		close(fd);	/* the volume has its own */
		key_is(v, -1, text, &key);
		CHECK_FAIL(volume_slot_remove(v, 1));
		CHECK_INT(why_status(), 1);
		why_clear();
		CHECK_FAIL(volume_token_set(v, -1, token, &n));
		why_clear();
		volume_free(v);
	}
	if (CHECK_OK(volume_load_fd(memfd_create("h", 0), NULL, &v) + 1))
		CHECK_INT(why_status(), 1);
	why_clear();
	CHECK_FAIL(volume_load_copy(-1, &v));
	CHECK_INT(why_status(), 1);
	why_clear();
	secret_free(&key);
}

static void
test_changed(void)
{
	struct secret key = { 0 };
	struct volume *v = NULL;
	struct header_facts f;
	int fd, n = -1;

	test_begin("slots and tokens are changed");
	volume_free(made(NULL, SLOT_TOKEN, &key));
	fd = open(header, O_RDONLY | O_CLOEXEC);
	if (!CHECK_OK(volume_load_copy(fd, &v)))
		return;
	CHECK_INT(volume_token_is_of(v, 0, 1), 1);
	CHECK_INT(volume_token_is_of(v, 0, 0), 0);
	CHECK_INT(volume_token_is_of(v, 2, 1), 0);
	CHECK_INT(volume_token_is_of(v, 200, 200), 0);
	CHECK_INT(volume_token_says(v, "\"keyslots\""), 1);
	CHECK_INT(volume_token_says(v, "\"bind\""), 0);
	close(fd);
	file_make(header, 0);	/* what lies there is not looked at again */
	CHECK_OK(volume_token_remove(v, 0));
	CHECK_OK(volume_slot_remove(v, 1));
	key_is_not(v, 1, text);
	judged_memory(v, &f);
	CHECK_INT(f.nslots, 1);
	CHECK_INT(f.ntokens, 1);
	CHECK_FAIL(volume_slot_remove(v, 1));
	why_clear();
	CHECK_OK(volume_slot_add(v, &key, "new", 3, SLOT_TOKEN, &n));
	CHECK_INT(n, 1);
	key_is(v, 1, "new", &key);
	CHECK_OK(volume_token_set(v, 3, token, &n));
	CHECK_INT(n, 3);
	judged_memory(v, &f);
	CHECK_INT(f.ntokens, 2);
	CHECK_INT(f.token[1].number, 3);
	test_begin("another key is not this volume's");
	key.p[0] ^= 1;
	CHECK_FAIL(volume_slot_add(v, &key, "x", 1, SLOT_TOKEN, &n));
	CHECK_INT(why_status(), 1);
	why_clear();
	test_begin("no JSON");
	CHECK_FAIL(volume_token_set(v, -1, "{", &n));
	CHECK_INT(why_status(), 1);
	why_clear();
	volume_free(v);
	secret_free(&key);
}

static void
test_small_sectors(void)
{
	struct secret key = { 0 };
	struct header_facts f;

	test_begin("a length that is no multiple of 4096");
	file_make(data, (1 << 20) + 512);
	volume_free(made(data, SLOT_TOKEN, &key));
	judged(&f);
	CHECK_INT(f.sector_size, 512);
	file_make(data, 1 << 20);
	secret_free(&key);
}

static void
test_refused(void)
{
	struct secret key = { 0 };
	struct volume *v = NULL;

	test_begin("integrity needs a device");
	CHECK_FAIL(volume_format(header, NULL, 1, &v, &key));
	CHECK_INT(why_status(), 1);
	CHECK(v == NULL && key.p == NULL);
	why_clear();
	CHECK_FAIL(volume_format("/nonexistent/header", NULL, 0, &v, &key));
	CHECK(v == NULL && key.p == NULL);
	why_clear();
}

int
main(void)
{
	CHECK(mkdtemp(dir) != NULL);
	snprintf(header, sizeof(header), "%s/header", dir);
	snprintf(data, sizeof(data), "%s/data", dir);
	snprintf(pass, sizeof(pass), "%s/pass", dir);
	file_make(data, 1 << 20);
	test_made();
	test_sealed();
	test_changed();
	test_small_sectors();
	test_refused();
	CHECK_INT(shell("rm -rf %s", dir), 0);
	return test_end();
}
