/* Payloads: what does not fit is refused, on both sides, and for good. */

#include "privsep/wire.h"
#include "regress/unit/check.h"

static const uint8_t known[] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
	0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
	0xaa, 0xbb, 0x00, 0x02, 0xcc, 0xdd, 0x00, 0x03, 'a', 'b', 'c'
};

static void
test_known_answer(void)
{
	uint8_t raw[2], blob[4];
	struct wbuf w;
	struct rbuf r;
	char s[4];

	test_begin("known answer");
	wbuf_init(&w);
	put_u8(&w, 1);
	put_u16(&w, 0x0203);
	put_u32(&w, 0x04050607);
	put_u64(&w, UINT64_C(0x08090a0b0c0d0e0f));
	put_raw(&w, "\xaa\xbb", 2);
	put_blob(&w, "\xcc\xdd", 2);
	put_str(&w, "abc");
	CHECK_INT(w.bad, 0);
	if (!CHECK_INT(w.n, sizeof(known)))
		return;
	CHECK_MEM(w.b, known, sizeof(known));

	rbuf_init(&r, w.b, w.n);
	CHECK_INT(get_u8(&r), 1);
	CHECK_INT(get_u16(&r), 0x0203);
	CHECK_INT(get_u32(&r), 0x04050607);
	CHECK(get_u64(&r) == UINT64_C(0x08090a0b0c0d0e0f));
	get_raw(&r, raw, sizeof(raw));
	CHECK_MEM(raw, "\xaa\xbb", 2);
	CHECK_INT(get_blob(&r, blob, sizeof(blob)), 2);
	CHECK_MEM(blob, "\xcc\xdd", 2);
	CHECK_FAIL(msg_end(&r));
	get_str(&r, s, sizeof(s));	/* fits to the byte */
	CHECK_STR(s, "abc");
	CHECK_OK(msg_end(&r));
}

/* Cut at every length, the reader must notice. */
static void
test_cut(void)
{
	uint8_t raw[2], blob[4];
	struct rbuf r;
	size_t n;
	char s[4];

	test_begin("cut at every length");
	for (n = 0; n <= sizeof(known); n++) {
		uint8_t *p = malloc(n + 1);	/* so that valgrind sees the end */

		memcpy(p, known, n);
		rbuf_init(&r, p, n);
		get_u8(&r);
		get_u16(&r);
		get_u32(&r);
		get_u64(&r);
		get_raw(&r, raw, sizeof(raw));
		get_blob(&r, blob, sizeof(blob));
		get_str(&r, s, sizeof(s));
		CHECK_INT(msg_end(&r), n == sizeof(known) ? 0 : -1);
		free(p);
	}
}

static void
test_writer_full(void)
{
	static uint8_t big[UINT16_MAX + 1];
	struct wbuf w;

	test_begin("writer");
	wbuf_init(&w);
	put_raw(&w, big, FRAME_MAX);
	CHECK_INT(w.bad, 0);
	CHECK_INT(w.n, FRAME_MAX);
	put_raw(&w, NULL, 0);
	CHECK_INT(w.bad, 0);
	put_u8(&w, 0);
	CHECK_INT(w.bad, 1);
	CHECK_INT(w.n, FRAME_MAX);

	wbuf_init(&w);
	put_raw(&w, big, FRAME_MAX - 1);
	put_u16(&w, 7);		/* not half of it */
	CHECK_INT(w.bad, 1);
	CHECK_INT(w.n, FRAME_MAX - 1);
	put_u8(&w, 7);		/* once bad, always bad */
	CHECK_INT(w.n, FRAME_MAX - 1);

	wbuf_init(&w);
	put_blob(&w, big, sizeof(big));	/* its length would wrap to 0 */
	CHECK_INT(w.bad, 1);
	wbuf_init(&w);
	put_blob(&w, big, FRAME_MAX - 1);
	CHECK_INT(w.bad, 1);
	wbuf_init(&w);
	put_blob(&w, big, FRAME_MAX - 2);
	CHECK_INT(w.bad, 0);
	wbuf_init(&w);
	put_raw(&w, big, SIZE_MAX);
	CHECK_INT(w.bad, 1);
}

static void
test_reader(void)
{
	static const uint8_t blob[] = { 0, 4, 1, 2, 3, 4 };
	static const uint8_t liar[] = { 0xff, 0xff, 1, 2 };
	static const uint8_t nul[] = { 0, 3, 'a', 0, 'b' };
	const uint8_t *ref = blob;
	uint8_t dst[8];
	struct rbuf r;
	char s[8] = "x";

	test_begin("reader");
	rbuf_init(&r, blob, sizeof(blob));
	memset(dst, 0xee, sizeof(dst));
	CHECK_INT(get_blob(&r, dst, 3), 0);	/* more than we have room for */
	CHECK_INT(dst[0], 0xee);
	CHECK_INT(r.bad, 1);
	CHECK_INT(get_u8(&r), 0);		/* bad stays bad */
	CHECK_FAIL(msg_end(&r));

	rbuf_init(&r, liar, sizeof(liar));
	CHECK_INT(get_blob_ref(&r, &ref, SIZE_MAX), 0);
	CHECK(ref == NULL);
	CHECK_INT(r.bad, 1);

	rbuf_init(&r, nul, sizeof(nul));
	get_str(&r, s, sizeof(s));
	CHECK_STR(s, "");
	CHECK_INT(r.bad, 1);

	rbuf_init(&r, blob, sizeof(blob));
	get_str(&r, s, 4);			/* no room for the NUL */
	CHECK_STR(s, "");
	CHECK_INT(r.bad, 1);

	rbuf_init(&r, blob, 3);
	memset(dst, 0xee, sizeof(dst));
	get_raw(&r, dst, 4);			/* not there: zero, not old bytes */
	CHECK_MEM(dst, "\0\0\0\0\xee", 5);

	rbuf_init(&r, NULL, 0);
	CHECK_OK(msg_end(&r));
	get_raw(&r, dst, 0);
	CHECK_OK(msg_end(&r));
	rbuf_init(&r, blob, sizeof(blob));
	CHECK_FAIL(msg_end(&r));		/* left over */
}

int
main(void)
{
	test_known_answer();
	test_cut();
	test_writer_full();
	test_reader();
	return test_end();
}
