/* The record of a header: what is taken is written again as it was. */
#define CORPUS	"regress/corpus/record"
#include <string.h>

#include "fstool/record.h"
#include "regress/fuzz/replay.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	uint8_t back[RECORD_MAX];
	char why[REASON_MAX] = "";
	struct record r;
	size_t n;

	if (record_decode(span_make(buf, len), &r, why) == -1) {
		if (why[0] == '\0')
			__builtin_trap();
		return 0;
	}
	if (record_encode(&r, back, sizeof(back), &n) == -1 || n != len ||
	    memcmp(back, buf, n) != 0 || record_maced(&r, &r.entry[0], back,
	    sizeof(back), &n) == -1)
		__builtin_trap();
	return 0;
}
