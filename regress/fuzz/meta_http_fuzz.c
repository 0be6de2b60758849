/* The answer of a metadata service. */
#define CORPUS	"regress/corpus/meta_http"
#include "regress/fuzz/replay.h"

#include <stdlib.h>

#include "workers/meta_http.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct meta_answer a;

	if (meta_parse(buf, len, &a) == 0 && (a.len == 0 || a.len > len))
		__builtin_trap();
	free(a.body);
	return 0;
}
