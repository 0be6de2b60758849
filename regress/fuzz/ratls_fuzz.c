/* RA-TLS certificates, PEM and DER. */
#define CORPUS	"regress/corpus/ratls"
#include "regress/fuzz/replay.h"
#include "evidence/ratls.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	const char *why;
	struct ratls r;

	if (ratls_decode(span_make(buf, len), &r, &why) == 0 &&
	    r.quote.n > len)
		__builtin_trap();
	ratls_free(&r);
	return 0;
}
