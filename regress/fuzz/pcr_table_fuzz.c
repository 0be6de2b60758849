/* Files of PCR values: JSON, text, tpm2-tools. */
#define CORPUS	"regress/corpus/pcr_table"
#include "regress/fuzz/replay.h"
#include <string.h>
#include "evidence/pcr_table.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	static struct pcr_table t;

	memset(&t, 0, sizeof(t));
	pcr_table_file(&t, span_make(buf, len));
	return 0;
}
