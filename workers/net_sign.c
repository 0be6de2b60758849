#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "agentd/limits.h"
#include "agentd/msg.h"
#include "privsep/chan.h"
#include "privsep/log.h"
#include "workers/net_sign.h"

/*
 * The EC_KEY methods are deprecated in OpenSSL 3 and still work; libtls 3.7
 * offers no other way to keep the private key out of this process.
 */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#define POINT_MAX	97	/* uncompressed P-384 */

struct known {
	uint32_t gen;
	size_t	 len;
	uint8_t	 point[POINT_MAX];
};

static struct known known[GENERATIONS_MAX];
static int channel = -1;

typedef int sign_fn(int, const unsigned char *, int, unsigned char *,
    unsigned int *, const BIGNUM *, const BIGNUM *, EC_KEY *);
static sign_fn *own_sign;

void
sign_channel(int fd)
{
	if (channel != -1)
		close(channel);
	channel = fd;
}

int
sign_ready(void)
{
	struct pollfd pfd = { channel, POLLIN, 0 };

	/* nothing is asked now: readable means that keys has closed its end */
	if (channel != -1 && poll(&pfd, 1, 0) == 1)
		sign_channel(-1);
	return channel != -1;
}

static size_t
point_of(const EC_KEY *k, uint8_t out[POINT_MAX])
{
	const EC_POINT *p = EC_KEY_get0_public_key(k);

	return p == NULL ? 0 : EC_POINT_point2oct(EC_KEY_get0_group(k), p,
	    POINT_CONVERSION_UNCOMPRESSED, out, POINT_MAX, NULL);
}

static uint32_t
generation_of(const EC_KEY *k)
{
	uint8_t point[POINT_MAX];
	size_t i, n = point_of(k, point);
	uint32_t best = 0;

	/* a renewed certificate may keep its key: then any generation will do */
	for (i = 0; i < GENERATIONS_MAX; i++)
		if (n != 0 && known[i].len == n &&
		    memcmp(known[i].point, point, n) == 0 &&
		    known[i].gen > best)
			best = known[i].gen;
	return best;
}

/* One question, one answer; nothing else travels here. */
static size_t
ask_keys(uint32_t gen, const uint8_t *digest, size_t len, uint8_t *sig,
    size_t cap)
{
	struct pollfd pfd = { channel, POLLIN, 0 };
	struct frame f;
	struct wbuf w;
	struct rbuf r;
	size_t n;

	wbuf_init(&w);
	put_blob(&w, digest, len);
	if (chan_send(channel, MSG_SIGN_REQ, gen, &w, NULL, 0) == -1) {
		sign_channel(-1);	/* keys is gone; its replacement comes */
		return 0;
	}
	/* a late answer would be taken for the next one */
	if (poll(&pfd, 1, SIGN_TIMEOUT_MS) != 1)
		fatalx("keys does not answer");
	if (chan_recv(channel, &f) != 1) {
		sign_channel(-1);
		return 0;
	}
	frame_close(&f);
	rbuf_init(&r, f.data, f.len);
	n = get_blob(&r, sig, cap);
	if (f.type != MSG_SIGN_ANS || f.id != gen || msg_end(&r) == -1)
		fatalx("keys broke the protocol");
	return n;
}

static int
remote_sign(int type, const unsigned char *dgst, int dlen, unsigned char *sig,
    unsigned int *siglen, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *k)
{
	uint32_t gen;
	size_t n = 0;

	if (EC_KEY_get0_private_key(k) != NULL)
		return own_sign(type, dgst, dlen, sig, siglen, kinv, r, k);
	if ((gen = generation_of(k)) != 0 && dlen > 0 && channel != -1)
		n = ask_keys(gen, dgst, (size_t)dlen, sig,
		    (size_t)ECDSA_size(k));
	if (n == 0) {
		log_warnx("no signature from keys");
		ERR_raise(ERR_LIB_EC, EC_R_MISSING_PRIVATE_KEY);
		return 0;
	}
	*siglen = (unsigned int)n;
	return 1;
}

void
sign_install(void)
{
	int (*setup)(EC_KEY *, BN_CTX *, BIGNUM **, BIGNUM **);
	ECDSA_SIG *(*sig)(const unsigned char *, int, const BIGNUM *,
	    const BIGNUM *, EC_KEY *);
	EC_KEY_METHOD *m;

	if ((m = EC_KEY_METHOD_new(EC_KEY_get_default_method())) == NULL)
		fatalx("EC method");
	EC_KEY_METHOD_get_sign(m, &own_sign, &setup, &sig);
	EC_KEY_METHOD_set_sign(m, remote_sign, setup, sig);
	EC_KEY_set_default_method(m);
}

int
sign_add(uint32_t gen, const uint8_t *pem, size_t n)
{
	struct known *k = &known[gen % GENERATIONS_MAX];
	const EC_KEY *ec;
	EVP_PKEY *pkey;
	X509 *x = NULL;
	BIO *bio;
	int rc = -1;

	if ((bio = BIO_new_mem_buf(pem, (int)n)) == NULL)
		return -1;
	x = PEM_read_bio_X509(bio, NULL, NULL, (void *)"");
	if (x != NULL && (pkey = X509_get0_pubkey(x)) != NULL &&
	    (ec = EVP_PKEY_get0_EC_KEY(pkey)) != NULL) {
		k->gen = gen;
		k->len = point_of(ec, k->point);
		rc = k->len == 0 ? -1 : 0;
	}
	X509_free(x);
	BIO_free(bio);
	return rc;
}
