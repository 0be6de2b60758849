#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "workers/web_stream.h"

#define BLOCK		8192	/* read at once: the kernel's logs come by the page */
#define GROWTH		6	/* bytes of JSON for one byte, at most: \u001f, or a pair's quotes */
#define SLACK		64	/* opening, closing and the tail */
#define MEASURE_READS	16	/* a turn of the loop: 1 MiB, of seq_files 64 KiB */
#define LAST_LEN	(sizeof(HTTP_CHUNK_LAST) - 1)

void
stream_init(struct web_stream *s, enum stream_kind kind, int fd,
    uint64_t first)
{
	memset(s, 0, sizeof(*s));
	s->kind = kind;
	s->framing = HTTP_LENGTH_CHUNKED;
	s->fd = fd;
	s->pos = first;
	s->end = UINT64_MAX;
	if (kind == STREAM_NUMBERS)
		json_numbers_init(&s->json.numbers);
	else if (kind == STREAM_STRING)
		json_string_init(&s->json.string);
	else if (kind == STREAM_RECORDS)
		json_records_init(&s->json.records);
}

void
stream_close(struct web_stream *s)
{
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
}

static ssize_t
read_at(int fd, void *buf, size_t n, uint64_t pos)
{
	ssize_t r;

	do {
		r = pread(fd, buf, n, (off_t)pos);
	} while (r == -1 && errno == EINTR);
	return r;
}

static int
encode(struct web_stream *s, struct json_out *out, const uint8_t *in,
    size_t n, size_t *ret_used)
{
	switch (s->kind) {
	case STREAM_NUMBERS:
		*ret_used = json_numbers_put(&s->json.numbers, out, in, n);
		return 0;
	case STREAM_STRING:
		*ret_used = json_string_put(&s->json.string, out, in, n);
		return 0;
	default:
		return json_records_put(&s->json.records, out, in, n, ret_used);
	}
}

/* 1 done, 0 no room, -1 */
static int
encode_end(struct web_stream *s, struct json_out *out)
{
	size_t n;
	int r;

	if (s->kind == STREAM_NUMBERS)
		r = json_numbers_end(&s->json.numbers, out);
	else if (s->kind == STREAM_STRING)
		r = json_string_end(&s->json.string, out);
	else
		r = json_records_end(&s->json.records, out);
	if (r != 1 || s->tail == NULL)
		return r;
	/* fits: SLACK is kept for it */
	n = strlen(s->tail);
	memcpy(out->buf + out->len, s->tail, n);
	out->len += n;
	return 1;
}

/*
 * Only what surely fits in JSON is read: a seq_file goes on cheaply where the
 * last read ended, and walks from its start anywhere else.
 */
static int
fill_json(struct web_stream *s, char *data, size_t size, size_t *ret_len)
{
	struct json_out out = { data, size, 0 };
	uint8_t in[BLOCK];
	size_t used, want;
	ssize_t n;
	int r;

	while (!s->eof) {
		if (size - out.len < SLACK + GROWTH * 256)
			break;
		want = (size - out.len - SLACK) / GROWTH;
		if (want > sizeof(in))
			want = sizeof(in);
		if ((n = read_at(s->fd, in, want, s->pos)) == -1)
			return -1;
		if (n == 0) {
			s->eof = true;
			break;
		}
		if (encode(s, &out, in, (size_t)n, &used) == -1) {
			errno = EBADMSG;
			return -1;
		}
		s->pos += used;
	}
	if (s->eof && size - out.len >= SLACK) {
		if ((r = encode_end(s, &out)) == -1) {
			errno = EBADMSG;
			return -1;
		}
		s->done = r == 1;
	}
	*ret_len = out.len;
	return 0;
}

static int
fill_raw(struct web_stream *s, char *data, size_t size, size_t *ret_len)
{
	size_t len = 0, want;
	ssize_t n;

	while (len < size && s->pos < s->end) {
		want = size - len;
		if (want > s->end - s->pos)
			want = (size_t)(s->end - s->pos);
		if ((n = read_at(s->fd, data + len, want, s->pos)) == -1)
			return -1;
		if (n == 0) {
			if (s->end == UINT64_MAX)
				break;
			errno = EIO;	/* a length was promised */
			return -1;
		}
		len += (size_t)n;
		s->pos += (uint64_t)n;
	}
	s->done = len < size || s->pos == s->end;
	*ret_len = len;
	return 0;
}

int
stream_fill(struct web_stream *s, char *buf, char **ret_start,
    size_t *ret_len)
{
	const size_t size = STREAM_BUF - HTTP_CHUNK_HEAD - HTTP_CHUNK_TAIL -
	    LAST_LEN;
	char *data = buf + HTTP_CHUNK_HEAD, *start = data;
	size_t len, n;

	if ((s->kind == STREAM_RAW ? fill_raw(s, data, size, &len) :
	    fill_json(s, data, size, &len)) == -1)
		return -1;
	n = len;
	if (s->framing == HTTP_LENGTH_CHUNKED) {
		n = http_chunk_frame(buf, (uint32_t)len, &start);
		if (s->done) {
			memcpy(start + n, HTTP_CHUNK_LAST, LAST_LEN);
			n += LAST_LEN;
		}
	}
	*ret_start = start;
	*ret_len = n;
	return 0;
}

int
stream_measure(int fd, uint64_t *pos, char *buf)
{
	ssize_t n;
	int i;

	for (i = 0; i < MEASURE_READS; i++) {
		if ((n = read_at(fd, buf, STREAM_BUF, *pos)) == -1)
			return -1;
		if (n == 0)
			return 1;
		*pos += (uint64_t)n;
	}
	return 0;
}
