#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "regress/sim/mitm_modes.h"

#define NAME_SIZE	128
#define STALL_SECONDS	600

struct mitm_mode {
	const char	*name;
	int		 args;
	int		(*request)(const char *, struct http_msg *,
			    struct http_msg *);
	void		(*answer)(const char *, const struct http_msg *,
			    struct http_msg *);
};

const char *const mode_usage = "pass | record DIR | replay DIR | drop-ima N | "
    "swap-tpm FILE | swap-tee FILE |\n\ttruncate N | redirect URL | stall";

/* A file name for a request: "POST /attest" is POST_attest. */
static void
target_name(const struct http_msg *req, char *name)
{
	char		*p;

	http_target_get(req, name, NAME_SIZE);
	p = strchr(name, ' ');
	if (p != NULL && p[1] == '/')
		memmove(p, p + 1, strlen(p));
	for (p = name; *p != '\0'; p++)
		if (strchr(" /.", *p) != NULL)
			*p = '_';
}

static int
target_is(const struct http_msg *req, const char *target)
{
	char		 name[NAME_SIZE];

	http_target_get(req, name, sizeof(name));
	return (strcmp(name, target) == 0);
}

static void
body_set(struct http_msg *m, const void *p, size_t len)
{
	sbuf_free(&m->body);
	sbuf_add(&m->body, p, len);
}

static void
record_answer(const char *dir, const struct http_msg *req,
    struct http_msg *answer)
{
	char		 name[NAME_SIZE + 8];

	target_name(req, name);
	file_write(dir, name, answer->body.p, answer->body.len, 0644);
	strcat(name, ".head");
	file_write(dir, name, answer->head.p, answer->head.len, 0644);
}

/* Whatever was recorded is answered again; the rest passes. */
static int
replay_request(const char *dir, struct http_msg *req, struct http_msg *ret)
{
	char		 name[NAME_SIZE + 8];

	memset(ret, 0, sizeof(*ret));
	target_name(req, name);
	if (file_read(dir, name, &ret->body.p, &ret->body.len) == -1)
		return (0);
	ret->body.size = ret->body.len + 1;
	strcat(name, ".head");
	if (file_read(dir, name, &ret->head.p, &ret->head.len) == -1) {
		http_msg_free(ret);
		return (0);
	}
	ret->head.size = ret->head.len + 1;
	return (1);
}

/* The whole list is needed to count entries in it. */
static int
drop_request(const char *arg, struct http_msg *req, struct http_msg *ret)
{
	(void)arg;
	(void)ret;
	http_field_drop(req, "Range");
	return (0);
}

static uint32_t
le_get(const struct sbuf *b, size_t off)
{
	uint32_t	 v = 0;
	int		 i;

	for (i = 3; i >= 0; i--)
		v = v << 8 | (off + i < b->len ? b->p[off + i] : 0);
	return (v);
}

/* Length of the IMA entry at off. */
static size_t
ima_entry_length(const struct sbuf *b, size_t off)
{
	size_t		 name = le_get(b, off + 24), len = 28 + name;

	if (name == 3)			/* "ima": digest, length, name */
		len += 20;
	return (len + 4 + le_get(b, off + len));
}

static void
drop_answer(const char *arg, const struct http_msg *req,
    struct http_msg *answer)
{
	size_t		 off = 0, len = 0;
	int		 n;

	if (!target_is(req, "GET /ima/binary"))
		return;
	for (n = atoi(arg); off < answer->body.len; n--, off += len) {
		len = ima_entry_length(&answer->body, off);
		if (n > 0 && len <= answer->body.len - off)
			continue;
		if (len > answer->body.len - off)
			break;
		memmove(answer->body.p + off, answer->body.p + off + len,
		    answer->body.len - off - len);
		answer->body.len -= len;
		return;
	}
	warnx("the list has no entry %s", arg);
}

/* Put the member of another answer in place of this one's. */
static void
member_swap(const char *file, const char *member, const struct http_msg *req,
    struct http_msg *answer)
{
	json_t		*ours, *other = NULL;
	char		*text;

	if (!target_is(req, "POST /attest"))
		return;
	ours = json_loadb((char *)answer->body.p, answer->body.len, 0, NULL);
	other = json_load_file(file, 0, NULL);
	if (ours == NULL || other == NULL ||
	    json_object_get(other, member) == NULL)
		errx(1, "%s: no member %s", file, member);
	json_object_set(ours, member, json_object_get(other, member));
	if ((text = json_dumps(ours, JSON_COMPACT)) == NULL)
		errx(1, "out of memory");
	body_set(answer, text, strlen(text));
	free(text);
	json_decref(other);
	json_decref(ours);
}

static void
tpm_answer(const char *file, const struct http_msg *req,
    struct http_msg *answer)
{
	member_swap(file, "tpm", req, answer);
}

static void
tee_answer(const char *file, const struct http_msg *req,
    struct http_msg *answer)
{
	member_swap(file, "tee", req, answer);
}

static void
truncate_answer(const char *arg, const struct http_msg *req,
    struct http_msg *answer)
{
	size_t		 n = strtoul(arg, NULL, 10);

	(void)req;
	if (answer->body.len > n)
		answer->body.len = n;
}

static int
redirect_request(const char *url, struct http_msg *req, struct http_msg *ret)
{
	(void)req;
	memset(ret, 0, sizeof(*ret));
	sbuf_str(&ret->head, "HTTP/1.1 302 Found\r\nLocation: ");
	sbuf_str(&ret->head, url);
	sbuf_str(&ret->head, "\r\n");
	sbuf_add(&ret->body, "", 0);
	return (1);
}

static int
stall_request(const char *arg, struct http_msg *req, struct http_msg *ret)
{
	(void)arg;
	(void)req;
	(void)ret;
	sleep(STALL_SECONDS);
	return (-1);
}

static const struct mitm_mode modes[] = {
	{ "pass", 0, NULL, NULL },
	{ "record", 1, NULL, record_answer },
	{ "replay", 1, replay_request, NULL },
	{ "drop-ima", 1, drop_request, drop_answer },
	{ "swap-tpm", 1, NULL, tpm_answer },
	{ "swap-tee", 1, NULL, tee_answer },
	{ "truncate", 1, NULL, truncate_answer },
	{ "redirect", 1, redirect_request, NULL },
	{ "stall", 0, stall_request, NULL },
};

const struct mitm_mode *
mode_find(const char *name, int *ret_args)
{
	size_t		 i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(modes[i].name, name) == 0) {
			*ret_args = modes[i].args;
			return (&modes[i]);
		}
	return (NULL);
}

int
mode_request(const struct mitm_mode *mode, const char *arg,
    struct http_msg *req, struct http_msg *ret_answer)
{
	if (mode->request == NULL)
		return (0);
	return (mode->request(arg, req, ret_answer));
}

void
mode_answer(const struct mitm_mode *mode, const char *arg,
    const struct http_msg *req, struct http_msg *answer)
{
	if (mode->answer != NULL)
		mode->answer(arg, req, answer);
}
