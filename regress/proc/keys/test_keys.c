/*
 * The real agent-keys with a parent and nets that are played: it signs what a
 * key may sign and nothing else, a net that breaks the protocol loses its
 * channel and no other net its own, and keys that it must not use are refused.
 */
#include <sys/socket.h>

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "regress/proc/keys/make_key.h"
#include "regress/proc/probe/play.h"
#include "regress/unit/check.h"

#define GEN	5
#define GEN384	6

static struct spawned keys;
static EVP_PKEY *p256, *p384;

/* KEYS_LOAD_REQ; 1 when it was taken, 0 when refused. */
static int
load_fd(int fd, EVP_PKEY *spki_of, uint32_t gen)
{
	uint8_t spki[32];
	char why[256];
	struct frame f;
	struct wbuf w;
	struct rbuf r;
	unsigned int ok;

	key_spki(spki_of, spki);
	wbuf_init(&w);
	put_raw(&w, spki, sizeof(spki));
	CHECK_OK(chan_send(keys.req_fd, MSG_KEYS_LOAD_REQ, gen, &w, &fd, 1));
	close(fd);
	if (!CHECK_INT(play_recv(keys.req_fd, &f), 1))
		return -1;
	rbuf_init(&r, f.data, f.len);
	ok = get_u8(&r);
	get_str(&r, why, sizeof(why));
	CHECK(f.type == MSG_KEYS_LOAD_ANS && f.id == gen && msg_end(&r) == 0);
	CHECK((why[0] == '\0') == (ok == 1));
	return (int)ok;
}

static int
load(EVP_PKEY *k, EVP_PKEY *spki_of, uint32_t gen)
{
	return load_fd(key_fd(k, NULL), spki_of, gen);
}

/* A signature channel in a slot; our end. */
static int
peer(uint32_t slot)
{
	int pair[2];

	CHECK_OK(chan_pair(pair));
	CHECK_OK(chan_send(keys.req_fd, MSG_KEYS_PEER, slot, NULL, &pair[0],
	    1));
	close(pair[0]);
	return pair[1];
}

static void
ask(int fd, uint32_t gen, size_t len)
{
	uint8_t digest[128];
	struct wbuf w;

	memset(digest, 0x5c, sizeof(digest));
	wbuf_init(&w);
	put_blob(&w, digest, len);
	CHECK_OK(chan_send(fd, MSG_SIGN_REQ, gen, &w, NULL, 0));
}

/* 1 a signature of key, 0 refused, -1 the channel is closed. */
static int
signs(int fd, EVP_PKEY *key, uint32_t gen, size_t len)
{
	uint8_t digest[128], sig[256];
	EVP_PKEY_CTX *ctx;
	struct frame f;
	struct rbuf r;
	size_t n;
	int ok;

	memset(digest, 0x5c, sizeof(digest));
	ask(fd, gen, len);
	if (play_recv(fd, &f) != 1)
		return -1;
	rbuf_init(&r, f.data, f.len);
	n = get_blob(&r, sig, sizeof(sig));
	CHECK(f.type == MSG_SIGN_ANS && f.id == gen && msg_end(&r) == 0);
	CHECK_INT(f.nfds, 0);
	if (n == 0)
		return 0;
	ctx = EVP_PKEY_CTX_new(key, NULL);
	EVP_PKEY_verify_init(ctx);
	ok = EVP_PKEY_verify(ctx, sig, n, digest, len) == 1;
	EVP_PKEY_CTX_free(ctx);
	return CHECK(ok) ? 1 : 0;
}

static void
test_load(void)
{
	EVP_PKEY *other = EVP_EC_gen("P-256"), *p521 = EVP_EC_gen("P-521");
	EVP_PKEY *rsa = EVP_RSA_gen(2048);
	EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	test_begin("keys that are taken");
	CHECK_INT(load(p256, p256, GEN), 1);
	CHECK_INT(load(p384, p384, GEN384), 1);
	test_begin("keys that are refused");
	CHECK_INT(load(other, p256, 7), 0);	/* another certificate's */
	CHECK_INT(load(rsa, rsa, 7), 0);
	CHECK_INT(load(ed, ed, 7), 0);
	CHECK_INT(load(p521, p521, 7), 0);
	CHECK_INT(load_fd(key_fd(p256, "secret"), p256, 7), 0);
	CHECK_INT(load_fd(cert_fd(p256), p256, 7), 0);
	CHECK_INT(load_fd(open("/dev/null", O_RDONLY), p256, 7), 0);
	CHECK_INT(load_fd(open("/dev/zero", O_RDONLY), p256, 7), 0);
	EVP_PKEY_free(other);
	EVP_PKEY_free(p521);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ed);
}

static void
test_sign(void)
{
	int fd = peer(0);

	test_begin("what is signed");
	CHECK_INT(signs(fd, p256, GEN, 32), 1);
	CHECK_INT(signs(fd, p384, GEN384, 48), 1);
	test_begin("what is not signed");
	CHECK_INT(signs(fd, p256, GEN, 48), 0);
	CHECK_INT(signs(fd, p384, GEN384, 32), 0);
	CHECK_INT(signs(fd, p256, GEN, 33), 0);
	CHECK_INT(signs(fd, p256, 0, 32), 0);
	CHECK_INT(signs(fd, p256, 7, 32), 0);	/* was refused above */
	CHECK_INT(signs(fd, p256, GEN + 256, 32), 0);
	CHECK_INT(signs(fd, p256, GEN, 32), 1);
	close(fd);
}

/* A broken frame costs its sender the channel, and nobody else anything. */
static void
test_broken(void)
{
	static const int some[1] = { 0 };
	static const uint8_t digest[32];
	int good = peer(1), fd, type;
	struct frame f;
	struct wbuf w;
	size_t len;

	test_begin("lengths");
	for (len = 0; len <= 128; len++) {
		if (len >= 32 && len <= 48)
			continue;
		fd = peer(2);
		CHECK_INT(signs(fd, p256, GEN, len), -1);
		close(fd);
	}
	test_begin("types");
	for (type = 0; type <= MSG_MAX; type++) {
		if (type == MSG_SIGN_REQ)
			continue;
		fd = peer(2);
		wbuf_init(&w);
		put_blob(&w, digest, sizeof(digest));
		CHECK_OK(chan_send(fd, (uint16_t)type, GEN, &w, NULL, 0));
		CHECK(play_recv(fd, &f) < 1);
		close(fd);
	}
	test_begin("descriptors, blobs, framing");
	fd = peer(2);
	wbuf_init(&w);
	put_blob(&w, digest, sizeof(digest));
	CHECK_OK(chan_send(fd, MSG_SIGN_REQ, GEN, &w, some, 1));
	CHECK(play_recv(fd, &f) < 1);
	close(fd);
	fd = peer(2);
	w.b[1] = 33;	/* more than there is */
	CHECK_OK(chan_send(fd, MSG_SIGN_REQ, GEN, &w, NULL, 0));
	CHECK(play_recv(fd, &f) < 1);
	close(fd);
	fd = peer(2);
	CHECK_INT(send(fd, "abc", 3, 0), 3);
	CHECK(play_recv(fd, &f) < 1);
	close(fd);
	test_begin("the others");
	CHECK_INT(signs(good, p256, GEN, 32), 1);
	close(good);
}

/* A net that asks without end and reads nothing must not stop the others. */
static void
test_flood(void)
{
	uint8_t digest[32] = { 0 };
	int good = peer(3), bad = peer(4), i;
	struct wbuf w;

	test_begin("flood");
	fcntl(bad, F_SETFL, O_NONBLOCK);
	wbuf_init(&w);
	put_blob(&w, digest, sizeof(digest));
	for (i = 0; i < 3000; i++)
		if (chan_send(bad, MSG_SIGN_REQ, GEN, &w, NULL, 0) == -1) {
			if (errno != EAGAIN)
				break;
			usleep(500);
		}
	CHECK_INT(signs(good, p256, GEN, 32), 1);
	CHECK_INT(load(p256, p256, GEN), 1);	/* nor the parent */
	close(bad);
	close(good);
}

static void
test_forget(void)
{
	int fd = peer(0);

	test_begin("forgotten key");
	CHECK_OK(chan_send(keys.req_fd, MSG_KEYS_FORGET, GEN, NULL, NULL, 0));
	CHECK_OK(chan_send(keys.req_fd, MSG_KEYS_FORGET, 99, NULL, NULL, 0));
	CHECK_INT(load(p384, p384, GEN384), 1);	/* so it has been done */
	CHECK_INT(signs(fd, p256, GEN, 32), 0);
	CHECK_INT(signs(fd, p384, GEN384, 48), 1);
	close(fd);
}

int
main(void)
{
	if (geteuid() != 0)
		test_skip("needs root");
	p256 = EVP_EC_gen("P-256");
	p384 = EVP_EC_gen("P-384");
	test_begin("start");
	play_spawn_role(&keys, ROLE_KEYS, NULL, 0);
	if (!CHECK_OK(play_hello(&keys, ROLE_KEYS, MSG_VERSION)))
		return test_end();
	test_load();
	test_sign();
	test_broken();
	test_flood();
	test_forget();
	test_begin("end");
	shutdown(keys.req_fd, SHUT_RDWR);	/* the parent is gone */
	CHECK_INT(play_end(&keys, 1), 0);
	EVP_PKEY_free(p256);
	EVP_PKEY_free(p384);
	return test_end();
}
