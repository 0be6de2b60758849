/* Policy files: what is read can be written and read again. */
#define CORPUS	"regress/corpus/policy"
#include "regress/fuzz/replay.h"
#include "evidence/rules.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	static struct policy_rules p, q;
	struct buf b;
	char why[128];

	if (rules_read(span_make(buf, len), &p, why, sizeof(why)) == -1)
		return 0;
	buf_init(&b, 0);
	rules_write(&p, &b);
	if (b.failed || rules_read(buf_span(&b), &q, why, sizeof(why)) == -1)
		__builtin_trap();
	buf_free(&b);
	return 0;
}
