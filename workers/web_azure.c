#include <string.h>

#include "evidence/pem.h"
#include "evidence/snp_report.h"
#include "workers/web_azure.h"

#define HCL_REPORT_AT	32	/* WIRE 3 */
#define GUID_LEN	16
#define NCERTS		3

/* In the order in which the metadata service gives them (WIRE 1.2). */
static const uint8_t guids[NCERTS][GUID_LEN] = {
	{ 0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64,	/* VCEK */
	    0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd },
	{ 0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4,	/* ASK */
	    0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82 },
	{ 0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52,	/* ARK */
	    0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae },
};

struct span
azure_snp_report(struct span hcl)
{
	if (hcl.n < HCL_REPORT_AT + SNP_REPORT_SIZE)
		return span_make(NULL, 0);
	return span_make(hcl.p + HCL_REPORT_AT, SNP_REPORT_SIZE);
}

static void
add_le32(struct buf *b, size_t v)
{
	uint8_t p[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
	    (uint8_t)(v >> 24) };

	buf_add(b, p, sizeof(p));
}

int
azure_snp_blob(struct span hcl, struct span pem, struct buf *b)
{
	static uint8_t der[MAX_PEM_CERT];
	struct span report = azure_snp_report(hcl);
	struct cursor c;
	size_t i, len;

	if (report.n == 0)
		return -1;
	buf_add(b, report.p, report.n);
	add_le32(b, pem.n == 0 ? 0 : NCERTS);
	cursor_init(&c, pem);
	for (i = 0; pem.n != 0 && i < NCERTS; i++) {
		if (pem_cert_next(&c, der, &len) != 1)
			return -1;
		add_le32(b, GUID_LEN + len);
		buf_add(b, guids[i], GUID_LEN);
		buf_add(b, der, len);
	}
	return b->failed ? -1 : 0;
}
