/* TDX and SGX quotes, TDREPORTs. */
#define CORPUS	"regress/corpus/tdx_quote"
#include "regress/fuzz/replay.h"
#include "evidence/tdx_quote.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct span s = span_make(buf, len);
	struct tdreport r;
	struct tdx_quote q;
	const char *why;

	if (tdx_quote_decode(s, &q, &why) == 0 && (q.trailing > len ||
	    q.cert_data.n > len || q.qe_auth.n > len))
		__builtin_trap();
	tdreport_decode(s, &r);
	return 0;
}
