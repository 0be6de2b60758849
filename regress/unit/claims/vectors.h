/* The shared vectors, by their manifest; a test that needs them is skipped
 * where they are not. */
#ifndef REGRESS_UNIT_CLAIMS_VECTORS_H
#define REGRESS_UNIT_CLAIMS_VECTORS_H

#include <jansson.h>
#include <time.h>

#include "evidence/bytes.h"
#include "regress/unit/check.h"

static json_t	*vectors_manifest;

static const char *
vectors_dir(void)
{
	const char *d = getenv("VECTORS");

	return d != NULL && d[0] != '\0' ? d : "../shared/vectors";
}

/* The array of cases. */
static inline json_t *
vectors_open(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/manifest.json", vectors_dir());
	vectors_manifest = json_load_file(path, 0, NULL);
	if (vectors_manifest == NULL)
		test_skip("no vectors");
	return json_object_get(vectors_manifest, "cases");
}

static inline const char *
vector_text(const json_t *c, const char *key)
{
	const char *s = json_string_value(json_object_get(c, key));

	return s != NULL ? s : "";
}

static inline int
vector_is(const json_t *c, const char *kind)
{
	return strcmp(vector_text(c, "kind"), kind) == 0;
}

/* The case itself, or the one it is derived from. */
static inline json_t *
vector_base(json_t *cases, json_t *c)
{
	size_t i;

	for (i = 0; i < json_array_size(cases); i++)
		if (strcmp(vector_text(json_array_get(cases, i), "id"),
		    vector_text(c, "base")) == 0)
			return json_array_get(cases, i);
	return c;
}

/* Reads a file of the case; an empty span if it has none. */
static inline struct span
vector_file(const json_t *c, const char *key, struct buf *b)
{
	const char *name = json_string_value(json_object_get(
	    json_object_get(c, "files"), key));
	char path[4096];
	uint8_t chunk[65536];
	size_t n;
	FILE *f;

	buf_init(b, 0);
	if (name == NULL)
		return span_make(NULL, 0);
	snprintf(path, sizeof(path), "%s/%s", vectors_dir(), name);
	if ((f = fopen(path, "rb")) == NULL)
		return span_make(NULL, 0);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(b, chunk, n);
	fclose(f);
	return buf_span(b);
}

static inline int64_t
vector_time(const json_t *c)
{
	struct tm tm;

	memset(&tm, 0, sizeof(tm));
	if (strptime(vector_text(c, "verify_at"), "%Y-%m-%dT%H:%M:%SZ",
	    &tm) == NULL)
		return 0;
	return timegm(&tm);
}

/* Says which case it was when the verdict is not that of the manifest. */
static inline void
vector_verdict(const json_t *c, int accepted)
{
	int want = strcmp(vector_text(c, "verdict"), "reject") != 0;

	test_begin(vector_text(c, "id"));
	CHECK_INT(accepted, want);
}

#endif
