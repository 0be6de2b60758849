/*
 * CPU of the servers per full TLS 1.3 handshake:
 *
 *	bench_handshake PORT PID PEER_PORT PEER_PID [N [ROUNDS]]
 *
 * In turns, N handshakes in sequence each round, the median of the rounds, one
 * JSON line. Each handshake ends with close_notify from both sides: no request,
 * so HTTP is not compared. All processes of a server count, PID and children.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "regress/bench/tls_client.h"

#define ROUNDS_MAX	31

static void
settle(void)
{
	struct timespec	 ts = { 0, 100 * 1000 * 1000 };

	nanosleep(&ts, NULL);
}

/* Milliseconds of server CPU per handshake. */
static double
round_run(SSL_CTX *ctx, int port, pid_t pid, int n)
{
	struct tls_client	 c;
	double			 start;
	int			 i;

	settle();
	start = tree_cpu(pid);
	for (i = 0; i < n; i++) {
		tls_client_open(&c, ctx, port);
		tls_client_close(&c);
	}
	settle();	/* what they still do about the last ones counts */
	return (tree_cpu(pid) - start) / n * 1000;
}

static int
double_compare(const void *a, const void *b)
{
	double	 x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), double_compare);
	return v[n / 2];
}

int
main(int argc, char **argv)
{
	double		 ours[ROUNDS_MAX], peer[ROUNDS_MAX], o, p;
	int		 port[2], i, n, rounds;
	pid_t		 pid[2];
	SSL_CTX		*ctx;

	n = argc > 5 ? atoi(argv[5]) : 500;
	rounds = argc > 6 ? atoi(argv[6]) : 7;
	if (argc < 5 || argc > 7 || n < 1 || rounds < 1 ||
	    rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: bench_handshake port pid peer_port "
		    "peer_pid [n [rounds]]\n");
		return 2;
	}
	for (i = 0; i < 2; i++) {
		port[i] = atoi(argv[1 + 2 * i]);
		pid[i] = atoi(argv[2 + 2 * i]);
	}
	ctx = tls_client_ctx();
	round_run(ctx, port[0], pid[0], 50);
	round_run(ctx, port[1], pid[1], 50);
	for (i = 0; i < rounds; i++) {
		ours[i] = round_run(ctx, port[0], pid[0], n);
		peer[i] = round_run(ctx, port[1], pid[1], n);
		fprintf(stderr, "round %d: %.3f ms, nginx %.3f ms\n", i,
		    ours[i], peer[i]);
	}
	SSL_CTX_free(ctx);
	o = median(ours, rounds);
	p = median(peer, rounds);
	printf("{\"name\":\"handshake\",\"ours\":%.4f,\"peer\":%.4f,"
	    "\"unit\":\"ms\",\"ratio\":%.3f,\"aim\":0.8}\n", o, p, p / o);
	return 0;
}
