/* The paravisor's JSON: keys of the vTPM, user data. */
#include <string.h>

#include "evidence/checks.h"
#include "evidence/hcl.h"
#include "evidence/json.h"

/* base64url without padding (RFC 7515) */
static int
base64url(const json_t *v, uint8_t *dst, size_t cap, size_t *ret_len)
{
	char text[1024];
	struct span s;
	size_t i;

	if (json_text(v, &s) == -1 || s.n > sizeof(text))
		return -1;
	for (i = 0; i < s.n; i++) {
		text[i] = (char)s.p[i];
		if (text[i] == '+' || text[i] == '/')
			return -1;
		if (text[i] == '-')
			text[i] = '+';
		else if (text[i] == '_')
			text[i] = '/';
	}
	return base64_decode(span_make(text, s.n), dst, cap, ret_len);
}

static int
ak_decode(const json_t *k, struct tpm_public *p)
{
	uint8_t e[4];
	size_t i, n;
	struct span s;

	memset(p, 0, sizeof(*p));
	if (json_text(json_object_get(k, "kty"), &s) == -1 ||
	    !span_eq_str(s, "RSA") ||
	    base64url(json_object_get(k, "n"), p->x, sizeof(p->x),
	    &p->x_len) == -1 || p->x_len < 256 ||
	    base64url(json_object_get(k, "e"), e, sizeof(e), &n) == -1)
		return -1;
	for (i = 0; i < n; i++)
		p->exponent = p->exponent << 8 | e[i];
	p->key = TPM_KEY_RSA;
	return p->exponent < 3 ? -1 : 0;
}

static int
keys_decode(const json_t *keys, struct hcl_vars *v)
{
	struct span kid;
	size_t i;

	if (!json_is_array(keys) || json_array_size(keys) > MAX_HCL_KEYS)
		return -1;
	for (i = 0; i < json_array_size(keys); i++) {
		const json_t *k = json_array_get(keys, i);

		if (json_text(json_object_get(k, "kid"), &kid) == -1)
			return -1;
		if (!span_eq_str(kid, "HCLAkPub"))
			continue;
		/* Two, and a reader may take the one or the other. */
		if (v->has_ak || ak_decode(k, &v->ak) == -1)
			return -1;
		v->has_ak = 1;
	}
	return 0;
}

int
hcl_vars_decode(struct span text, struct hcl_vars *ret)
{
	struct hcl_vars v;
	struct span id;
	json_t *o;
	int rc = -1;

	memset(&v, 0, sizeof(v));
	o = json_load(text, MAX_HCL_REPORT);
	if (!json_is_object(o) ||
	    keys_decode(json_object_get(o, "keys"), &v) == -1)
		goto out;
	if (json_object_get(o, "user-data") != NULL) {
		if (json_hex(o, "user-data", v.user_data, 64) == -1)
			goto out;
		v.has_user_data = 1;
	}
	if (json_text(json_object_get(json_object_get(o, "vm-configuration"),
	    "vmUniqueId"), &id) == 0)
		text_escape(id, v.vm_id, sizeof(v.vm_id));
	*ret = v;
	rc = 0;
out:
	json_decref(o);
	return rc;
}
