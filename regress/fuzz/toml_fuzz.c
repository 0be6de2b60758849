/* agent.toml: the parser and the table of keys. */
#define CORPUS	"regress/corpus/toml"
#include "regress/fuzz/replay.h"
#include "workers/conf_schema.h"

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct toml_error err = { 0, "" };
	struct conf_set *set;
	struct toml *doc;

	if (toml_parse(buf, len, &doc, &err) == -1) {
		/* Every refusal has a reason. */
		if (err.text[0] == '\0')
			__builtin_trap();
		return 0;
	}
	if (conf_schema_check(doc, &set, &err) == 0)
		conf_set_free(set);
	toml_free(doc);
	return 0;
}
