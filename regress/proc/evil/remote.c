#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/proc/evil/remote.h"

int
hex_put(struct wbuf *w, const char *s)
{
	unsigned int v;

	wbuf_init(w);
	if (s == NULL || strcmp(s, "-") == 0)
		return 0;
	for (; s[0] != '\0' && s[1] != '\0'; s += 2) {
		if (sscanf(s, "%2x", &v) != 1)
			return -1;
		put_u8(w, (uint8_t)v);
	}
	return *s == '\0' && !w->bad ? 0 : -1;
}

int
frame_from_line(int fd, char *text)
{
	char *type, *id, *hex, *save = NULL;
	struct wbuf w;

	type = strtok_r(text, " ", &save);
	id = strtok_r(NULL, " ", &save);
	hex = strtok_r(NULL, " ", &save);
	if (type == NULL || id == NULL || hex_put(&w, hex) == -1)
		return -1;
	return chan_send(fd, (uint16_t)atoi(type),
	    (uint32_t)strtoul(id, NULL, 10), &w, NULL, 0);
}

void
frame_to_line(int fd, const char *from, const struct frame *f)
{
	static char line[LINE_MAX_LEN];
	int n;
	size_t i;

	n = snprintf(line, sizeof(line), "%s %u %u %d ", from, f->type, f->id,
	    f->nfds);
	for (i = 0; i < f->len; i++)
		n += snprintf(line + n, 3, "%02x", f->data[i]);
	line[n++] = '\n';
	send(fd, line, (size_t)n, MSG_NOSIGNAL);
}

int
remote_read(struct remote *r, void (*on_line)(struct remote *, char *))
{
	char *nl;
	ssize_t n;

	n = read(r->fd, r->line + r->n, sizeof(r->line) - 1 - r->n);
	if (n <= 0)
		return -1;
	r->n += (size_t)n;
	r->line[r->n] = '\0';
	while ((nl = memchr(r->line, '\n', r->n)) != NULL) {
		*nl = '\0';
		on_line(r, r->line);
		r->n -= (size_t)(nl + 1 - r->line);
		memmove(r->line, nl + 1, r->n);
	}
	return 0;
}
