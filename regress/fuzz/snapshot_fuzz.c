/* Snapshot file: what is read is written and read again. */
#define CORPUS	"regress/corpus/snapshot"
#include "regress/fuzz/replay.h"
#include "evidence/snapshot.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct snapshot s, t;
	struct buf b;
	const char *err;

	buf_init(&b, 0);
	if (snapshot_read(span_make(buf, len), &s, &err) == 0) {
		snapshot_write(&s, &b);
		if (snapshot_read(buf_span(&b), &t, &err) == -1)
			__builtin_trap();
		snapshot_free(&t);
	}
	snapshot_free(&s);
	buf_free(&b);
	return 0;
}
