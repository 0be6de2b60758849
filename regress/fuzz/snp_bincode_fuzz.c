/* The older encodings of Cosmian's quote blob. */
#define CORPUS	"regress/corpus/snp_bincode"
#include "regress/fuzz/replay.h"
#include "evidence/limits.h"
#include "evidence/snp_report.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct snp_entry e[MAX_SNP_CERTS];
	uint32_t variant[MAX_SNP_CERTS];
	struct span raw;
	size_t n;

	if (snp_bincode_decode(span_make(buf, len), &raw, e, variant,
	    &n) == 0 && n > MAX_SNP_CERTS)
		__builtin_trap();
	snp_blob_entries(span_make(buf, len), e);
	return 0;
}
