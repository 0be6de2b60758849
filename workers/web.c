#include <sys/random.h>

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/limits.h"
#include "privsep/agent_child.h"
#include "privsep/chan_ev.h"
#include "privsep/log.h"
#include "workers/web_conn.h"
#include "workers/web_routes.h"

/*
 * web: HTTP and JSON of strangers, over streams from which net has taken the
 * TLS. It has no network, no file but the logs it is lent, and says nothing to
 * the parent that could become evidence but a nonce, PCR numbers, a bank and a
 * credential.
 */

#define TURN_US		10000	/* of the connections, then the parent is looked at */

static struct chan_ev parent;
static struct web_ctx ctx;

static void
on_limits(struct frame *f)
{
	struct rbuf r;

	rbuf_init(&r, f->data, f->len);
	get_u32(&r);	/* handshake: net's */
	ctx.header_s = get_u32(&r);
	ctx.body_s = get_u32(&r);
	ctx.idle_s = get_u32(&r);
	ctx.compat = get_u8(&r) != 0;
	if (msg_end(&r) == -1)
		fatalx("bad LIMITS");
}

static void
on_config(struct frame *f)
{
	struct web_config c;
	struct rbuf r;
	unsigned int i;

	memset(&c, 0, sizeof(c));
	rbuf_init(&r, f->data, f->len);
	get_raw(&r, c.item, sizeof(c.item));
	get_raw(&r, c.toml, sizeof(c.toml));
	get_raw(&r, c.keys, sizeof(c.keys));
	c.flags = get_u32(&r);
	if ((c.n = get_u8(&r)) > WEB_PROGRAMS_MAX)
		fatalx("bad CONFIG");
	for (i = 0; i < c.n; i++) {
		get_str(&r, c.program[i].name, sizeof(c.program[i].name));
		get_raw(&r, c.program[i].digest, sizeof(c.program[i].digest));
	}
	if (msg_end(&r) == -1)
		fatalx("bad CONFIG");
	ctx.config_before = ctx.config;
	ctx.config = c;
}

static void
on_conn(struct frame *f)
{
	char peer[WEB_PEER_MAX];
	struct rbuf r;

	rbuf_init(&r, f->data, f->len);
	get_str(&r, peer, sizeof(peer));
	if (msg_end(&r) == -1 || f->nfds != 1 || web_conn_find(f->id) != NULL)
		fatalx("bad WEB_CONN");
	if (ctx.draining)
		return;		/* the stream is closed with the frame */
	if (web_conn_new(&ctx, f->id, frame_take(f, 0), peer) == NULL)
		log_warn("%s", peer);
}

static void
on_frame(struct chan_ev *ch, struct frame *f, void *arg)
{
	struct web_conn *c;

	(void)ch;
	(void)arg;
	switch (f->type) {
	case MSG_LIMITS:
		on_limits(f);
		break;
	case MSG_CONFIG:
		on_config(f);
		break;
	case MSG_WEB_CONN:
		on_conn(f);
		break;
	case MSG_ATTEST_ANS:
	case MSG_LOG_ANS:
	case MSG_TPM_CERTS_ANS:
	case MSG_ACTIVATE_ANS:
	case MSG_SNAPSHOT_ANS:
	case MSG_SNAPSHOT_DEL_ANS:
		/* who asked may be gone; the descriptors go with the frame */
		if ((c = web_conn_find(f->id)) != NULL)
			web_conn_answer(c, f);
		break;
	case MSG_DRAIN:
		ctx.draining = true;
		web_conns_drain();
		break;
	default:
		fatalx("unexpected %s", msg_name(f->type));
	}
}

static void
on_gone(struct chan_ev *ch, int error, void *arg)
{
	(void)ch;
	(void)arg;
	exit(error == 0 ? 0 : 1);
}

static void
ask(uint32_t id, enum msg_type type, const struct wbuf *w)
{
	if (chan_ev_send(&parent, (uint16_t)type, id, w, NULL, 0) == -1)
		fatal("%s", msg_name(type));
}

/*
 * The parent before the connections: one that does not take its messages is
 * killed, and no number of clients with long answers may bring that about.
 */
static struct event_base *
base_make(void)
{
	const struct timeval turn = { 0, TURN_US };
	struct event_config *cfg;
	struct event_base *base;

	if ((cfg = event_config_new()) == NULL ||
	    event_config_set_max_dispatch_interval(cfg, &turn, -1, 1) == -1 ||
	    (base = event_base_new_with_config(cfg)) == NULL ||
	    event_base_priority_init(base, 2) == -1)	/* the default is the 2nd */
		fatalx("event loop");
	event_config_free(cfg);
	return base;
}

int
main(int argc, char **argv)
{
	uint32_t seed;

	agent_child_start(ROLE_WEB, argc, argv, NULL);
	if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		fatal("getrandom");
	web_json_init(seed);
	ctx = (struct web_ctx){
		.header_s = HEADER_TIMEOUT_S, .body_s = BODY_TIMEOUT_S,
		.idle_s = IDLE_TIMEOUT_S, .request = web_route, .ask = ask
	};
	/* one request a connection, so the queue cannot be longer */
	ctx.base = base_make();
	if (chan_ev_open(&parent, ctx.base, REQ_FD, CONNECTIONS_MAX + 1,
	    on_frame, on_gone, NULL) == -1 ||
	    event_priority_set(parent.rd, 0) == -1)
		fatalx("event loop");
	event_base_dispatch(ctx.base);
	return 1;
}
