#ifndef WORKERS_TOML_H
#define WORKERS_TOML_H

#include <stddef.h>
#include <stdint.h>

/*
 * A subset of TOML 1.0 over a span of bytes: no I/O, no recursion, no
 * globals.  Tables and dotted tables, bare and quoted keys, basic and literal
 * strings, integers, booleans and arrays of strings.  What TOML allows and
 * this does not (floats, dates, inline tables, arrays of tables, multi-line
 * strings, dotted keys) is refused by name.  Whatever is accepted has the
 * value that TOML gives it.
 */

/* A configuration file written by hand; more is a mistake or an attack. */
#define TOML_MAX_FILE		(64 * 1024)
/* Keys in the whole file: four times what the schema knows. */
#define TOML_MAX_KEYS		128
/* Tables, those that a dotted name makes on its way included. */
#define TOML_MAX_TABLES		32
/* Bytes of one key; it is repeated in error messages. */
#define TOML_MAX_NAME		64
/* Bytes of one string after its escapes: PATH_MAX. */
#define TOML_MAX_STRING		4096
/* Strings in one array. */
#define TOML_MAX_ARRAY		64
/* Strings in all arrays: they share one block of memory. */
#define TOML_MAX_ELEMENTS	512

/* The table that holds the keys before the first header. */
#define TOML_ROOT		0

enum toml_type {
	TOML_STRING,
	TOML_INTEGER,
	TOML_BOOLEAN,
	TOML_ARRAY,		/* of strings */
	TOML_MAX
};

/* Never holds a NUL but the one after its end. */
struct toml_text {
	const char	*data;
	size_t		 len;
};

struct toml_table {
	struct toml_text	name;	/* its last part; empty for the root */
	size_t			parent;	/* index of the table around it */
	unsigned int		line;	/* of the first header that named it */
	int			declared;	/* has a header of its own */
};

struct toml_entry {
	struct toml_text	 key;
	size_t			 table;
	unsigned int		 line;
	enum toml_type		 type;
	int64_t			 number;	/* TOML_INTEGER, TOML_BOOLEAN */
	struct toml_text	 string;	/* TOML_STRING */
	const struct toml_text	*elements;	/* TOML_ARRAY */
	size_t			 nelements;
};

/* Line 0 means the file as a whole.  The text is printable ASCII. */
struct toml_error {
	unsigned int	line;
	char		text[480];
};

struct toml;

/*
 * Parses len bytes of buf, which is not needed afterwards.  0 and a document
 * for toml_free(), or -1 and in *ret_err what is wrong and what is allowed;
 * *ret_doc is then untouched.
 */
int	 toml_parse(const uint8_t *buf, size_t len, struct toml **ret_doc,
	    struct toml_error *ret_err);
void	 toml_free(struct toml *);

/* Entries in the order of the file; the pointers live as long as the document. */
size_t	 toml_entry_count(const struct toml *);
const struct toml_entry *toml_entry_get(const struct toml *, size_t);
size_t	 toml_table_count(const struct toml *);
const struct toml_table *toml_table_get(const struct toml *, size_t);

/* The name of a type for messages, with its article. */
const char *toml_type_name(enum toml_type);

/* Writes a name for a message: bounded, everything but printable ASCII as '?'. */
void	 toml_text_show(struct toml_text, char *dst, size_t dstsize);

#endif
