/* IMA lists of each form. */
#define CORPUS	"regress/corpus/ima_ascii"
#include "regress/fuzz/replay.h"
#include "evidence/kind.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	static const char *const kinds[] = { "ima-ascii", "ima-binary",
	    "ima-binary-perbank" };
	static struct evcase c;
	static struct evout out;
	size_t i;

	c.nfiles = 1;
	c.file[0].role = "log";
	c.file[0].data = span_make(buf, len);
	for (i = 0; i < 3; i++) {
		c.kind = kinds[i];
		if (evcase_judge(&c, &out) == 0)
			evout_free(&out);
	}
	return 0;
}
