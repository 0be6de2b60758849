#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/collect.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/output.h"

/* Better said now than after the agent has hashed for half an hour. */
static int
check_output(struct session *s)
{
	char dir[PATH_MAX];
	char *slash;

	if (snprintf(dir, sizeof(dir), "%s", s->o->output) >=
	    (int)sizeof(dir))
		return session_fail(s, EXIT_ERROR, "%s: %s", s->o->output,
		    strerror(ENAMETOOLONG));
	if ((slash = strrchr(dir, '/')) == NULL)
		snprintf(dir, sizeof(dir), ".");
	else
		slash[slash == dir] = '\0';
	if (access(dir, W_OK | X_OK) == -1)
		return session_fail(s, EXIT_ERROR, "%s: %s", dir,
		    strerror(errno));
	return 0;
}

/* What an earlier call left is not what the machine is now. */
static int
discard_old(struct session *s)
{
	static const char what[] = "discard the agent's last snapshot";
	struct answer a;
	struct wbuf w;
	int fd;

	wbuf_init(&w);
	progress("%s", what);
	if (ask_http(s, CL_DELETE_REQ, &w, what, &a, &fd) == -1)
		return -1;
	if (fd != -1)
		close(fd);
	/* 409: one is being made at this moment, and that one is joined */
	if (a.status != 200 && a.status != 204 && a.status != 409)
		return ask_status_fail(s, what, &a);
	return 0;
}

static void
show_hashing(const struct answer *a)
{
	char text[16];

	if (a->files == 0)
		progress("the agent hashes its files");
	else {
		bytes_text(a->bytes, text);
		progress("the agent hashes its files: %" PRIu64 " files, %s",
		    a->files, text);
	}
}

/* Order one and wait for it, however long that takes. */
static int
wait_for_records(struct session *s)
{
	static const char what[] = "snapshot";
	struct answer a;
	struct wbuf w;
	int fd;

	wbuf_init(&w);
	put_u8(&w, !s->o->compat);
	for (;;) {
		if (ask_http(s, CL_SNAPSHOT_REQ, &w, what, &a, &fd) == -1)
			return -1;
		if (a.status != 202)
			break;
		if (fd != -1)
			close(fd);
		show_hashing(&a);
		sleep(POLL_S);
	}
	if (a.status != 200 || fd == -1) {
		if (fd != -1)
			close(fd);
		return ask_status_fail(s, what, &a);
	}
	if (a.content != (s->o->compat ? CONTENT_JSON : CONTENT_RAW)) {
		close(fd);
		return session_fail(s, EXIT_ERROR, "%s: the agent gives its "
		    "snapshot in another form than was asked for",
		    s->o->url);
	}
	return ask_part(s, PART_RECORDS, (enum content)a.content, fd);
}

int
cmd_snapshot(struct session *s)
{
	int fd = -1, rc;

	if (check_output(s) == -1 || discard_old(s) == -1 ||
	    wait_for_records(s) == -1 || collect_and_judge(s, 1, &fd) == -1)
		return -1;
	if (fd == -1)
		return session_fail(s, EXIT_ERROR,
		    "appraise gave no snapshot");
	rc = file_save(s->o->output, fd);
	if (rc == -1)
		session_fail(s, EXIT_ERROR, "%s: %s", s->o->output,
		    strerror(errno));
	else
		s->report.saved = s->o->output;
	close(fd);
	return rc;
}
