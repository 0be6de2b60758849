/*
 * Reading of a snapshot.  The list of files may be most of 256 MiB: its pairs
 * are parsed one by one into the file set, and only the rest becomes a tree.
 */
#include <stdlib.h>
#include <string.h>

#include "evidence/json.h"
#include "evidence/limits.h"
#include "evidence/snapshot_cvm.h"
#include "evidence/snapshot_fields.h"

static void
skip_space(struct cursor *c)
{
	while (c->off < c->n && strchr(" \t\n\r", c->p[c->off]) != NULL &&
	    c->p[c->off] != '\0')
		c->off++;
}

static int
next_is(struct cursor *c, char want)
{
	skip_space(c);
	if (c->off == c->n || c->p[c->off] != (uint8_t)want)
		return 0;
	c->off++;
	return 1;
}

/* Behind the string that starts at the cursor; an open one ends the text. */
static void
skip_string(struct cursor *c)
{
	for (c->off++; c->off < c->n && c->p[c->off] != '"'; c->off++)
		if (c->p[c->off] == '\\')
			c->off++;
	c->off = c->off < c->n ? c->off + 1 : c->n;
}

/*
 * Puts the cursor on the `[` of the top level's "filehashes"; 0 if there is
 * none.  It need not be exact about JSON: what is found is parsed as an array,
 * and the text around it, with the key, must parse as an object.
 */
static int
find_files(struct cursor *c)
{
	static const char key[] = "\"filehashes\"";
	size_t depth = 0, at;

	while (c->off < c->n) {
		switch (c->p[c->off]) {
		case '"':
			at = c->off;
			skip_string(c);
			if (depth == 1 && span_eq_str(span_make(c->p + at,
			    c->off - at), key) && next_is(c, ':')) {
				skip_space(c);
				if (c->off < c->n && c->p[c->off] == '[')
					return 1;
			}
			continue;
		case '{':
		case '[':
			depth++;
			break;
		case '}':
		case ']':
			depth -= depth > 0;
			break;
		}
		c->off++;
	}
	return 0;
}

/* ["path","hex"] at the cursor */
static int
pair_read(struct cursor *c, struct fileset *files)
{
	size_t n = cursor_left(c) < MAX_FILE_PAIR ? cursor_left(c) :
	    MAX_FILE_PAIR;
	uint8_t digest[DIGEST_MAX];
	struct span path, hex;
	json_error_t e;
	json_t *v;
	size_t m;
	int rc = -1;

	v = json_loadb((const char *)c->p + c->off, n, JSON_DISABLE_EOF_CHECK,
	    &e);
	if (v == NULL)
		return -1;
	if (json_is_array(v) && json_array_size(v) == 2 &&
	    json_text(json_array_get(v, 0), &path) == 0 &&
	    json_text(json_array_get(v, 1), &hex) == 0 &&
	    hex_decode(hex, digest, sizeof(digest), &m) == 0 &&
	    digest_by_size(m) != DIGEST_NONE)
		rc = fileset_add(files, path, span_make(digest, m));
	json_decref(v);
	c->off += e.position;
	return rc;
}

/* The array at the cursor, into a new set; the cursor moves behind it. */
static struct fileset *
files_read(struct cursor *c)
{
	struct fileset *files = fileset_new();

	c->off++;
	if (files == NULL || next_is(c, ']'))
		return files;
	do {
		skip_space(c);
		if (pair_read(c, files) == -1)
			goto bad;
	} while (next_is(c, ','));
	if (next_is(c, ']'))
		return files;
bad:
	fileset_free(files);
	return NULL;
}

static int
fields_read(const json_t *o, const struct field *f, struct tee_policy *p)
{
	struct opt_bytes *b;
	struct opt_num *n;
	const json_t *v;
	int rc;

	if (!json_is_object(o))
		return -1;
	for (; f->kind != FIELD_END; f++) {
		v = json_object_get(o, f->key);
		if (f->kind == FIELD_NUM) {
			n = (void *)((char *)p + f->member);
			if (v == NULL || json_is_null(v))
				continue;
			n->set = 1;
			if (json_uint(v, f->size, &n->v) == -1)
				return -1;
			continue;
		}
		/* Null is fine, a missing key is not. */
		b = (void *)((char *)p + f->member);
		if ((rc = json_hex_or_null(o, f->key, b->b, f->size)) == -1)
			return -1;
		b->n = f->size;
		b->set = rc == 0;
	}
	return 0;
}

static int
policy_read(const json_t *o, struct tee_policy *p)
{
	const struct fields *f;
	const json_t *v;

	if (!json_is_object(o) || json_object_size(o) != 1)
		return -1;
	for (p->kind = TEE_SEV; p->kind < TEE_KIND_MAX; p->kind++) {
		f = &tee_fields[p->kind];
		if ((v = json_object_get(o, f->tag)) == NULL)
			continue;
		if (f->header == NULL)
			return fields_read(v, f->body, p);
		if (fields_read(json_object_get(v, "header"), f->header,
		    p) == -1)
			return -1;
		return fields_read(json_object_get(v, "body"), f->body, p);
	}
	return -1;
}

static int
cloud_read(const json_t *v, enum cloud *ret)
{
	struct span s;
	int i;

	if (v == NULL || json_is_null(v))
		return 0;
	if (json_text(v, &s) == -1)
		return -1;
	for (i = CLOUD_AWS; i < CLOUD_MAX; i++)
		if (span_eq_str(s, cloud_names[i])) {
			*ret = i;
			return 0;
		}
	return -1;
}

static const json_t *
member_of(const json_t *o, const char *key, struct snapshot *s)
{
	const json_t *v = json_object_get(o, key);

	if (v == NULL)
		s->missing = key;
	return v;
}

static int
counter_read(const json_t *v, struct opt_num *ret)
{
	if (v == NULL || json_is_null(v))
		return 0;
	ret->set = 1;
	return json_uint(v, UINT32_MAX, &ret->v);
}

static int
tpm_read(const json_t *o, struct snapshot *s)
{
	if (o == NULL || json_is_null(o))
		return 0;
	if (!json_is_object(o))
		return -1;
	s->has_tpm = 1;
	if (counter_read(member_of(o, "reset_count", s), &s->reset_count) ==
	    -1)
		return -1;
	return counter_read(member_of(o, "restart_count", s),
	    &s->restart_count);
}

static const char *
rest_read(const json_t *o, struct snapshot *s)
{
	const json_t *v, *cvm = json_object_get(o, "cvm");

	if (!json_is_object(o))
		return "not a JSON object";
	if (cloud_read(json_object_get(o, "cloud_type"), &s->cloud) == -1)
		return "\"cloud_type\" is unknown";
	if (policy_read(json_object_get(o, "tee_policy"), &s->tee) == -1)
		return "\"tee_policy\" is malformed or of an unknown kind";
	if (tpm_read(member_of(o, "tpm_policy", s), s) == -1)
		return "\"tpm_policy\" is malformed";
	v = member_of(o, "filehashes", s);
	if (v != NULL && !json_is_null(v))
		return "\"filehashes\" is malformed";
	if (cvm != NULL) {
		s->has_cvm = 1;
		if (cvm_read(cvm, &s->cvm, s->files) == -1)
			return "\"cvm\" is malformed or of another version";
	}
	if (s->files != NULL && fileset_seal(s->files) == -1)
		return "no memory";
	return NULL;
}

int
snapshot_read(struct span text, struct snapshot *s, const char **ret_err)
{
	struct cursor c;
	struct buf rest;
	json_t *o = NULL;

	memset(s, 0, sizeof(*s));
	buf_init(&rest, MAX_SNAPSHOT_REST);
	cursor_init(&c, text);
	if (text.n > MAX_SNAPSHOT) {
		*ret_err = "larger than a snapshot may be";
		return -1;
	}
	if (find_files(&c)) {
		buf_add(&rest, text.p, c.off);
		*ret_err = "\"filehashes\" is malformed";
		if ((s->files = files_read(&c)) == NULL)
			goto out;
		buf_add_str(&rest, "null");
		buf_add(&rest, c.p + c.off, cursor_left(&c));
	} else
		buf_add(&rest, text.p, text.n);
	*ret_err = "not a JSON object";
	if (rest.failed ||
	    (o = json_load(buf_span(&rest), MAX_SNAPSHOT_REST)) == NULL)
		goto out;
	*ret_err = rest_read(o, s);
out:
	json_decref(o);
	buf_free(&rest);
	return *ret_err == NULL ? 0 : -1;
}

void
snapshot_free(struct snapshot *s)
{
	fileset_free(s->files);
	free(s->cvm.policy);
	json_decref(s->cvm.boot);
	memset(s, 0, sizeof(*s));
}
