/* The certificates that a taken tpm may have made up. */
#define CORPUS	"regress/corpus/web_certs"
#include "regress/fuzz/replay.h"
#include "workers/activate_json.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct buf b;

	buf_init(&b, 0);
	certs_render(&b, span_make(buf, len));
	buf_free(&b);
	return 0;
}
