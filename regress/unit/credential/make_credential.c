/*
 * make_credential EK NAME OUT: a challenge as tpm2_activatecredential takes
 * it, for a TPMT_PUBLIC and a Name in files; the secret in hex on stdout.
 */
#include <err.h>

#include "evidence/credential.h"
#include "regress/unit/check.h"

static struct span
file_read(const char *path, uint8_t *buf, size_t size)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		err(1, "%s", path);
	n = fread(buf, 1, size, f);
	fclose(f);
	return span_make(buf, n);
}

int
main(int argc, char **argv)
{
	static const uint8_t head[] = { 0xba, 0xdc, 0xc0, 0xde, 0, 0, 0, 1 };
	uint8_t ek[1024], name[128];
	char hex[2 * CREDENTIAL_SECRET_LEN + 1];
	struct credential c;
	const char *why;
	struct buf b;
	FILE *f;

	if (argc != 4)
		errx(2, "usage: make_credential EK NAME OUT");
	if (credential_make(file_read(argv[1], ek, sizeof(ek)),
	    file_read(argv[2], name, sizeof(name)), &c, &why) == -1)
		errx(1, "%s", why);
	buf_init(&b, 0);
	buf_add(&b, head, sizeof(head));
	buf_add_be16(&b, c.blob_len);
	buf_add(&b, c.blob, c.blob_len);
	buf_add_be16(&b, c.seed_len);
	buf_add(&b, c.seed, c.seed_len);
	if (b.failed || (f = fopen(argv[3], "wb")) == NULL ||
	    fwrite(b.p, 1, b.n, f) != b.n || fclose(f) != 0)
		err(1, "%s", argv[3]);
	hex_encode(span_make(c.secret, sizeof(c.secret)), hex, sizeof(hex));
	puts(hex);
	buf_free(&b);
	credential_clear(&c);
	return 0;
}
