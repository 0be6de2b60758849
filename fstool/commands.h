#ifndef FSTOOL_COMMANDS_H
#define FSTOOL_COMMANDS_H

#include "fstool/store.h"

/* One for each verb; 0, or -1 and why.h knows the rest. */
int	cmd_create(struct store *);
int	cmd_open(struct store *);
int	cmd_close(struct store *);
int	cmd_cap(struct store *);
int	cmd_status(struct store *);
int	cmd_check(struct store *);
int	cmd_reseal(struct store *);
int	cmd_adopt(struct store *);
int	cmd_recovery_key(struct store *);
int	cmd_backup_header(struct store *);

/* A passphrase as the user gave it, or one that was made. */
struct phrase {
	struct secret	text;
	size_t		len;
};

void	phrase_free(struct phrase *);
/*
 * By --password; else the generated one inside the mounted volume, where there
 * is one; else asked for.  A recovery key is brought into its form.
 */
int	phrase_read(struct store *, const char *prompt, int twice,
	    struct phrase *ret_p);
/* 32 random bytes as base64. */
int	phrase_make(struct phrase *ret_p);

/* create, without opening it: the volume is closed again. */
int	container_make(struct store *, const struct phrase *);
/* With a passphrase, or NULL: by what TPM and TEE hold. */
int	container_open(struct store *, const struct phrase *);

/* For commands that change a header: it is loaded, known, and p opens it. */
int	container_unlock(struct store *, const struct phrase *,
	    struct volume **ret_v, struct secret *ret_key);

#endif
