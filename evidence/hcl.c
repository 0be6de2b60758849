/* Azure's HCL report: the frame, and what is bound to what. */
#include <string.h>

#include "evidence/attest_verify.h"
#include "evidence/hcl.h"
#include "evidence/snp_report.h"
#include "evidence/tdx_quote.h"

#define HEADER_SIZE	32u
#define HARDWARE_SIZE	1184u
#define DATA_HEADER	20u

static int
header_decode(struct cursor *c, struct hcl *h, const char **ret_why)
{
	struct span magic, reserved, hw;

	*ret_why = "it is cut";
	if (cursor_take(c, 4, &magic) == -1 ||
	    cursor_le32(c, &h->version) == -1 ||
	    cursor_le32(c, &h->report_size) == -1 ||
	    cursor_le32(c, &h->request_type) == -1 ||
	    cursor_le32(c, &h->status) == -1 ||
	    cursor_take(c, 12, &reserved) == -1 ||
	    cursor_take(c, HARDWARE_SIZE, &hw) == -1 ||
	    cursor_le32(c, &h->data_size) == -1 ||
	    cursor_le32(c, &h->data_version) == -1 ||
	    cursor_le32(c, &h->report_type) == -1 ||
	    cursor_le32(c, &h->hash_type) == -1 ||
	    cursor_le32(c, &h->vars_size) == -1)
		return -1;
	*ret_why = "it does not begin with HCLA";
	if (!span_eq_str(magic, "HCLA"))
		return -1;
	*ret_why = "version, request or status is unknown";
	if (h->version < 1 || h->version > 2 || h->request_type != 2 ||
	    h->status != 0 || h->data_version != 1 || !span_is_zero(reserved))
		return -1;
	*ret_why = "the report is of an unknown type";
	if (h->report_type != HCL_SNP && h->report_type != HCL_TDX)
		return -1;
	h->hardware = hw;
	return 0;
}

int
hcl_decode(struct span s, struct hcl *ret, const char **ret_why)
{
	struct cursor c;
	struct span rest;
	struct hcl h;

	memset(&h, 0, sizeof(h));
	*ret_why = "it is too large";
	if (s.n > MAX_HCL_REPORT)
		return -1;
	cursor_init(&c, s);
	if (header_decode(&c, &h, ret_why) == -1)
		return -1;
	*ret_why = "its sizes do not fit";
	if (h.vars_size == 0 || h.vars_size > cursor_left(&c) ||
	    h.data_size != DATA_HEADER + h.vars_size ||
	    h.report_size != HEADER_SIZE + HARDWARE_SIZE + h.data_size ||
	    cursor_take(&c, h.vars_size, &h.vars) == -1)
		return -1;
	rest = span_make(c.p + c.off, cursor_left(&c));
	*ret_why = "something follows the variable data";
	if (!span_is_zero(rest))
		return -1;
	h.padding = rest.n;
	h.report_data = span_make(h.hardware.p + SNP_REPORT_DATA, 64);
	if (h.report_type == HCL_TDX) {
		*ret_why = "something follows the TDREPORT";
		if (!span_is_zero(span_make(h.hardware.p + TDREPORT_SIZE,
		    HARDWARE_SIZE - TDREPORT_SIZE)))
			return -1;
		h.hardware.n = TDREPORT_SIZE;
		h.report_data = span_make(h.hardware.p + 128, 64);
	}
	*ret = h;
	return 0;
}

int
hcl_binds(const struct hcl *h)
{
	static const enum digest_alg alg[] = { DIGEST_NONE, DIGEST_SHA256,
	    DIGEST_SHA384, DIGEST_SHA512 };
	uint8_t want[64] = { 0 };

	return h->hash_type >= 1 && h->hash_type <= 3 &&
	    digest_bytes(alg[h->hash_type], h->vars, want) == 0 &&
	    span_eq(h->report_data, span_make(want, sizeof(want)));
}

/*
 * REPORTMACSTRUCT holds SHA-384 of TEE_TCB_INFO (239 bytes at 256) and of
 * TDINFO (512 bytes at 512); what no hash covers is reserved.  Its MAC can be
 * checked by that machine only.
 */
int
tdreport_consistent(struct span s)
{
	uint8_t d[48];

	/* subtype 0, version 0 or 1 */
	return s.n == TDREPORT_SIZE && s.p[1] == 0 && s.p[2] <= 1 &&
	    span_is_zero(span_make(s.p + 3, 13)) &&
	    span_is_zero(span_make(s.p + 192, 32)) &&
	    span_is_zero(span_make(s.p + 495, 17)) &&
	    digest_bytes(DIGEST_SHA384, span_make(s.p + 256, 239), d) == 0 &&
	    memcmp(d, s.p + 32, 48) == 0 &&
	    digest_bytes(DIGEST_SHA384, span_make(s.p + 512, 512), d) == 0 &&
	    memcmp(d, s.p + 80, 48) == 0;
}
