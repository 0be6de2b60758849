#ifndef REGRESS_EVIL_FS_H
#define REGRESS_EVIL_FS_H

#include "fstool/answers.h"
#include "fstool/msg.h"

/*
 * A child of cosmian_fstool that was taken over: the real one, but what it
 * sends is changed on the way.  Which act, stands in the file "act" of the
 * folder that it was started from; without one it is honest.
 */

#define EVIL_PASS	0x00	/* what alter left in the buffer is sent */
#define EVIL_TWICE	0x01	/* two times */
#define EVIL_WITH_FD	0x02	/* with a descriptor */
#define EVIL_OTHER_TYPE	0x04	/* as the answer to another question */

struct evil_act {
	const char	*name;
	enum fs_type	 type;		/* of the answer that it changes */
	unsigned int	 how;		/* EVIL_* */
	void		(*alter)(struct wbuf *);	/* may be NULL */
};

/* Ends with a row without name; the two programs have one each. */
extern const struct evil_act evil_acts[];

/* One byte less, one more. */
void	evil_cut(struct wbuf *);
void	evil_long(struct wbuf *);
/* Refuse, in words that would write into the title of a terminal. */
void	evil_text(struct wbuf *);
/* Say as much in the log, and go. */
void	evil_log(struct wbuf *);
/* What ends it at once. */
void	evil_open(struct wbuf *);
void	evil_crash(struct wbuf *);

/* What all of them can do with an answer of this type. */
#define EVIL_ACTS_OF(word, type)				\
	{ word "-cut", type, EVIL_PASS, evil_cut },		\
	{ word "-long", type, EVIL_PASS, evil_long },		\
	{ word "-text", type, EVIL_PASS, evil_text },		\
	{ word "-log", type, EVIL_PASS, evil_log },		\
	{ word "-open", type, EVIL_PASS, evil_open },		\
	{ word "-crash", type, EVIL_PASS, evil_crash },		\
	{ word "-fd", type, EVIL_WITH_FD, NULL },		\
	{ word "-type", type, EVIL_OTHER_TYPE, NULL }

#endif
