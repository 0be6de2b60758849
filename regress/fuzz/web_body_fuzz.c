/* What web reads of strangers behind HTTP: the bodies of /attest and /activate. */
#define CORPUS	"regress/corpus/web_body"
#include "regress/fuzz/replay.h"
#include "workers/activate_json.h"
#include "workers/web_json.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	static const uint8_t zero[32];
	struct activate_req q;
	struct attest_req a;
	const char *reason;

	attest_body_parse(buf, len, &a, &reason);
	if (activate_body_parse(buf, len, &q, &reason) == 0 &&
	    (q.credential_len == 0 || q.credential_len > CREDENTIAL_MAX ||
	    q.secret_len == 0 || q.secret_len > ENC_SECRET_MAX ||
	    span_eq(span_make(q.nonce, 32), span_make(zero, 32))))
		__builtin_trap();
	return 0;
}
