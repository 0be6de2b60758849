/* TPM structures: each decoder on the same bytes. */
#define CORPUS	"regress/corpus/tpm"
#include "regress/fuzz/replay.h"
#include "evidence/tpm.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct tpm_attest a;
	struct tpm_signature s;
	struct tpm_public p;

	tpm_attest_decode(span_make(buf, len), &a);
	tpm_signature_decode(span_make(buf, len), &s);
	tpm_public_decode(span_make(buf, len), &p);
	return 0;
}
