/* Typed reading of jansson values. */
#include <stdlib.h>
#include <string.h>

#include "evidence/json.h"

json_t *
json_load(struct span s, size_t max)
{
	json_error_t e;

	if (s.n == 0 || s.n > max)
		return NULL;
	return json_loadb((const char *)s.p, s.n, JSON_REJECT_DUPLICATES, &e);
}

int
json_exact_keys(const json_t *o, const char *const *keys)
{
	size_t n;

	if (!json_is_object(o))
		return -1;
	for (n = 0; keys[n] != NULL; n++)
		if (json_object_get(o, keys[n]) == NULL)
			return -1;
	return json_object_size(o) == n ? 0 : -1;
}

int
json_known_keys(const json_t *o, const char *const *must,
    const char *const *may)
{
	size_t n, i;

	if (!json_is_object(o))
		return -1;
	for (n = 0; must[n] != NULL; n++)
		if (json_object_get(o, must[n]) == NULL)
			return -1;
	for (i = 0; may[i] != NULL; i++)
		n += json_object_get(o, may[i]) != NULL;
	return json_object_size(o) == n ? 0 : -1;
}

int
json_text(const json_t *v, struct span *ret)
{
	if (!json_is_string(v))
		return -1;
	*ret = span_make(json_string_value(v), json_string_length(v));
	return 0;
}

int
json_hex(const json_t *o, const char *key, uint8_t *dst, size_t n)
{
	struct span s;

	if (json_text(json_object_get(o, key), &s) == -1)
		return -1;
	return hex_decode_exact(s, dst, n);
}

int
json_hex_or_null(const json_t *o, const char *key, uint8_t *dst, size_t n)
{
	if (json_is_null(json_object_get(o, key)))
		return 1;
	return json_hex(o, key, dst, n);
}

int
json_hex_any(const json_t *o, const char *key, uint8_t *dst, size_t cap,
    size_t *ret_len)
{
	struct span s;

	if (json_text(json_object_get(o, key), &s) == -1)
		return -1;
	return hex_decode(s, dst, cap, ret_len);
}

int
json_base64(const json_t *v, size_t max, uint8_t **ret, size_t *ret_len)
{
	struct span s;
	uint8_t *p;
	size_t n;

	if (json_text(v, &s) == -1 || s.n == 0 || s.n / 4 * 3 > max)
		return -1;
	if ((p = malloc(s.n)) == NULL)
		return -1;
	if (base64_decode(s, p, s.n, &n) == -1 || n > max) {
		free(p);
		return -1;
	}
	*ret = p;
	*ret_len = n;
	return 0;
}

int
json_uint(const json_t *v, uint64_t max, uint64_t *ret)
{
	json_int_t i;

	if (!json_is_integer(v))
		return -1;
	i = json_integer_value(v);
	if (i < 0 || (uint64_t)i > max)
		return -1;
	*ret = (uint64_t)i;
	return 0;
}

/* "0" to "23", one form each. */
static int
pcr_number(const char *s, unsigned *ret)
{
	unsigned n = 0;
	size_t i, len = strlen(s);

	if (len == 0 || len > 2 || (len > 1 && s[0] == '0'))
		return -1;
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		n = n * 10 + (s[i] - '0');
	}
	if (n >= TPM_PCRS)
		return -1;
	*ret = n;
	return 0;
}

int
json_pcrs(const json_t *o, enum digest_alg bank, struct tpm_pcrs *ret)
{
	struct tpm_pcrs p;
	const char *key;
	json_t *v;
	unsigned i;

	if (!json_is_object(o) || digest_size(bank) == 0)
		return -1;
	memset(&p, 0, sizeof(p));
	p.bank = bank;
	json_object_foreach((json_t *)o, key, v) {
		if (pcr_number(key, &i) == -1 ||
		    json_hex(o, key, p.value[i], digest_size(bank)) == -1)
			return -1;
		p.mask |= 1u << i;
	}
	*ret = p;
	return 0;
}

/* [name, hex] */
static int
executable(const json_t *v, struct config_exe *e)
{
	struct span name, hex;

	if (!json_is_array(v) || json_array_size(v) != 2 ||
	    json_text(json_array_get(v, 0), &name) == -1 ||
	    json_text(json_array_get(v, 1), &hex) == -1 ||
	    name.n == 0 || name.n > MAX_EXECUTABLE_NAME ||
	    memchr(name.p, '\0', name.n) != NULL)
		return -1;
	memcpy(e->name, name.p, name.n);
	return hex_decode_exact(hex, e->digest, sizeof(e->digest));
}

int
json_config(const json_t *o, struct config_claim *ret)
{
	static const char *const keys[] = { "toml", "keys", "flags",
	    "executables", NULL };
	struct config_claim c;
	const json_t *exe;
	uint64_t flags;
	size_t i;

	memset(&c, 0, sizeof(c));
	if (json_exact_keys(o, keys) == -1 ||
	    json_hex(o, "toml", c.toml, sizeof(c.toml)) == -1 ||
	    json_hex(o, "keys", c.keys, sizeof(c.keys)) == -1 ||
	    json_uint(json_object_get(o, "flags"), UINT32_MAX, &flags) == -1)
		return -1;
	c.flags = flags;
	exe = json_object_get(o, "executables");
	if (!json_is_array(exe) || json_array_size(exe) > MAX_EXECUTABLES)
		return -1;
	c.nexe = json_array_size(exe);
	for (i = 0; i < c.nexe; i++)
		if (executable(json_array_get(exe, i), &c.exe[i]) == -1)
			return -1;
	*ret = c;
	return 0;
}

/* The bytes must be UTF-8; serde_json escapes these and no others. */
void
json_put_string(struct buf *b, struct span s)
{
	static const char *const named[] = { ['\b'] = "\\b", ['\t'] = "\\t",
	    ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r" };
	size_t i, from = 0;

	buf_add_str(b, "\"");
	for (i = 0; i < s.n; i++) {
		if (s.p[i] >= 0x20 && s.p[i] != '"' && s.p[i] != '\\')
			continue;
		buf_add(b, s.p + from, i - from);
		from = i + 1;
		if (s.p[i] == '"' || s.p[i] == '\\') {
			buf_add_str(b, "\\");
			buf_add(b, s.p + i, 1);
		} else if (s.p[i] < sizeof(named) / sizeof(named[0]) &&
		    named[s.p[i]] != NULL)
			buf_add_str(b, named[s.p[i]]);
		else
			buf_printf(b, "\\u%04x", s.p[i]);
	}
	buf_add(b, s.p + from, s.n - from);
	buf_add_str(b, "\"");
}

void
json_put_hex(struct buf *b, struct span s)
{
	buf_add_str(b, "\"");
	buf_add_hex(b, s);
	buf_add_str(b, "\"");
}

void
json_put_config(struct buf *b, const struct config_claim *c)
{
	size_t i;

	buf_add_str(b, "{\"toml\":");
	json_put_hex(b, span_make(c->toml, sizeof(c->toml)));
	buf_add_str(b, ",\"keys\":");
	json_put_hex(b, span_make(c->keys, sizeof(c->keys)));
	buf_printf(b, ",\"flags\":%u,\"executables\":[", c->flags);
	for (i = 0; i < c->nexe; i++) {
		buf_add_str(b, i == 0 ? "[" : ",[");
		json_put_string(b, span_str(c->exe[i].name));
		buf_add_str(b, ",");
		json_put_hex(b, span_make(c->exe[i].digest, 32));
		buf_add_str(b, "]");
	}
	buf_add_str(b, "]}");
}

void
json_put_pcr_values(struct buf *b, const struct tpm_pcrs *p)
{
	const char *comma = "";
	unsigned i;

	buf_add_str(b, "{");
	for (i = 0; i < TPM_PCRS; i++) {
		if ((p->mask >> i & 1) == 0)
			continue;
		buf_printf(b, "%s\"%u\":", comma, i);
		json_put_hex(b, span_make(p->value[i], digest_size(p->bank)));
		comma = ",";
	}
	buf_add_str(b, "}");
}
