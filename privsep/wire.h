#ifndef PRIVSEP_WIRE_H
#define PRIVSEP_WIRE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Typed put and get for the payload of one frame, big-endian. A put that does
 * not fit and a get that runs past the end set `bad` and do nothing else, so
 * a writer or reader checks once, at its end.
 */

#define FRAME_MAX	4096	/* bytes of payload: one page; more travels as a descriptor */

struct wbuf {
	uint8_t	b[FRAME_MAX];
	size_t	n;
	int	bad;
};

struct rbuf {
	const uint8_t	*p;
	size_t		 n;
	int		 bad;
};

void	wbuf_init(struct wbuf *);
void	put_u8(struct wbuf *, uint8_t);
void	put_u16(struct wbuf *, uint16_t);
void	put_u32(struct wbuf *, uint32_t);
void	put_u64(struct wbuf *, uint64_t);
/* exactly n bytes, no length before them */
void	put_raw(struct wbuf *, const void *, size_t);
/* u16 length, then the bytes */
void	put_blob(struct wbuf *, const void *, size_t);
void	put_str(struct wbuf *, const char *);

void	rbuf_init(struct rbuf *, const void *, size_t);
uint8_t	 get_u8(struct rbuf *);
uint16_t get_u16(struct rbuf *);
uint32_t get_u32(struct rbuf *);
uint64_t get_u64(struct rbuf *);
/* exactly n bytes copied to dst; dst is zeroed when they are not there */
void	get_raw(struct rbuf *, void *dst, size_t n);
/* a blob of at most cap bytes copied to dst; its length, 0 when bad */
size_t	get_blob(struct rbuf *, void *dst, size_t cap);
/* a blob that stays in the frame: *ret_p points into it */
size_t	get_blob_ref(struct rbuf *, const uint8_t **ret_p, size_t cap);
/* a blob as a string of at most cap - 1 bytes, no NUL inside, terminated */
void	get_str(struct rbuf *, char *dst, size_t cap);

/* 0 when everything was read and nothing is left over, else -1 */
int	msg_end(const struct rbuf *);

#endif
