/* The request parser: whole and byte by byte give the same, and no faults. */
#define CORPUS	"regress/corpus/http"
#include "regress/fuzz/replay.h"
#include "workers/http.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct http_req	 a, b;
	size_t		 i, n, used;

	http_init(&a, 512);
	http_init(&b, 512);
	for (used = 0; used < len && a.state != HTTP_BAD; used += n) {
		http_reset(&a);
		http_reset(&b);
		n = http_feed(&a, buf + used, len - used);
		for (i = used; i < len && b.state == HTTP_MORE; i++)
			http_feed(&b, buf + i, 1);
		if (a.state != b.state || a.status != b.status ||
		    a.reason != b.reason || a.body_len != b.body_len ||
		    (a.state == HTTP_DONE && i != used + n))
			__builtin_trap();
	}
	http_free(&a);
	http_free(&b);
	return 0;
}
