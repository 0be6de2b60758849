/* File sets from a whitelist's text and from the records of a snapshot. */
#include <string.h>

#include "evidence/fileset.h"
#include "evidence/alg.h"
#include "evidence/limits.h"

static struct span
line_trim(struct span s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' ||
	    s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

/* `path hex`; the path may hold blanks, so the last one splits. */
static int
whitelist_line(struct span s, struct fileset *fs)
{
	uint8_t d[DIGEST_MAX];
	size_t i = s.n, n;

	while (i > 0 && s.p[i - 1] != ' ' && s.p[i - 1] != '\t')
		i--;
	if (i == 0 || memchr(s.p, '\0', s.n) != NULL)
		return -1;
	if (hex_decode(span_make(s.p + i, s.n - i), d, sizeof(d), &n) == -1 ||
	    digest_by_size(n) == DIGEST_NONE)
		return -1;
	return fileset_add(fs, line_trim(span_make(s.p, i)),
	    span_make(d, n));
}

int
whitelist_read(struct span text, struct fileset *fs, size_t *ret_line)
{
	const uint8_t *nl;
	struct span line;
	size_t n = 0;

	*ret_line = 0;
	if (text.n > MAX_WHITELIST)
		return -1;
	while (text.n > 0) {
		n++;
		nl = memchr(text.p, '\n', text.n);
		line = span_make(text.p, nl == NULL ? text.n :
		    (size_t)(nl - text.p));
		text.p += line.n + (nl != NULL);
		text.n -= line.n + (nl != NULL);
		line = line_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (whitelist_line(line, fs) == -1) {
			*ret_line = n;
			return -1;
		}
	}
	return fileset_seal(fs);
}

int
snaprec_read(struct span s, struct fileset *fs)
{
	struct span magic, path, digest;
	struct cursor c;
	uint16_t plen;
	uint8_t dlen;

	cursor_init(&c, s);
	if (s.n > MAX_SNAPSHOT || cursor_take(&c, 8, &magic) == -1 ||
	    !span_eq_str(magic, "CVMSNAP1"))
		return -1;
	while (cursor_left(&c) > 0) {
		if (cursor_be16(&c, &plen) == -1 ||
		    cursor_u8(&c, &dlen) == -1 ||
		    cursor_take(&c, plen, &path) == -1 ||
		    cursor_take(&c, dlen, &digest) == -1)
			return -1;
		if (digest_by_size(dlen) == DIGEST_NONE || plen == 0 ||
		    memchr(path.p, '\0', path.n) != NULL)
			return -1;
		if (fileset_add(fs, path, digest) == -1)
			return -1;
	}
	return fileset_seal(fs);
}
