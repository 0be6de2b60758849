/* JSON of the web process: streams out, one small request in. */

#include <jansson.h>
#include <string.h>

#include "evidence/alg.h"
#include "workers/web_json.h"

#define ESCAPE_MAX	6	/* \u001f */
#define NONCE_LEN	32
#define REPLACEMENT	"\xef\xbf\xbd"	/* U+FFFD */

enum records_state {
	RECORDS_MAGIC_BYTES,
	RECORDS_HEAD,		/* the three bytes of lengths */
	RECORDS_PATH,
	RECORDS_DIGEST
};

static const char hex_digits[] = "0123456789abcdef";
static const char two_digits[] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";

static size_t
room(const struct json_out *out)
{
	return out->size - out->len;
}

static void
put(struct json_out *out, const void *p, size_t len)
{
	memcpy(out->buf + out->len, p, len);
	out->len += len;
}

/* Write what fits of *text and move it on; true when all is written. */
static bool
put_literal(struct json_out *out, const char **text)
{
	while (**text != '\0' && room(out) > 0)
		out->buf[out->len++] = *(*text)++;
	return **text == '\0';
}

/* Numbers. */

void
json_numbers_init(struct json_numbers *n)
{
	n->open = false;
}

size_t
json_numbers_put(struct json_numbers *n, struct json_out *out,
    const uint8_t *in, size_t len)
{
	char	*p = out->buf + out->len;
	char	*end = out->buf + out->size;
	size_t	 i;
	uint8_t	 c;

	/* the longest element is ",255" */
	for (i = 0; i < len && end - p >= 4; i++) {
		c = in[i];
		*p++ = n->open ? ',' : '[';
		n->open = true;
		if (c < 10) {
			*p++ = '0' + c;
			continue;
		}
		if (c >= 100) {
			*p++ = '0' + c / 100;
			c %= 100;
		}
		*p++ = two_digits[2 * c];
		*p++ = two_digits[2 * c + 1];
	}
	out->len = p - out->buf;
	return i;
}

bool
json_numbers_end(struct json_numbers *n, struct json_out *out)
{
	const char	*text = n->open ? "]" : "[]";

	if (room(out) < strlen(text))
		return false;
	return put_literal(out, &text);
}

/* Strings. */

static void
utf8_reset(struct json_string *s)
{
	s->have = s->need = 0;
}

void
json_string_init(struct json_string *s)
{
	memset(s, 0, sizeof(*s));
	s->quote = "\"";
}

/* One ASCII character, escaped as serde_json does it. */
static void
ascii_put(struct json_out *out, uint8_t c)
{
	static const char	 from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	char			 e[ESCAPE_MAX] = "\\u00";
	const char		*p;

	if (c >= ' ' && c != '"' && c != '\\') {
		out->buf[out->len++] = c;
	} else if (c != '\0' && (p = strchr(from, c)) != NULL) {
		e[1] = to[p - from];
		put(out, e, 2);
	} else {
		e[4] = hex_digits[c >> 4];
		e[5] = hex_digits[c & 15];
		put(out, e, ESCAPE_MAX);
	}
}

/* The first byte of a longer sequence: how long, and what may follow. */
static bool
utf8_begin(struct json_string *s, uint8_t c)
{
	if (c < 0xc2 || c > 0xf4)
		return false;
	s->need = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	/* no overlong forms, no surrogates, nothing above U+10FFFF */
	s->lo = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	s->hi = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	s->seq[0] = c;
	s->have = 1;
	return true;
}

/* Take c, or replace a sequence that it breaks; false if c was not taken. */
static bool
utf8_put(struct json_string *s, struct json_out *out, uint8_t c)
{
	if (s->have == 0) {
		if (c < 0x80)
			ascii_put(out, c);
		else if (!utf8_begin(s, c))
			put(out, REPLACEMENT, 3);
		return true;
	}
	if (c < s->lo || c > s->hi) {
		put(out, REPLACEMENT, 3);
		utf8_reset(s);
		return false;
	}
	s->seq[s->have++] = c;
	s->lo = 0x80;
	s->hi = 0xbf;
	if (s->have == s->need) {
		put(out, s->seq, s->need);
		utf8_reset(s);
	}
	return true;
}

static size_t
text_put(struct json_string *s, struct json_out *out, const uint8_t *in,
    size_t len)
{
	size_t	 i = 0;

	while (i < len && room(out) >= ESCAPE_MAX)
		if (utf8_put(s, out, in[i]))
			i++;
	return i;
}

/* An unfinished sequence at the end of the text. */
static bool
text_end(struct json_string *s, struct json_out *out)
{
	if (s->have == 0)
		return true;
	if (room(out) < 3)
		return false;
	put(out, REPLACEMENT, 3);
	utf8_reset(s);
	return true;
}

size_t
json_string_put(struct json_string *s, struct json_out *out,
    const uint8_t *in, size_t len)
{
	if (!put_literal(out, &s->quote))
		return 0;
	return text_put(s, out, in, len);
}

bool
json_string_end(struct json_string *s, struct json_out *out)
{
	if (!s->ended) {
		if (!put_literal(out, &s->quote) || !text_end(s, out))
			return false;
		s->quote = "\"";
		s->ended = true;
	}
	return put_literal(out, &s->quote);
}

/* Snapshot records. */

void
json_records_init(struct json_records *r)
{
	memset(r, 0, sizeof(*r));
	r->state = RECORDS_MAGIC_BYTES;
	r->literal = "[";
}

/* Collect the fixed part before a path, or the magic: -1 if it is wrong. */
static int
records_head(struct json_records *r, uint8_t c)
{
	r->head[r->head_len++] = c;
	if (r->state == RECORDS_MAGIC_BYTES) {
		if (c != (uint8_t)RECORDS_MAGIC[r->head_len - 1])
			return -1;
		if (r->head_len == strlen(RECORDS_MAGIC)) {
			r->head_len = 0;
			r->state = RECORDS_HEAD;
		}
		return 0;
	}
	if (r->head_len < 3)
		return 0;
	r->left = (size_t)r->head[0] << 8 | r->head[1];
	r->digest_len = r->head[2];
	if (r->left == 0 ||
	    digest_by_size(r->digest_len) == DIGEST_NONE)
		return -1;
	r->head_len = 0;
	r->literal = r->any ? ",[\"" : "[\"";
	r->any = true;
	r->state = RECORDS_PATH;
	return 0;
}

/* How much of a path was taken; at its end the digest follows. */
static size_t
records_path(struct json_records *r, struct json_out *out, const uint8_t *in,
    size_t len)
{
	size_t	 n;

	n = text_put(&r->path, out, in, len < r->left ? len : r->left);
	r->left -= n;
	if (r->left == 0 && text_end(&r->path, out)) {
		r->literal = "\",\"";
		r->left = r->digest_len;
		r->state = RECORDS_DIGEST;
	}
	return n;
}

static size_t
records_digest(struct json_records *r, struct json_out *out,
    const uint8_t *in, size_t len)
{
	size_t	 i;

	for (i = 0; i < len && r->left > 0 && room(out) >= 2; i++, r->left--) {
		out->buf[out->len++] = hex_digits[in[i] >> 4];
		out->buf[out->len++] = hex_digits[in[i] & 15];
	}
	if (r->left == 0) {
		r->literal = "\"]";
		r->state = RECORDS_HEAD;
	}
	return i;
}

int
json_records_put(struct json_records *r, struct json_out *out,
    const uint8_t *in, size_t len, size_t *ret_used)
{
	size_t	 used = 0;

	while (put_literal(out, &r->literal) && used < len &&
	    room(out) >= ESCAPE_MAX) {
		switch (r->state) {
		case RECORDS_MAGIC_BYTES:
		case RECORDS_HEAD:
			if (records_head(r, in[used++]) == -1)
				return -1;
			break;
		case RECORDS_PATH:
			used += records_path(r, out, in + used, len - used);
			break;
		default:
			used += records_digest(r, out, in + used, len - used);
			break;
		}
	}
	*ret_used = used;
	return 0;
}

int
json_records_end(struct json_records *r, struct json_out *out)
{
	if (r->state != RECORDS_HEAD || r->head_len != 0)
		return -1;
	if (!put_literal(out, &r->literal))
		return 0;
	if (!r->ended) {
		r->literal = "]";
		r->ended = true;
	}
	return put_literal(out, &r->literal);
}

/* Whole values. */

void
json_add_numbers(struct buf *b, struct span s)
{
	struct json_numbers	 n;
	char			 block[1024];
	struct json_out		 out = { block, sizeof(block), 0 };
	size_t			 used;
	bool			 done = false;

	json_numbers_init(&n);
	while (!done) {
		if (s.n > 0) {
			used = json_numbers_put(&n, &out, s.p, s.n);
			s.p += used;
			s.n -= used;
		}
		done = s.n == 0 && json_numbers_end(&n, &out);
		buf_add(b, block, out.len);
		out.len = 0;
	}
}

void
json_add_string(struct buf *b, struct span s)
{
	struct json_string	 t;
	char			 block[1024];
	struct json_out		 out = { block, sizeof(block), 0 };
	size_t			 used;
	bool			 done = false;

	json_string_init(&t);
	while (!done) {
		if (s.n > 0) {
			used = json_string_put(&t, &out, s.p, s.n);
			s.p += used;
			s.n -= used;
		}
		done = s.n == 0 && json_string_end(&t, &out);
		buf_add(b, block, out.len);
		out.len = 0;
	}
}

/* In blocks of whole groups of three, so that only the last one is short. */
void
json_add_base64(struct buf *b, struct span s)
{
	char	 block[1024 + 1];
	size_t	 n;

	buf_add_str(b, "\"");
	while (s.n > 0) {
		n = s.n < 768 ? s.n : 768;
		if (base64_encode(span_make(s.p, n), block,
		    sizeof(block)) == -1)
			b->failed = 1;
		else
			buf_add_str(b, block);
		s.p += n;
		s.n -= n;
	}
	buf_add_str(b, "\"");
}

void
json_add_hex(struct buf *b, struct span s)
{
	buf_add_str(b, "\"");
	buf_add_hex(b, s);
	buf_add_str(b, "\"");
}

/* POST /attest. */

void
web_json_init(uint32_t seed)
{
	/* 0 would mean: look for randomness yourself */
	json_object_seed(seed | 1);
}

static const char *
nonce_parse(const json_t *v, struct attest_req *q)
{
	size_t	 len;

	if (!json_is_string(v))
		return "nonce is not a string";
	if (base64_decode(span_make(json_string_value(v),
	    json_string_length(v)), q->nonce, NONCE_LEN, &len) == -1 ||
	    len != NONCE_LEN)
		return "nonce is not base64, without padding, of 32 bytes";
	if (span_is_zero(span_make(q->nonce, NONCE_LEN)))
		return "nonce is all zero";
	q->nonce_len = NONCE_LEN;
	return NULL;
}

static const char *
bank_parse(const json_t *v, struct attest_req *q)
{
	enum digest_alg	 alg;

	if (!json_is_string(v))
		return "bank is not a string";
	alg = digest_by_name(span_make(json_string_value(v),
	    json_string_length(v)));
	if (alg == DIGEST_NONE)
		return "bank is not one of sha256, sha384, sha512";
	if (alg == DIGEST_SHA1)
		return "bank sha1 is refused: collisions are within reach";
	q->bank = digest_tpm_id(alg);
	return NULL;
}

static const char *
pcrs_parse(const json_t *v, struct attest_req *q)
{
	json_int_t	 pcr, last = -1;
	size_t		 i, n = json_array_size(v);

	if (!json_is_array(v))
		return "pcrs is not an array";
	if (n == 0 || n > PCR_COUNT)
		return "pcrs has not 1 to 24 entries";
	memset(q->mask, 0, sizeof(q->mask));
	for (i = 0; i < n; i++) {
		if (!json_is_integer(json_array_get(v, i)))
			return "pcrs has an entry that is not an integer";
		pcr = json_integer_value(json_array_get(v, i));
		if (pcr < 0 || pcr >= PCR_COUNT)
			return "pcrs has an entry outside 0 to 23";
		if (pcr <= last)
			return "pcrs is not ascending";
		last = pcr;
		q->mask[pcr / 8] |= 1U << (pcr % 8);
	}
	return NULL;
}

static const char *
subject_parse(const json_t *v, struct attest_req *q)
{
	if (json_is_null(v))
		return NULL;
	if (!json_is_string(v) || strcmp(json_string_value(v), "snapshot") != 0)
		return "subject is neither \"snapshot\" nor null";
	q->subject = SUBJECT_SNAPSHOT;
	return NULL;
}

static const char *
member_parse(const char *key, const json_t *v, struct attest_req *q)
{
	if (strcmp(key, "nonce") == 0)
		return nonce_parse(v, q);
	if (strcmp(key, "bank") == 0)
		return bank_parse(v, q);
	if (strcmp(key, "pcrs") == 0)
		return pcrs_parse(v, q);
	if (strcmp(key, "subject") == 0)
		return subject_parse(v, q);
	if (strcmp(key, "tee") == 0) {
		if (!json_is_boolean(v))
			return "tee is not true or false";
		q->want_tee = json_is_true(v);
		return NULL;
	}
	return "unknown member";
}

static const char *
request_parse(json_t *root, struct attest_req *q)
{
	const char	*key, *reason;
	json_t		*v;

	if (!json_is_object(root))
		return "body is not an object";
	json_object_foreach(root, key, v) {
		if ((reason = member_parse(key, v, q)) != NULL)
			return reason;
	}
	if (q->nonce_len == 0)
		return "nonce is missing";
	return NULL;
}

int
attest_body_parse(const void *body, size_t len, struct attest_req *ret_req,
    const char **ret_reason)
{
	struct attest_req	 q = { .form = FORM_STRONG, .want_tee = 1,
	    .subject = SUBJECT_NONE, .mask = { 0xff, 0x0f, 0 } };
	const char		*reason;
	json_error_t		 error;
	json_t			*root;

	if (len > ATTEST_BODY_MAX) {
		*ret_reason = "body too long";
		return -1;
	}
	q.bank = digest_tpm_id(DIGEST_SHA256);
	root = len == 0 ? NULL : json_loadb(body, len, JSON_REJECT_DUPLICATES,
	    &error);
	reason = root == NULL ? "body is not valid JSON" :
	    request_parse(root, &q);
	json_decref(root);
	if (reason != NULL) {
		*ret_reason = reason;
		return -1;
	}
	*ret_req = q;
	return 0;
}
