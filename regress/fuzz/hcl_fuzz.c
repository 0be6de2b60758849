/* Azure's HCL report and the JSON in it. */
#define CORPUS	"regress/corpus/hcl"
#include "regress/fuzz/replay.h"
#include "evidence/hcl.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct hcl_vars v;
	const char *why;
	struct hcl h;

	if (hcl_decode(span_make(buf, len), &h, &why) == 0) {
		hcl_binds(&h);
		hcl_vars_decode(h.vars, &v);
	}
	hcl_vars_decode(span_make(buf, len), &v);
	return 0;
}
