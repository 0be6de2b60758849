/*
 * Small helpers of the simulation's programs.
 */
#ifndef SIM_SIMUTIL_H
#define SIM_SIMUTIL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A growing byte buffer; all zero is an empty one.  Exits when out of memory. */
struct sbuf {
	uint8_t	*p;
	size_t	 len;
	size_t	 size;
};

void	sbuf_add(struct sbuf *b, const void *p, size_t len);
void	sbuf_str(struct sbuf *b, const char *s);
void	sbuf_le32(struct sbuf *b, uint32_t v);
void	sbuf_free(struct sbuf *b);

/*
 * Read a whole file; the caller frees *ret_p, which ends in an extra NUL.
 * -1 with errno if it cannot be read.
 */
int	file_read(const char *dir, const char *name, uint8_t **ret_p,
	    size_t *ret_len);

/* Create or replace a file with the given mode; exits on failure. */
void	file_write(const char *dir, const char *name, const void *p,
	    size_t len, mode_t mode);

/* Exactly len bytes from the file, or -1. */
int	file_read_fixed(const char *dir, const char *name, uint8_t *p,
	    size_t len);

/* An unsigned number in a file, dflt when there is no such file. */
uint64_t file_read_number(const char *dir, const char *name, uint64_t dflt);

/*
 * Bytes of a hex string, at most size; the number of bytes or -1 when it is
 * no hex or too long.
 */
ssize_t	hex_bytes(const char *s, uint8_t *p, size_t size);

#endif
