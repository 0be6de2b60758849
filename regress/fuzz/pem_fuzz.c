/* Certificates in PEM, as Azure's metadata service gives them. */
#define CORPUS	"regress/corpus/pem"
#include "regress/fuzz/replay.h"
#include "evidence/pem.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	static uint8_t der[MAX_PEM_CERT];
	struct cursor c;
	size_t n;

	cursor_init(&c, span_make(buf, len));
	while (pem_cert_next(&c, der, &n) == 1)
		if (n > sizeof(der))
			__builtin_trap();
	return 0;
}
