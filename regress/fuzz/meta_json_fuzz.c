/* What a metadata service's answer says. */
#define CORPUS	"regress/corpus/meta_json"
#include "regress/fuzz/replay.h"
#include "workers/meta_json.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	const char *why;
	struct buf b;

	buf_init(&b, 0);
	meta_certs(span_make(buf, len), &b, &why);
	meta_td_quote(span_make(buf, len), &b, &why);
	buf_free(&b);
	return 0;
}
