/*
 * Our part of a snapshot, under one key that the existing client ignores.
 * Read strictly: a word that we do not know might be one that weakens.
 */
#include <string.h>

#include "evidence/json.h"
#include "evidence/snapshot_cvm.h"

static const char *const form_names[] = { "strong", "compat" };

static int
names_read(const json_t *v, uint32_t (*by_name)(struct span), uint32_t *ret)
{
	uint32_t bits = 0, bit;
	struct span s;
	size_t i;

	if (!json_is_array(v))
		return -1;
	for (i = 0; i < json_array_size(v); i++) {
		if (json_text(json_array_get(v, i), &s) == -1 ||
		    (bit = by_name(s)) == 0)
			return -1;
		bits |= bit;
	}
	*ret = bits;
	return 0;
}

static int
optional_bytes(const json_t *o, const char *key, size_t n,
    struct opt_bytes *ret)
{
	int rc = json_hex_or_null(o, key, ret->b, n);

	ret->n = n;
	ret->set = rc == 0;
	return rc == -1 ? -1 : 0;
}

static int
instance_read(const json_t *o, struct snapshot_cvm *c)
{
	static const char *const keys[] = { "ak_name", "chip_id", "ek", NULL };

	if (json_exact_keys(o, keys) == -1 ||
	    optional_bytes(o, "chip_id", 64, &c->chip_id) == -1 ||
	    optional_bytes(o, "ek", 32, &c->ek) == -1)
		return -1;
	if (json_is_null(json_object_get(o, "ak_name")))
		return 0;
	return json_hex_any(o, "ak_name", c->ak_name, sizeof(c->ak_name),
	    &c->ak_name_len);
}

static int
pcrs_read(const json_t *o, struct snapshot_cvm *c)
{
	static const char *const keys[] = { "bank", "values", NULL };
	struct span bank;

	if (json_is_null(o))
		return 0;
	c->has_pcrs = 1;
	if (json_exact_keys(o, keys) == -1 ||
	    json_text(json_object_get(o, "bank"), &bank) == -1)
		return -1;
	return json_pcrs(json_object_get(o, "values"), digest_by_name(bank),
	    &c->pcrs);
}

static int
counter_read(const json_t *o, const char *key, struct opt_num *ret)
{
	const json_t *v = json_object_get(o, key);

	if (v == NULL || json_is_null(v))
		return 0;
	ret->set = 1;
	return json_uint(v, UINT32_MAX, &ret->v);
}

static int
tpm_read(const json_t *o, struct snapshot_cvm *c)
{
	static const char *const keys[] = { "reset_count", "restart_count",
	    NULL };

	if (json_exact_keys(o, keys) == -1 ||
	    counter_read(o, "reset_count", &c->reset_count) == -1)
		return -1;
	return counter_read(o, "restart_count", &c->restart_count);
}

static int
raw_read(const json_t *v, struct fileset *files)
{
	uint8_t path[MAX_FILE_PATH], digest[DIGEST_MAX];
	struct span s;
	const json_t *pair;
	size_t i, n, m;

	if (!json_is_array(v))
		return -1;
	for (i = 0; i < json_array_size(v); i++) {
		pair = json_array_get(v, i);
		if (!json_is_array(pair) || json_array_size(pair) != 2 ||
		    json_text(json_array_get(pair, 0), &s) == -1 ||
		    hex_decode(s, path, sizeof(path), &n) == -1 ||
		    json_text(json_array_get(pair, 1), &s) == -1 ||
		    hex_decode(s, digest, sizeof(digest), &m) == -1 ||
		    digest_by_size(m) == DIGEST_NONE ||
		    memchr(path, '\0', n) != NULL)
			return -1;
		/* Without a list of files there is nothing to add to. */
		if (files == NULL || fileset_add(files, span_make(path, n),
		    span_make(digest, m)) == -1)
			return -1;
	}
	return 0;
}

/* Words with few values: version, trust, form, root. */
static int
words_read(const json_t *o, struct snapshot_cvm *c)
{
	struct span trust, form, root;
	uint64_t version;

	if (json_uint(json_object_get(o, "version"), 1, &version) == -1 ||
	    version != 1 ||
	    json_text(json_object_get(o, "trust"), &trust) == -1 ||
	    !span_eq_str(trust, "first-use") ||
	    json_text(json_object_get(o, "form"), &form) == -1 ||
	    json_text(json_object_get(o, "root"), &root) == -1 ||
	    root.n == 0 || root.n >= sizeof(c->root) ||
	    memchr(root.p, '\0', root.n) != NULL)
		return -1;
	memcpy(c->root, root.p, root.n);
	for (c->form = FORM_STRONG; c->form <= FORM_COMPAT; c->form++)
		if (span_eq_str(form, form_names[c->form]))
			return 0;
	return -1;
}

int
cvm_read(const json_t *o, struct snapshot_cvm *c, struct fileset *files)
{
	static const char *const keys[] = { "version", "trust", "form",
	    "instance", "root", "config", "pcrs", "tpm", "without", "accepted",
	    "filehashes_raw", NULL };
	static const char *const more[] = { "policy", "tee", "tpm_root",
	    "boot", NULL };
	const json_t *config = json_object_get(o, "config");

	memset(c, 0, sizeof(*c));
	if (json_known_keys(o, keys, more) == -1 || words_read(o, c) == -1 ||
	    cvm_policy_read(json_object_get(o, "policy"), c) == -1 ||
	    cvm_tee_read(json_object_get(o, "tee"), &c->tee) == -1 ||
	    cvm_tpm_root_read(json_object_get(o, "tpm_root"), c) == -1 ||
	    cvm_boot_read(json_object_get(o, "boot"), c) == -1 ||
	    instance_read(json_object_get(o, "instance"), c) == -1 ||
	    pcrs_read(json_object_get(o, "pcrs"), c) == -1 ||
	    tpm_read(json_object_get(o, "tpm"), c) == -1 ||
	    names_read(json_object_get(o, "without"), without_by_name,
	    &c->without) == -1 ||
	    names_read(json_object_get(o, "accepted"), accept_by_name,
	    &c->accepted) == -1)
		return -1;
	if (!json_is_null(config)) {
		c->has_config = 1;
		if (json_config(config, &c->config) == -1)
			return -1;
	}
	return raw_read(json_object_get(o, "filehashes_raw"), files);
}

static void
put_optional(struct buf *b, const struct opt_bytes *v)
{
	if (v->set)
		json_put_hex(b, span_make(v->b, v->n));
	else
		buf_add_str(b, "null");
}

static void
put_counter(struct buf *b, const struct opt_num *v)
{
	if (v->set)
		buf_printf(b, "%llu", (unsigned long long)v->v);
	else
		buf_add_str(b, "null");
}

static void
put_names(struct buf *b, const char *const *names, uint32_t bits)
{
	const char *comma = "";
	int i;

	buf_add_str(b, "[");
	for (i = 0; names[i] != NULL; i++)
		if ((bits >> i & 1) != 0) {
			buf_printf(b, "%s\"%s\"", comma, names[i]);
			comma = ",";
		}
	buf_add_str(b, "]");
}

static void
put_raw(struct buf *b, const struct fileset *files)
{
	struct span path, digest;
	const char *comma = "";
	size_t i;

	buf_add_str(b, "[");
	for (i = 0; files != NULL && i < fileset_count(files); i++) {
		fileset_get(files, i, &path, &digest);
		if (utf8_valid(path))
			continue;
		buf_printf(b, "%s[", comma);
		json_put_hex(b, path);
		buf_add_str(b, ",");
		json_put_hex(b, digest);
		buf_add_str(b, "]");
		comma = ",";
	}
	buf_add_str(b, "]");
}

static void
put_instance(struct buf *b, const struct snapshot_cvm *c)
{
	buf_add_str(b, "{\"ak_name\":");
	if (c->ak_name_len != 0)
		json_put_hex(b, span_make(c->ak_name, c->ak_name_len));
	else
		buf_add_str(b, "null");
	buf_add_str(b, ",\"chip_id\":");
	put_optional(b, &c->chip_id);
	buf_add_str(b, ",\"ek\":");
	put_optional(b, &c->ek);
	buf_add_str(b, "}");
}

void
cvm_write(const struct snapshot_cvm *c, const struct fileset *files,
    struct buf *b)
{
	buf_printf(b, "{\"version\":1,\"trust\":\"first-use\",\"form\":\"%s\","
	    "\"instance\":", form_names[c->form == FORM_COMPAT]);
	put_instance(b, c);
	buf_add_str(b, ",\"root\":");
	json_put_string(b, span_str(c->root));
	buf_add_str(b, ",\"config\":");
	if (c->has_config)
		json_put_config(b, &c->config);
	else
		buf_add_str(b, "null");
	buf_add_str(b, ",\"pcrs\":");
	if (c->has_pcrs) {
		buf_printf(b, "{\"bank\":\"%s\",\"values\":",
		    digest_name(c->pcrs.bank));
		json_put_pcr_values(b, &c->pcrs);
		buf_add_str(b, "}");
	} else
		buf_add_str(b, "null");
	buf_add_str(b, ",\"tpm\":{\"reset_count\":");
	put_counter(b, &c->reset_count);
	buf_add_str(b, ",\"restart_count\":");
	put_counter(b, &c->restart_count);
	buf_add_str(b, "},\"without\":");
	put_names(b, without_names, c->without);
	buf_add_str(b, ",\"accepted\":");
	put_names(b, accept_names, c->accepted);
	buf_add_str(b, ",\"filehashes_raw\":");
	put_raw(b, files);
	cvm_policy_write(c, b);
	cvm_tee_write(&c->tee, b);
	cvm_boot_write(c, b);
	buf_add_str(b, "}");
}
