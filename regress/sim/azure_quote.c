/*
 * usage: azure-quote HIERARCHY <TDREPORT >QUOTE
 *
 * What Azure's metadata service does with a TDREPORT: the quoting enclave of
 * the machine makes a quote of it.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "regress/sim/tdx.h"

#define REPORT_SIZE	1024
#define REPORT_DATA	128

int
main(int argc, char **argv)
{
	uint8_t		 report[REPORT_SIZE + 1], *quote;
	size_t		 len;

	if (argc != 2)
		errx(2, "usage: azure-quote HIERARCHY <TDREPORT >QUOTE");
	if (fread(report, 1, sizeof(report), stdin) != REPORT_SIZE ||
	    report[0] != 0x81)
		errx(1, "no TDREPORT");
	if (tdx_quote_make(argv[1], report + REPORT_DATA, &quote, &len) == -1)
		return (1);
	if (fwrite(quote, 1, len, stdout) != len || fflush(stdout) != 0)
		err(1, "stdout");
	free(quote);
	return (0);
}
