#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agentd/limits.h"
#include "agentd/permit.h"
#include "privsep/agent_child.h"
#include "privsep/log.h"
#include "privsep/secret.h"
#include "workers/keys_make.h"

/*
 * keys: the one process in which the TLS private keys exist. The parent lends
 * it key files; the nets, each over a channel of its own, ask for a signature
 * over a digest and get nothing else. A net that was taken over can so act as
 * this server while it lives, and has no key when it is gone.
 */

struct key {
	uint32_t	 gen;		/* 0: free */
	EVP_PKEY	*pkey;
	EVP_PKEY_CTX	*ctx;
	size_t		 digest_len;
};

/* One more than in use: a new pair is proved before the oldest is forgotten. */
#define KEYS_MAX	(GENERATIONS_MAX + 1)

static struct key keys[KEYS_MAX];
static int peers[WORKERS_MAX];

/* Reading goes through secret memory, so no copy is left in a stdio or BIO buffer. */
static EVP_PKEY *
read_key(int fd)
{
	EVP_PKEY *pkey = NULL;
	struct secret s;
	BIO *bio = NULL;
	size_t n = 0;
	ssize_t r;

	if (secret_alloc(&s, CERT_FILE_MAX) == -1)
		return NULL;
	while (n < s.n && (r = pread(fd, s.p + n, s.n - n, (off_t)n)) > 0)
		n += (size_t)r;
	if (n > 0 && n < s.n && (bio = BIO_new_mem_buf(s.p, (int)n)) != NULL)
		pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"");
	BIO_free(bio);
	secret_free(&s);
	return pkey;
}

/* SHA-256 for P-256, SHA-384 for P-384: TLS 1.3 knows no other pairs of these. */
static size_t
digest_len_of(EVP_PKEY *pkey)
{
	char group[32];
	size_t n;

	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(pkey, group, sizeof(group), &n) != 1)
		return 0;
	if (strcmp(group, SN_X9_62_prime256v1) == 0)
		return 32;
	return strcmp(group, SN_secp384r1) == 0 ? 48 : 0;
}

static int
spki_is(EVP_PKEY *pkey, const uint8_t want[32])
{
	uint8_t *der = NULL, md[EVP_MAX_MD_SIZE];
	unsigned int len;
	int n, same;

	if ((n = i2d_PUBKEY(pkey, &der)) <= 0)
		return 0;
	same = EVP_Digest(der, (size_t)n, md, &len, EVP_sha256(), NULL) == 1 &&
	    secret_equal(md, want, 32);
	OPENSSL_free(der);
	return same;
}

static void
key_forget(struct key *k)
{
	EVP_PKEY_CTX_free(k->ctx);
	EVP_PKEY_free(k->pkey);
	memset(k, 0, sizeof(*k));
}

static struct key *
key_find(uint32_t gen)
{
	int i;

	for (i = 0; i < KEYS_MAX; i++)
		if (keys[i].gen == gen)
			return &keys[i];
	return NULL;
}

static const char *
key_keep(uint32_t gen, EVP_PKEY *pkey, const uint8_t spki[32])
{
	struct key *k;
	EVP_PKEY_CTX *ctx;

	if (digest_len_of(pkey) == 0)
		return "the private key is not EC P-256 or P-384";
	if (!spki_is(pkey, spki))
		return "the private key does not match the certificate";
	if ((k = key_find(gen)) == NULL && (k = key_find(0)) == NULL)
		return "too many keys in use";
	if ((ctx = EVP_PKEY_CTX_new(pkey, NULL)) == NULL ||
	    EVP_PKEY_sign_init(ctx) != 1) {
		EVP_PKEY_CTX_free(ctx);
		return "libcrypto";
	}
	key_forget(k);
	EVP_PKEY_up_ref(pkey);
	*k = (struct key){ gen, pkey, ctx, digest_len_of(pkey) };
	return NULL;
}

static void
answer(enum msg_type type, uint32_t id, const char *why)
{
	struct wbuf w;

	wbuf_init(&w);
	put_u8(&w, why == NULL);
	put_str(&w, why == NULL ? "" : why);
	ask_send(type, id, &w, NULL, 0);
}

static void
on_load(struct frame *f)
{
	uint8_t spki[32];
	struct rbuf r;
	EVP_PKEY *pkey;
	const char *why;

	rbuf_init(&r, f->data, f->len);
	get_raw(&r, spki, sizeof(spki));
	if (msg_end(&r) == -1 || f->nfds != 1 || f->id == 0)
		fatalx("bad KEYS_LOAD_REQ");
	if ((pkey = read_key(f->fds[0])) == NULL)
		why = "is not an unencrypted PEM private key";
	else
		why = key_keep(f->id, pkey, spki);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	answer(MSG_KEYS_LOAD_ANS, f->id, why);
}

static void
on_make(struct frame *f)
{
	struct keys_make m;
	struct rbuf r;
	const char *why;

	rbuf_init(&r, f->data, f->len);
	if (keys_make_get(&r, &m) == -1 || f->nfds != 2)
		fatalx("bad KEYS_MAKE_REQ");
	m.pkey = m.have_key ? read_key(f->fds[0]) : NULL;
	if (m.have_key && m.pkey == NULL)
		why = "the key that is there is not an unencrypted PEM key";
	else if (m.have_key && digest_len_of(m.pkey) == 0)
		why = "the key that is there is not EC P-256 or P-384";
	else
		why = keys_make(&m, f->fds[0], f->fds[1]);
	EVP_PKEY_free(m.pkey);
	ERR_clear_error();
	answer(MSG_KEYS_MAKE_ANS, 0, why);
}

static void
on_peer(struct frame *f)
{
	if (f->id >= WORKERS_MAX || f->nfds != 1)
		fatalx("bad KEYS_PEER");
	if (peers[f->id] != -1)
		close(peers[f->id]);
	peers[f->id] = frame_take(f, 0);
	/* a net that asks and does not read must not stop the others */
	if (fcntl(peers[f->id], F_SETFL, O_NONBLOCK) == -1)
		fatal("KEYS_PEER");
}

static void
on_parent(void)
{
	struct frame f;
	struct key *k;

	ask_next(&f);
	switch (f.type) {
	case MSG_KEYS_LOAD_REQ:
		on_load(&f);
		break;
	case MSG_KEYS_MAKE_REQ:
		on_make(&f);
		break;
	case MSG_KEYS_PEER:
		on_peer(&f);
		break;
	case MSG_KEYS_FORGET:
		if (f.id != 0 && (k = key_find(f.id)) != NULL)
			key_forget(k);
		break;
	default:
		fatalx("unexpected %s", msg_name(f.type));
	}
	frame_close(&f);
}

/* Bounds what a taken net could collect; far above what it may really need. */
static int
rate_allows(void)
{
	static time_t second;
	static unsigned int n;
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	if (ts.tv_sec != second) {
		second = ts.tv_sec;
		n = 0;
	}
	return ++n <= SIGN_RATE_MAX;
}

static size_t
sign(uint32_t gen, const uint8_t *digest, size_t len, uint8_t *sig, size_t cap)
{
	struct key *k = gen == 0 ? NULL : key_find(gen);

	/* the buffer is sized by our key, never by what the asker says */
	if (k == NULL || len != k->digest_len || !rate_allows() ||
	    EVP_PKEY_sign(k->ctx, sig, &cap, digest, len) != 1) {
		ERR_clear_error();
		return 0;
	}
	return cap;
}

/* -1 when the peer is to be dropped. */
static int
on_sign(int fd)
{
	const struct permit *row = permit_find(ROLE_NET, ROLE_KEYS, MSG_SIGN_REQ);
	uint8_t digest[64], sig[128];
	struct frame f;
	struct rbuf r;
	struct wbuf w;
	const char *rule;
	size_t n;

	if (chan_recv(fd, &f) != 1)
		return -1;
	rule = permit_refuses(f.type == MSG_SIGN_REQ ? row : NULL, ST_READY,
	    f.len, f.nfds, 0);
	rbuf_init(&r, f.data, f.len);
	n = get_blob(&r, digest, sizeof(digest));
	frame_close(&f);
	if (rule != NULL || msg_end(&r) == -1) {
		log_warnx("a net broke the protocol: %s len %zu: %s",
		    msg_name(f.type), f.len, rule == NULL ? "value" : rule);
		return -1;
	}
	n = sign(f.id, digest, n, sig, sizeof(sig));
	wbuf_init(&w);
	put_blob(&w, sig, n);
	return chan_send(fd, MSG_SIGN_ANS, f.id, &w, NULL, 0);
}

static void
loop(void)
{
	struct pollfd pfd[1 + WORKERS_MAX];
	int i;

	for (;;) {
		pfd[0] = (struct pollfd){ REQ_FD, POLLIN, 0 };
		for (i = 0; i < WORKERS_MAX; i++)
			pfd[1 + i] = (struct pollfd){ peers[i], POLLIN, 0 };
		if (poll(pfd, 1 + WORKERS_MAX, -1) == -1) {
			if (errno == EINTR)
				continue;
			fatal("poll");
		}
		for (i = 0; i < WORKERS_MAX; i++)
			if (pfd[1 + i].revents != 0 && on_sign(peers[i]) == -1) {
				close(peers[i]);
				peers[i] = -1;
			}
		if (pfd[0].revents != 0)
			on_parent();
	}
}

int
main(int argc, char **argv)
{
	int i;

	for (i = 0; i < WORKERS_MAX; i++)
		peers[i] = -1;
	agent_child_start(ROLE_KEYS, argc, argv, NULL);
	/* private numbers of libcrypto then live in locked pages without dump */
	if (CRYPTO_secure_malloc_init(1 << 16, 32) == 0)
		log_warnx("no locked memory for keys");
	loop();
	return 0;
}
