/* The one form of a UUID in headers, records and frames. */
#include <string.h>

#include "fstool/header.h"

int
header_uuid_valid(const void *text, size_t n)
{
	const char *p = text;
	size_t i;

	if (n != HEADER_UUID_LEN)
		return 0;
	for (i = 0; i < n; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? p[i] != '-' :
		    p[i] == '\0' || strchr("0123456789abcdef", p[i]) == NULL)
			return 0;
	return 1;
}
