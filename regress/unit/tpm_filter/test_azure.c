#include <tss2/tss2_tpm2_types.h>

#include "agentd/limits.h"
#include "parent/tpm_filter.h"
#include "regress/unit/check.h"

/* On a vTPM of Azure: the paravisor's key and report, and nothing else besides. */

#define AK	0x81000051
#define HCL_AK	0x81000003
#define REPORT	0x01400001
#define DATA	0x01400002

struct cmd {
	uint8_t	b[512];
	size_t	n;
};

static void
add(struct cmd *c, uint32_t v, size_t n)
{
	while (n-- > 0)
		c->b[c->n++] = (uint8_t)(v >> 8 * n);
}

/* Header with the size to come, handles, and an empty password if wanted. */
static void
begin(struct cmd *c, uint32_t cc, const uint32_t *h, size_t nh, int password)
{
	size_t i;

	memset(c, 0, sizeof(*c));
	add(c, password ? TPM2_ST_SESSIONS : TPM2_ST_NO_SESSIONS, 2);
	add(c, 0, 4);
	add(c, cc, 4);
	for (i = 0; i < nh; i++)
		add(c, h[i], 4);
	if (password) {
		add(c, 9, 4);
		add(c, TPM2_RS_PW, 4);
		add(c, 0, 4);
		add(c, 0, 1);
	}
}

static int
passes(enum tpm_table t, struct cmd *c, const struct tpm_expect *e)
{
	size_t n = c->n;

	c->n = 2;
	add(c, (uint32_t)n, 4);
	c->n = n;
	return tpm_filter(t, c->b, c->n, e) == NULL;
}

static int
one(enum tpm_table t, uint32_t cc, uint32_t h)
{
	struct cmd c;

	begin(&c, cc, &h, 1, 0);
	return passes(t, &c, NULL);
}

static int
nv_read(enum tpm_table t, uint32_t auth, uint32_t index)
{
	struct cmd c;

	begin(&c, TPM2_CC_NV_Read, (const uint32_t[]){ auth, index }, 2, 1);
	add(&c, 512, 2);
	add(&c, 0, 2);
	return passes(t, &c, NULL);
}

static void
reading(void)
{
	test_begin("reading");
	CHECK(one(TPM_AZURE, TPM2_CC_ReadPublic, HCL_AK));
	CHECK(one(TPM_AZURE, TPM2_CC_NV_ReadPublic, REPORT));
	CHECK(one(TPM_AZURE, TPM2_CC_NV_ReadPublic, DATA));
	CHECK(nv_read(TPM_AZURE, TPM2_RH_OWNER, REPORT));
	CHECK(nv_read(TPM_AZURE, REPORT, REPORT));
	CHECK(!nv_read(TPM_AZURE, TPM2_RH_PLATFORM, REPORT));
	CHECK(!nv_read(TPM_AZURE, TPM2_RH_OWNER, DATA));
	CHECK(!nv_read(TPM_AZURE, TPM2_RH_OWNER, DATA + 1));
	CHECK(!one(TPM_AZURE, TPM2_CC_NV_ReadPublic, DATA + 1));
	CHECK(!one(TPM_AZURE, TPM2_CC_ReadPublic, HCL_AK + 1));

	test_begin("elsewhere");
	CHECK(!one(TPM_SERVE, TPM2_CC_ReadPublic, HCL_AK));
	CHECK(!one(TPM_SERVE, TPM2_CC_NV_ReadPublic, REPORT));
	CHECK(!one(TPM_SERVE, TPM2_CC_NV_ReadPublic, DATA));
	CHECK(!nv_read(TPM_SERVE, TPM2_RH_OWNER, REPORT));
	CHECK(!one(TPM_INIT, TPM2_CC_NV_ReadPublic, REPORT));
	CHECK(!nv_read(TPM_INIT, TPM2_RH_OWNER, REPORT));
}

/* Every bit of a command that passes, turned: it must not. */
static void
only_this(struct cmd *c, const struct tpm_expect *e)
{
	struct cmd other;
	size_t i;
	int bit;

	for (i = 0; i < c->n; i++)
		for (bit = 0; bit < 8; bit++) {
			other = *c;
			other.b[i] ^= (uint8_t)(1 << bit);
			CHECK(tpm_filter(TPM_AZURE, other.b, other.n, e) !=
			    NULL);
		}
	other = *c;
	other.n++;
	CHECK(!passes(TPM_AZURE, &other, e));
	other = *c;
	other.n--;
	CHECK(!passes(TPM_AZURE, &other, e));
	CHECK(!passes(TPM_SERVE, c, e));
	CHECK(!passes(TPM_INIT, c, e));
	CHECK(passes(TPM_AZURE, c, e));
}

static void
writing(void)
{
	static const uint8_t mask[3] = { 1, 0, 0 };
	const uint32_t h[] = { TPM2_RH_OWNER, DATA };
	struct tpm_expect e, quote;
	uint8_t data[64];
	struct cmd c;

	test_begin("user data");
	memset(data, 0xa5, sizeof(data));
	tpm_hcl_command(data, &e);
	begin(&c, TPM2_CC_NV_Write, h, 2, 1);
	add(&c, sizeof(data), 2);
	memcpy(c.b + c.n, data, sizeof(data));
	c.n += sizeof(data);
	add(&c, 0, 2);
	CHECK(passes(TPM_AZURE, &c, &e));
	only_this(&c, &e);
	CHECK(!passes(TPM_AZURE, &c, NULL));
	CHECK_OK(tpm_quote_command(TPM2_ALG_SHA256, mask, data, 34, &quote));
	CHECK(!passes(TPM_AZURE, &c, &quote));
	CHECK(tpm_filter(TPM_AZURE, quote.cmd, quote.len, &e) != NULL);
}

static void
defining(void)
{
	const uint32_t owner = TPM2_RH_OWNER;
	struct cmd c;

	test_begin("the index of user data");
	begin(&c, TPM2_CC_NV_DefineSpace, &owner, 1, 1);
	add(&c, 0, 2);
	add(&c, 14, 2);
	add(&c, DATA, 4);
	add(&c, TPM2_ALG_SHA256, 2);
	add(&c, TPMA_NV_OWNERWRITE | TPMA_NV_OWNERREAD, 4);
	add(&c, 0, 2);
	add(&c, 64, 2);
	CHECK(passes(TPM_AZURE, &c, NULL));
	only_this(&c, NULL);
}

static void
quoting(void)
{
	static const uint8_t mask[3] = { 0xff, 0x0f, 0 };
	struct tpm_expect own, e;
	uint8_t q[34];

	test_begin("quotes by the paravisor's key");
	memset(q, 0x5a, sizeof(q));
	CHECK_OK(tpm_quote_command(TPM2_ALG_SHA256, mask, q, 34, &own));
	e = own;
	tpm_quote_azure(&e);
	CHECK_INT(e.len, own.len);
	CHECK_MEM(e.cmd, own.cmd, 10);
	CHECK_MEM(e.cmd + 10, "\x81\x00\x00\x03", 4);
	CHECK_MEM(e.cmd + 14, own.cmd + 14, own.len - 14);
	CHECK(tpm_filter(TPM_AZURE, e.cmd, e.len, &e) == NULL);
	CHECK(tpm_filter(TPM_AZURE, own.cmd, own.len, &e) != NULL);
	CHECK(tpm_filter(TPM_AZURE, e.cmd, e.len, NULL) != NULL);
	CHECK(tpm_filter(TPM_INIT, e.cmd, e.len, &e) != NULL);
	memset(&own, 0, sizeof(own));
	tpm_quote_azure(&own);
	CHECK_INT(own.len, 0);
	CHECK_INT(own.cmd[10], 0);
}

int
main(void)
{
	reading();
	writing();
	defining();
	quoting();
	return test_end();
}
