/* Revocation lists.  A list is a signed statement of one issuer about the
 * serial numbers it gave out: issuer and subject of the question must be the
 * same, or the lookup is meaningless. */
#include <string.h>
#include <openssl/bio.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "evidence/crl.h"
#include "evidence/limits.h"
#include "evidence/utc.h"

static int
no_password(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

X509_CRL *
crl_decode(struct span s)
{
	const unsigned char *p = s.p;
	X509_CRL *crl;
	BIO *bio;

	if (s.n == 0 || s.n > MAX_CRL)
		return NULL;
	if (s.p[0] == 0x30) {
		crl = d2i_X509_CRL(NULL, &p, (long)s.n);
		if (crl != NULL && p != s.p + s.n) {
			X509_CRL_free(crl);
			crl = NULL;
		}
		return crl;
	}
	if ((bio = BIO_new_mem_buf(s.p, (int)s.n)) == NULL)
		return NULL;
	crl = PEM_read_bio_X509_CRL(bio, NULL, no_password, NULL);
	BIO_free(bio);
	return crl;
}

/* Key and scheme of the two vendors; nothing with SHA-1. */
static int
is_signed_by(X509_CRL *crl, X509 *issuer)
{
	EVP_PKEY *pkey = X509_get0_pubkey(issuer);
	int nid = X509_CRL_get_signature_nid(crl);

	if (pkey == NULL || (nid != NID_ecdsa_with_SHA256 &&
	    nid != NID_ecdsa_with_SHA384 && nid != NID_rsassaPss &&
	    nid != NID_sha256WithRSAEncryption &&
	    nid != NID_sha384WithRSAEncryption))
		return 0;
	return X509_CRL_verify(crl, pkey) == 1;
}

/* The issuer must be allowed to sign lists, where it says what it may. */
static int
may_sign(X509 *issuer)
{
	return (X509_get_extension_flags(issuer) & EXFLAG_CA) != 0 &&
	    (X509_get_key_usage(issuer) & KU_CRL_SIGN) != 0;
}

/* A delta or a list of a part: its silence proves nothing. */
static int
is_partial(X509_CRL *crl)
{
	X509_EXTENSION *e;
	int i, nid;

	for (i = 0; i < X509_CRL_get_ext_count(crl); i++) {
		e = X509_CRL_get_ext(crl, i);
		nid = OBJ_obj2nid(X509_EXTENSION_get_object(e));
		if (nid == NID_delta_crl || X509_EXTENSION_get_critical(e))
			return 1;
	}
	return 0;
}

static void
facts_fill(X509_CRL *crl, struct crl_facts *f)
{
	STACK_OF(X509_REVOKED) *list = X509_CRL_get_REVOKED(crl);

	memset(f, 0, sizeof(*f));
	f->last_update = f->next_update = -1;
	asn1_seconds(X509_CRL_get0_lastUpdate(crl), &f->last_update);
	asn1_seconds(X509_CRL_get0_nextUpdate(crl), &f->next_update);
	f->revoked = list != NULL ? sk_X509_REVOKED_num(list) : 0;
}

int
crl_check(X509_CRL *crl, X509 *issuer, int64_t at, const char *name,
    struct checks *ck, struct crl_facts *ret_facts)
{
	struct crl_facts f;
	char from[UTC_TEXT_LEN], to[UTC_TEXT_LEN];

	facts_fill(crl, &f);
	utc_text(f.last_update, from);
	utc_text(f.next_update, to);
	f.signature_ok = is_signed_by(crl, issuer);
	if (ret_facts != NULL)
		*ret_facts = f;
	if (X509_NAME_cmp(X509_CRL_get_issuer(crl),
	    X509_get_subject_name(issuer)) != 0 || !may_sign(issuer))
		return checks_add(ck, RESULT_FAIL, name,
		    "the list is of another issuer");
	if (!f.signature_ok)
		return checks_add(ck, RESULT_FAIL, name,
		    "the list is not signed by its issuer");
	if (is_partial(crl))
		return checks_add(ck, RESULT_FAIL, name,
		    "the list is a delta, or has a critical extension that "
		    "is not understood");
	if (f.last_update == -1 || f.next_update == -1)
		return checks_add(ck, RESULT_FAIL, name,
		    "the list does not say how long it is good");
	return checks_test(ck, at >= f.last_update && at <= f.next_update,
	    name, "signed by its issuer, %zu revoked, good from %s to %s",
	    f.revoked, from, to);
}

int
crl_revokes(X509_CRL *crl, X509 *x)
{
	X509_REVOKED *r;

	return X509_CRL_get0_by_serial(crl, &r,
	    X509_get_serialNumber(x)) != 0;
}
