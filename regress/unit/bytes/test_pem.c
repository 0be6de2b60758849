/* Certificates in PEM: what is taken, and all that is not. */
#include "evidence/pem.h"
#include "regress/unit/check.h"

#define B	"-----BEGIN CERTIFICATE-----"
#define E	"-----END CERTIFICATE-----"

/* How many there are, -1; the bytes of all in dst. */
static int
pem(struct span text, uint8_t *dst, size_t *ret_n)
{
	static uint8_t der[MAX_PEM_CERT];
	struct cursor c;
	size_t n;
	int rc, k = 0;

	*ret_n = 0;
	cursor_init(&c, text);
	while ((rc = pem_cert_next(&c, der, &n)) == 1) {
		memcpy(dst + *ret_n, der, n);
		*ret_n += n;
		k++;
	}
	return rc == 0 ? k : -1;
}

static void
test_good(void)
{
	uint8_t d[64];
	size_t n;

	test_begin("good");
	CHECK_INT(pem(span_str(""), d, &n), 0);
	CHECK_INT(pem(span_str(" \r\n"), d, &n), 0);
	CHECK_INT(pem(span_str(B "\nAAEC\nAw==\n" E "\n"), d, &n), 1);
	CHECK_INT(n, 4);
	CHECK_MEM(d, "\0\1\2\3", 4);
	CHECK_INT(pem(span_str(B "\r\nAAE=\r\n" E "\r\n" B "AAEC" E), d, &n), 2);
	CHECK_INT(n, 5);
	CHECK_MEM(d, "\0\1\0\1\2", 5);
}

static void
test_bad(void)
{
	static const char *const bad[] = {
		"x", B, B "AAEC", B "AAEC-----", B E, B "\n" E,
		B "AAEC" E "x", "AAEC" B "AAEC" E, B "AA=C" E, B "AAECA" E,
		B "AAE" E, B "AAE==" E, B "AAEC=" E, B "AB==" E,
		B "A EC" E, B "AAEC" B, B "Proc-Type: 4\n\nAAEC" E,
		"-----BEGIN PRIVATE KEY-----AAEC-----END PRIVATE KEY-----",
		B "AAEC-" E, B "====" E,
	};
	static char text[2 * MAX_PEM_CERT];
	static uint8_t d[2 * MAX_PEM_CERT];
	size_t i, n;

	test_begin("bad");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!CHECK_INT(pem(span_str(bad[i]), d, &n), -1))
			printf("%s\n", bad[i]);
	CHECK_INT(pem(span_make(B "AA\0C" E, sizeof(B "AA\0C" E) - 1), d, &n),
	    -1);
	CHECK_INT(pem(span_make(B "AAEC" E "\0", sizeof(B E) + 4), d, &n), -1);

	test_begin("too long");
	memset(text, 'A', sizeof(text));
	memcpy(text, B, strlen(B));
	memcpy(text + sizeof(text) - strlen(E), E, strlen(E));
	CHECK_INT(pem(span_make(text, sizeof(text)), d, &n), -1);
}

int
main(void)
{
	test_good();
	test_bad();
	return test_end();
}
