/* Plays with TDX, and with SEV-SNP and TDX behind Azure's paravisor. */
#ifndef REGRESS_UNIT_CLAIMS_TEEPLAY_H
#define REGRESS_UNIT_CLAIMS_TEEPLAY_H

#include "regress/sim/forge_tdx.h"
#include "regress/unit/claims/play.h"
#include "regress/unit/kind_snp/snpforge.h"

/* The one machine; what a test changes is in the next evidence. */
extern struct forge_tdx	tee_td;
extern struct snpforge	tee_snp;
extern EVP_PKEY		*tee_ak;	/* of the paravisor */
/* Faults of choice. */
extern struct tee_fault {
	int		 report_data;	/* one bit of it */
	int		 user_data;	/* the same behind the paravisor */
	int		 binding;	/* runtime data that is not bound */
	int		 td_other;	/* the quote is of another TDREPORT */
	int		 no_certs;	/* nothing comes with the report */
	EVP_PKEY	*ak;		/* named in place of tee_ak */
} tee_fault;

/* play_init(), and then evidence of this kind with all collateral. */
void	 play_init_tdx(struct play *);
void	 play_init_azure(struct play *, const char *);
/* Collateral of TDX anew, after a change of tee_td. */
void	 play_tdx_collateral(struct play *);
/* AMD's service: VCEK, chain and list of tee_snp. */
void	 play_amd_collateral(struct play *);
/* Evidence of tee_kind over 64 bytes. */
void	 tee_evidence(struct play *, const uint8_t [64], struct buf *,
	    struct buf *);

#endif
