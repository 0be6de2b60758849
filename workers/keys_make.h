#ifndef WORKERS_KEYS_MAKE_H
#define WORKERS_KEYS_MAKE_H

#include <openssl/evp.h>

#include "agentd/limits.h"
#include "privsep/wire.h"

/* First launch: what to put into the self-signed certificate. */
struct keys_make {
	int		 have_key;
	EVP_PKEY	*pkey;		/* the key that is there; the caller's */
	char		 cn[CONF_NAME_MAX];
	int		 nsan;
	char		 san[LISTEN_MAX + 1][CONF_NAME_MAX];
};

/* KEYS_MAKE_REQ; pkey is left alone. 0 or -1. */
int	keys_make_get(struct rbuf *, struct keys_make *ret_m);

/*
 * Make an EC P-256 key unless there is one, and a leaf certificate for it;
 * write both as PEM and sync. NULL, or what failed.
 */
const char *keys_make(struct keys_make *, int key_fd, int cert_fd);

#endif
