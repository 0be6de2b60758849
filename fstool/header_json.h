/* The JSON of a LUKS2 header; for header.c. */
#ifndef FSTOOL_HEADER_JSON_H
#define FSTOOL_HEADER_JSON_H

#include "fstool/header.h"

/* Writes the reason; always -1. */
int	 header_refuse(char *, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));
/* The text, the size of one copy, and of all that was read. */
int	 header_json_check(struct span, uint64_t, size_t,
	    struct header_facts *, char *);

#endif
