#ifndef WORKERS_HASH_IMA_H
#define WORKERS_HASH_IMA_H

#include <stddef.h>
#include <stdint.h>

/*
 * The entries of the IMA log, as far as a snapshot needs them: which are
 * already among its records, and the rest in log order. Held is one
 * fingerprint of 16 bytes an entry (keyed at random, so that no chosen name
 * can make another entry look present), not the log, which is read twice: at
 * the start and, exactly as far, at the end. What is measured meanwhile
 * belongs to the next snapshot.
 *
 * Left out: violations, whose digest says nothing; entries of a template that
 * evidence/ima.h does not decode; digests of no algorithm a record can have.
 */

struct hash_ima;
struct hash_out;

/*
 * Read the log fd (from its start; it stays the caller's and is used again by
 * hash_ima_append). *ret_digest_len is that of the first entry, SHA-256 where
 * it has none. NULL with errno: EBADMSG for what is no log, EFBIG.
 */
struct hash_ima	*hash_ima_open(int fd, size_t *ret_digest_len);
void		 hash_ima_close(struct hash_ima *);

/* A record's place in the log's set, or -1. Several threads may look. */
long		 hash_ima_find(const struct hash_ima *, const char *path,
		    size_t path_len, const uint8_t *digest, size_t digest_len);

/* The record of this place is written. One thread at a time. */
void		 hash_ima_mark(struct hash_ima *, long slot);

/*
 * Write records of the entries not marked, each once; *ret_count of them.
 * -1 with errno when the log cannot be read again. Failures of the output
 * show in hash_out_close().
 */
int		 hash_ima_append(struct hash_ima *, struct hash_out *,
		    uint64_t *ret_count);

#endif
