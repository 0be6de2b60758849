/* Boot logs, as of a TPM and of a TD. */
#define CORPUS	"regress/corpus/eventlog"
#include "regress/fuzz/replay.h"
#include "evidence/kind.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	static const char *const kinds[] = { "tcg-eventlog", "ccel" };
	static const uint8_t zero[32];
	static struct evcase c;
	static struct evout out;
	size_t i;

	c.nfiles = 1;
	c.file[0].role = "log";
	c.file[0].data = span_make(buf, len);
	c.npcrs = 1;
	c.pcr[0].bank = DIGEST_SHA256;
	c.pcr[0].value = span_make(zero, sizeof(zero));
	for (i = 0; i < 2; i++) {
		c.kind = kinds[i];
		if (evcase_judge(&c, &out) == 0)
			evout_free(&out);
	}
	return 0;
}
