#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "workers/hash_limits.h"
#include "workers/hash_out.h"

static const char	hash_out_magic[8] = "CVMSNAP1";

static void
out_flush(struct hash_out *o)
{
	size_t	 done = 0;
	ssize_t	 n;

	while (o->error == 0 && done < o->len) {
		n = write(o->fd, o->buf + done, o->len - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			o->error = n == 0 ? ENOSPC : errno;
		else
			done += (size_t)n;
	}
	o->len = 0;
}

static void
out_bytes(struct hash_out *o, const void *data, size_t len)
{
	if (o->len + len > HASH_OUT_SIZE)
		out_flush(o);
	memcpy(o->buf + o->len, data, len);
	o->len += len;
}

int
hash_out_open(struct hash_out *ret_o, int fd)
{
	uint8_t	*buf;

	if ((buf = malloc(HASH_OUT_SIZE)) == NULL)
		return -1;
	ret_o->fd = fd;
	ret_o->error = 0;
	ret_o->len = 0;
	ret_o->buf = buf;
	out_bytes(ret_o, hash_out_magic, sizeof(hash_out_magic));
	return 0;
}

void
hash_out_record(struct hash_out *o, const char *path, size_t path_len,
    const uint8_t *digest, size_t digest_len)
{
	uint8_t	 head[3];

	if (o->error != 0)
		return;
	if (path_len > UINT16_MAX || digest_len > UINT8_MAX) {
		o->error = EMSGSIZE;
		return;
	}
	head[0] = (uint8_t)(path_len >> 8);
	head[1] = (uint8_t)path_len;
	head[2] = (uint8_t)digest_len;
	out_bytes(o, head, sizeof(head));
	out_bytes(o, path, path_len);
	out_bytes(o, digest, digest_len);
}

int
hash_out_close(struct hash_out *o)
{
	out_flush(o);
	free(o->buf);
	o->buf = NULL;
	if (o->error != 0) {
		errno = o->error;
		return -1;
	}
	return 0;
}
