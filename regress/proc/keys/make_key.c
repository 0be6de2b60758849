#include <sys/mman.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <err.h>
#include <string.h>
#include <unistd.h>

#include "regress/proc/keys/make_key.h"

static int
fd_of(BIO *bio)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);
	int fd = memfd_create("pem", MFD_CLOEXEC);

	if (fd == -1 || n <= 0 || write(fd, p, (size_t)n) != n)
		err(1, "memfd");
	BIO_free(bio);
	return fd;
}

int
key_fd(EVP_PKEY *k, const char *password)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (PEM_write_bio_PrivateKey(bio, k, password != NULL ?
	    EVP_aes_128_cbc() : NULL, NULL, 0, NULL, (void *)password) != 1)
		errx(1, "PEM");
	return fd_of(bio);
}

void
key_spki(EVP_PKEY *k, uint8_t spki[32])
{
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(k, &der);

	if (n <= 0 || EVP_Digest(der, (size_t)n, spki, NULL, EVP_sha256(),
	    NULL) != 1)
		errx(1, "SPKI");
	OPENSSL_free(der);
}

int
cert_fd(EVP_PKEY *k)
{
	BIO *bio = BIO_new(BIO_s_mem());
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const uint8_t *)"localhost", -1, -1, 0);
	X509_set_issuer_name(x, name);
	if (X509_set_pubkey(x, k) != 1 || X509_sign(x, k, EVP_sha256()) == 0 ||
	    PEM_write_bio_X509(bio, x) != 1)
		errx(1, "certificate");
	X509_free(x);
	return fd_of(bio);
}
