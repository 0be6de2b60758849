#ifndef WORKERS_NETBUF_H
#define WORKERS_NETBUF_H

#include <stddef.h>
#include <stdint.h>

/* Bytes on their way; memory is held only while there are any. */
struct netbuf {
	uint8_t	*p;
	size_t	 off, len, cap;
};

/* Append; -1 when memory is out. */
int	netbuf_add(struct netbuf *, const void *, size_t);
/* Room for n bytes at the end, or NULL; netbuf_commit says how many were used. */
uint8_t	*netbuf_room(struct netbuf *, size_t n);
void	netbuf_commit(struct netbuf *, size_t n);
/* Take up to n bytes from the front; how many. */
size_t	netbuf_take(struct netbuf *, void *, size_t n);
void	netbuf_drop(struct netbuf *, size_t n);
void	netbuf_free(struct netbuf *);

#endif
