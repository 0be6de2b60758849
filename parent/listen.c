#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parent/agent.h"
#include "privsep/log.h"

#define BACKLOG	512

static socklen_t
make_addr(const char *host, unsigned int port, struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *in6 = (void *)ss;
	struct sockaddr_in *in = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)port);
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)port);
		return sizeof(*in6);
	}
	return 0;
}

static int
open_one(const char *host, unsigned int port)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd, one = 1;

	if ((len = make_addr(host, port, &ss)) == 0) {
		log_warnx("host \"%s\" is no IP address", host);
		return -1;
	}
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one,
	    sizeof(one)) == -1 || (ss.ss_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) == -1)
	    || bind(fd, (struct sockaddr *)&ss, len) == -1) {
		log_warn("address %s port %u", host, port);
		if (fd != -1)
			close(fd);
		return -1;
	}
	return fd;
}

int
listen_open(struct agent *a)
{
	int i, fd;

	for (i = 0; i < a->conf.nhosts; i++) {
		fd = open_one(a->conf.hosts[i],
		    (unsigned int)a->conf.num[CI_PORT]);
		if (fd == -1)
			return -1;
		a->listen_fds[a->nlisten++] = fd;
	}
	return 0;
}

static void
on_pause_end(evutil_socket_t fd, short what, void *arg)
{
	struct agent *a = arg;
	int i;

	(void)fd;
	(void)what;
	event_free(a->accept_pause);
	a->accept_pause = NULL;
	for (i = 0; i < a->nlisten && !a->draining; i++)
		event_add(a->listeners[i], NULL);
}

/* Out of descriptors or memory: a moment later some will have come back. */
static void
pause_accept(struct agent *a)
{
	struct timeval tv = { 0, 200000 };
	int i;

	log_warn("accept");
	if (a->accept_pause != NULL)
		return;
	if ((a->accept_pause = evtimer_new(a->base, on_pause_end, a)) == NULL)
		return;
	for (i = 0; i < a->nlisten; i++)
		event_del(a->listeners[i]);
	evtimer_add(a->accept_pause, &tv);
}

static void
on_connection(evutil_socket_t lfd, short what, void *arg)
{
	struct agent *a = arg;
	struct sockaddr_storage ss;
	socklen_t len;
	int i, fd, one = 1;

	(void)what;
	for (i = 0; i < ACCEPT_BURST; i++) {
		len = sizeof(ss);
		fd = accept4(lfd, (struct sockaddr *)&ss, &len,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd == -1) {
			if (errno == EMFILE || errno == ENFILE ||
			    errno == ENOBUFS || errno == ENOMEM)
				pause_accept(a);
			if (errno == EINTR || errno == ECONNABORTED)
				continue;
			return;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		conn_accept(a, fd, (struct sockaddr *)&ss);
	}
}

void
listen_start(struct agent *a)
{
	int i;

	for (i = 0; i < a->nlisten; i++) {
		if (listen(a->listen_fds[i], BACKLOG) == -1)
			fatal("listen");
		a->listeners[i] = event_new(a->base, a->listen_fds[i],
		    EV_READ | EV_PERSIST, on_connection, a);
		if (a->listeners[i] == NULL ||
		    event_add(a->listeners[i], NULL) == -1)
			fatal("listen events");
	}
}

void
listen_stop(struct agent *a)
{
	int i;

	for (i = 0; i < a->nlisten; i++) {
		if (a->listeners[i] != NULL)
			event_free(a->listeners[i]);
		a->listeners[i] = NULL;
		close(a->listen_fds[i]);
	}
	a->nlisten = 0;
}

void
listen_log(struct agent *a)
{
	struct sockaddr_storage ss;
	socklen_t len;
	char ip[INET6_ADDRSTRLEN];
	int i;

	for (i = 0; i < a->nlisten; i++) {
		len = sizeof(ss);
		if (getsockname(a->listen_fds[i], (struct sockaddr *)&ss,
		    &len) == -1)
			continue;
		if (ss.ss_family == AF_INET)
			inet_ntop(AF_INET, &((struct sockaddr_in *)&ss)->
			    sin_addr, ip, sizeof(ip));
		else
			inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&ss)->
			    sin6_addr, ip, sizeof(ip));
		log_info("ready: listening on %s port %u", ip,
		    ntohs(((struct sockaddr_in *)&ss)->sin_port));
	}
}
