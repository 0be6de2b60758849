#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/bench/tls_client.h"

#define PIDS_MAX	64
#define ANSWER_MAX	(1 << 20)

SSL_CTX *
tls_client_ctx(void)
{
	SSL_CTX		*ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx,
	    TLS1_3_VERSION) != 1 || SSL_CTX_set_ciphersuites(ctx,
	    "TLS_AES_128_GCM_SHA256") != 1 ||
	    SSL_CTX_set1_groups_list(ctx, "X25519") != 1)
		errx(1, "libssl");
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	return ctx;
}

void
tls_client_open(struct tls_client *c, SSL_CTX *ctx, int port)
{
	struct sockaddr_in	 in = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	};
	int			 one = 1;

	if ((c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    connect(c->fd, (struct sockaddr *)&in, sizeof(in)) == -1)
		err(1, "connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if ((c->ssl = SSL_new(ctx)) == NULL || SSL_set_fd(c->ssl, c->fd) != 1)
		errx(1, "libssl");
	if (SSL_connect(c->ssl) != 1)
		errx(1, "handshake with port %d", port);
}

void
tls_client_close(struct tls_client *c)
{
	char		 buf[4096];

	SSL_shutdown(c->ssl);
	shutdown(c->fd, SHUT_WR);
	while (recv(c->fd, buf, sizeof(buf), 0) > 0)
		continue;
	SSL_free(c->ssl);
	close(c->fd);
}

/* 1 when the n bytes of an answer, NUL behind them, are all of it. */
static int
answer_whole(const char *buf, size_t n)
{
	static const char	 last[] = "\r\n0\r\n\r\n";
	const char		*body, *p;

	if ((body = strstr(buf, "\r\n\r\n")) == NULL)
		return 0;
	body += 4;
	if ((p = strstr(buf, "\r\nContent-Length: ")) != NULL && p < body)
		return (size_t)(buf + n - body) >=
		    strtoul(p + 18, NULL, 10);
	/* chunked: nothing can follow the last chunk, one request is open */
	return n > sizeof(last) && memcmp(buf + n - (sizeof(last) - 1), last,
	    sizeof(last) - 1) == 0;
}

int
tls_client_ask(struct tls_client *c, const char *request)
{
	static char	 buf[ANSWER_MAX + 1];
	size_t		 n = 0;
	int		 r;

	if (SSL_write(c->ssl, request, (int)strlen(request)) <= 0)
		errx(1, "the server takes no request");
	do {
		r = SSL_read(c->ssl, buf + n, (int)(ANSWER_MAX - n));
		if (r <= 0)
			errx(1, "the server closed within an answer");
		n += (size_t)r;
		buf[n] = '\0';
	} while (!answer_whole(buf, n));
	return n < 12 ? -1 : atoi(buf + 9);
}

/* Field 4 of the line; the name in field 2 may hold anything. */
static pid_t
parent_of(const char *pid)
{
	char		 path[64], buf[512], *p;
	FILE		*f;
	size_t		 n;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	if ((f = fopen(path, "re")) == NULL)
		return -1;
	n = fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	buf[n] = '\0';
	return (p = strrchr(buf, ')')) == NULL ? -1 : atoi(p + 4);
}

static size_t
tree_pids(pid_t root, pid_t *ret_pids, size_t max)
{
	struct dirent	*de;
	size_t		 n = 0;
	DIR		*d;

	ret_pids[n++] = root;
	if ((d = opendir("/proc")) == NULL)
		err(1, "/proc");
	while (n < max && (de = readdir(d)) != NULL)
		if (de->d_name[0] >= '1' && de->d_name[0] <= '9' &&
		    parent_of(de->d_name) == root)
			ret_pids[n++] = atoi(de->d_name);
	closedir(d);
	return n;
}

/* The number after `key` in /proc/PID/name; of a process that ended, 0. */
static double
proc_number(pid_t pid, const char *name, const char *key)
{
	char		 path[64], line[256];
	double		 v = 0;
	FILE		*f;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, key, strlen(key)) == 0) {
			v = strtod(line + strlen(key), NULL);
			break;
		}
	fclose(f);
	return v;
}

static double
tree_sum(pid_t root, const char *name, const char *key)
{
	pid_t		 pids[PIDS_MAX];
	size_t		 i, n = tree_pids(root, pids, PIDS_MAX);
	double		 sum = 0;

	for (i = 0; i < n; i++)
		sum += proc_number(pids[i], name, key);
	return sum;
}

double
tree_cpu(pid_t root)
{
	/* utime + stime as the scheduler counts them, without the ticks */
	return tree_sum(root, "schedstat", "") / 1e9;
}

double
tree_pss(pid_t root)
{
	return tree_sum(root, "smaps_rollup", "Pss:") / 1024;
}
