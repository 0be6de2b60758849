/*
 * The simulated TDX module and quoting enclave: quotes signed by an
 * attestation key of our own, for a guest whose values are files of the
 * hierarchy folder (made by forge-tdx).
 *
 * Read anew for every quote, all optional, besides what forge-tdx wrote:
 *	version			quote version, 4 (default) or 5
 *	body-type		of version 5: 2 (TDX 1.0, default) or 3 (TDX 1.5)
 *	td-attributes		as a number
 *	mrtd, mrconfigid, mrowner, mrownerconfig, rtmr0 ... rtmr3	raw bytes
 *	frozen-report-data, garbage, delay-ms	as in snp.h
 */
#ifndef SIM_TDX_H
#define SIM_TDX_H

#include <stddef.h>
#include <stdint.h>

#define TDX_REPORT_DATA_SIZE	64

/* A quote over data, which the caller frees; -1 after a message on stderr. */
int	tdx_quote_make(const char *dir, const uint8_t *data,
	    uint8_t **ret_quote, size_t *ret_len);

#endif
