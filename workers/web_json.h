#ifndef WORKERS_WEB_JSON_H
#define WORKERS_WEB_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/attest_msg.h"
#include "evidence/bytes.h"

/*
 * JSON that web writes (streams in bounded memory, as serde_json would write
 * them) and the one JSON text that it reads.
 *
 * Streams: an encoder takes input and fills out until one of them is used up.
 * The caller sends out->buf[0..out->len), sets len to 0 and goes on with the
 * rest of the input. out->size must be at least JSON_OUT_MIN.
 */

#define JSON_OUT_MIN	16	/* the longest piece that is not cut has 6 bytes */
#define ATTEST_BODY_MAX	4096	/* body of POST /attest: full size is below 300 */

struct json_out {
	char	*buf;
	size_t	 size;
	size_t	 len;
};

/* Bytes as an array of numbers: [10,0,255]. */
struct json_numbers {
	bool	 open;
};

void	 json_numbers_init(struct json_numbers *);
/* How many bytes of the input were taken. */
size_t	 json_numbers_put(struct json_numbers *, struct json_out *,
	    const uint8_t *in, size_t len);
/* False: no room for the end, empty out and call again. */
bool	 json_numbers_end(struct json_numbers *, struct json_out *);

/*
 * Bytes as a string. Valid UTF-8 stays, each broken sequence becomes U+FFFD as
 * in Rust's from_utf8_lossy, also where the input is cut within a sequence.
 */
struct json_string {
	const char	*quote;		/* not yet written part of a quote */
	uint8_t		 seq[4];
	unsigned int	 have;		/* bytes in seq */
	unsigned int	 need;		/* bytes of the sequence */
	uint8_t		 lo, hi;	/* range of its next byte */
	bool		 ended;
};

void	 json_string_init(struct json_string *);
size_t	 json_string_put(struct json_string *, struct json_out *,
	    const uint8_t *in, size_t len);
bool	 json_string_end(struct json_string *, struct json_out *);

/*
 * The hasher's records (magic CVMSNAP1, then u16 BE path length, u8 digest
 * length, path, digest) as [["path","hex"],...].
 */
#define RECORDS_MAGIC	"CVMSNAP1"

struct json_records {
	int			 state;		/* enum of web_json.c */
	const char		*literal;	/* not yet written punctuation */
	uint8_t			 head[8];
	size_t			 head_len;
	size_t			 left;		/* of path or digest */
	size_t			 digest_len;
	bool			 any;
	bool			 ended;
	struct json_string	 path;
};

void	 json_records_init(struct json_records *);
/* 0 and how much was taken, or -1 if these are no records. */
int	 json_records_put(struct json_records *, struct json_out *,
	    const uint8_t *in, size_t len, size_t *ret_used);
/* 1 done, 0 no room for the end, -1 the records are cut off. */
int	 json_records_end(struct json_records *, struct json_out *);

/* Whole values, added to a buffer; base64 without padding and quoted. */
void	 json_add_numbers(struct buf *, struct span);
void	 json_add_string(struct buf *, struct span);
void	 json_add_base64(struct buf *, struct span);
void	 json_add_hex(struct buf *, struct span);

/*
 * Seed the tables of jansson, which else opens /dev/urandom with the first
 * object and would be killed for it: call it before anything is parsed.
 */
void	 web_json_init(uint32_t seed);

/*
 * The body of POST /attest (PROTOCOL.md): strict, unknown members refused.
 * 0 and a request of FORM_STRONG, or -1 and a constant text fit for client and
 * log.
 */
int	 attest_body_parse(const void *body, size_t len,
	    struct attest_req *ret_req, const char **ret_reason);

#endif
