/* What collateral says about itself, for the cache. */
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/x509v3.h>

#include "evidence/collateral_facts.h"
#include "evidence/crl.h"
#include "evidence/limits.h"
#include "evidence/tcb_info.h"
#include "evidence/x509.h"

/* A list may have no number; one that is malformed is no list. */
static int
crl_number(X509_CRL *crl, struct collateral_facts *f)
{
	ASN1_INTEGER *n;
	BIGNUM *bn = NULL;
	int crit, len, rc = -1;

	n = X509_CRL_get_ext_d2i(crl, NID_crl_number, &crit, NULL);
	if (n == NULL)
		return crit == -1 ? 0 : -1;
	if ((bn = ASN1_INTEGER_to_BN(n, NULL)) == NULL || BN_is_negative(bn) ||
	    (len = BN_num_bytes(bn)) > COLLATERAL_NUMBER_MAX)
		goto out;
	BN_bn2bin(bn, f->number);
	f->number_len = (size_t)len;
	f->has_number = 1;
	rc = 0;
out:
	BN_free(bn);
	ASN1_INTEGER_free(n);
	return rc;
}

static int
crl_facts(struct span s, struct collateral_facts *f)
{
	X509_CRL *crl = crl_decode(s);
	int rc = -1;

	if (crl == NULL)
		return -1;
	if (asn1_seconds(X509_CRL_get0_lastUpdate(crl), &f->this_update) == 0 &&
	    crl_number(crl, f) == 0)
		rc = 0;
	/* one without an end is told so, and judged later */
	if (asn1_seconds(X509_CRL_get0_nextUpdate(crl), &f->next_update) == -1)
		f->next_update = -1;
	X509_CRL_free(crl);
	return rc;
}

static int
cert_facts(X509 *x, struct collateral_facts *f)
{
	int64_t from, to;

	if (asn1_seconds(X509_get0_notBefore(x), &from) == -1 ||
	    asn1_seconds(X509_get0_notAfter(x), &to) == -1)
		return -1;
	if (from > f->this_update)
		f->this_update = from;
	if (to < f->next_update)
		f->next_update = to;
	return 0;
}

static int
certs_facts(struct span s, struct collateral_facts *f)
{
	struct cursor c;
	X509 *x;
	unsigned int n = 0;
	int rc;

	f->this_update = INT64_MIN;
	f->next_update = INT64_MAX;
	if (s.n > 0 && s.p[0] == 0x30) {
		x = x509_file(s, MAX_TRUST_ROOT);
		rc = x == NULL ? -1 : cert_facts(x, f);
		X509_free(x);
		return rc;
	}
	cursor_init(&c, s);
	while ((rc = x509_pem_next(&c, MAX_TRUST_ROOT, &x)) == 1) {
		rc = ++n > MAX_CERT_BUNDLE ? -1 : cert_facts(x, f);
		X509_free(x);
		if (rc == -1)
			return -1;
	}
	return rc == 0 && n > 0 ? 0 : -1;
}

static void
number_set(struct collateral_facts *f, uint64_t v)
{
	size_t n = 0;
	int i;

	for (i = 56; i >= 0; i -= 8)
		if (n > 0 || v >> i != 0)
			f->number[n++] = (uint8_t)(v >> i);
	f->number_len = n;
	f->has_number = 1;
}

static int
tcb_facts(struct span s, struct collateral_facts *f)
{
	struct tcb_info *info;
	struct span inner;
	uint8_t signature[64];
	const char *why;

	if (signed_json_split(s, "tcbInfo", &inner, signature) == -1 ||
	    (info = tcb_info_decode(inner, &why)) == NULL)
		return -1;
	f->this_update = info->issue;
	f->next_update = info->next;
	number_set(f, (uint64_t)info->evaluation);
	tcb_info_free(info);
	return 0;
}

static int
qe_facts(struct span s, struct collateral_facts *f)
{
	struct qe_identity *qe;
	struct span inner;
	uint8_t signature[64];
	const char *why;

	if (signed_json_split(s, "enclaveIdentity", &inner, signature) == -1 ||
	    (qe = qe_identity_decode(inner, &why)) == NULL)
		return -1;
	f->this_update = qe->issue;
	f->next_update = qe->next;
	number_set(f, (uint64_t)qe->evaluation);
	qe_identity_free(qe);
	return 0;
}

static int
is_list(const char *name)
{
	static const char end[] = "_crl.der";
	const size_t n = strlen(name), m = sizeof(end) - 1;

	return n > m && strcmp(name + n - m, end) == 0;
}

void
collateral_facts_read(const char *name, struct span s,
    struct collateral_facts *f)
{
	int rc;

	memset(f, 0, sizeof(*f));
	if (is_list(name))
		rc = crl_facts(s, f);
	else if (strcmp(name, "tcb_info.json") == 0)
		rc = tcb_facts(s, f);
	else if (strcmp(name, "qe_identity.json") == 0)
		rc = qe_facts(s, f);
	else
		rc = certs_facts(s, f);
	if (rc == -1)
		memset(f, 0, sizeof(*f));
	f->ok = rc == 0;
}
