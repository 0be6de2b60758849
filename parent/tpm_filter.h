#ifndef PARENT_TPM_FILTER_H
#define PARENT_TPM_FILTER_H

#include <stddef.h>
#include <stdint.h>

/*
 * What a tpm worker may say to the TPM. The worker parses what the TPM
 * answers, so it is the one that a hostile TPM or bus takes; then this table
 * is all that stands between it and the device. No I/O, no state.
 */

enum tpm_table {
	TPM_SERVE,	/* always: read, and the one quote that was asked for */
	TPM_INIT,	/* first launch: also make EK and AK, set authorisations */
	TPM_TABLE_MAX
};

#define TPM_QUALIFYING_MAX	64	/* a TPMT_HA without its algorithm: more is refused by the TPM */
#define TPM_QUOTE_CMD_MAX	128	/* 41 bytes around the qualifying data */

/* The Quote command of the job in hand, byte by byte. */
struct tpm_expect {
	size_t	len;
	uint8_t	cmd[TPM_QUOTE_CMD_MAX];
};

/*
 * NULL when the command may go to the TPM, else the reason in words. quote is
 * the only TPM2_Quote that may pass, NULL when there is no job.
 */
const char *tpm_filter(enum tpm_table, const uint8_t *cmd, size_t len,
	    const struct tpm_expect *quote);

/*
 * The command that a quote by the AK over the PCRs of mask in one bank must
 * be. -1 when no PCR is selected or the qualifying data is too long.
 */
int	tpm_quote_command(uint16_t bank, const uint8_t mask[3],
	    const uint8_t *qualifying, size_t len, struct tpm_expect *ret_q);

#endif
