/* HCL reports around the TDREPORT of a forged TDX machine. */
#ifndef REGRESS_UNIT_KIND_AZURE_AZTDX_H
#define REGRESS_UNIT_KIND_AZURE_AZTDX_H

#include "evidence/snp_report.h"
#include "regress/sim/forge_tdx.h"

/* The report of the machine's body over 64 bytes, padded to the frame's field
 * with zeros. */
void	 az_tdreport(const struct forge_tdx *, const uint8_t [64],
	    uint8_t [SNP_REPORT_SIZE]);
/* The frame around a hardware report of that size and the variable data. */
void	 az_frame(struct buf *, const uint8_t [SNP_REPORT_SIZE], uint32_t,
	    struct span);
/* A new quote of the machine over 64 bytes; the buffer is the machine's. */
struct span az_td_quote(struct forge_tdx *, const uint8_t [64]);

#endif
