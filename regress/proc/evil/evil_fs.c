/* The program's own, but for what it sends. */
#define front_send	honest_send
#include "fstool/child.c"
#undef front_send

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "privsep/libexecdir.h"
#include "regress/proc/evil/evil_fs.h"

#define ESCAPES	"\033[2J\033]0;owned\007\rEVIL\x1b[1A\x9b" "2J"

void	front_send(enum fs_type, struct wbuf *);

static const struct evil_act *act;

/* Before the walls are put up. */
static void __attribute__((constructor))
act_find(void)
{
	char path[4096], name[64] = "";
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/act", libexec_dir);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) != -1) {
		n = read(fd, name, sizeof(name) - 1);
		close(fd);
	}
	name[n > 0 ? n : 0] = '\0';
	for (act = evil_acts; act->name != NULL; act++)
		if (strcmp(act->name, name) == 0)
			return;
	act = NULL;
}

void
evil_cut(struct wbuf *w)
{
	w->n--;
}

void
evil_long(struct wbuf *w)
{
	put_u8(w, 0);
}

void
evil_text(struct wbuf *w)
{
	wbuf_init(w);
	put_u8(w, 0);
	put_str(w, ESCAPES);
}

void
evil_log(struct wbuf *w)
{
	(void)w;
	fatalx("%s", ESCAPES);
}

void
evil_open(struct wbuf *w)
{
	(void)w;
	/* a file is none of its rights: the call is refused or the last */
	if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) == -1)
		fatalx("EVIL: it may not open a file");
	fatalx("EVIL: it has opened a file");
}

void
evil_crash(struct wbuf *w)
{
	(void)w;
	__builtin_trap();
}

void
front_send(enum fs_type type, struct wbuf *w)
{
	int fd = 0;

	if (act == NULL || act->type != type) {
		honest_send(type, w);
		return;
	}
	if (act->alter != NULL)
		act->alter(w);
	if (act->how & EVIL_OTHER_TYPE)
		type = (enum fs_type)(type ^ 4);
	if (chan_send(REQ_FD, (uint16_t)type, 0, w, &fd,
	    act->how & EVIL_WITH_FD ? 1 : 0) == -1 ||
	    ((act->how & EVIL_TWICE) != 0 &&
	    chan_send(REQ_FD, (uint16_t)type, 0, w, NULL, 0) == -1))
		fatal("EVIL: send");
}
