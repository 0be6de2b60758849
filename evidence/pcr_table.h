/* PCR values of any bank, from the forms in which tools write them. */
#ifndef EVIDENCE_PCR_TABLE_H
#define EVIDENCE_PCR_TABLE_H

#include "evidence/kind.h"
#include "evidence/tpm.h"

struct pcr_table {
	uint32_t	 mask[DIGEST_ALG_MAX];
	uint8_t		 value[DIGEST_ALG_MAX][TPM_PCRS][DIGEST_MAX];
};

/* Each adds to the table; -1 when malformed or when a value contradicts one
 * that is there. */
/* {"sha256": {"0": hex, ...}, ...} */
int	 pcr_table_json(struct pcr_table *, struct span);
/* Lines "N: hex" as evmctl and tsspcrread write; a heading with a name of a
 * bank, or the length, tells the bank. */
int	 pcr_table_text(struct pcr_table *, struct span);
/* The serialized file of tpm2_quote(1) and tpm2_pcrread(1). */
int	 pcr_table_tpm2(struct pcr_table *, struct span);
/* Any of these three. */
int	 pcr_table_file(struct pcr_table *, struct span);
/* What was asked with --pcr. */
int	 pcr_table_case(struct pcr_table *, const struct evcase *);
struct span pcr_table_get(const struct pcr_table *, enum digest_alg, unsigned);

#endif
