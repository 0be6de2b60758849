#include <string.h>
#include <time.h>

#include "agentd/limits.h"
#include "privsep/log.h"
#include "workers/tpm_ek.h"
#include "workers/tpm_hcl.h"
#include "workers/tpm_tcti.h"

#define HCL_REPORT_INDEX	0x01400001
#define HCL_DATA_INDEX		0x01400002

/*
 * The paravisor makes a new report when the index is read, but not more often
 * than every few seconds: until then the one before is read again.
 */
#define TRIES		40
#define PAUSE_MS	500

#define TYPE_AT		1224	/* WIRE 3: report type, u32 LE */
#define TYPE_SNP	2
#define TYPE_TDX	4

#define NO	ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE

static enum tee_kind
report_kind(const uint8_t *p, size_t n)
{
	static const uint8_t zero[3];

	if (n <= TYPE_AT + 4 || memcmp(p, "HCLA", 4) != 0 ||
	    memcmp(p + TYPE_AT + 1, zero, 3) != 0)
		return TEE_NONE;
	return p[TYPE_AT] == TYPE_SNP ? TEE_AZURE_SNP :
	    p[TYPE_AT] == TYPE_TDX ? TEE_AZURE_TDX : TEE_NONE;
}

enum tee_kind
hcl_find(ESYS_CONTEXT *esys)
{
	static uint8_t report[HCL_MAX];
	size_t n;

	if (cert_read(esys, HCL_REPORT_INDEX, report, sizeof(report), &n) != 1)
		return TEE_NONE;
	return report_kind(report, n);
}

/* Its owner reads and writes it; nobody else has to know that it is there. */
static TSS2_RC
data_define(ESYS_CONTEXT *esys, ESYS_TR *ret_nv)
{
	static const TPM2B_AUTH empty;
	static const TPM2B_NV_PUBLIC pub = {
		.nvPublic = {
			.nvIndex = HCL_DATA_INDEX,
			.nameAlg = TPM2_ALG_SHA256,
			.attributes = TPMA_NV_OWNERWRITE | TPMA_NV_OWNERREAD,
			.dataSize = HCL_DATA_LEN,
		},
	};

	return Esys_NV_DefineSpace(esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
	    ESYS_TR_NONE, ESYS_TR_NONE, &empty, &pub, ret_nv);
}

static int
data_write(ESYS_CONTEXT *esys, const uint8_t data[HCL_DATA_LEN])
{
	TPM2B_MAX_NV_BUFFER b = { .size = HCL_DATA_LEN };
	ESYS_TR nv = ESYS_TR_NONE;
	TSS2_RC rc;

	memcpy(b.buffer, data, HCL_DATA_LEN);
	rc = Esys_TR_FromTPMPublic(esys, HCL_DATA_INDEX, NO, &nv);
	if (tpm_base_rc(rc) == TPM2_RC_HANDLE)
		rc = data_define(esys, &nv);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_NV_Write(esys, ESYS_TR_RH_OWNER, nv,
		    ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &b, 0);
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail("write user data for the paravisor", rc);
	if ((rc = Esys_TR_Close(esys, &nv)) != TSS2_RC_SUCCESS)
		return tpm_fail("user data", rc);
	return 0;
}

/*
 * Are they in there, in hexadecimal of either case? That they are the value of
 * the right member is for the verifier to say, who does not trust this machine.
 */
static int
holds(const uint8_t *p, size_t n, const uint8_t data[HCL_DATA_LEN])
{
	static const char hex[] = "0123456789abcdef";
	size_t at, i;
	int c;

	for (at = 0; at + 2 * HCL_DATA_LEN <= n; at++) {
		for (i = 0; i < 2 * HCL_DATA_LEN; i++) {
			c = p[at + i];
			if (c >= 'A' && c <= 'F')
				c += 'a' - 'A';
			if (c != hex[data[i / 2] >> (i % 2 ? 0 : 4) & 15])
				break;
		}
		if (i == 2 * HCL_DATA_LEN)
			return 1;
	}
	return 0;
}

int
hcl_make(ESYS_CONTEXT *esys, const uint8_t data[HCL_DATA_LEN], uint8_t *dst,
    size_t *ret_len)
{
	const struct timespec pause = { 0, PAUSE_MS * 1000000L };
	size_t n;
	int i, r;

	if (data_write(esys, data) == -1)
		return -1;
	for (i = 0; i < TRIES; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		r = cert_read(esys, HCL_REPORT_INDEX, dst, HCL_MAX, &n);
		if (r == 0)
			log_warnx("the paravisor's report is gone");
		if (r != 1)
			return -1;
		if (holds(dst, n, data)) {
			*ret_len = n;
			return 0;
		}
	}
	log_warnx("the paravisor's report does not come to hold what was "
	    "written");
	return -1;
}
