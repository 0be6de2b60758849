#ifndef FSTOOL_ASK_H
#define FSTOOL_ASK_H

#include "fstool/answers.h"
#include "fstool/msg.h"
#include "privsep/peer.h"

/*
 * What the front asks its children.  A child is started when it is asked for
 * the first time.  0, or -1 said: could_not() when a child or what it works
 * with failed, refused() when it was looked at and found wrong.
 */

struct kids {
	const char	*tpm_path;	/* "/dev/tpmrm0" or "unix:PATH" */
	int		 verbose;
	struct peer	 parse, tpm;
};

void	kids_init(struct kids *, const char *tpm_path, int verbose);
void	kids_stop(struct kids *);

/* Facts of a sealed memfd, its tokens included. name: for messages. */
int	ask_header(struct kids *, int fd, const char *name,
	    struct header_facts *ret_f);
int	ask_record(struct kids *, const void *, size_t n, const char *name,
	    struct record *ret_r);
/* log and cmdline: sealed memfds; image: one too, or -1 for this boot. */
int	ask_boot(struct kids *, const struct boot_ask *, int log, int cmdline,
	    int image, struct boot_ans *ret_a);

/* 1 when there is a TPM to be asked, 0 when not; nothing is said. */
int	ask_tpm_there(const struct kids *);
int	ask_pcrs(struct kids *, uint16_t bank, uint32_t mask,
	    struct pcrs_ans *ret_a);
int	ask_seal(struct kids *, const struct seal_ask *, struct seal_ans *ret_a);
/* 0 also when the TPM refused: ret_a->status says so. */
int	ask_unseal(struct kids *, const struct header_token *,
	    struct unseal_ans *ret_a);
int	ask_cap(struct kids *, const void *, size_t n);
/* type: FS_NV_*_REQ. */
int	ask_nv(struct kids *, enum fs_type, const struct nv_ask *,
	    struct nv_ans *ret_a);

#endif
