/* Answers of the agent. */
#define CORPUS	"regress/corpus/attest"
#include "regress/fuzz/replay.h"
#include "evidence/attest.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct span s = span_make(buf, len);
	struct attest a;
	struct buf b;
	const char *err;

	attest_decode(s, &a, &err);
	attest_free(&a);
	quote_tpm_decode(s, &a, &err);
	attest_free(&a);
	buf_init(&b, 0);
	byte_array_decode(s, 4096, &b);
	buf_free(&b);
	return 0;
}
