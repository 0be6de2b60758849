#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parent/agent.h"
#include "parent/gen.h"
#include "parent/store_file.h"
#include "privsep/log.h"
#include "privsep/unmeasured.h"

static const char *
cert_path(struct agent *a)
{
	return conf_path(&a->conf, a->conf.str[CI_CERTIFICATE]);
}

static const char *
key_path(struct agent *a)
{
	return conf_path(&a->conf, a->conf.str[CI_PRIVATE_KEY]);
}

int
gen_files_present(struct agent *a)
{
	int cert = access(cert_path(a), F_OK) == 0;
	int key = access(key_path(a), F_OK) == 0;

	if (cert && !key) {
		log_warnx("%s is missing, but its certificate is there: put "
		    "the key back, or remove the certificate to have both made",
		    key_path(a));
		return -1;
	}
	return cert && key;
}

static int
open_key(struct agent *a)
{
	struct stat st;
	int fd;

	if ((fd = open_unmeasured(key_path(a), O_RDONLY | O_CLOEXEC |
	    O_NOCTTY | O_NONBLOCK)) == -1) {
		log_warn("%s", key_path(a));
		return -1;
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid() || (st.st_mode & 077) != 0) {
		log_warnx("%s: must be a regular file that belongs to root and "
		    "that only its owner can read (chmod 600)", key_path(a));
		close(fd);
		return -1;
	}
	return fd;
}

/* CN is the host name; SAN the host name and the addresses we listen on. */
static void
put_names(struct agent *a, struct wbuf *w)
{
	char name[CONF_NAME_MAX];
	int i;

	if (gethostname(name, sizeof(name)) == -1 || name[0] == '\0')
		snprintf(name, sizeof(name), "localhost");
	name[sizeof(name) - 1] = '\0';
	put_str(w, name);
	put_u8(w, (uint8_t)(1 + a->conf.nhosts));
	put_str(w, name);
	for (i = 0; i < a->conf.nhosts; i++)
		put_str(w, a->conf.hosts[i]);
}

int
gen_make(struct agent *a)
{
	struct wbuf w;
	int fds[2], have_key = access(key_path(a), F_OK) == 0;

	fds[0] = have_key ? open_key(a) : store_file_new(key_path(a), 0600);
	if (fds[0] == -1)
		return -1;
	if ((fds[1] = store_file_new(cert_path(a), 0644)) == -1) {
		close(fds[0]);
		return -1;
	}
	wbuf_init(&w);
	put_u8(&w, (uint8_t)have_key);
	put_names(a, &w);
	return proc_ask_when_ready(a, &a->procs.keys, MSG_KEYS_MAKE_REQ, 0, &w,
	    fds, 2);
}

int
parent_on_keys_make_ans(struct agent *a, struct proc *p, struct frame *f)
{
	char reason[256];
	struct rbuf r;
	unsigned int ok;

	(void)p;
	rbuf_init(&r, f->data, f->len);
	ok = get_u8(&r);
	get_str(&r, reason, sizeof(reason));
	if (msg_end(&r) == -1 || a->step != BOOT_MAKE_CERT)
		return -1;
	/* the key first: a half-done launch has a key without certificate */
	if (!ok)
		boot_fail(a, "key and certificate: %s", reason);
	else if ((access(key_path(a), F_OK) == -1 &&
	    store_file_keep(key_path(a)) == -1) ||
	    store_file_keep(cert_path(a)) == -1)
		boot_fail(a, "key and certificate cannot be kept");
	else {
		log_info("first launch: self-signed certificate %s",
		    cert_path(a));
		boot_next(a);
	}
	return 0;
}

int
gen_load_cert(struct agent *a)
{
	struct proc *conf = &a->procs.conf;
	const char *path = cert_path(a);
	struct wbuf w;
	int fd;

	/* its digest is in all evidence anyway */
	if ((fd = open_unmeasured(path, O_RDONLY | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK)) == -1) {
		log_warn("%s", path);
		return -1;
	}
	if (!conf->running && (conf = proc_start(a, ROLE_CONF, 0, NULL, 0))
	    == NULL) {
		close(fd);
		return -1;
	}
	wbuf_init(&w);
	put_str(&w, path);
	return proc_ask_when_ready(a, conf, MSG_CONF_CERT_REQ, 0, &w, &fd, 1);
}

int
parent_on_cert_ans(struct agent *a, struct proc *p, struct frame *f)
{
	struct generation *g = &a->next_gen;
	char text[512];
	struct rbuf r;
	unsigned int ok;
	int fd;

	rbuf_init(&r, f->data, f->len);
	ok = get_u8(&r);
	get_raw(&r, g->cert, sizeof(g->cert));
	get_raw(&r, g->spki, sizeof(g->spki));
	get_u64(&r);
	get_str(&r, text, sizeof(text));
	if (msg_end(&r) == -1 || ok > 1 || f->nfds != (int)ok ||
	    (ok && !fd_is_sealed(f->fds[0], CERT_FILE_MAX)))
		return -1;
	fd = ok ? frame_take(f, 0) : -1;
	proc_stop(p);	/* conf lives for one load */
	if (!ok) {
		if (a->reloading)
			reload_end(a, text);
		else
			boot_fail(a, "%s", text);
		return 0;
	}
	log_info("certificate: %s", text);
	gen_drop(g);
	g->chain_fd = fd;
	g->id = a->gen + 1;
	boot_next(a);
	return 0;
}

void
gen_drop(struct generation *g)
{
	if (g->chain_fd > 0)
		close(g->chain_fd);
	if (g->key_fd > 0)
		close(g->key_fd);
	g->id = 0;
	g->chain_fd = g->key_fd = 0;
}

/*
 * The file that was proved, not its name: a keys process that replaces
 * another must find the key in force even if a new one lies there by now.
 */
static int
send_key(struct agent *a, const struct generation *g)
{
	struct wbuf w;
	int fd;

	if ((fd = fcntl(g->key_fd, F_DUPFD_CLOEXEC, 3)) == -1)
		return -1;
	wbuf_init(&w);
	put_raw(&w, g->spki, sizeof(g->spki));
	return proc_ask_when_ready(a, &a->procs.keys, MSG_KEYS_LOAD_REQ, g->id,
	    &w, &fd, 1);
}

int
gen_load_key(struct agent *a)
{
	struct proc *keys = &a->procs.keys;

	/* what a replacement takes up first is the key in force */
	if (a->gen != 0 && (!keys->running || keys->state != ST_READY)) {
		log_warnx("keys is being replaced");
		return -1;
	}
	if ((a->next_gen.key_fd = open_key(a)) == -1)
		return -1;
	return send_key(a, &a->next_gen);
}

static void
send_cert(struct proc *net, const struct generation *g)
{
	int fd = fcntl(g->chain_fd, F_DUPFD_CLOEXEC, 3);

	if (fd != -1)
		proc_send(net, MSG_NET_CERT, g->id, NULL, &fd, 1);
}

static struct generation *
current(struct agent *a)
{
	int i;

	for (i = 0; i < GENERATIONS_MAX; i++)
		if (a->gens[i].id != 0 && a->gens[i].id == a->gen)
			return &a->gens[i];
	return NULL;
}

/* The oldest place is given up: its handshakes are long done. */
static void
adopt_next(struct agent *a)
{
	struct generation *g = &a->gens[a->next_gen.id % GENERATIONS_MAX];
	unsigned int i;

	if (g->id != 0)
		proc_send(&a->procs.keys, MSG_KEYS_FORGET, g->id, NULL, NULL, 0);
	gen_drop(g);
	*g = a->next_gen;
	memset(&a->next_gen, 0, sizeof(a->next_gen));
	a->gen = g->id;
	for (i = 0; i < a->conf.num[CI_WORKERS]; i++)
		if (a->procs.net[i].running &&
		    a->procs.net[i].state == ST_READY)
			send_cert(&a->procs.net[i], g);
}

int
parent_on_keys_load_ans(struct agent *a, struct proc *p, struct frame *f)
{
	char reason[256];
	struct rbuf r;
	unsigned int ok;

	(void)p;
	rbuf_init(&r, f->data, f->len);
	ok = get_u8(&r);
	get_str(&r, reason, sizeof(reason));
	if (msg_end(&r) == -1 || ok > 1)
		return -1;
	if (a->next_gen.id != 0 && f->id == a->next_gen.id) {
		if (ok) {
			adopt_next(a);
			gen_serve_keys(a);
		} else if (!a->reloading) {
			boot_fail(a, "%s: %s", key_path(a), reason);
			return 0;
		} else {
			reload_end(a, reason);
			return 0;
		}
		boot_next(a);
		return 0;
	}
	/* a replaced keys process took the current key up again */
	if (f->id != a->gen)
		return -1;
	if (!ok)
		log_warnx("the TLS key cannot be loaded again: %s; nobody is "
		    "served until a reload finds a pair that matches", reason);
	else
		gen_serve_keys(a);
	return 0;
}

static void
connect_signer(struct agent *a, struct proc *net)
{
	int pair[2];

	if (!a->keys_loaded || chan_pair(pair) == -1)
		return;
	proc_send(&a->procs.keys, MSG_KEYS_PEER, net->slot, NULL, &pair[0], 1);
	proc_send(net, MSG_NET_KEYS, 0, NULL, &pair[1], 1);
}

void
gen_serve_net(struct agent *a, struct proc *net)
{
	struct generation *g = current(a);

	if (g == NULL)
		return;
	connect_signer(a, net);
	send_cert(net, g);
}

/* keys has the current key; if it had one before, the nets know it already. */
void
gen_serve_keys(struct agent *a)
{
	unsigned int i;

	if (a->keys_loaded)
		return;
	a->keys_loaded = 1;
	for (i = 0; i < a->conf.num[CI_WORKERS]; i++)
		if (a->procs.net[i].running &&
		    a->procs.net[i].state == ST_READY)
			connect_signer(a, &a->procs.net[i]);
}

void
gen_restore_keys(struct agent *a)
{
	struct generation *g = current(a);

	if (g != NULL && send_key(a, g) == -1)
		log_warnx("the TLS key cannot be loaded again");
}
