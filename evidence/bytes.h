/* Spans of bytes, a bounded cursor over one, a growable buffer, hex, base64. */
#ifndef EVIDENCE_BYTES_H
#define EVIDENCE_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes.  p may be NULL when n is 0. */
struct span {
	const uint8_t	*p;
	size_t		 n;
};

/* A cursor never moves past the end: a getter that does not fit returns -1,
 * changes nothing and leaves its ret_ argument alone. */
struct cursor {
	const uint8_t	*p;
	size_t		 n;
	size_t		 off;
};

/* Growable output.  After a failed allocation or passing max, failed is set
 * and further additions do nothing: check once at the end. */
struct buf {
	uint8_t		*p;
	size_t		 n;
	size_t		 cap;
	size_t		 max;	/* 0: no limit */
	int		 failed;
};

struct span	 span_make(const void *, size_t);
struct span	 span_str(const char *);
/* 1 if both have the same length and bytes. */
int		 span_eq(struct span, struct span);
int		 span_eq_str(struct span, const char *);
/* Bytewise order, the shorter first: <0, 0, >0. */
int		 span_cmp(struct span, struct span);
/* 1 if all bytes are zero (also for the empty span). */
int		 span_is_zero(struct span);

void		 cursor_init(struct cursor *, struct span);
size_t		 cursor_left(const struct cursor *);
int		 cursor_take(struct cursor *, size_t, struct span *);
int		 cursor_skip(struct cursor *, size_t);
int		 cursor_u8(struct cursor *, uint8_t *);
int		 cursor_le16(struct cursor *, uint16_t *);
int		 cursor_le32(struct cursor *, uint32_t *);
int		 cursor_le64(struct cursor *, uint64_t *);
int		 cursor_be16(struct cursor *, uint16_t *);
int		 cursor_be32(struct cursor *, uint32_t *);
int		 cursor_be64(struct cursor *, uint64_t *);

void		 buf_init(struct buf *, size_t);
void		 buf_free(struct buf *);
void		 buf_add(struct buf *, const void *, size_t);
void		 buf_add_str(struct buf *, const char *);
void		 buf_add_hex(struct buf *, struct span);
void		 buf_add_be16(struct buf *, uint16_t);
void		 buf_add_be32(struct buf *, uint32_t);
void		 buf_printf(struct buf *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
struct span	 buf_span(const struct buf *);

/* Lower-case hex and a NUL into dst of size; -1 if it does not fit. */
int		 hex_encode(struct span, char *, size_t);
/* Both cases; -1 on odd length, other characters, or more than cap bytes. */
int		 hex_decode(struct span, uint8_t *, size_t, size_t *);
/* As hex_decode, but exactly n bytes. */
int		 hex_decode_exact(struct span, uint8_t *, size_t);

/* Standard alphabet without padding. base64_size gives room with the NUL. */
size_t		 base64_size(size_t);
int		 base64_encode(struct span, char *, size_t);
/* Strict: no padding, no white space, unused bits zero; else -1. */
int		 base64_decode(struct span, uint8_t *, size_t, size_t *);

/* Length of the valid UTF-8 sequence at the start of a span that is not
 * empty, and its character; 0 if it is not valid. */
size_t		 utf8_sequence(struct span, uint32_t *);
int		 utf8_valid(struct span);

#endif
