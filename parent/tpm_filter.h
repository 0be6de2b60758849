#ifndef PARENT_TPM_FILTER_H
#define PARENT_TPM_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "agentd/limits.h"

/*
 * What a tpm worker may say to the TPM. The worker parses what the TPM
 * answers, so it is the one that a hostile TPM or bus takes; then this table
 * is all that stands between it and the device. No I/O, no state.
 */

enum tpm_table {
	TPM_SERVE,	/* always: read, and the one quote or activation that was asked for */
	TPM_INIT,	/* first launch: also make EK and AK, set authorisations */
	TPM_AZURE,	/* as TPM_SERVE, with the paravisor's AK; also its report */
	TPM_TABLE_MAX
};

#define TPM_QUALIFYING_MAX	64	/* a TPMT_HA without its algorithm: more is refused by the TPM */
#define TPM_EXPECT_MAX	(2 + CREDENTIAL_MAX + 2 + ENC_SECRET_MAX)	/* above a Quote's 105 */

enum tpm_expected {
	TPM_EXPECT_NOTHING,	/* a job of reading */
	TPM_EXPECT_QUOTE,
	TPM_EXPECT_ACTIVATE,
	TPM_EXPECT_HCL
};

/* The one command of the job in hand that uses a key, byte by byte. */
struct tpm_expect {
	enum tpm_expected what;
	int	policy;		/* ACTIVATE: the EK is opened by a policy session */
	size_t	len;
	uint8_t	cmd[TPM_EXPECT_MAX];	/* QUOTE: all of it; ACTIVATE: its parameters; HCL: what follows the handles */
};

/*
 * NULL when the command may go to the TPM, else the reason in words. expect
 * is of the job in hand, NULL when there is none.
 */
const char *tpm_filter(enum tpm_table, const uint8_t *cmd, size_t len,
	    const struct tpm_expect *expect);

/*
 * The command that a quote by the AK over the PCRs of mask in one bank must
 * be. -1 when no PCR is selected or the qualifying data is too long.
 */
int	tpm_quote_command(uint16_t bank, const uint8_t mask[3],
	    const uint8_t *qualifying, size_t len, struct tpm_expect *ret_q);

/* The same by the AK of Azure's paravisor; nothing where no quote is expected. */
void	tpm_quote_azure(struct tpm_expect *);

/* That exactly data is written for the paravisor's report. */
void	tpm_hcl_command(const uint8_t data[64], struct tpm_expect *ret_e);

/*
 * That credential and secret are what the EK is to open for the AK. policy: by
 * PolicyTicket, for which a session may be started. -1 when one is too long.
 */
int	tpm_activate_command(const uint8_t *credential, size_t credential_len,
	    const uint8_t *secret, size_t secret_len, int policy,
	    struct tpm_expect *ret_e);

#endif
