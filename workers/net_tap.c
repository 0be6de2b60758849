#include <stdlib.h>
#include <string.h>

#include "workers/net_tap.h"

#define RECORD_HANDSHAKE	22	/* RFC 8446 5.1 */
#define RECORD_MAX		(16384 + 256)
#define MSG_SERVER_HELLO	2
#define MSG_HDR			4
#define RANDOM_AT		6	/* header, legacy_version */

/* RFC 8446 4.1.3: SHA-256 of "HelloRetryRequest". */
static const uint8_t retry_random[32] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
	0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
	0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c
};

void
tap_init(struct tap *t)
{
	static EVP_MD *sha256;	/* looking it up costs more than hashing */

	memset(t, 0, sizeof(*t));
	if (sha256 == NULL)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (sha256 == NULL || (t->sha = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestInit_ex2(t->sha, sha256, NULL) != 1)
		t->bad = 1;
}

void
tap_free(struct tap *t)
{
	int i;

	for (i = 0; i < TAP_DIRS; i++) {
		free(t->side[i].msg);
		memset(&t->side[i], 0, sizeof(t->side[i]));
	}
	EVP_MD_CTX_free(t->sha);
	t->sha = NULL;
}

static size_t
message_size(const struct tap_side *s)
{
	if (s->msg_len < MSG_HDR)
		return SIZE_MAX;
	return MSG_HDR + ((size_t)s->msg[1] << 16 | (size_t)s->msg[2] << 8 |
	    s->msg[3]);
}

static void
on_message(struct tap *t, enum tap_dir dir, const uint8_t *m, size_t n)
{
	if (EVP_DigestUpdate(t->sha, m, n) != 1) {
		t->bad = 1;
		return;
	}
	if (dir == TAP_OUT && m[0] == MSG_SERVER_HELLO &&
	    n >= RANDOM_AT + sizeof(retry_random) &&
	    memcmp(m + RANDOM_AT, retry_random, sizeof(retry_random)) != 0) {
		if (EVP_DigestFinal_ex(t->sha, t->conn, NULL) == 1)
			t->done = 1;
		else
			t->bad = 1;
	}
}

static int
message_add(struct tap_side *s, const uint8_t *p, size_t n)
{
	size_t cap;
	uint8_t *m;

	if (n > TAP_MESSAGE_MAX - s->msg_len)
		return -1;
	if (s->msg_len + n > s->msg_cap) {
		cap = s->msg_len + n < 1024 ? 1024 : s->msg_len + n;
		if ((m = realloc(s->msg, cap)) == NULL)
			return -1;
		s->msg = m;
		s->msg_cap = cap;
	}
	memcpy(s->msg + s->msg_len, p, n);
	s->msg_len += n;
	return 0;
}

static void
on_content(struct tap *t, enum tap_dir dir, const uint8_t *p, size_t n)
{
	struct tap_side *s = &t->side[dir];
	size_t size;

	if (message_add(s, p, n) == -1) {
		t->bad = 1;
		return;
	}
	while (!t->done && !t->bad && (size = message_size(s)) <= s->msg_len) {
		on_message(t, dir, s->msg, size);
		memmove(s->msg, s->msg + size, s->msg_len - size);
		s->msg_len -= size;
	}
}

/* The five bytes of a record are complete. */
static void
on_record(struct tap *t, struct tap_side *s)
{
	s->left = (size_t)s->hdr[3] << 8 | s->hdr[4];
	if (s->left > RECORD_MAX)
		t->bad = 1;
	if (s->left == 0)
		s->hdr_len = 0;
}

void
tap_feed(struct tap *t, enum tap_dir dir, const uint8_t *p, size_t n)
{
	struct tap_side *s = &t->side[dir];
	size_t k;

	while (n > 0 && !t->done && !t->bad) {
		if (s->hdr_len < sizeof(s->hdr)) {
			s->hdr[s->hdr_len++] = *p++;
			n--;
			if (s->hdr_len == sizeof(s->hdr))
				on_record(t, s);
			continue;
		}
		k = n < s->left ? n : s->left;
		if (s->hdr[0] == RECORD_HANDSHAKE)
			on_content(t, dir, p, k);
		p += k;
		n -= k;
		if ((s->left -= k) == 0)
			s->hdr_len = 0;
	}
	if (t->done || t->bad)
		tap_free(t);
}
