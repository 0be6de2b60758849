/*
 * tsm-helper: what stands behind the kernel module regress/vm/tsm: makes
 * the reports that are asked for at /dev/cvm-tsm, with the simulated keys.
 *
 * Usage: tsm-helper DIR		(as forge-snp has made it)
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "regress/sim/simutil.h"
#include "regress/sim/snp.h"

#define DEVICE		"/dev/cvm-tsm"

/* As in cvm_tsm.c. */
struct request {
	uint32_t	 privlevel;
	uint8_t		 inblob[SNP_REPORT_DATA_SIZE];
};

static void
answer(int fd, const char *dir, const struct request *r)
{
	struct sbuf	 b = { 0 };
	uint8_t		*report, *aux;
	size_t		 len, aux_len;

	if (snp_report_make(dir, r->inblob, r->privlevel, &report, &len, &aux,
	    &aux_len) == -1)
		errx(1, "no report");
	sbuf_le32(&b, len);
	sbuf_le32(&b, aux_len);
	sbuf_add(&b, report, len);
	sbuf_add(&b, aux, aux_len);
	if (write(fd, b.p, b.len) != (ssize_t)b.len)
		err(1, "write %s", DEVICE);
	sbuf_free(&b);
	free(report);
	free(aux);
}

int
main(int argc, char **argv)
{
	struct request	 r;
	int		 fd;

	if (argc != 2) {
		fprintf(stderr, "usage: tsm-helper DIR\n");
		return (2);
	}
	if ((fd = open(DEVICE, O_RDWR | O_CLOEXEC)) == -1)
		err(1, "%s", DEVICE);
	while (read(fd, &r, sizeof(r)) == (ssize_t)sizeof(r)) {
		printf("report at level %u\n", r.privlevel);
		fflush(stdout);
		answer(fd, argv[1], &r);
	}
	err(1, "read %s", DEVICE);
}
