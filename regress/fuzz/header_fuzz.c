/* A LUKS2 header: the input is one, and is the JSON of one. */
#define CORPUS	"regress/corpus/header"
#include <string.h>

#include "fstool/header_json.h"
#include "regress/fuzz/replay.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	static struct header_facts f;
	char why[HEADER_REASON_MAX] = "";

	if (header_check(span_make(buf, len), &f, why) == -1 && why[0] == '\0')
		__builtin_trap();
	memset(&f, 0, sizeof(f));
	why[0] = '\0';
	if (header_json_check(span_make(buf, len), 16384, 1081344, &f, why) ==
	    -1 && why[0] == '\0')
		__builtin_trap();
	return 0;
}
