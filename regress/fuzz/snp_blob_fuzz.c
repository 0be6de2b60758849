/* Cosmian's quote blob, and the report in it. */
#define CORPUS	"regress/corpus/snp_blob"
#include "regress/fuzz/replay.h"
#include "evidence/snp_report.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct snp_certs c;
	struct snp_report r;
	struct span raw;

	if (snp_blob_decode(span_make(buf, len), &raw, &c) == 0)
		snp_report_decode(raw, &r);
	return 0;
}
