#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fstool/ask.h"
#include "fstool/permit.h"
#include "fstool/why.h"

void
kids_init(struct kids *k, const char *tpm_path, int verbose)
{
	memset(k, 0, sizeof(*k));
	k->tpm_path = tpm_path;
	k->verbose = verbose;
}

void
kids_stop(struct kids *k)
{
	peer_stop(&k->parse);
	peer_stop(&k->tpm);
}

static int
socket_open(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(sun.sun_path, path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static const char *
socket_path(const struct kids *k)
{
	return strncmp(k->tpm_path, "unix:", 5) == 0 ? k->tpm_path + 5 : NULL;
}

int
ask_tpm_there(const struct kids *k)
{
	const char *sock = socket_path(k);

	return access(sock != NULL ? sock : k->tpm_path, F_OK) == 0;
}

static int
parse_start(struct kids *k)
{
	if (k->parse.running)
		return 0;
	if (peer_start(&k->parse, fstool_program(), FSTOOL_PARSE, NULL, 0,
	    k->verbose) == -1)
		return could_not("%s", k->parse.why);
	return 0;
}

static int
tpm_start(struct kids *k)
{
	const char *sock = socket_path(k);
	int fd, rc;

	if (k->tpm.running)
		return 0;
	fd = sock != NULL ? socket_open(sock) :
	    open(k->tpm_path, O_RDWR | O_CLOEXEC);
	if (fd == -1)
		return could_not("%s: %s: without its TPM this machine can "
		    "open the container by password or recovery key only",
		    k->tpm_path, strerror(errno));
	rc = peer_start(&k->tpm, fstool_program(), FSTOOL_TPM, &fd, 1,
	    k->verbose);
	close(fd);
	if (rc == -1)
		return could_not("%s", k->tpm.why);
	return 0;
}

/* Ask, and be ready to read the answer; w is wiped. */
static int
ask(struct peer *p, enum fs_type type, struct wbuf *w, const int *fds,
    int nfds, struct frame *f, struct rbuf *r)
{
	int rc = peer_ask(p, type, w, fds, nfds, NULL, NULL, f);

	explicit_bzero(w, sizeof(*w));
	if (rc == -1)
		return could_not("%s", p->why);
	rbuf_init(r, f->data, f->len);
	return 0;
}

/* What a child of ours never says. */
static int
garbled(struct peer *p, enum fs_type type)
{
	peer_stop(p);
	return could_not("%s: the answer is malformed", fs_name(type));
}

static int
ask_token(struct kids *k, unsigned int i, struct header_token *ret)
{
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w);
	put_u8(&w, (uint8_t)i);
	if (ask(&k->parse, FS_TOKEN_REQ, &w, NULL, 0, &f, &r) == -1)
		return -1;
	return header_token_get(&r, ret) == -1 ?
	    garbled(&k->parse, FS_TOKEN_REQ) : 0;
}

int
ask_header(struct kids *k, int fd, const char *name, struct header_facts *ret)
{
	static struct header_ans a;
	struct frame f;
	struct wbuf w;
	struct rbuf r;
	size_t i;

	if (parse_start(k) == -1)
		return -1;
	wbuf_init(&w);
	if (ask(&k->parse, FS_HEADER_REQ, &w, &fd, 1, &f, &r) == -1)
		return -1;
	if (header_ans_get(&r, &a) == -1)
		return garbled(&k->parse, FS_HEADER_REQ);
	if (!a.ok)
		return refused("%s: %s", name, a.why);
	for (i = 0; i < a.facts.ntokens; i++)
		if (ask_token(k, (unsigned int)i, &a.facts.token[i]) == -1)
			return -1;
	*ret = a.facts;
	return 0;
}

int
ask_record(struct kids *k, const void *p, size_t n, const char *name,
    struct record *ret)
{
	struct record_ans a;
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	if (parse_start(k) == -1)
		return -1;
	wbuf_init(&w);
	put_blob(&w, p, n);
	if (ask(&k->parse, FS_RECORD_REQ, &w, NULL, 0, &f, &r) == -1)
		return -1;
	if (record_ans_get(&r, &a) == -1)
		return garbled(&k->parse, FS_RECORD_REQ);
	if (!a.ok)
		return refused("%s: %s", name, a.why);
	*ret = a.record;
	return 0;
}

int
ask_boot(struct kids *k, const struct boot_ask *b, int log, int cmdline,
    int image, struct boot_ans *ret)
{
	const enum fs_type type = image == -1 ? FS_BOOT_REQ : FS_NEXT_REQ;
	const int fds[3] = { log, cmdline, image };
	struct boot_ans a;
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	if (parse_start(k) == -1)
		return -1;
	wbuf_init(&w);
	boot_ask_put(&w, b);
	if (ask(&k->parse, type, &w, fds, image == -1 ? 2 : 3, &f, &r) == -1)
		return -1;
	if (boot_ans_get(&r, &a) == -1)
		return garbled(&k->parse, type);
	if (!a.ok)
		return could_not("%s", a.why);
	*ret = a;
	return 0;
}

int
ask_pcrs(struct kids *k, uint16_t bank, uint32_t mask, struct pcrs_ans *ret)
{
	struct pcrs_ans a;
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	if (tpm_start(k) == -1)
		return -1;
	wbuf_init(&w);
	put_u16(&w, bank);
	put_u32(&w, mask);
	if (ask(&k->tpm, FS_PCRS_REQ, &w, NULL, 0, &f, &r) == -1)
		return -1;
	if (pcrs_ans_get(&r, &a) == -1)
		return garbled(&k->tpm, FS_PCRS_REQ);
	if (!a.ok)
		return could_not("%s", a.why);
	*ret = a;
	return 0;
}

int
ask_seal(struct kids *k, const struct seal_ask *s, struct seal_ans *ret)
{
	struct seal_ans a;
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	if (tpm_start(k) == -1)
		return -1;
	wbuf_init(&w);
	seal_ask_put(&w, s);
	if (ask(&k->tpm, FS_SEAL_REQ, &w, NULL, 0, &f, &r) == -1)
		return -1;
	if (seal_ans_get(&r, &a) == -1)
		return garbled(&k->tpm, FS_SEAL_REQ);
	if (!a.ok)
		return could_not("%s", a.why);
	*ret = a;
	return 0;
}

int
ask_unseal(struct kids *k, const struct header_token *t,
    struct unseal_ans *ret)
{
	struct frame f;
	struct wbuf w;
	struct rbuf r;
	int rc;

	if (tpm_start(k) == -1)
		return -1;
	wbuf_init(&w);
	header_token_put(&w, t);
	if (ask(&k->tpm, FS_UNSEAL_REQ, &w, NULL, 0, &f, &r) == -1)
		return -1;
	rc = unseal_ans_get(&r, ret);
	explicit_bzero(&f, sizeof(f));
	return rc == -1 ? garbled(&k->tpm, FS_UNSEAL_REQ) : 0;
}

int
ask_cap(struct kids *k, const void *p, size_t n)
{
	struct simple_ans a;
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	if (tpm_start(k) == -1)
		return -1;
	wbuf_init(&w);
	put_blob(&w, p, n);
	if (ask(&k->tpm, FS_CAP_REQ, &w, NULL, 0, &f, &r) == -1)
		return -1;
	if (simple_ans_get(&r, &a) == -1)
		return garbled(&k->tpm, FS_CAP_REQ);
	return a.ok ? 0 : could_not("%s", a.why);
}

int
ask_nv(struct kids *k, enum fs_type type, const struct nv_ask *q,
    struct nv_ans *ret)
{
	struct nv_ans a;
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	if (tpm_start(k) == -1)
		return -1;
	wbuf_init(&w);
	nv_ask_put(&w, q);
	if (ask(&k->tpm, type, &w, NULL, 0, &f, &r) == -1)
		return -1;
	if (nv_ans_get(&r, &a) == -1)
		return garbled(&k->tpm, type);
	if (!a.ok)
		return could_not("%s", a.why);
	*ret = a;
	return 0;
}
