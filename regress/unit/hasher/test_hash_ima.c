/* The IMA log's part: algorithm, what is appended, once, in order. */

#include <openssl/evp.h>

#include "regress/unit/hasher/tree.h"

struct log {
	uint8_t	 b[8 << 20];
	size_t	 n;
};

static struct log	log_bytes;

static void
log_le32(uint32_t v)
{
	uint8_t	 b[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
		    (uint8_t)(v >> 24) };

	memcpy(log_bytes.b + log_bytes.n, b, 4);
	log_bytes.n += 4;
}

static void
log_raw(const void *p, size_t n)
{
	memcpy(log_bytes.b + log_bytes.n, p, n);
	log_bytes.n += n;
}

/* An ima-ng entry; alg with its colon. */
static void
log_ng(int violation, const char *alg, const void *digest, size_t digest_len,
    const char *name)
{
	uint8_t	 template_digest[20];
	size_t	 alg_len = strlen(alg) + 1, name_len = strlen(name) + 1;

	log_le32(10);
	memset(template_digest, violation ? 0 : 0x77, 20);
	log_raw(template_digest, 20);
	log_le32(6);
	log_raw("ima-ng", 6);
	log_le32((uint32_t)(4 + alg_len + digest_len + 4 + name_len));
	log_le32((uint32_t)(alg_len + digest_len));
	log_raw(alg, alg_len);
	log_raw(digest, digest_len);
	log_le32((uint32_t)name_len);
	log_raw(name, name_len);
}

/* An ima-sig entry with a signature of sig_len bytes. */
static void
log_sig(const void *digest, const char *name, size_t sig_len)
{
	uint8_t	 template_digest[20];
	size_t	 name_len = strlen(name) + 1;

	log_le32(10);
	memset(template_digest, 0x77, 20);
	log_raw(template_digest, 20);
	log_le32(7);
	log_raw("ima-sig", 7);
	log_le32((uint32_t)(4 + 8 + 32 + 4 + name_len + 4 + sig_len));
	log_le32(8 + 32);
	log_raw("sha256:", 8);
	log_raw(digest, 32);
	log_le32((uint32_t)name_len);
	log_raw(name, name_len);
	log_le32((uint32_t)sig_len);
	memset(log_bytes.b + log_bytes.n, 0x5a, sig_len);
	log_bytes.n += sig_len;
}

/* An entry of template ima: no length of its data, none of the digest. */
static void
log_ima(const void *digest, const char *name)
{
	uint8_t	 template_digest[20];

	log_le32(10);
	memset(template_digest, 0x77, 20);
	log_raw(template_digest, 20);
	log_le32(3);
	log_raw("ima", 3);
	log_raw(digest, 20);
	log_le32((uint32_t)strlen(name));
	log_raw(name, strlen(name));
}

static int
log_open(void)
{
	int	 fd;

	fd = open(scratch, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, log_bytes.b, log_bytes.n) !=
	    (ssize_t)log_bytes.n)
		err(1, "log");
	return fd;
}

/* "path length-of-digest first-byte", one a line. */
static void
check_records(const struct run *r, const char *want)
{
	static char	 path[65536], got[65536];
	size_t		 at = 0, len, n = 0;

	got[0] = '\0';
	while ((at = record_next(r, at, path, &len)) != 0)
		n += (size_t)snprintf(got + n, sizeof(got) - n,
		    "%s %zu %02x\n", path, len, r->data[at - len]);
	CHECK_STR(got, want);
}

static void
run_log(int top, struct run *r)
{
	const struct hash_root	 root = { top, "/" };
	struct hash_params	 a = { .roots = &root, .nroots = 1,
				    .threads = 2 };

	a.ima = log_open();
	run_tree(r, &a);
	close(a.ima);
}

static void
test_append(int top)
{
	struct run	 r;
	uint8_t		 hello[64], other[64];
	unsigned int	 len;

	test_begin("entries are added once");
	EVP_Digest("hello", 5, hello, &len, EVP_sha256(), NULL);
	memset(other, 0xaa, sizeof(other));
	log_bytes.n = 0;
	log_ng(0, "sha256:", other, 32, "boot_aggregate");
	log_ng(0, "sha256:", hello, 32, "/f");		/* in the tree */
	log_ng(0, "sha256:", hello, 32, "/gone");
	log_ng(0, "sha256:", other, 32, "/f");		/* an older content */
	log_ng(1, "sha256:", other, 32, "/violated");
	log_ng(0, "sha256:", hello, 32, "/gone");	/* again */
	log_ng(0, "sha512:", other, 64, "/gone");
	log_ng(0, "md5:", other, 16, "/md5");
	log_ng(0, "sha256:", hello, 32, "/f");		/* again */
	log_ng(0, "sha256:", other, 32, "/last");
	log_le32(10);					/* being written */
	log_raw(other, 10);
	run_log(top, &r);
	CHECK_INT(r.rc, 0);
	check_records(&r, "/f 32 2c\nboot_aggregate 32 aa\n/gone 32 2c\n"
	    "/f 32 aa\n/gone 64 aa\n/last 32 aa\n");
	CHECK_INT(r.stats.files, 1);
	CHECK_INT(r.stats.ima, 5);
	free(r.data);
}

static void
test_algorithm(int top)
{
	static const struct {
		const char	*alg;
		size_t		 len, want;
	} cases[] = {
		{ "sha1:", 20, 20 }, { "sha256:", 32, 32 },
		{ "sha384:", 48, 48 }, { "sha512:", 64, 64 },
		{ "md5:", 16, 32 }, { "ima", 20, 20 }, { "", 0, 32 },
	};
	static char	 path[65536];
	struct run	 r;
	uint8_t		 zero[64] = { 0 }, want[64];
	unsigned int	 want_len;
	size_t		 at, i, len = 0;

	test_begin("algorithm of the first entry");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		log_bytes.n = 0;
		if (strcmp(cases[i].alg, "ima") == 0)
			log_ima(zero, "boot_aggregate");
		else if (cases[i].len != 0)
			log_ng(0, cases[i].alg, zero, cases[i].len,
			    "boot_aggregate");
		run_log(top, &r);
		CHECK_INT(r.rc, 0);
		at = record_next(&r, 0, path, &len);
		CHECK_STR(path, "/f");
		CHECK_INT(len, cases[i].want);
		CHECK_INT(r.stats.ima,
		    cases[i].len != 0 && cases[i].len != 16);
		EVP_Digest("hello", 5, want, &want_len, len == 20 ? EVP_sha1() :
		    len == 48 ? EVP_sha384() : len == 64 ? EVP_sha512() :
		    EVP_sha256(), NULL);
		CHECK_MEM(r.data + at - len, want, len);
		free(r.data);
	}
}

/* More entries than the first set and the first piece of the log hold. */
static void
test_many(int top)
{
	static char	 path[65536];
	struct run	 r;
	uint8_t		 digest[32] = { 0 };
	char		 name[64];
	size_t		 at = 0, len, n = 0;
	int		 i, pass;

	test_begin("many entries");
	log_bytes.n = 0;
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < 20000; i++) {
			snprintf(name, sizeof(name), "/x/%d", i);
			memcpy(digest, &i, sizeof(i));
			log_ng(0, "sha256:", digest, 32, name);
		}
	}
	log_sig(digest, "/x/20000", 300000);
	run_log(top, &r);
	CHECK_INT(r.rc, 0);
	CHECK_INT(r.stats.ima, 20001);
	at = record_next(&r, at, path, &len);
	CHECK_STR(path, "/f");
	while ((at = record_next(&r, at, path, &len)) != 0) {
		snprintf(name, sizeof(name), "/x/%zu", n++);
		if (strcmp(path, name) != 0)
			CHECK_STR(path, name);
	}
	CHECK_INT(n, 20001);
	free(r.data);
}

static void
test_broken(int top)
{
	struct run	 r;
	uint8_t		 bytes[64];

	test_begin("broken log");
	memset(bytes, 0xff, sizeof(bytes));
	log_bytes.n = 0;
	log_ng(0, "sha256:", bytes, 32, "boot_aggregate");
	log_raw(bytes, sizeof(bytes));
	run_log(top, &r);
	CHECK_INT(r.rc, -1);
	CHECK_INT(r.error, EBADMSG);
	free(r.data);
}

int
main(void)
{
	int	 top;

	top = tree_begin();
	file_put(top, "f", "hello");
	test_append(top);
	test_algorithm(top);
	test_many(top);
	test_broken(top);
	close(top);
	tree_end();
	return test_end();
}
