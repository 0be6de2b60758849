/*
 * fstool-parse: reads what lies on the disk and in the firmware's log, which
 * the host may have written: header, record, boot log, kernel image.  It has
 * no files: they come as sealed memfds, and answers leave as typed values.
 */
#include <sys/mman.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "cli/memfd.h"
#include "fstool/answers.h"
#include "fstool/boot.h"
#include "fstool/child.h"
#include "privsep/log.h"

static struct header_facts facts;	/* of the last header, for its tokens */
static int have_header;

/* Algorithms and configuration are found before no file can be opened. */
static void
warm_up(void)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	const EVP_MD *algs[] = { EVP_sha1(), EVP_sha256(), EVP_sha384(),
	    EVP_sha512() };
	size_t i;

	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG |
	    OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
	for (i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
		EVP_Digest("", 0, md, NULL, algs[i], NULL);
}

static struct span
map_fd(int fd, uint64_t max)
{
	const uint8_t *p;
	size_t n;

	if (memfd_map(fd, max, &p, &n) == -1)
		fatal("what is to be parsed cannot be read");
	return span_make(p, n);
}

static void
unmap(struct span s)
{
	if (s.n > 0)
		munmap((void *)(uintptr_t)s.p, s.n);
}

static void
on_header(struct frame *f, struct rbuf *r)
{
	static struct header_ans a;
	struct wbuf w;
	struct span s;

	if (msg_end(r) == -1 || f->nfds != 1)
		fatalx("broken HEADER_REQ");
	s = map_fd(f->fds[0], HEADER_MAX);
	memset(&a, 0, sizeof(a));
	a.ok = header_check(s, &facts, a.why) == 0;
	have_header = a.ok;
	a.facts = facts;
	unmap(s);
	wbuf_init(&w);
	header_ans_put(&w, &a);
	front_send(FS_HEADER_ANS, &w);
}

static void
on_token(struct frame *f, struct rbuf *r)
{
	unsigned int i = get_u8(r);
	struct wbuf w;

	if (msg_end(r) == -1 || f->nfds != 0 || !have_header ||
	    i >= facts.ntokens)
		fatalx("broken TOKEN_REQ");
	wbuf_init(&w);
	header_token_put(&w, &facts.token[i]);
	front_send(FS_TOKEN_ANS, &w);
}

static void
on_record(struct frame *f, struct rbuf *r)
{
	struct record_ans a;
	const uint8_t *p;
	struct wbuf w;
	size_t n;

	n = get_blob_ref(r, &p, FRAME_MAX);
	if (msg_end(r) == -1 || f->nfds != 0)
		fatalx("broken RECORD_REQ");
	memset(&a, 0, sizeof(a));
	a.ok = record_decode(span_make(p, n), &a.record, a.why) == 0;
	wbuf_init(&w);
	record_ans_put(&w, &a);
	front_send(FS_RECORD_ANS, &w);
}

/* This boot, or with a kernel image the next one. */
static void
on_boot(struct frame *f, struct rbuf *r)
{
	const int next = f->type == FS_NEXT_REQ;
	struct span log, cmdline, image = { NULL, 0 };
	struct boot_ask q;
	struct boot_ans a;
	struct wbuf w;

	if (boot_ask_get(r, &q) == -1 || f->nfds != (next ? 3 : 2))
		fatalx("broken %s", fs_name(f->type));
	log = map_fd(f->fds[0], BOOT_LOG_MAX);
	cmdline = map_fd(f->fds[1], CMDLINE_MAX);
	if (next) {
		image = map_fd(f->fds[2], KERNEL_IMAGE_MAX);
		boot_next(&q, log, cmdline, image, &a);
	} else
		boot_now(&q, log, cmdline, &a);
	unmap(log);
	unmap(cmdline);
	unmap(image);
	wbuf_init(&w);
	boot_ans_put(&w, &a);
	front_send(next ? FS_NEXT_ANS : FS_BOOT_ANS, &w);
}

static const struct {
	enum fs_type	 type;
	void		(*on)(struct frame *, struct rbuf *);
} handlers[] = {
	{ FS_HEADER_REQ, on_header },
	{ FS_TOKEN_REQ, on_token },
	{ FS_RECORD_REQ, on_record },
	{ FS_BOOT_REQ, on_boot },
	{ FS_NEXT_REQ, on_boot },
};

static void
dispatch(struct frame *f)
{
	struct rbuf r;
	size_t i;

	rbuf_init(&r, f->data, f->len);
	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == f->type) {
			handlers[i].on(f, &r);
			return;
		}
	fatalx("unexpected %s", fs_name(f->type));
}

int
main(int argc, char **argv)
{
	struct frame f;

	warm_up();
	fstool_child_start(FSTOOL_PARSE, argc, argv);
	for (;;) {
		front_next(&f);
		dispatch(&f);
		frame_close(&f);
	}
}
