#ifndef CLI_CACHE_H
#define CLI_CACHE_H

#include "cli/msg_pieces.h"
#include "evidence/collateral_facts.h"

/*
 * Collateral that was good once, in the user's own files: $XDG_CACHE_HOME or
 * ~/.cache, there cosmian_vm/KEY. The front keeps it and reads none of it;
 * what a piece says of itself is kept beside it, as appraise read it. A file
 * that is not exactly as it was written, or that others may write, is as good
 * as none. Only what a judge has verified may be put here: then no server can
 * make the cache refuse the list of another day.
 */

#define CACHE_KEY_LEN	32

/*
 * What a piece is asked for by: server, what, and of the platform that part
 * only which the answer depends on, so that machines share a list and its age.
 */
void	cache_key(const struct collateral_ask *, uint8_t ret_key[CACHE_KEY_LEN]);

struct cached {
	int			 fd;	/* sealed memfd, the caller's */
	int64_t			 fetched;	/* when it was put there */
	struct collateral_facts	 facts;
};

/* 0, or -1: there is none that can be used. */
int	cache_get(const uint8_t key[CACHE_KEY_LEN], struct cached *ret_c);

/* Forget it, if it is there. */
void	cache_remove(const uint8_t key[CACHE_KEY_LEN]);

/*
 * Keep this piece; fd stays the caller's. A newer one that is there already
 * stays. 0, or -1 and errno, which is no reason for a run to fail.
 */
int	cache_put(const uint8_t key[CACHE_KEY_LEN],
	    const struct collateral_facts *, int fd);

#endif
