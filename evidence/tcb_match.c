/* Levels, modules and the quoting enclave.  All comparisons are "at least":
 * a platform newer than the list is as good as its best level. */
#include <stdio.h>
#include <string.h>

#include "evidence/tcb_match.h"
#include "evidence/utc.h"

/* Components of tee_tcb_svn: SVN and major version of the module. */
#define SVN_MODULE	0u
#define SVN_VERSION	1u

int
tdx_module_is_named(const struct tdx_body *b)
{
	return b->tee_tcb_svn.p[SVN_VERSION] > 0;
}

void
tdx_module_id(const struct tdx_body *b, char ret[16])
{
	snprintf(ret, 16, "TDX_%02X", b->tee_tcb_svn.p[SVN_VERSION]);
}

/* The TDX components that are compared with a level's. */
static size_t
tdx_first(const struct tdx_body *b)
{
	return tdx_module_is_named(b) ? 2 : 0;
}

static int
level_is_met(const struct tcb_level *l, const struct sgx_ext *e,
    const struct tdx_body *b)
{
	size_t i;

	for (i = 0; i < SGX_COMPONENTS; i++)
		if (e->svn[i] < l->sgx[i])
			return 0;
	for (i = tdx_first(b); i < SGX_COMPONENTS; i++)
		if (b->tee_tcb_svn.p[i] < l->tdx[i])
			return 0;
	return e->pcesvn >= l->pcesvn;
}

const struct tcb_level *
tcb_platform_level(const struct tcb_info *t, const struct sgx_ext *e,
    const struct tdx_body *b)
{
	size_t i;

	for (i = 0; i < t->levels.n; i++)
		if (level_is_met(&t->levels.v[i], e, b))
			return &t->levels.v[i];
	return NULL;
}

/* " SGX component 8 (SEAMLDR ACM) is 3, needs 5;" */
static void
short_add(struct buf *out, const struct tcb_level *l, const char *set,
    const char *what, size_t i, unsigned have, unsigned need)
{
	const json_t *c, *type;

	if (have >= need)
		return;
	c = json_array_get(json_object_get(json_object_get(l->json, "tcb"),
	    set), i);
	type = json_object_get(c, "type");
	buf_printf(out, "%s%s component %zu", out->n > 0 ? "; " : "", what,
	    i + 1);
	if (json_is_string(type))
		buf_printf(out, " (%.40s)", json_string_value(type));
	buf_printf(out, " is %u, needs %u", have, need);
}

void
tcb_platform_short(const struct tcb_info *t, const struct sgx_ext *e,
    const struct tdx_body *b, char *ret, size_t size)
{
	const struct tcb_level *l = &t->levels.v[0];
	char since[UTC_TEXT_LEN];
	struct buf out;
	size_t i, n;

	buf_init(&out, 4096);
	for (i = 0; i < SGX_COMPONENTS; i++)
		short_add(&out, l, "sgxtcbcomponents", "SGX", i, e->svn[i],
		    l->sgx[i]);
	for (i = tdx_first(b); i < SGX_COMPONENTS; i++)
		short_add(&out, l, "tdxtcbcomponents", "TDX", i,
		    b->tee_tcb_svn.p[i], l->tdx[i]);
	if (e->pcesvn < l->pcesvn)
		buf_printf(&out, "%sPCE is %u, needs %u",
		    out.n > 0 ? "; " : "", e->pcesvn, l->pcesvn);
	utc_text(l->date, since);
	if (out.n > 0)
		buf_printf(&out, " (the level of %.10s)", since);
	n = out.n < size ? out.n : size - 1;
	if (n > 0)
		memcpy(ret, out.p, n);
	ret[n] = '\0';
	buf_free(&out);
}

const struct tcb_module *
tdx_module_find(const struct tcb_info *t, const struct tdx_body *b)
{
	char id[16];
	size_t i;

	if (!tdx_module_is_named(b))
		return &t->module;
	tdx_module_id(b, id);
	for (i = 0; i < t->nmodules; i++)
		if (strcmp(t->modules[i].id, id) == 0)
			return &t->modules[i];
	return NULL;
}

int
tdx_module_signer_ok(const struct tcb_module *m, const struct tdx_body *b)
{
	return memcmp(m->mrsigner, b->mr_signer_seam.p,
	    sizeof(m->mrsigner)) == 0;
}

/* 1 if the bytes under the mask are the expected ones. */
static int
masked_eq(struct span have, const uint8_t *mask, const uint8_t *want)
{
	size_t i;

	for (i = 0; i < have.n; i++)
		if ((have.p[i] & mask[i]) != (want[i] & mask[i]))
			return 0;
	return 1;
}

int
tdx_module_attributes_ok(const struct tcb_module *m, const struct tdx_body *b)
{
	return masked_eq(b->seam_attributes, m->mask, m->attributes);
}

const struct tcb_level *
tcb_isvsvn_level(const struct tcb_levels *l, unsigned isvsvn)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (isvsvn >= l->v[i].isvsvn)
			return &l->v[i];
	return NULL;
}

const char *
qe_identity_fault(const struct qe_identity *q, const struct sgx_report *r)
{
	if (memcmp(q->mrsigner, r->mrsigner.p, sizeof(q->mrsigner)) != 0)
		return "the quoting enclave has another signer";
	if (q->isvprodid != r->isvprodid)
		return "the quoting enclave is another product";
	if (!masked_eq(r->miscselect, q->miscselect_mask, q->miscselect))
		return "the quoting enclave has another MISCSELECT";
	if (!masked_eq(r->attributes, q->attributes_mask, q->attributes))
		return "the quoting enclave has other attributes";
	return NULL;
}

enum tcb_status
tcb_converge(enum tcb_status platform, enum tcb_status p)
{
	if (platform == TCB_NOT_FOUND || p == TCB_NOT_FOUND)
		return TCB_NOT_FOUND;
	if (platform == TCB_REVOKED || p == TCB_REVOKED)
		return TCB_REVOKED;
	if (p == TCB_UP_TO_DATE)
		return platform;
	if (platform == TCB_UP_TO_DATE)
		return p;
	if (p == TCB_OUT_OF_DATE) {
		if (platform == TCB_SW_HARDENING_NEEDED)
			return TCB_OUT_OF_DATE;
		if (platform == TCB_CONFIGURATION_NEEDED ||
		    platform == TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED)
			return TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
	}
	/* Intel gives parts no other status; the later in the enum is the
	 * worse one. */
	return p > platform ? p : platform;
}
