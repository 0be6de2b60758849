/* Policy files: JSON to rules and back.  A key that is not known is an error:
 * a rule that is misspelt must not be thought to hold. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/json.h"
#include "evidence/rules.h"

enum member_kind {
	M_RULE, M_MASK, M_VMPL, M_VALUES, M_CHIPS, M_FLOORS, M_ADVISORIES,
	M_PRODUCTS, M_STATUSES
};

static const struct member {
	const char		*section;	/* NULL: at the top */
	const char		*key;
	enum member_kind	 kind;
	size_t			 off;
} members[] = {
#define AT(m)	offsetof(struct policy_rules, m)
	{ NULL, "debug", M_RULE, AT(debug) },
	{ NULL, "revocation_unknown", M_RULE, AT(no_revocation) },
	{ NULL, "sha1_bank", M_RULE, AT(sha1_bank) },
	{ NULL, "ima_violation", M_RULE, AT(ima_violation) },
	{ NULL, "no_nonce", M_RULE, AT(no_nonce) },
	{ NULL, "volume_changed", M_RULE, AT(volume_changed) },
	{ "snp", "policy_must_set", M_MASK, AT(snp_must_set) },
	{ "snp", "policy_must_clear", M_MASK, AT(snp_must_clear) },
	{ "snp", "policy_warn_clear", M_MASK, AT(snp_warn_set) },
	{ "snp", "policy_warn_set", M_MASK, AT(snp_warn_clear) },
	{ "snp", "vmpl", M_VMPL, AT(snp_vmpl) },
	{ "snp", "products", M_PRODUCTS, AT(snp_product) },
	{ "snp", "alias_check_clear", M_RULE, AT(snp_alias) },
	{ "snp", "vcek", M_RULE, AT(snp_vcek) },
	{ "snp", "vlek", M_RULE, AT(snp_vlek) },
	{ "snp", "chip_masked", M_RULE, AT(snp_chip_masked) },
	{ "snp", "tcb_below_minimum", M_RULE, AT(snp_tcb) },
	{ "snp", "minimum_tcb", M_FLOORS, AT(floor) },
	{ "snp", "chips", M_CHIPS, AT(chip) },
	{ "snp", "measurements", M_VALUES, AT(snp_measurement) },
	{ "azure", "measurements", M_VALUES, AT(hcl_measurement) },
	{ "tdx", "status", M_STATUSES, AT(tdx_status) },
	{ "tdx", "advisories_accepted", M_ADVISORIES, AT(advisory) },
	{ "tdx", "attributes_must_set", M_MASK, AT(tdx_must_set) },
	{ "tdx", "attributes_must_clear", M_MASK, AT(tdx_must_clear) },
	{ "tdx", "mrtd", M_VALUES, AT(tdx_mrtd) },
	{ "tdx", "rtmr0", M_VALUES, AT(tdx_rtmr[0]) },
	{ "tdx", "rtmr1", M_VALUES, AT(tdx_rtmr[1]) },
	{ "tdx", "rtmr2", M_VALUES, AT(tdx_rtmr[2]) },
	{ "tdx", "rtmr3", M_VALUES, AT(tdx_rtmr[3]) },
	{ "tdx", "mrseam", M_VALUES, AT(tdx_mrseam) },
#undef AT
};
#define NMEMBERS	(sizeof(members) / sizeof(members[0]))

static const char *const rule_names[RULE_MAX] = { "allow", "warn", "refuse" };

static int
rule_get(const json_t *v, enum rule *ret)
{
	struct span s;
	int i;

	if (json_text(v, &s) == -1)
		return -1;
	for (i = 0; i < RULE_MAX; i++)
		if (span_eq_str(s, rule_names[i])) {
			*ret = i;
			return 0;
		}
	return -1;
}

/* "0x30000" */
static int
mask_get(const json_t *v, uint64_t *ret)
{
	struct span s;
	uint64_t m = 0;
	size_t i;
	int d;

	if (json_text(v, &s) == -1 || s.n < 3 || s.n > 18 ||
	    memcmp(s.p, "0x", 2) != 0)
		return -1;
	for (i = 2; i < s.n; i++) {
		d = s.p[i] >= '0' && s.p[i] <= '9' ? s.p[i] - '0' :
		    s.p[i] >= 'a' && s.p[i] <= 'f' ? s.p[i] - 'a' + 10 : -1;
		if (d == -1)
			return -1;
		m = m << 4 | (unsigned)d;
	}
	*ret = m;
	return 0;
}

static int
vmpl_get(const json_t *v, int *ret)
{
	uint64_t n;

	if (json_is_null(v)) {
		*ret = -1;
		return 0;
	}
	if (json_uint(v, 3, &n) == -1)
		return -1;
	*ret = (int)n;
	return 0;
}

/* An array of hex strings of n bytes each. */
static int
hex_list(const json_t *v, uint8_t *dst, size_t n, size_t max, size_t *ret)
{
	struct span s;
	size_t i;

	if (!json_is_array(v) || json_array_size(v) > max)
		return -1;
	for (i = 0; i < json_array_size(v); i++)
		if (json_text(json_array_get(v, i), &s) == -1 ||
		    hex_decode_exact(s, dst + i * n, n) == -1)
			return -1;
	*ret = json_array_size(v);
	return 0;
}

static int
advisories_get(const json_t *v, struct policy_rules *p)
{
	struct span s;
	size_t i;

	if (!json_is_array(v) || json_array_size(v) > MAX_RULE_VALUES)
		return -1;
	for (i = 0; i < json_array_size(v); i++) {
		if (json_text(json_array_get(v, i), &s) == -1 || s.n == 0 ||
		    s.n >= RULE_ADVISORY_LEN)
			return -1;
		memset(p->advisory[i], 0, RULE_ADVISORY_LEN);
		memcpy(p->advisory[i], s.p, s.n);
	}
	p->nadvisories = i;
	return 0;
}

/* An object of rules by names; every name known. */
static int
named_rules(const json_t *v, const char *(*name)(int), int n, enum rule *dst)
{
	const char *k;
	json_t *r;
	int i;

	if (!json_is_object(v))
		return -1;
	json_object_foreach((json_t *)v, k, r) {
		for (i = 0; i < n; i++)
			if (strcmp(name(i), k) == 0)
				break;
		if (i == n || rule_get(r, &dst[i]) == -1)
			return -1;
	}
	return 0;
}

static const char *
product_name(int i)
{
	return snp_product_name((enum snp_product)i);
}

static const char *
status_name(int i)
{
	return tcb_status_name((enum tcb_status)i);
}

static int
text_get(const json_t *v, char *dst, size_t size)
{
	struct span s;

	if (json_text(v, &s) == -1 || s.n >= size)
		return -1;
	memset(dst, 0, size);
	memcpy(dst, s.p, s.n);
	return 0;
}

static int
byte_get(const json_t *v, uint8_t *ret)
{
	uint64_t n;

	if (json_uint(v, 255, &n) == -1)
		return -1;
	*ret = (uint8_t)n;
	return 0;
}

/* "1.55.22" */
static int
firmware_get(const json_t *v, uint32_t *ret)
{
	unsigned a, b, c;
	char text[16], tail;

	if (text_get(v, text, sizeof(text)) == -1 ||
	    sscanf(text, "%3u.%3u.%3u%c", &a, &b, &c, &tail) != 3 ||
	    a > 255 || b > 255 || c > 255)
		return -1;
	*ret = a << 16 | b << 8 | c;
	return 0;
}

static int
floor_member(const char *k, const json_t *v, struct snp_floor *f)
{
	static const struct {
		const char	*key;
		size_t		 off;
	} bytes[] = {
		{ "fmc", offsetof(struct snp_floor, fmc) },
		{ "boot_loader", offsetof(struct snp_floor, boot_loader) },
		{ "tee", offsetof(struct snp_floor, tee) },
		{ "snp", offsetof(struct snp_floor, snp) },
		{ "microcode", offsetof(struct snp_floor, microcode) },
		{ "model", offsetof(struct snp_floor, model) },
		{ "stepping", offsetof(struct snp_floor, stepping) },
	};
	struct span s;
	size_t i;
	int p;

	for (i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++)
		if (strcmp(k, bytes[i].key) == 0)
			return byte_get(v, (uint8_t *)f + bytes[i].off);
	if (strcmp(k, "why") == 0)
		return text_get(v, f->why, sizeof(f->why));
	if (strcmp(k, "date") == 0)
		return text_get(v, f->date, sizeof(f->date));
	if (strcmp(k, "firmware") == 0)
		return firmware_get(v, &f->firmware);
	if (strcmp(k, "product") != 0 || json_text(v, &s) == -1)
		return -1;
	for (p = SNP_MILAN; p < SNP_PRODUCT_MAX; p++)
		if (span_eq_str(s, snp_product_name(p)))
			f->product = p;
	return f->product == SNP_UNKNOWN ? -1 : 0;
}

static int
floors_get(const json_t *v, struct policy_rules *p)
{
	struct snp_floor *f;
	const char *k;
	json_t *o, *m;
	size_t i;

	if (!json_is_array(v) || json_array_size(v) > MAX_RULE_FLOORS)
		return -1;
	for (i = 0; i < json_array_size(v); i++) {
		f = &p->floor[i];
		memset(f, 0, sizeof(*f));
		o = json_array_get(v, i);
		json_object_foreach(o, k, m)
			if (floor_member(k, m, f) == -1)
				return -1;
		f->has_stepping = json_object_get(o, "stepping") != NULL;
		if (f->product == SNP_UNKNOWN || f->has_stepping !=
		    (json_object_get(o, "model") != NULL))
			return -1;
	}
	p->nfloors = i;
	return 0;
}

static int
member_get(const struct member *m, const json_t *v, struct policy_rules *p)
{
	void *at = (char *)p + m->off;
	struct rule_values *values = at;

	switch (m->kind) {
	case M_RULE:
		return rule_get(v, at);
	case M_MASK:
		return mask_get(v, at);
	case M_VMPL:
		return vmpl_get(v, at);
	case M_VALUES:
		return hex_list(v, values->v[0], 48, MAX_RULE_VALUES,
		    &values->n);
	case M_CHIPS:
		return hex_list(v, p->chip[0], 64, MAX_RULE_CHIPS,
		    &p->nchips);
	case M_FLOORS:
		return floors_get(v, p);
	case M_ADVISORIES:
		return advisories_get(v, p);
	case M_PRODUCTS:
		return named_rules(v, product_name, SNP_PRODUCT_MAX, at);
	case M_STATUSES:
		return named_rules(v, status_name, TCB_STATUS_MAX, at);
	}
	return -1;
}

static const struct member *
member_find(const char *section, const char *key)
{
	size_t i;

	for (i = 0; i < NMEMBERS; i++)
		if ((section == NULL) == (members[i].section == NULL) &&
		    (section == NULL ||
		    strcmp(section, members[i].section) == 0) &&
		    strcmp(key, members[i].key) == 0)
			return &members[i];
	return NULL;
}

static int
is_section(const char *key)
{
	size_t i;

	for (i = 0; i < NMEMBERS; i++)
		if (members[i].section != NULL &&
		    strcmp(members[i].section, key) == 0)
			return 1;
	return 0;
}

/* The keys of one object; section NULL: the top one. */
static int
object_get(const json_t *o, const char *section, struct policy_rules *p,
    char *err, size_t size)
{
	const struct member *m;
	const char *k;
	json_t *v;

	json_object_foreach((json_t *)o, k, v) {
		if (section == NULL && strcmp(k, "base") == 0)
			continue;
		if (section == NULL && is_section(k) && json_is_object(v)) {
			if (object_get(v, k, p, err, size) == -1)
				return -1;
			continue;
		}
		if ((m = member_find(section, k)) == NULL) {
			snprintf(err, size, "unknown key \"%.64s\"", k);
			return -1;
		}
		if (member_get(m, v, p) == -1) {
			snprintf(err, size, "the value of \"%s\" is not of "
			    "its form", k);
			return -1;
		}
	}
	return 0;
}

int
rules_read(struct span text, struct policy_rules *ret, char *err, size_t size)
{
	const struct policy_rules *base = &rules_default;
	struct policy_rules *p = malloc(sizeof(*p));
	json_t *o = json_load(text, MAX_POLICY_FILE);
	const json_t *b;
	int rc = -1;

	snprintf(err, size, "not a JSON object");
	if (p == NULL || !json_is_object(o))
		goto out;
	if ((b = json_object_get(o, "base")) != NULL) {
		snprintf(err, size, "\"base\" is neither default nor strict");
		if (!json_is_string(b) ||
		    (base = rules_named(json_string_value(b))) == NULL)
			goto out;
	}
	*p = *base;
	if (object_get(o, NULL, p, err, size) == -1)
		goto out;
	*ret = *p;
	rc = 0;
out:
	json_decref(o);
	free(p);
	return rc;
}

static json_t *
values_put(const uint8_t *v, size_t n, size_t count)
{
	json_t *a = json_array();
	char hex[129];
	size_t i;

	for (i = 0; i < count; i++) {
		hex_encode(span_make(v + i * n, n), hex, sizeof(hex));
		json_array_append_new(a, json_string(hex));
	}
	return a;
}

static json_t *
floor_put(const struct snp_floor *f)
{
	json_t *o = json_pack("{s:s,s:i,s:i,s:i,s:i,s:i,s:s,s:s}", "product",
	    snp_product_name(f->product), "fmc", f->fmc, "boot_loader",
	    f->boot_loader, "tee", f->tee, "snp", f->snp, "microcode",
	    f->microcode, "why", f->why, "date", f->date);
	char text[16];

	snprintf(text, sizeof(text), "%u.%u.%u", f->firmware >> 16 & 0xff,
	    f->firmware >> 8 & 0xff, f->firmware & 0xff);
	json_object_set_new(o, "firmware", json_string(text));
	if (f->has_stepping) {
		json_object_set_new(o, "model", json_integer(f->model));
		json_object_set_new(o, "stepping",
		    json_integer(f->stepping));
	}
	return o;
}

static json_t *
list_put(const struct member *m, const struct policy_rules *p)
{
	json_t *a;
	size_t i;

	if (m->kind == M_CHIPS)
		return values_put(p->chip[0], 64, p->nchips);
	a = json_array();
	if (m->kind == M_FLOORS)
		for (i = 0; i < p->nfloors; i++)
			json_array_append_new(a, floor_put(&p->floor[i]));
	else
		for (i = 0; i < p->nadvisories; i++)
			json_array_append_new(a, json_string(p->advisory[i]));
	return a;
}

static json_t *
member_put(const struct member *m, const struct policy_rules *p)
{
	const void *at = (const char *)p + m->off;
	const struct rule_values *values = at;
	const enum rule *rule = at;
	char text[24];
	json_t *o;
	int i;

	switch (m->kind) {
	case M_RULE:
		return json_string(rule_names[*rule]);
	case M_MASK:
		snprintf(text, sizeof(text), "0x%llx",
		    (unsigned long long)*(const uint64_t *)at);
		return json_string(text);
	case M_VMPL:
		return p->snp_vmpl < 0 ? json_null() :
		    json_integer(p->snp_vmpl);
	case M_VALUES:
		return values_put(values->v[0], 48, values->n);
	case M_PRODUCTS:
	case M_STATUSES:
		o = json_object();
		for (i = 0; i < (m->kind == M_PRODUCTS ? SNP_PRODUCT_MAX :
		    TCB_STATUS_MAX); i++)
			json_object_set_new(o, m->kind == M_PRODUCTS ?
			    product_name(i) : status_name(i),
			    json_string(rule_names[rule[i]]));
		return o;
	default:
		return list_put(m, p);
	}
}

static void
rules_dump(const struct policy_rules *p, size_t flags, struct buf *b)
{
	json_t *o = json_object(), *at;
	char *text;
	size_t i;

	for (i = 0; i < NMEMBERS; i++) {
		at = o;
		if (members[i].section != NULL) {
			at = json_object_get(o, members[i].section);
			if (at == NULL) {
				at = json_object();
				json_object_set_new(o, members[i].section,
				    at);
			}
		}
		json_object_set_new(at, members[i].key,
		    member_put(&members[i], p));
	}
	text = json_dumps(o, flags);
	json_decref(o);
	if (text == NULL)
		b->failed = 1;
	else
		buf_add_str(b, text);
	free(text);
}

void
rules_write(const struct policy_rules *p, struct buf *b)
{
	rules_dump(p, JSON_INDENT(1), b);
}

void
rules_write_line(const struct policy_rules *p, struct buf *b)
{
	rules_dump(p, JSON_COMPACT, b);
}
