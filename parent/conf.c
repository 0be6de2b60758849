#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/agent.h"
#include "privsep/log.h"

static const struct {
	enum conf_kind	 kind;
	const char	*key;
} items[CI_MAX] = {
#define CI_ROW(item, kind, key)	[item] = { kind, key },
	CONF_ITEM_LIST(CI_ROW)
#undef CI_ROW
};

void
conf_free(struct conf *c)
{
	int i;

	for (i = 0; i < CI_MAX; i++)
		free(c->str[i]);
	for (i = 0; i < c->nhosts; i++)
		free(c->hosts[i]);
	for (i = 0; i < c->nroots; i++)
		free(c->roots[i]);
	memset(c, 0, sizeof(*c));
}

/*
 * What conf reads and what is attested must be the same bytes, so both come
 * from one private copy.
 */
static int
copy_to_memfd(int fd, uint8_t digest[32])
{
	static uint8_t buf[CONF_FILE_MAX + 1];
	SHA2_CTX sha;
	ssize_t n;
	size_t len = 0;
	int mem;

	while ((n = read(fd, buf + len, sizeof(buf) - len)) > 0)
		len += (size_t)n;
	if (n == -1)
		return -1;
	if (len > CONF_FILE_MAX) {
		errno = EFBIG;
		return -1;
	}
	SHA256Init(&sha);
	SHA256Update(&sha, buf, len);
	SHA256Final(digest, &sha);
	if ((mem = memfd_create("agent.toml", MFD_CLOEXEC |
	    MFD_ALLOW_SEALING)) == -1)
		return -1;
	if (write(mem, buf, len) != (ssize_t)len || fcntl(mem, F_ADD_SEALS,
	    F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == -1) {
		close(mem);
		return -1;
	}
	return mem;
}

static int
open_conf(struct agent *a)
{
	struct stat st;
	int fd, mem = -1;

	/* by root itself: whoever trusts IMA's list finds it there as well */
	if ((fd = open(a->conf_path, O_RDONLY | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK)) == -1) {
		log_warn("%s", a->conf_path);
		return -1;
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		log_warnx("%s: is not a regular file", a->conf_path);
	else if (st.st_uid != geteuid() || (st.st_mode & 022) != 0)
		log_warnx("%s: must belong to root and be writable by root only",
		    a->conf_path);
	else if ((mem = copy_to_memfd(fd, a->next_toml)) == -1)
		log_warn("%s: at most %d bytes", a->conf_path, CONF_FILE_MAX);
	close(fd);
	return mem;
}

static const char *
base_name(const char *path)
{
	const char *s = strrchr(path, '/');

	return s == NULL ? path : s + 1;
}

int
conf_load(struct agent *a)
{
	struct proc *p;
	struct wbuf w;
	int fd;

	conf_free(&a->next);
	if ((fd = open_conf(a)) == -1)
		return -1;
	if ((p = proc_start(a, ROLE_CONF, 0, NULL, 0)) == NULL) {
		close(fd);
		return -1;
	}
	wbuf_init(&w);
	put_str(&w, base_name(a->conf_path));
	return proc_ask_when_ready(a, p, MSG_CONF_LOAD_REQ, 0, &w, &fd, 1);
}

static int
add_to_list(char **list, int *n, int max, const char *s)
{
	if (*n >= max || (list[*n] = strdup(s)) == NULL)
		return -1;
	(*n)++;
	return 0;
}

static int
keep_string(struct conf *c, unsigned int item, const char *s)
{
	if (item == CI_HOST)
		return add_to_list(c->hosts, &c->nhosts, LISTEN_MAX, s);
	if (item == CI_SNAPSHOT_ROOTS)
		return add_to_list(c->roots, &c->nroots, SNAPSHOT_ROOTS_MAX, s);
	if (c->seen[item])
		return -1;
	c->str[item] = strdup(s);
	return c->str[item] == NULL ? -1 : 0;
}

int
parent_on_conf_item(struct agent *a, struct proc *p, struct frame *f)
{
	struct conf *c = &a->next;
	char s[CONF_PATH_MAX];
	struct rbuf r;
	unsigned int item, kind;

	(void)p;
	rbuf_init(&r, f->data, f->len);
	item = get_u16(&r);
	kind = get_u8(&r);
	if (item >= CI_MAX || kind != items[item].kind)
		return -1;
	if (kind == CONF_STR) {
		get_str(&r, s, sizeof(s));
		if (msg_end(&r) == -1 || keep_string(c, item, s) == -1)
			return -1;
	} else {
		c->num[item] = get_u64(&r);
		if (msg_end(&r) == -1 || c->seen[item])
			return -1;
	}
	c->seen[item] = 1;
	return 0;
}

int
parent_on_conf_error(struct agent *a, struct proc *p, struct frame *f)
{
	char text[512];
	struct rbuf r;
	int is_fatal;

	(void)p;
	rbuf_init(&r, f->data, f->len);
	is_fatal = get_u8(&r) != 0;
	get_str(&r, text, sizeof(text));
	if (msg_end(&r) == -1)
		return -1;
	log_warnx("%s", text);
	if (is_fatal)
		a->next.errors++;
	return 0;
}

int
parent_on_conf_load_ans(struct agent *a, struct proc *p, struct frame *f)
{
	const char *why;

	(void)p;
	if (f->data[0] != 1 || a->next.errors > 0)
		why = "the configuration is not usable";
	else
		why = conf_complete(&a->next);
	if (a->reloading) {
		if (why == NULL && (why = conf_frozen(&a->conf, &a->next)))
			log_warnx("%s cannot change while the agent runs", why);
		if (why != NULL) {
			reload_end(a, why);
			return 0;
		}
	} else if (why != NULL) {
		boot_fail(a, "%s: %s", a->conf_path, why);
		return 0;
	}
	conf_free(&a->conf);
	a->conf = a->next;
	memset(&a->next, 0, sizeof(a->next));
	memcpy(a->toml, a->next_toml, sizeof(a->toml));
	boot_next(a);
	return 0;
}

/* conf checked all this; a conf that was taken over must not get past it. */
static const struct {
	enum conf_item	item;
	uint64_t	min, max;
} ranges[] = {
	{ CI_PORT, 0, 65535 }, { CI_TEE, 0, 2 }, { CI_UID_BASE, 1000, 1U << 31 },
	{ CI_REQUIRE_ENCRYPTED, 0, 1 }, { CI_COMPAT_QUOTES, 0, 1 },
	{ CI_CONTAINER_SIZE, CONTAINER_MIN, CONTAINER_MAX },
	{ CI_ALLOW_DEGRADED, 0, 1 }, { CI_WORKERS, 1, WORKERS_MAX },
	{ CI_LOG, 0, 2 }, { CI_CONNECTIONS, 1, CONNECTIONS_MAX },
	{ CI_PER_ADDRESS, 1, CONNECTIONS_MAX },
	{ CI_HANDSHAKE_TIMEOUT, 1, 3600 }, { CI_HEADER_TIMEOUT, 1, 3600 },
	{ CI_BODY_TIMEOUT, 1, 3600 }, { CI_IDLE_TIMEOUT, 1, 86400 },
	{ CI_SNAPSHOT_THREADS, 0, HASH_THREADS_MAX },
};

const char *
conf_complete(const struct conf *c)
{
	size_t i;

	for (i = 0; i < CI_MAX; i++)
		if (!c->seen[i])
			return items[i].key;
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c->num[ranges[i].item] < ranges[i].min ||
		    c->num[ranges[i].item] > ranges[i].max)
			return items[ranges[i].item].key;
	if (c->nhosts == 0 || c->nroots == 0)
		return "an empty list";
	if (c->str[CI_DATA_DIR][0] != '/')
		return items[CI_DATA_DIR].key;
	for (i = 0; i < (size_t)c->nroots; i++)
		if (c->roots[i][0] != '/')
			return items[CI_SNAPSHOT_ROOTS].key;
	return azure_address_refuses(c->str[CI_IMDS_ADDRESS]);
}

const char *
conf_path(const struct conf *c, const char *path)
{
	static char buf[2 * CONF_PATH_MAX + 2];

	if (path[0] == '/')
		snprintf(buf, sizeof(buf), "%s", path);
	else
		snprintf(buf, sizeof(buf), "%s/%s", c->str[CI_DATA_DIR], path);
	return buf;
}

static int
lists_differ(char *const *x, int nx, char *const *y, int ny)
{
	int i;

	if (nx != ny)
		return 1;
	for (i = 0; i < nx; i++)
		if (strcmp(x[i], y[i]) != 0)
			return 1;
	return 0;
}

const char *
conf_frozen(const struct conf *now, const struct conf *next)
{
	static const enum conf_item strings[] = {
		CI_TPM_DEVICE, CI_TSM_PATH, CI_TEE_DEVICE, CI_IMDS_ADDRESS, CI_IMA_PATH,
		CI_EVENTLOG_PATH, CI_DATA_DIR
	};
	static const enum conf_item numbers[] = {
		CI_TEE, CI_UID_BASE, CI_REQUIRE_ENCRYPTED, CI_ALLOW_DEGRADED,
		CI_WORKERS, CI_PORT
	};
	size_t i;

	for (i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		if (strcmp(now->str[strings[i]], next->str[strings[i]]) != 0)
			return items[strings[i]].key;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (now->num[numbers[i]] != next->num[numbers[i]])
			return items[numbers[i]].key;
	if (lists_differ(now->hosts, now->nhosts, next->hosts, next->nhosts))
		return items[CI_HOST].key;
	if (lists_differ(now->roots, now->nroots, next->roots, next->nroots))
		return items[CI_SNAPSHOT_ROOTS].key;
	return NULL;
}
