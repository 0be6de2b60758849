#include <string.h>
#include <tss2/tss2_mu.h>

#include "fstool/tpm_job.h"
#include "privsep/wire.h"
#include "workers/tpm_keys.h"
#include "workers/tpm_tcti.h"

/* TCG registry of reserved handles, 2.3.1: persistent ones of the owner. */
#define OWNER_FIRST	0x81000000u
#define OWNER_LAST	0x817fffffu

#define ATTRIBUTES	(TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT | \
	TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | \
	TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH)

/* Byte for byte those of systemd 252 (tpm2-util.c): another template is another key. */
static const TPM2B_PUBLIC template_ecc = {
	.publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = ATTRIBUTES,
		.parameters.eccDetail = {
			.symmetric.algorithm = TPM2_ALG_AES,
			.symmetric.keyBits.aes = 128,
			.symmetric.mode.aes = TPM2_ALG_CFB,
			.scheme.scheme = TPM2_ALG_NULL,
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
	},
};

static const TPM2B_PUBLIC template_rsa = {
	.publicArea = {
		.type = TPM2_ALG_RSA,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = ATTRIBUTES,
		.parameters.rsaDetail = {
			.symmetric.algorithm = TPM2_ALG_AES,
			.symmetric.keyBits.aes = 128,
			.symmetric.mode.aes = TPM2_ALG_CFB,
			.scheme.scheme = TPM2_ALG_NULL,
			.keyBits = 2048,
		},
	},
};

static TSS2_RC
primary_create(struct tpm_job *j, const TPM2B_PUBLIC *template,
    ESYS_TR *ret_tr)
{
	static const TPM2B_SENSITIVE_CREATE empty;
	static const TPM2B_DATA no_data;
	static const TPML_PCR_SELECTION no_pcrs;

	return Esys_CreatePrimary(j->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
	    ESYS_TR_NONE, ESYS_TR_NONE, &empty, template, &no_data, &no_pcrs,
	    ret_tr, NULL, NULL, NULL, NULL);
}

int
parent_make(struct tpm_job *j, int ecc, struct tpm_parent *ret_p)
{
	struct tpm_parent p = { .loaded = 1, .ecc = ecc };
	TSS2_RC rc;

	rc = primary_create(j, ecc ? &template_ecc : &template_rsa, &p.tr);
	if (rc != TSS2_RC_SUCCESS)
		return job_fail_owner(j, "make the primary key", rc);
	*ret_p = p;
	return 0;
}

/* The TPM says that it cannot do what is asked for in the template. */
static int
is_unsupported(TSS2_RC rc)
{
	return rc == (TPM2_RC_CURVE | TPM2_RC_P | TPM2_RC_2) ||
	    rc == (TPM2_RC_TYPE | TPM2_RC_P | TPM2_RC_2) ||
	    rc == (TPM2_RC_ASYMMETRIC | TPM2_RC_P | TPM2_RC_2) ||
	    rc == (TPM2_RC_KDF | TPM2_RC_P | TPM2_RC_2) ||
	    rc == (TPM2_RC_VALUE | TPM2_RC_P | TPM2_RC_2);
}

int
parent_any(struct tpm_job *j, struct tpm_parent *ret_p)
{
	struct tpm_parent p = { .loaded = 1, .ecc = 1 };
	TSS2_RC rc;

	rc = primary_create(j, &template_ecc, &p.tr);
	if (is_unsupported(rc))
		return parent_make(j, 0, ret_p);
	if (rc != TSS2_RC_SUCCESS)
		return job_fail_owner(j, "make the primary key", rc);
	*ret_p = p;
	return 0;
}

/* Esys_TR_Serialize: handle, Name, u32 1, TPM2B_PUBLIC, nothing more. */
static int
srk_parse(const uint8_t *srk, size_t n, TPM2_HANDLE *ret_h,
    TPM2B_NAME *ret_name)
{
	TPM2B_PUBLIC pub;
	struct rbuf r;
	size_t at = 0;

	memset(&pub, 0, sizeof(pub));
	rbuf_init(&r, srk, n);
	*ret_h = get_u32(&r);
	ret_name->size = (uint16_t)get_blob(&r, ret_name->name,
	    sizeof(ret_name->name));
	if (get_u32(&r) != 1 || r.bad || ret_name->size == 0 ||
	    Tss2_MU_TPM2B_PUBLIC_Unmarshal(r.p, r.n, &at, &pub) !=
	    TSS2_RC_SUCCESS || at != r.n)
		return -1;
	return *ret_h >= OWNER_FIRST && *ret_h <= OWNER_LAST ? 0 : -1;
}

int
parent_srk(struct tpm_job *j, const uint8_t *srk, size_t n,
    struct tpm_parent *ret_p)
{
	TPM2B_NAME name;
	TPM2_HANDLE h;
	struct tpm_key k;
	int r;

	if (srk_parse(srk, n, &h, &name) == -1)
		return job_fail(j, "the token's primary key (tpm2_srk) is "
		    "malformed or is not one of the owner's");
	if ((r = key_read(j->esys, h, &k)) == -1)
		return job_fail(j, "the key at handle 0x%x cannot be read", h);
	if (r == 0 || k.name.size != name.size ||
	    memcmp(k.name.name, name.name, name.size) != 0) {
		job_fail(j, "%s key is at handle 0x%x: sealed by another TPM, "
		    "or the TPM was cleared", r == 0 ? "no" : "another", h);
		return 0;
	}
	if ((k.pub.publicArea.objectAttributes & (TPMA_OBJECT_RESTRICTED |
	    TPMA_OBJECT_DECRYPT)) != (TPMA_OBJECT_RESTRICTED |
	    TPMA_OBJECT_DECRYPT))
		return job_fail(j, "the key at handle 0x%x is no storage key",
		    h);
	ret_p->tr = k.tr;
	ret_p->loaded = 0;
	ret_p->ecc = k.pub.publicArea.type == TPM2_ALG_ECC;
	return 1;
}

void
parent_close(struct tpm_job *j, struct tpm_parent *p)
{
	if (p->loaded)
		job_flush(j, p->tr);
	p->loaded = 0;
}
