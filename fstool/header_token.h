/* Tokens of a LUKS2 header; for header_json.c. */
#ifndef FSTOOL_HEADER_TOKEN_H
#define FSTOOL_HEADER_TOKEN_H

#include <jansson.h>

#include "fstool/header_json.h"

/* The key of a numbered object, below max. */
int	 header_key_number(const char *, unsigned int max, unsigned int *);
/* Marks the slots that tokens name. */
int	 header_tokens_check(json_t *, struct header_facts *, char *);

#endif
