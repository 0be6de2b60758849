#ifndef REGRESS_KEYS_MAKE_KEY_H
#define REGRESS_KEYS_MAKE_KEY_H

#include <openssl/evp.h>
#include <stdint.h>

/* Keys and certificates in files without a name. All end the test on failure. */

/* A memfd with the private key as PEM, encrypted when there is a password. */
int	key_fd(EVP_PKEY *, const char *password);
void	key_spki(EVP_PKEY *, uint8_t ret_spki[32]);
/* A memfd with a self-signed certificate. */
int	cert_fd(EVP_PKEY *);

#endif
