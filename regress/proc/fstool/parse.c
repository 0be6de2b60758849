/* Plays the front of a real fstool-parse. */
#include <unistd.h>

#include "cli/memfd.h"
#include "evidence/eventlog.h"
#include "fstool/answers.h"
#include "fstool/permit.h"
#include "privsep/peer.h"
#include "regress/unit/check.h"
#include "regress/unit/fstool_boot/forge.h"
#include "regress/unit/header/forge.h"

static struct peer parse;

static int
sealed(const void *p, size_t n)
{
	int fd = memfd_make("t");

	CHECK_OK(memfd_write(fd, p, n));
	CHECK_OK(memfd_seal(fd));
	return fd;
}

static void
begin(const char *what)
{
	test_begin(what);
	if (!CHECK_OK(peer_start(&parse, fstool_program(), FSTOOL_PARSE,
	    NULL, 0, 0)))
		printf("\t%s\n", parse.why);
}

/* The descriptors are closed. */
static int
ask(enum fs_type type, const struct wbuf *w, int *fds, int n, struct frame *f,
    struct rbuf *r)
{
	int rc = peer_ask(&parse, type, w, fds, n, NULL, NULL, f);

	while (n > 0)
		close(fds[--n]);
	if (rc == 0)
		rbuf_init(r, f->data, f->len);
	return rc;
}

/* It ended, with these last words. */
static void
ended(int rc, const char *why)
{
	CHECK_INT(rc, -1);
	if (strstr(parse.why, why) == NULL)
		CHECK_STR(parse.why, why);
	peer_stop(&parse);
}

static int
header_ask(int fd, struct header_ans *a)
{
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w);
	if (ask(FS_HEADER_REQ, &w, &fd, fd != -1, &f, &r) == -1)
		return -1;
	CHECK_OK(header_ans_get(&r, a));
	return 0;
}

static int
token_ask(uint8_t i, struct header_token *t)
{
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w);
	put_u8(&w, i);
	if (ask(FS_TOKEN_REQ, &w, NULL, 0, &f, &r) == -1)
		return -1;
	CHECK_OK(header_token_get(&r, t));
	return 0;
}

static void
test_header(void)
{
	static uint8_t header[FORGE_SIZE];
	static struct header_ans a;
	static struct header_token t;

	begin("a header and its token");
	forge_header(header, forge_json);
	CHECK_OK(header_ask(sealed(header, sizeof(header)), &a));
	CHECK_INT(a.ok, 1);
	CHECK_STR(a.facts.uuid, FORGE_UUID);
	CHECK_INT(a.facts.ntokens, 1);
	CHECK_OK(token_ask(0, &t));
	CHECK_INT(t.bind, BIND_TPM);
	CHECK_INT(t.slot, 1);
	CHECK_INT(t.blob_len, 5);
	ended(token_ask(1, &t), "broken TOKEN_REQ");
	begin("a token before a header");
	ended(token_ask(0, &t), "broken TOKEN_REQ");
	begin("a token of a header that was refused");
	CHECK_OK(header_ask(sealed(header, sizeof(header)), &a));
	header[5000] ^= 1;
	CHECK_OK(header_ask(sealed(header, sizeof(header)), &a));
	CHECK_INT(a.ok, 0);
	CHECK(strstr(a.why, "checksum") != NULL);
	ended(token_ask(0, &t), "broken TOKEN_REQ");
	begin("an empty header");
	CHECK_OK(header_ask(sealed("", 0), &a));
	CHECK_INT(a.ok, 0);
	peer_stop(&parse);
}

static void
test_frames(void)
{
	static struct header_ans a;
	struct frame f;
	struct wbuf w;
	struct rbuf r;
	int fd;

	begin("a header that could still be changed");
	ended(header_ask(memfd_make("open"), &a), "cannot be read");
	begin("none");
	ended(header_ask(-1, &a), "broken HEADER_REQ");
	begin("longer than any header");
	fd = memfd_make("t");
	CHECK_OK(ftruncate(fd, HEADER_MAX + 1));
	CHECK_OK(memfd_seal(fd));
	ended(header_ask(fd, &a), "cannot be read");
	begin("a question of the TPM");
	wbuf_init(&w);
	ended(ask(FS_UNSEAL_REQ, &w, NULL, 0, &f, &r), "unexpected UNSEAL_REQ");
	begin("a byte too many");
	put_u8(&w, 0);
	fd = sealed("x", 1);
	ended(ask(FS_HEADER_REQ, &w, &fd, 1, &f, &r), "broken HEADER_REQ");
	begin("a descriptor with a record");
	wbuf_init(&w);
	put_blob(&w, "x", 1);
	fd = sealed("x", 1);
	ended(ask(FS_RECORD_REQ, &w, &fd, 1, &f, &r), "broken RECORD_REQ");
}

static int
record_ask(const void *p, size_t n, struct record_ans *a)
{
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w);
	put_blob(&w, p, n);
	if (ask(FS_RECORD_REQ, &w, NULL, 0, &f, &r) == -1)
		return -1;
	CHECK_OK(record_ans_get(&r, a));
	return 0;
}

static void
test_record(void)
{
	struct record in = { .uuid = FORGE_UUID, .nentries = 1 };
	uint8_t raw[RECORD_MAX + 1] = { 0 };
	struct record_ans a;
	size_t n;

	begin("a record");
	in.entry[0].len = 1;
	in.entry[0].epoch = 7;
	CHECK_OK(record_encode(&in, raw, sizeof(raw), &n));
	CHECK_OK(record_ask(raw, n, &a));
	CHECK_INT(a.ok, 1);
	CHECK_MEM(&a.record, &in, sizeof(in));
	test_begin("one that is cut off, too long, none");
	CHECK_OK(record_ask(raw, n - 1, &a));
	CHECK_STR(a.why, "the record of the header: it is cut off");
	CHECK_OK(record_ask(raw, sizeof(raw), &a));
	CHECK_STR(a.why, "the record of the header: it is too long");
	CHECK_OK(record_ask(raw, 0, &a));
	CHECK_INT(a.ok, 0);
	peer_stop(&parse);
}

static int
boot_asked(enum fs_type type, uint16_t bank, int *fds, int n,
    struct boot_ans *a)
{
	struct boot_ask q = { .bank = bank, .values_len = LOG_PCRS * 32 };
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w);
	boot_ask_put(&w, &q);
	if (ask(type, &w, fds, n, &f, &r) == -1)
		return -1;
	CHECK_OK(boot_ans_get(&r, a));
	return 0;
}

static void
test_boot(void)
{
	static const struct forge_part parts[] = {
		{ ".linux", { (const uint8_t *)"x", 1 }, 0 }, { 0 }
	};
	static struct forge log_of, image;
	struct boot_ans a;
	int fd[3];

	forge_log(&log_of);
	forge_event(&log_of, 4, EV_EFI_BOOT_APPLICATION, span_str("x"),
	    span_str(""));
	forge_pe(&image, parts, 0);
	begin("this boot");
	fd[0] = sealed(log_of.b, log_of.n);
	fd[1] = sealed("quiet", 5);
	CHECK_OK(boot_asked(FS_BOOT_REQ, 0x000b, fd, 2, &a));
	CHECK_INT(a.ok, 1);
	CHECK_INT(a.carries, 1 << 4);
	test_begin("the next boot");
	fd[0] = sealed(log_of.b, log_of.n);
	fd[1] = sealed("quiet", 5);
	fd[2] = sealed(image.b, image.n);
	CHECK_OK(boot_asked(FS_NEXT_REQ, 0x000b, fd, 3, &a));
	CHECK_INT(a.ok, 1);
	CHECK(memcmp(a.values + 4 * 32, a.values + 5 * 32, 32) != 0);
	test_begin("an image that is none");
	fd[0] = sealed(log_of.b, log_of.n);
	fd[1] = sealed("quiet", 5);
	fd[2] = sealed("x", 1);
	CHECK_OK(boot_asked(FS_NEXT_REQ, 0x000b, fd, 3, &a));
	CHECK_INT(a.ok, 0);
	test_begin("without a log");
	fd[0] = sealed("", 0);
	fd[1] = sealed("", 0);
	CHECK_OK(boot_asked(FS_BOOT_REQ, 0x000b, fd, 2, &a));
	CHECK_INT(a.ok, 1);
	test_begin("without an image");
	fd[0] = sealed("", 0);
	fd[1] = sealed("", 0);
	ended(boot_asked(FS_NEXT_REQ, 0x000b, fd, 2, &a), "broken NEXT_REQ");
	begin("SHA-1");
	fd[0] = sealed("", 0);
	fd[1] = sealed("", 0);
	ended(boot_asked(FS_BOOT_REQ, 0x0004, fd, 2, &a), "broken BOOT_REQ");
	begin("a log that could still be changed");
	fd[0] = memfd_make("open");
	fd[1] = sealed("", 0);
	ended(boot_asked(FS_BOOT_REQ, 0x000b, fd, 2, &a), "cannot be read");
	begin("a command line longer than the kernel's");
	fd[0] = sealed("", 0);
	fd[1] = memfd_make("t");
	CHECK_OK(ftruncate(fd[1], CMDLINE_MAX + 1));
	CHECK_OK(memfd_seal(fd[1]));
	ended(boot_asked(FS_BOOT_REQ, 0x000b, fd, 2, &a), "cannot be read");
}

int
main(void)
{
	alarm(60);
	test_header();
	test_frames();
	test_record();
	test_boot();
	return test_end();
}
