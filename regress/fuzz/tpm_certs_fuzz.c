/* Answers of the agent about its TPM. */
#define CORPUS	"regress/corpus/tpm_certs"
#include "regress/fuzz/replay.h"
#include "evidence/tpm.h"
#include "evidence/tpm_certs.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct tpm_certs c;
	struct tpm_public p;
	const char *err;

	if (tpm_certs_decode(span_make(buf, len), &c, &err) == 0 &&
	    c.ek_public != NULL)
		tpm_public_decode(span_make(c.ek_public, c.ek_public_len),
		    &p);
	tpm_certs_free(&c);
	return 0;
}
