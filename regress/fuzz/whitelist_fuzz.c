/* Whitelist and records of a snapshot. */
#define CORPUS	"regress/corpus/whitelist"
#include "regress/fuzz/replay.h"
#include "evidence/fileset.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct fileset *a = fileset_new(), *b = fileset_new();
	size_t line;

	whitelist_read(span_make(buf, len), a, &line);
	snaprec_read(span_make(buf, len), b);
	fileset_free(a);
	fileset_free(b);
	return 0;
}
