/* Reading of Intel's signed JSON.  jansson refuses keys that occur twice, so
 * that no other reader can see another value than we do. */
#include <stdlib.h>
#include <string.h>

#include "evidence/json.h"
#include "evidence/tcb_info.h"
#include "evidence/utc.h"

/* A string without escapes: none of the signed names and values has any. */
static int
scan_string(struct cursor *c, struct span *ret)
{
	size_t start = c->off + 1;
	uint8_t ch;

	if (cursor_u8(c, &ch) == -1 || ch != '"')
		return -1;
	while (cursor_u8(c, &ch) == 0) {
		if (ch == '\\' || ch < 0x20)
			return -1;
		if (ch == '"') {
			*ret = span_make(c->p + start, c->off - 1 - start);
			return 0;
		}
	}
	return -1;
}

/* From { to its }; what is between is read by jansson later. */
static int
scan_object(struct cursor *c, struct span *ret)
{
	size_t start = c->off;
	struct span s;
	unsigned depth = 0;

	do {
		if (cursor_left(c) == 0)
			return -1;
		if (c->p[c->off] == '"') {
			if (scan_string(c, &s) == -1)
				return -1;
			continue;
		}
		if (c->p[c->off] == '{')
			depth++;
		else if (c->p[c->off] == '}')
			depth--;
		else if (depth == 0)
			return -1;
		c->off++;
	} while (depth > 0);
	*ret = span_make(c->p + start, c->off - start);
	return 0;
}

/* The next byte that is no white space is this one, and is taken. */
static int
scan_byte(struct cursor *c, uint8_t want)
{
	while (cursor_left(c) > 0 && memchr(" \t\r\n", c->p[c->off], 4) != NULL)
		c->off++;
	if (cursor_left(c) == 0 || c->p[c->off] != want)
		return -1;
	c->off++;
	return 0;
}

static int
scan_member(struct cursor *c, const char *name, struct span *object,
    struct span *hex)
{
	struct span key;

	if (scan_byte(c, '"') == -1)
		return -1;
	c->off--;
	if (scan_string(c, &key) == -1 || scan_byte(c, ':') == -1)
		return -1;
	if (span_eq_str(key, name) && object->n == 0) {
		if (scan_byte(c, '{') == -1)
			return -1;
		c->off--;
		return scan_object(c, object);
	}
	if (!span_eq_str(key, "signature") || hex->n != 0 ||
	    scan_byte(c, '"') == -1)
		return -1;
	c->off--;
	return scan_string(c, hex);
}

int
signed_json_split(struct span s, const char *name, struct span *ret_object,
    uint8_t ret_signature[64])
{
	struct cursor c;
	struct span object = span_make(NULL, 0), hex = span_make(NULL, 0);

	if (s.n > MAX_TCB_JSON)
		return -1;
	cursor_init(&c, s);
	if (scan_byte(&c, '{') == -1 ||
	    scan_member(&c, name, &object, &hex) == -1 ||
	    scan_byte(&c, ',') == -1 ||
	    scan_member(&c, name, &object, &hex) == -1 ||
	    scan_byte(&c, '}') == -1)
		return -1;
	while (cursor_left(&c) > 0 &&
	    memchr(" \t\r\n", c.p[c.off], 4) != NULL)
		c.off++;
	if (cursor_left(&c) != 0 || object.n == 0 ||
	    hex_decode_exact(hex, ret_signature, 64) == -1)
		return -1;
	*ret_object = object;
	return 0;
}

static int
get_text(const json_t *o, const char *key, const char **ret)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_string(v) ||
	    strlen(json_string_value(v)) != json_string_length(v))
		return -1;
	*ret = json_string_value(v);
	return 0;
}

static int
get_text_is(const json_t *o, const char *key, const char *want)
{
	const char *s;

	return get_text(o, key, &s) == 0 && strcmp(s, want) == 0;
}

static int
get_date(const json_t *o, const char *key, const char **ret_text,
    int64_t *ret)
{
	const char *s;

	if (get_text(o, key, &s) == -1 || utc_parse(span_str(s), ret) == -1)
		return -1;
	if (ret_text != NULL)
		*ret_text = s;
	return 0;
}

static int
get_u16(const json_t *o, const char *key, uint16_t *ret)
{
	uint64_t v;

	if (json_uint(json_object_get(o, key), UINT16_MAX, &v) == -1)
		return -1;
	*ret = v;
	return 0;
}

static int
get_number(const json_t *o, const char *key, int64_t *ret)
{
	uint64_t v;

	if (json_uint(json_object_get(o, key), UINT32_MAX, &v) == -1)
		return -1;
	*ret = v;
	return 0;
}

static int
get_status(const json_t *o, enum tcb_status *ret)
{
	const char *s;

	if (get_text(o, "tcbStatus", &s) == -1)
		return -1;
	*ret = tcb_status_by_name(span_str(s));
	return *ret == TCB_NOT_FOUND ? -1 : 0;
}

static int
components_decode(const json_t *a, uint8_t ret[SGX_COMPONENTS])
{
	uint64_t v;
	size_t i;

	if (!json_is_array(a) || json_array_size(a) != SGX_COMPONENTS)
		return -1;
	for (i = 0; i < SGX_COMPONENTS; i++) {
		if (json_uint(json_object_get(json_array_get(a, i), "svn"),
		    UINT8_MAX, &v) == -1)
			return -1;
		ret[i] = v;
	}
	return 0;
}

static int
advisories_are_texts(const json_t *level)
{
	const json_t *a = json_object_get(level, "advisoryIDs");
	size_t i;

	if (a == NULL)
		return 1;
	if (!json_is_array(a) || json_array_size(a) > MAX_TCB_ADVISORIES)
		return 0;
	for (i = 0; i < json_array_size(a); i++)
		if (!json_is_string(json_array_get(a, i)))
			return 0;
	return 1;
}

/* platform: SGX and TDX components and PCESVN, else ISVSVN alone. */
static int
level_decode(const json_t *o, int platform, struct tcb_level *l)
{
	const json_t *tcb = json_object_get(o, "tcb");

	if (!json_is_object(tcb) || get_status(o, &l->status) == -1 ||
	    get_date(o, "tcbDate", NULL, &l->date) == -1 ||
	    !advisories_are_texts(o))
		return -1;
	l->json = o;
	if (!platform)
		return get_u16(tcb, "isvsvn", &l->isvsvn);
	if (get_u16(tcb, "pcesvn", &l->pcesvn) == -1 ||
	    components_decode(json_object_get(tcb, "sgxtcbcomponents"),
	    l->sgx) == -1)
		return -1;
	return components_decode(json_object_get(tcb, "tdxtcbcomponents"),
	    l->tdx);
}

static int
levels_decode(const json_t *o, int platform, struct tcb_levels *ret)
{
	const json_t *a = json_object_get(o, "tcbLevels");
	size_t i, n = json_array_size(a);

	if (!json_is_array(a) || n == 0 || n > MAX_TCB_LEVELS)
		return -1;
	for (i = 0; i < n; i++)
		if (level_decode(json_array_get(a, i), platform,
		    &ret->v[i]) == -1)
			return -1;
	ret->n = n;
	return 0;
}

static int
module_decode(const json_t *o, int identity, struct tcb_module *m)
{
	const char *id;

	if (!json_is_object(o) || json_hex(o, "mrsigner", m->mrsigner,
	    sizeof(m->mrsigner)) == -1 || json_hex(o, "attributes",
	    m->attributes, sizeof(m->attributes)) == -1 ||
	    json_hex(o, "attributesMask", m->mask, sizeof(m->mask)) == -1)
		return -1;
	if (!identity)
		return 0;
	if (get_text(o, "id", &id) == -1 || strlen(id) >= sizeof(m->id))
		return -1;
	strcpy(m->id, id);
	return levels_decode(o, 0, &m->levels);
}

static int
modules_decode(struct tcb_info *t)
{
	const json_t *a = json_object_get(t->json, "tdxModuleIdentities");
	size_t i, n = json_array_size(a);

	if (module_decode(json_object_get(t->json, "tdxModule"), 0,
	    &t->module) == -1)
		return -1;
	if (a != NULL && (!json_is_array(a) || n > MAX_TCB_MODULES))
		return -1;
	for (i = 0; i < n; i++)
		if (module_decode(json_array_get(a, i), 1,
		    &t->modules[i]) == -1)
			return -1;
	t->nmodules = n;
	return 0;
}

struct tcb_info *
tcb_info_decode(struct span s, const char **ret_why)
{
	struct tcb_info *t = calloc(1, sizeof(*t));
	uint64_t version, type;

	*ret_why = "it is not the JSON of TCB info";
	if (t == NULL || (t->json = json_load(s, MAX_TCB_JSON)) == NULL)
		goto bad;
	*ret_why = "it is not version 3 for TDX with TCB type 0";
	if (json_uint(json_object_get(t->json, "version"), 3, &version) ==
	    -1 || version != 3 || !get_text_is(t->json, "id", "TDX") ||
	    json_uint(json_object_get(t->json, "tcbType"), 0, &type) == -1)
		goto bad;
	*ret_why = "a member is missing or malformed";
	if (get_date(t->json, "issueDate", &t->issue_text, &t->issue) == -1 ||
	    get_date(t->json, "nextUpdate", &t->next_text, &t->next) == -1 ||
	    get_text(t->json, "fmspc", &t->fmspc_text) == -1 ||
	    json_hex(t->json, "fmspc", t->fmspc, sizeof(t->fmspc)) == -1 ||
	    json_hex(t->json, "pceId", t->pceid, sizeof(t->pceid)) == -1 ||
	    get_number(t->json, "tcbEvaluationDataNumber",
	    &t->evaluation) == -1 || modules_decode(t) == -1 ||
	    levels_decode(t->json, 1, &t->levels) == -1)
		goto bad;
	return t;
bad:
	tcb_info_free(t);
	return NULL;
}

void
tcb_info_free(struct tcb_info *t)
{
	if (t != NULL)
		json_decref(t->json);
	free(t);
}

static int
qe_fields_decode(struct qe_identity *q)
{
	const json_t *j = q->json;

	if (get_date(j, "issueDate", &q->issue_text, &q->issue) == -1 ||
	    get_date(j, "nextUpdate", &q->next_text, &q->next) == -1 ||
	    get_number(j, "tcbEvaluationDataNumber", &q->evaluation) == -1 ||
	    json_hex(j, "miscselect", q->miscselect, 4) == -1 ||
	    json_hex(j, "miscselectMask", q->miscselect_mask, 4) == -1 ||
	    json_hex(j, "attributes", q->attributes, 16) == -1 ||
	    json_hex(j, "attributesMask", q->attributes_mask, 16) == -1 ||
	    json_hex(j, "mrsigner", q->mrsigner, 32) == -1 ||
	    get_u16(j, "isvprodid", &q->isvprodid) == -1)
		return -1;
	return levels_decode(j, 0, &q->levels);
}

struct qe_identity *
qe_identity_decode(struct span s, const char **ret_why)
{
	struct qe_identity *q = calloc(1, sizeof(*q));
	uint64_t version;

	*ret_why = "it is not the JSON of an enclave's identity";
	if (q == NULL || (q->json = json_load(s, MAX_TCB_JSON)) == NULL)
		goto bad;
	*ret_why = "it is not version 2 for TD_QE";
	if (json_uint(json_object_get(q->json, "version"), 2, &version) ==
	    -1 || version != 2 || !get_text_is(q->json, "id", "TD_QE"))
		goto bad;
	*ret_why = "a member is missing or malformed";
	if (qe_fields_decode(q) == -1)
		goto bad;
	return q;
bad:
	qe_identity_free(q);
	return NULL;
}

void
qe_identity_free(struct qe_identity *q)
{
	if (q != NULL)
		json_decref(q->json);
	free(q);
}

void
tcb_level_advisories(const struct tcb_level *l, struct tcb_advisories *ret)
{
	const json_t *a = json_object_get(l->json, "advisoryIDs");
	size_t i;

	for (i = 0; i < json_array_size(a) && ret->n < MAX_TCB_ADVISORIES; i++)
		ret->id[ret->n++] = json_string_value(json_array_get(a, i));
}
