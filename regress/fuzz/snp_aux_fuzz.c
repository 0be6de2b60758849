/* The host's certificate table; what unpacks, packs and decodes. */
#define CORPUS	"regress/corpus/snp_aux"
#include "regress/fuzz/replay.h"
#include "evidence/snp_report.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	static const uint8_t report[SNP_REPORT_SIZE];
	static uint8_t out[SNP_REPORT_SIZE + 65536 * 8];
	struct snp_certs c;
	struct span raw;
	size_t n;

	if (snp_auxblob_decode(span_make(buf, len), &c) == 0 &&
	    (snp_blob_pack(span_make(report, sizeof(report)),
	    span_make(buf, len), out, sizeof(out), &n) == -1 ||
	    snp_blob_decode(span_make(out, n), &raw, &c) == -1))
		__builtin_trap();
	return 0;
}
