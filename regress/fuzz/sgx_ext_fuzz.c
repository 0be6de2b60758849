/* The extension of a PCK certificate. */
#define CORPUS	"regress/corpus/sgx_ext"
#include "regress/fuzz/replay.h"
#include "evidence/sgx_ext.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct sgx_ext e;

	if (sgx_ext_decode(span_make(buf, len), &e) == 0 &&
	    (e.fmspc.n != 6 || e.cpusvn.n != 16))
		__builtin_trap();
	return 0;
}
