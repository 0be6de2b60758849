#ifndef REGRESS_FSTOOL_TPM_KID_H
#define REGRESS_FSTOOL_TPM_KID_H

#include "fstool/answers.h"
#include "fstool/msg.h"
#include "regress/proc/tpm/rig.h"

/*
 * The front's part played to fstool-tpm, whose TPM is a socket to this
 * process: it passes each command to swtpm, hears what goes over the bus, and
 * may answer in the TPM's place.  A child that hangs ends the test.
 */

struct kid {
	struct rig	*rig;
	struct spawned	 p;
	int		 tpm;		/* our end; -1: it has swtpm's own socket */
	unsigned int	 commands;	/* since kid_start */
	unsigned int	 moves;		/* for `before` and `after` */
	unsigned int	 at;
	/* 1: rig->rsp is the answer instead; 2: hang up after it */
	int		(*before)(struct kid *, uint32_t cc);
	/* may change the answer */
	void		(*after)(struct kid *, uint32_t cc);
	const uint8_t	*hidden;	/* 32 bytes that must not be seen on the bus */
	unsigned int	 seen;
};

void	kid_start(struct kid *, struct rig *);
/* The same, connected to swtpm itself: nobody else may be meanwhile. */
void	kid_start_direct(struct kid *, struct rig *);
/* Exit status, -1 when killed. */
int	kid_end(struct kid *);

/* Request and answer; 0 when the child is gone instead. */
int	kid_ask(struct kid *, enum fs_type, const struct wbuf *,
	    struct frame *ret_f);

/* Let the TPM say nothing but this code. */
void	kid_answer_code(struct kid *, uint32_t rc);

/* Its TPM's first answer to CreatePrimary is that it has no P-256. */
void	kid_without_ecc(struct kid *);

/* How often these bytes are in the child's memory; -1 when that cannot be read. */
int	kid_memory_has(struct kid *, const uint8_t *, size_t n);

/* 1 when answered, and the answer decodes. */
int	kid_pcrs(struct kid *, uint16_t bank, uint32_t mask, struct pcrs_ans *);
int	kid_seal(struct kid *, const struct seal_ask *, struct seal_ans *);
int	kid_unseal(struct kid *, const struct header_token *,
	    struct unseal_ans *);
int	kid_cap(struct kid *, const void *, size_t n, struct simple_ans *);
/* The letter is authorisation and proof, 32 times each. */
int	kid_nv(struct kid *, enum fs_type, uint32_t index, uint8_t letter,
	    struct nv_ans *);

/* 1 when no transient object and no session is loaded. */
int	tpm_clean(struct rig *);
/* Off and on again in an orderly way; rig_power_cycle cuts the power. */
void	tpm_restart(struct rig *);
uint32_t tpm_be32(const uint8_t *);

/* What seal tests share. */
#define SHA256_BANK	0x000bu
#define PCR7		(1u << 7)
#define PCR10		(1u << 10)
#define PCR15		(1u << 15)
/* Ask with the values that the PCRs have now. */
void	seal_ask_now(struct kid *, uint32_t mask, struct seal_ask *);
/* The token that the front would make of the answer. */
void	token_of(const struct seal_ask *, const struct seal_ans *,
	    struct header_token *);

#endif
