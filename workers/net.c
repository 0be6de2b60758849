#include <event2/event.h>
#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/rand.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <tls.h>
#include <unistd.h>

#include "agentd/limits.h"
#include "privsep/agent_child.h"
#include "privsep/chan_ev.h"
#include "privsep/log.h"
#include "workers/net_conn.h"
#include "workers/net_sign.h"

/*
 * net: TLS and nothing else. It gets connected sockets from the parent, asks
 * keys for signatures, and passes plaintext between the peer and the web that
 * the parent chose. It has no key, no file, and can open nothing.
 */

extern void tls_config_use_fake_private_key(struct tls_config *);

struct server {
	uint32_t	 gen;
	struct tls	*tls;
};

static struct chan_ev parent;
static struct net_ctx ctx;
static struct server servers[GENERATIONS_MAX];
static uint32_t current;

/*
 * libtls resumes no session, yet libssl would make two tickets a connection.
 * libtls hides the SSL_CTX; the defaults of the library can be set all the same.
 */
static void
tickets_off(void)
{
	static const char text[] =
	    "openssl_conf = init\n"
	    "[init]\nssl_conf = ssl\n"
	    "[ssl]\nsystem_default = ours\n"
	    "[ours]\nNumTickets = 0\n";
	CONF *conf = NCONF_new(NULL);
	BIO *bio = BIO_new_mem_buf(text, -1);

	OPENSSL_load_builtin_modules();
	if (conf == NULL || bio == NULL ||
	    NCONF_load_bio(conf, bio, NULL) != 1 ||
	    CONF_modules_load(conf, NULL, 0) != 1)
		fatalx("libssl defaults");
	BIO_free(bio);
	NCONF_free(conf);
}

static struct tls *
server_current(uint32_t *ret_gen)
{
	struct server *s = &servers[current % GENERATIONS_MAX];

	if (current == 0 || s->gen != current)
		return NULL;
	*ret_gen = current;
	return s->tls;
}

/* TLS 1.3 only: below it no hash of the handshake covers both key shares. */
static struct tls *
make_server(const uint8_t *pem, size_t n)
{
	struct tls_config *cfg;
	struct tls *tls;

	if ((cfg = tls_config_new()) == NULL || (tls = tls_server()) == NULL)
		fatalx("libtls");
	tls_config_use_fake_private_key(cfg);
	if (tls_config_set_protocols(cfg, TLS_PROTOCOL_TLSv1_3) == -1 ||
	    tls_config_set_cert_mem(cfg, pem, n) == -1 ||
	    tls_config_set_alpn(cfg, "http/1.1") == -1)
		fatalx("certificate: %s", tls_config_error(cfg));
	if (tls_configure(tls, cfg) == -1)
		fatalx("certificate: %s", tls_error(tls));
	tls_config_free(cfg);
	return tls;
}

static void
on_cert(struct frame *f)
{
	struct server *s = &servers[f->id % GENERATIONS_MAX];
	static uint8_t pem[CERT_FILE_MAX];
	struct stat st;
	ssize_t n;

	if (f->nfds != 1 || f->id == 0 || fstat(f->fds[0], &st) == -1 ||
	    st.st_size > (off_t)sizeof(pem) ||
	    (n = pread(f->fds[0], pem, sizeof(pem), 0)) <= 0)
		fatalx("bad NET_CERT");
	if (sign_add(f->id, pem, (size_t)n) == -1)
		fatalx("certificate without an EC key");
	tls_free(s->tls);
	s->tls = make_server(pem, (size_t)n);
	s->gen = current = f->id;
}

static void
on_conn(struct frame *f)
{
	struct net_conn *c;

	if (f->nfds != 2 || net_conn_find(f->id) != NULL)
		fatalx("bad NET_CONN");
	c = net_conn_new(&ctx, f->id, frame_take(f, 0), frame_take(f, 1));
	if (c != NULL && sign_ready() && current != 0)
		net_conn_start(c);
}

static void
on_limits(struct frame *f)
{
	struct rbuf r;

	rbuf_init(&r, f->data, f->len);
	ctx.handshake_s = get_u32(&r);
	get_u32(&r);
	get_u32(&r);
	ctx.stall_s = get_u32(&r);
	get_u8(&r);
	if (msg_end(&r) == -1)
		fatalx("bad LIMITS");
}

static void
on_frame(struct chan_ev *c, struct frame *f, void *arg)
{
	struct net_conn *conn;

	(void)c;
	(void)arg;
	switch (f->type) {
	case MSG_LIMITS:
		on_limits(f);
		break;
	case MSG_NET_CERT:
		on_cert(f);
		break;
	case MSG_NET_KEYS:
		if (f->nfds != 1)
			fatalx("bad NET_KEYS");
		sign_channel(frame_take(f, 0));
		break;
	case MSG_NET_CONN:
		on_conn(f);
		return;
	case MSG_NET_TLS_ANS:
		if ((conn = net_conn_find(f->id)) != NULL &&
		    conn->state == NET_WAIT_ACK)
			net_conn_ack(conn);
		return;
	case MSG_DRAIN:
		/* webs close what is idle, and the streams tell us */
		net_conns_drain();
		return;
	default:
		fatalx("unexpected %s", msg_name(f->type));
	}
	if (sign_ready() && current != 0)
		net_conns_start();
}

static void
on_gone(struct chan_ev *c, int error, void *arg)
{
	(void)c;
	(void)arg;
	exit(error == 0 ? 0 : 1);
}

static void
tls_done(uint32_t id, uint32_t gen, const uint8_t conn[32])
{
	struct wbuf w;

	wbuf_init(&w);
	put_u32(&w, gen);
	put_raw(&w, conn, 32);
	if (chan_ev_send(&parent, MSG_NET_TLS_REQ, id, &w, NULL, 0) == -1)
		fatal("NET_TLS_REQ");
}

static void
ended(uint32_t id, enum net_end why)
{
	struct wbuf w;

	wbuf_init(&w);
	put_u8(&w, (uint8_t)why);
	if (chan_ev_send(&parent, MSG_NET_END, id, &w, NULL, 0) == -1)
		fatal("NET_END");
}

int
main(int argc, char **argv)
{
	uint8_t seed[1];

	agent_child_start(ROLE_NET, argc, argv, NULL);
	if (tls_init() == -1 || RAND_bytes(seed, sizeof(seed)) != 1)
		fatalx("libtls");
	tickets_off();
	sign_install();
	ctx = (struct net_ctx){
		.server = server_current, .tls_done = tls_done, .ended = ended,
		.handshake_s = HANDSHAKE_TIMEOUT_S, .stall_s = IDLE_TIMEOUT_S
	};
	if ((ctx.base = event_base_new()) == NULL ||
	    chan_ev_open(&parent, ctx.base, REQ_FD, 2 * CONNECTIONS_MAX,
	    on_frame, on_gone, NULL) == -1)
		fatalx("event loop");
	event_base_dispatch(ctx.base);
	return 1;
}
