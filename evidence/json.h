/*
 * Typed reading of jansson values.  Each returns -1 when the key is missing
 * or its value is of another form, and then leaves its result alone.
 */
#ifndef EVIDENCE_JSON_H
#define EVIDENCE_JSON_H

#include <jansson.h>

#include "evidence/bytes.h"
#include "evidence/claims.h"
#include "evidence/tpm.h"

/* One object or array of at most max bytes, no duplicate keys.  NULL: it is
 * not. */
json_t		*json_load(struct span, size_t);
/* An object with exactly these keys (NULL at the end). */
int		 json_exact_keys(const json_t *, const char *const *);
/* As above, and perhaps some of the second list. */
int		 json_known_keys(const json_t *, const char *const *,
		    const char *const *);
/* A string as a span. */
int		 json_text(const json_t *, struct span *);
/* Hex of exactly n bytes. */
int		 json_hex(const json_t *, const char *, uint8_t *, size_t);
/* As json_hex, or null (1: was null). */
int		 json_hex_or_null(const json_t *, const char *, uint8_t *,
		    size_t);
/* Hex of at most cap bytes. */
int		 json_hex_any(const json_t *, const char *, uint8_t *, size_t,
		    size_t *);
/* Base64 of at most max bytes, not empty; ret is the caller's to free. */
int		 json_base64(const json_t *, size_t, uint8_t **, size_t *);
/* An integer from 0 to max. */
int		 json_uint(const json_t *, uint64_t, uint64_t *);
/* {"0":hex,...} of the bank's size; sets mask and values. */
int		 json_pcrs(const json_t *, enum digest_alg, struct tpm_pcrs *);
/* {"toml":..,"keys":..,"flags":..,"executables":[..]} */
int		 json_config(const json_t *, struct config_claim *);

/* Writing, as the existing implementation's serde_json writes. */
void		 json_put_string(struct buf *, struct span);
void		 json_put_hex(struct buf *, struct span);
void		 json_put_config(struct buf *, const struct config_claim *);
void		 json_put_pcr_values(struct buf *, const struct tpm_pcrs *);

#endif
