#ifndef CLI_KIND_ROLES_H
#define CLI_KIND_ROLES_H

#include <stddef.h>

/*
 * The kinds of evidence and the roles of their files, as cosmian_vm(1) names
 * them: a word that is none is told before any file is opened.
 */

/* NULL: no such kind; else its roles, blanks between. */
const char	*kind_roles(const char *kind);
/* 1 if the n bytes are one of these roles. */
int		 role_known(const char *roles, const char *role, size_t n);
/* The i-th kind, NULL after the last. */
const char	*kind_name(size_t i);

#endif
