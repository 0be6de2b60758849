/* IMA list: reading, and replay of what was read. */
#define CORPUS	"regress/corpus/ima"
#include "regress/fuzz/replay.h"
#include "evidence/ima_verify.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	static struct checks ck;
	struct ima_target t = { DIGEST_SHA256, { NULL, 0 }, DIGEST_NONE,
	    { NULL, 0 } };
	struct ima_replay r;

	checks_init(&ck);
	if (ima_replay(span_make(buf, len), &t, &r) == 0) {
		ima_replay_checks(&r, &ck);
		if (r.tail_offset > len || (r.tail == IMA_END &&
		    r.tail_offset != len))
			__builtin_trap();
	}
	return 0;
}
