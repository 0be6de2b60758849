#ifndef WORKERS_SEALED_H
#define WORKERS_SEALED_H

#include <stddef.h>

/*
 * The bytes in a memory file that nobody can change any more, neither we nor
 * who gets it while another one reads. -1 with errno.
 */
int	sealed_fd(const char *name, const void *, size_t);

#endif
