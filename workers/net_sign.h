#ifndef WORKERS_NET_SIGN_H
#define WORKERS_NET_SIGN_H

#include <stddef.h>
#include <stdint.h>

/*
 * ECDSA by the keys process. libcrypto's EC method is replaced for the whole
 * process: a key without private part is the server's, which keys holds.
 */

void	sign_install(void);
/* The channel to keys; the old one is closed. */
void	sign_channel(int fd);
/* 1 when there is somebody to ask. */
int	sign_ready(void);
/* This PEM certificate's key is of that generation. 0, or -1 when it has no EC key. */
int	sign_add(uint32_t gen, const uint8_t *pem, size_t n);

#endif
