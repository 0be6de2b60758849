/*
 * Optional members of "cvm": the policy that was in force, and what the TEE's
 * evidence was, whose firmware must not fall behind later.
 */
#include <stdlib.h>
#include <string.h>

#include "evidence/attest.h"
#include "evidence/json.h"
#include "evidence/limits.h"
#include "evidence/rules.h"
#include "evidence/snapshot_cvm.h"
#include "evidence/tdx_quote.h"

const struct policy_rules *
cvm_policy(const struct snapshot_cvm *c)
{
	return c->policy != NULL ? c->policy : c->policy_name[0] != '\0' ?
	    rules_named(c->policy_name) : NULL;
}

/* The rules of a file, whole: a later version may have other defaults. */
static int
rules_get(const json_t *v, struct policy_rules **ret)
{
	struct policy_rules *p = malloc(sizeof(*p));
	char *text = json_dumps(v, JSON_COMPACT), err[256];
	int rc = -1;

	if (p != NULL && text != NULL)
		rc = rules_read(span_str(text), p, err, sizeof(err));
	free(text);
	if (rc == 0)
		*ret = p;
	else
		free(p);
	return rc;
}

int
cvm_policy_read(const json_t *v, struct snapshot_cvm *c)
{
	struct span s;

	if (v == NULL)
		return 0;
	if (json_is_object(v))
		return rules_get(v, &c->policy);
	if (json_text(v, &s) == -1 || s.n == 0 ||
	    s.n >= sizeof(c->policy_name))
		return -1;
	memcpy(c->policy_name, s.p, s.n);
	return rules_named(c->policy_name) != NULL ? 0 : -1;
}

void
cvm_policy_write(const struct snapshot_cvm *c, struct buf *b)
{
	if (c->policy == NULL && c->policy_name[0] == '\0')
		return;
	buf_add_str(b, ",\"policy\":");
	if (c->policy != NULL)
		rules_write_line(c->policy, b);
	else
		json_put_string(b, span_str(c->policy_name));
}

static int
product_by_name(const json_t *v, enum snp_product *ret)
{
	struct span s;
	int i;

	if (json_text(v, &s) == -1)
		return -1;
	for (i = SNP_UNKNOWN; i < SNP_PRODUCT_MAX; i++)
		if (span_eq_str(s, snp_product_name(i))) {
			*ret = i;
			return 0;
		}
	return -1;
}

static int
snp_pin_read(const json_t *o, struct tee_pin *t)
{
	static const char *const keys[] = { "vmpl", "product", "tcb", NULL };
	uint64_t vmpl;

	if (json_is_null(o))
		return 0;
	if (json_exact_keys(o, keys) == -1 ||
	    json_uint(json_object_get(o, "vmpl"), UINT32_MAX, &vmpl) == -1 ||
	    product_by_name(json_object_get(o, "product"), &t->product) ==
	    -1 || json_hex(o, "tcb", t->tcb, sizeof(t->tcb)) == -1)
		return -1;
	t->has_snp = 1;
	t->vmpl = (uint32_t)vmpl;
	return 0;
}

static int
rtmrs_read(const json_t *v, struct tee_pin *t)
{
	struct span s;
	size_t i;

	if (json_is_null(v))
		return 0;
	if (!json_is_array(v) || json_array_size(v) != TDX_RTMRS)
		return -1;
	for (i = 0; i < TDX_RTMRS; i++)
		if (json_text(json_array_get(v, i), &s) == -1 ||
		    hex_decode_exact(s, t->rtmr[i], sizeof(t->rtmr[i])) == -1)
			return -1;
	t->has_rtmrs = 1;
	return 0;
}

int
cvm_tee_read(const json_t *o, struct tee_pin *t)
{
	static const char *const keys[] = { "kind", "snp", "rtmrs", NULL };
	struct span kind;

	if (o == NULL)
		return 0;
	if (json_exact_keys(o, keys) == -1 ||
	    json_text(json_object_get(o, "kind"), &kind) == -1 ||
	    (t->kind = tee_quote_by_name(kind)) == TEE_QUOTE_NONE ||
	    snp_pin_read(json_object_get(o, "snp"), t) == -1)
		return -1;
	return rtmrs_read(json_object_get(o, "rtmrs"), t);
}

void
cvm_tee_write(const struct tee_pin *t, struct buf *b)
{
	size_t i;

	if (t->kind == TEE_QUOTE_NONE)
		return;
	buf_printf(b, ",\"tee\":{\"kind\":\"%s\",\"snp\":",
	    tee_quote_name(t->kind));
	if (t->has_snp) {
		buf_printf(b, "{\"vmpl\":%u,\"product\":\"%s\",\"tcb\":",
		    t->vmpl, snp_product_name(t->product));
		json_put_hex(b, span_make(t->tcb, sizeof(t->tcb)));
		buf_add_str(b, "}");
	} else
		buf_add_str(b, "null");
	buf_add_str(b, ",\"rtmrs\":");
	for (i = 0; t->has_rtmrs && i < TDX_RTMRS; i++) {
		buf_add_str(b, i == 0 ? "[" : ",");
		json_put_hex(b, span_make(t->rtmr[i], sizeof(t->rtmr[i])));
	}
	buf_add_str(b, t->has_rtmrs ? "]}" : "null}");
}
