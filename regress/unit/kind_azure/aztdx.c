/* HCL reports around the TDREPORT of a forged TDX machine. */
#include <openssl/sha.h>
#include <string.h>

#include "regress/unit/kind_azure/aztdx.h"

#define REPORT_DATA	520	/* in the body of a quote */

void
az_tdreport(const struct forge_tdx *f, const uint8_t data[64],
    uint8_t r[SNP_REPORT_SIZE])
{
	const uint8_t *b = f->body;

	memset(r, 0, SNP_REPORT_SIZE);
	r[0] = 0x81;
	memcpy(r + 128, data, 64);
	memcpy(r + 264, b, 16);			/* TEE TCB SVN */
	memcpy(r + 280, b + 16, 48 + 48 + 8);	/* the module */
	memcpy(r + 512, b + 120, 400);		/* TDINFO */
	SHA384(r + 256, 239, r + 32);
	SHA384(r + 512, 512, r + 80);
}

static void
le32(struct buf *b, size_t v)
{
	const uint8_t x[4] = { v & 0xff, v >> 8 & 0xff, v >> 16 & 0xff,
	    v >> 24 & 0xff };

	buf_add(b, x, 4);
}

void
az_frame(struct buf *b, const uint8_t hw[SNP_REPORT_SIZE], uint32_t type,
    struct span vars)
{
	static const uint8_t zero[12];

	buf_add_str(b, "HCLA");
	le32(b, 2);
	le32(b, 32 + SNP_REPORT_SIZE + 20 + vars.n);
	le32(b, 2);
	le32(b, 0);
	buf_add(b, zero, sizeof(zero));
	buf_add(b, hw, SNP_REPORT_SIZE);
	le32(b, 20 + vars.n);
	le32(b, 1);
	le32(b, type);
	le32(b, 1);
	le32(b, vars.n);
	buf_add(b, vars.p, vars.n);
}

struct span
az_td_quote(struct forge_tdx *f, const uint8_t data[64])
{
	memcpy(f->body + REPORT_DATA, data, 64);
	buf_free(&f->quote);
	forge_tdx_quote(f);
	return buf_span(&f->quote);
}
