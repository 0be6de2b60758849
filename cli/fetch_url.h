#ifndef CLI_FETCH_URL_H
#define CLI_FETCH_URL_H

#include <curl/curl.h>

#include "cli/msg_fetch.h"
#include "cli/msg_pieces.h"

/*
 * The base URL of the user: https, a host, no credentials, no query, no
 * fragment. NULL with the reason in ret_why (static text) when it is not.
 */
CURLU	*url_base(const char *, const char **ret_why);

/* Base, path and query ("name=value", with & between, escaped here); NULL without memory. */
CURLU	*url_make(CURLU *base, const char *path, const char *query);

/* "nonce=" and base64 without padding. */
#define NONCE_QUERY_MAX	64
void	nonce_query(const uint8_t nonce[NONCE_LEN],
	    char ret_query[NONCE_QUERY_MAX]);

/* The body of POST /attest. -1 when it does not fit or the bank is unknown. */
int	attest_body(const struct attest_ask *, char *dst, size_t cap);

/* The body of POST /activate. -1 when it does not fit. */
#define ACTIVATE_BODY_MAX	2048
int	activate_body(const struct challenge *, char *dst, size_t cap);

/* {"files":N,"bytes":N} of an answer 202, no other form; -1 when it is not. */
int	progress_read(const char *, size_t, uint64_t *ret_files,
	    uint64_t *ret_bytes);

#define KDS_PATH_MAX	256
#define KDS_QUERY_MAX	128

/* The path and query of AMD's service for this; -1 if something is missing. */
int	pcs_path(const struct collateral_ask *, char ret_path[KDS_PATH_MAX],
	    char ret_query[KDS_QUERY_MAX]);	/* the same of Intel's */
int	kds_path(const struct collateral_ask *, char ret_path[KDS_PATH_MAX],
	    char ret_query[KDS_QUERY_MAX]);

#endif
