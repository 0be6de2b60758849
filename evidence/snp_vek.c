/* AMD's extensions under 1.3.6.1.4.1.3704.1 (WIRE 1.1). */
#include <string.h>
#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "evidence/snp_vek.h"

#define AMD_ARC	"1.3.6.1.4.1.3704.1."

static const struct {
	const char	*arc;
	unsigned	 bit;
	size_t		 member;	/* of struct snp_tcb */
} numbers[] = {
	{ "3.1", VEK_BOOT_LOADER, offsetof(struct snp_tcb, boot_loader) },
	{ "3.2", VEK_TEE,         offsetof(struct snp_tcb, tee) },
	{ "3.3", VEK_SNP,         offsetof(struct snp_tcb, snp) },
	{ "3.8", VEK_MICROCODE,   offsetof(struct snp_tcb, microcode) },
	{ "3.9", VEK_FMC,         offsetof(struct snp_tcb, fmc) },
};

/* DER INTEGER 0-255, nothing behind it. */
static int
der_byte(struct span s, uint8_t *ret)
{
	if (s.n == 3 && s.p[0] == 2 && s.p[1] == 1 && s.p[2] < 0x80)
		*ret = s.p[2];
	else if (s.n == 4 && s.p[0] == 2 && s.p[1] == 2 && s.p[2] == 0 &&
	    s.p[3] >= 0x80)
		*ret = s.p[3];
	else
		return -1;
	return 0;
}

/* IA5String or UTF8String, short form of the length; else untouched. */
static void
text_value(struct span s, char *dst, size_t size)
{
	if (s.n <= 2 || (s.p[0] != 0x16 && s.p[0] != 0x0c) ||
	    s.p[1] != s.n - 2 || s.n - 2 >= size)
		return;
	memcpy(dst, s.p + 2, s.n - 2);
	dst[s.n - 2] = '\0';
}

static int
once(struct snp_vek *v, unsigned bit)
{
	if ((v->seen & bit) != 0)
		return -1;
	v->seen |= bit;
	return 0;
}

static int
extension_decode(const char *arc, struct span s, struct snp_vek *v)
{
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(arc, numbers[i].arc) == 0)
			return once(v, numbers[i].bit) == -1 ? -1 :
			    der_byte(s, (uint8_t *)&v->tcb +
			    numbers[i].member);
	if (strcmp(arc, "4") == 0) {
		v->hwid = s;
		return once(v, VEK_HWID);
	}
	if (strcmp(arc, "5") == 0) {
		text_value(s, v->csp_id, sizeof(v->csp_id));
		return once(v, VEK_CSP_ID);
	}
	if (strcmp(arc, "2") == 0)
		text_value(s, v->product, sizeof(v->product));
	return 0;
}

int
snp_vek_decode(X509 *x, struct snp_vek *ret)
{
	const ASN1_OCTET_STRING *o;
	struct snp_vek v;
	X509_EXTENSION *e;
	char oid[64];
	int i, n;

	memset(&v, 0, sizeof(v));
	for (i = 0; i < X509_get_ext_count(x); i++) {
		e = X509_get_ext(x, i);
		n = OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(e),
		    1);
		if (n <= 0 || n >= (int)sizeof(oid) ||
		    strncmp(oid, AMD_ARC, strlen(AMD_ARC)) != 0)
			continue;
		o = X509_EXTENSION_get_data(e);
		if (extension_decode(oid + strlen(AMD_ARC),
		    span_make(ASN1_STRING_get0_data(o),
		    ASN1_STRING_length(o)), &v) == -1)
			return -1;
	}
	*ret = v;
	return 0;
}

enum snp_product
snp_vek_product(X509 *x, const struct snp_vek *v)
{
	char cn[64] = "";
	const char *name;
	int p;

	X509_NAME_get_text_by_NID(X509_get_issuer_name(x), NID_commonName, cn,
	    sizeof(cn));
	for (p = SNP_MILAN; p < SNP_PRODUCT_MAX; p++) {
		name = snp_product_name(p);
		if (strstr(cn, name) != NULL ||
		    strncmp(v->product, name, strlen(name)) == 0)
			return p;
	}
	return SNP_UNKNOWN;
}
