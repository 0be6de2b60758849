#ifndef WORKERS_WEB_STREAM_H
#define WORKERS_WEB_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/http_reply.h"
#include "workers/web_json.h"

/*
 * A lent file as the body of an answer, bit by bit: never more of it in memory
 * than the one buffer of its connection. The files are logs of the kernel,
 * quotes in a memfd and the records of a snapshot.
 */

#define STREAM_BUF	65536	/* one filling: an answer's share of memory */

enum stream_kind {
	STREAM_RAW,
	STREAM_NUMBERS,		/* JSON array of numbers */
	STREAM_STRING,		/* JSON string */
	STREAM_RECORDS		/* JSON array of pairs, of snapshot records */
};

struct web_stream {
	enum stream_kind	 kind;
	enum http_length	 framing;
	int			 fd;
	uint64_t		 pos;		/* of the next byte to read */
	uint64_t		 end;		/* raw with a known length; else UINT64_MAX */
	const char		*tail;		/* constant text after the last byte, or NULL */
	bool			 eof;		/* the file is read */
	bool			 done;		/* all has been given out */
	union {
		struct json_numbers	 numbers;
		struct json_string	 string;
		struct json_records	 records;
	} json;
};

/* From byte first of fd, which it takes over. */
void	stream_init(struct web_stream *, enum stream_kind, int fd, uint64_t first);
/* Close the descriptor; harmless when there is none. */
void	stream_close(struct web_stream *);

/*
 * Fill buf, of STREAM_BUF bytes, with what is sent next, framing and all; sets
 * done with the last filling. 0, or -1 with errno: reading failed, EIO for a
 * file that became shorter, EBADMSG for records that are none.
 */
int	stream_fill(struct web_stream *, char *buf, char **ret_start,
	    size_t *ret_len);

/*
 * How long is the file? securityfs says 0, so it is read: from *pos on, to
 * which it adds what it has read. 1 at the end, 0 to be called again, -1 with
 * errno. buf is scratch, of STREAM_BUF bytes.
 */
int	stream_measure(int fd, uint64_t *pos, char *buf);

#endif
