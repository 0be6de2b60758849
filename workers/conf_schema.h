#ifndef WORKERS_CONF_SCHEMA_H
#define WORKERS_CONF_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include "agentd/conf_item.h"
#include "workers/toml.h"

/*
 * agent.toml as a table of keys.  Pure code: no I/O, no globals, nothing is
 * looked up by name.
 */

struct conf_value {
	enum conf_item	 item;
	enum conf_kind	 kind;
	int64_t		 number;	/* CONF_INT; never negative */
	const char	*text;		/* CONF_STR */
};

struct conf_set;

/*
 * Checks a document and makes its values: every item of conf_item.h in that
 * order, with its default where the file has none; a list is its item several
 * times.  Paths have neither "..", "." nor double slashes, hosts are IP
 * literals in the form of inet_ntop.  The strings of [app] are all empty when
 * the file has no such table.
 * 0 and a set for conf_set_free(), or -1 and the first fault in *ret_err.
 */
int	 conf_schema_check(const struct toml *, struct conf_set **ret_set,
	    struct toml_error *ret_err);
void	 conf_set_free(struct conf_set *);

size_t	 conf_set_count(const struct conf_set *);
/* Lives as long as the set; NULL beyond the end. */
const struct conf_value *conf_set_get(const struct conf_set *, size_t);

#endif
