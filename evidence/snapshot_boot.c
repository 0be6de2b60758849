/*
 * Optional members of "cvm" about the boot: what the TPM rested on, and what a
 * log that replayed said was started.  The names only explain.
 */
#include <stdlib.h>
#include <string.h>

#include "evidence/json.h"
#include "evidence/limits.h"
#include "evidence/snapshot_cvm.h"

static const char *const lists[] = { "boot_loaders", "kernels", "initrds" };

int
cvm_tpm_root_read(const json_t *v, struct snapshot_cvm *c)
{
	static const char *const words[] = { "none", "simulated",
	    "provider-vtpm", "hardware-tpm", "tee" };
	struct span s;
	size_t i;

	if (v == NULL)
		return 0;
	if (json_text(v, &s) == -1)
		return -1;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_eq_str(s, words[i])) {
			memcpy(c->tpm_root, s.p, s.n);
			return 0;
		}
	return -1;
}

static int
is_hex(const json_t *v)
{
	uint8_t d[DIGEST_MAX];
	struct span s;
	size_t n;

	return json_text(v, &s) == 0 &&
	    hex_decode(s, d, sizeof(d), &n) == 0 &&
	    digest_by_size(n) != DIGEST_NONE;
}

static int
names_valid(const json_t *v)
{
	static const char *const keys[] = { "name", "alg", "digest", NULL };
	const json_t *o;
	size_t i;

	if (!json_is_array(v) || json_array_size(v) > MAX_EVENTLOG_NAMES)
		return 0;
	for (i = 0; i < json_array_size(v); i++) {
		o = json_array_get(v, i);
		if (json_exact_keys(o, keys) == -1 ||
		    !json_is_string(json_object_get(o, "name")) ||
		    !json_is_string(json_object_get(o, "alg")) ||
		    !is_hex(json_object_get(o, "digest")))
			return 0;
	}
	return 1;
}

static int
lines_valid(const json_t *v)
{
	size_t i;

	if (!json_is_array(v) || json_array_size(v) > MAX_EVENTLOG_NAMES)
		return 0;
	for (i = 0; i < json_array_size(v); i++)
		if (!json_is_string(json_array_get(v, i)))
			return 0;
	return 1;
}

/* [[PCR, type, digest], ...], or null when there were too many. */
static int
events_valid(const json_t *v)
{
	const json_t *e;
	uint64_t n;
	size_t i;

	if (json_is_null(v))
		return 1;
	if (!json_is_array(v) || json_array_size(v) > MAX_BOOT_EVENTS)
		return 0;
	for (i = 0; i < json_array_size(v); i++) {
		e = json_array_get(v, i);
		if (json_array_size(e) != 3 ||
		    json_uint(json_array_get(e, 0), TPM_PCRS - 1, &n) == -1 ||
		    json_uint(json_array_get(e, 1), UINT32_MAX, &n) == -1 ||
		    !is_hex(json_array_get(e, 2)))
			return 0;
	}
	return 1;
}

int
cvm_boot_read(const json_t *o, struct snapshot_cvm *c)
{
	static const char *const keys[] = { "secure_boot", "boot_loaders",
	    "kernels", "initrds", "command_lines", "events", NULL };
	const json_t *secure;
	size_t i;

	if (o == NULL)
		return 0;
	if (json_exact_keys(o, keys) == -1)
		return -1;
	secure = json_object_get(o, "secure_boot");
	if (!json_is_boolean(secure) && !json_is_null(secure))
		return -1;
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!names_valid(json_object_get(o, lists[i])))
			return -1;
	if (!lines_valid(json_object_get(o, "command_lines")) ||
	    !events_valid(json_object_get(o, "events")) ||
	    (c->boot = json_deep_copy(o)) == NULL)
		return -1;
	return 0;
}

void
cvm_boot_write(const struct snapshot_cvm *c, struct buf *b)
{
	char *text;

	if (c->tpm_root[0] != '\0') {
		buf_add_str(b, ",\"tpm_root\":");
		json_put_string(b, span_str(c->tpm_root));
	}
	if (c->boot == NULL)
		return;
	if ((text = json_dumps(c->boot, JSON_COMPACT)) == NULL) {
		b->failed = 1;
		return;
	}
	buf_add_str(b, ",\"boot\":");
	buf_add_str(b, text);
	free(text);
}
