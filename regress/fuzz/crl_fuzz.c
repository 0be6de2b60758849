/* Revocation lists, and PEM chains of a quote. */
#define CORPUS	"regress/corpus/crl"
#include "regress/fuzz/replay.h"
#include "evidence/crl.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct span s = span_make(buf, len);
	struct intel_chain ch;
	X509_CRL *crl = crl_decode(s);

	X509_CRL_free(crl);
	if (intel_chain_decode(s, s, &ch) == 0)
		pck_chain_fault(&ch);
	intel_chain_free(&ch);
	return 0;
}
