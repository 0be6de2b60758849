/* Intel's signed JSON, and what is in it. */
#define CORPUS	"regress/corpus/tcb_info"
#include "regress/fuzz/replay.h"
#include "evidence/tcb_info.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct span s = span_make(buf, len), o;
	uint8_t sig[64];
	const char *why;

	if (signed_json_split(s, "tcbInfo", &o, sig) == 0)
		tcb_info_free(tcb_info_decode(o, &why));
	if (signed_json_split(s, "enclaveIdentity", &o, sig) == 0)
		qe_identity_free(qe_identity_decode(o, &why));
	tcb_info_free(tcb_info_decode(s, &why));
	qe_identity_free(qe_identity_decode(s, &why));
	return 0;
}
