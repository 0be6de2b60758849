/*
 * Memory of the agent's processes:
 *
 *	bench_memory PORT PID [REQUESTS]
 *
 * Total PSS of PID and its children, idle and after that many requests over
 * kept connections: mostly GET /version, every tenth the raw IMA list, every
 * fortieth POST /attest. The peer is the limit. Two JSON lines.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "regress/bench/tls_client.h"

#define LIMIT_MIB	24.0
#define CLIENTS		16
#define ATTEST_BODY	"{\"nonce\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}"

#define HOST		"Host: localhost\r\n"
#define RAW		"Accept: application/octet-stream\r\n"

static const char	version[] = "GET /version HTTP/1.1\r\n" HOST "\r\n";
static const char	ima[] = "GET /ima/binary HTTP/1.1\r\n" HOST RAW "\r\n";

static const char *
request_of(int i)
{
	static char	 attest[512];

	if (i % 40 == 39) {
		snprintf(attest, sizeof(attest), "POST /attest HTTP/1.1\r\n"
		    HOST "Content-Type: application/json\r\n"
		    "Content-Length: %zu\r\n\r\n%s", sizeof(ATTEST_BODY) - 1,
		    ATTEST_BODY);
		return attest;
	}
	return i % 10 == 9 ? ima : version;
}

/* Connections are made anew from time to time, as clients do. */
static void
requests_run(SSL_CTX *ctx, int port, pid_t pid, int requests)
{
	struct tls_client	 c[CLIENTS];
	int			 i, k, status;

	for (k = 0; k < CLIENTS; k++)
		tls_client_open(&c[k], ctx, port);
	for (i = 0; i < requests; i++) {
		k = i % CLIENTS;
		if ((status = tls_client_ask(&c[k], request_of(i))) != 200)
			errx(1, "request %d: status %d", i, status);
		if (i % 640 == k) {
			tls_client_close(&c[k]);
			tls_client_open(&c[k], ctx, port);
		}
	}
	fprintf(stderr, "%d connections still open: %.2f MiB\n", CLIENTS,
	    tree_pss(pid));
	for (k = 0; k < CLIENTS; k++)
		tls_client_close(&c[k]);
}

static void
row_print(const char *name, double mib)
{
	printf("{\"name\":\"%s\",\"ours\":%.2f,\"peer\":%.0f,"
	    "\"unit\":\"MiB\",\"ratio\":%.2f,\"aim\":1}\n", name, mib,
	    LIMIT_MIB, LIMIT_MIB / mib);
}

int
main(int argc, char **argv)
{
	struct timespec	 second = { 1, 0 };
	int		 port, requests;
	SSL_CTX		*ctx;
	pid_t		 pid;

	requests = argc > 3 ? atoi(argv[3]) : 10000;
	if (argc < 3 || argc > 4 || requests < 1) {
		fprintf(stderr, "usage: bench_memory port pid [requests]\n");
		return 2;
	}
	port = atoi(argv[1]);
	pid = atoi(argv[2]);
	ctx = tls_client_ctx();
	nanosleep(&second, NULL);
	row_print("memory-idle", tree_pss(pid));
	requests_run(ctx, port, pid, requests);
	nanosleep(&second, NULL);
	row_print("memory-10000-requests", tree_pss(pid));
	SSL_CTX_free(ctx);
	return 0;
}
