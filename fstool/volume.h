#ifndef FSTOOL_VOLUME_H
#define FSTOOL_VOLUME_H

#include <stddef.h>

#include "privsep/secret.h"

/*
 * LUKS2 by libcryptsetup.  It is given only headers that we have just made, or
 * whose bytes have passed header_check() and their MAC, in that very copy; no
 * token plug-in is ever loaded.  What fails is said by could_not().
 */

struct volume;		/* a header and, where it is given, its data device */

enum slot_kind {
	SLOT_PASSWORD,	/* argon2id with the floors of header.h at least */
	SLOT_TOKEN	/* pbkdf2-sha512, 1000 iterations: its passphrase has 256 random bits */
};

/*
 * A new header in the file `header` (which is there, HEADER_FILE_LEN bytes),
 * aes-xts-plain64 with 512 bits of key, hmac(sha256) of dm-integrity unless
 * integrity is 0, a random volume key of which a copy is returned, no slot.
 * The library works on a copy in memory, which is written back to the file
 * after each change, neither synced nor in one piece.  data: a block device;
 * with integrity its superblock is written.  With data NULL (tests without a
 * device mapper) integrity must be 0.  0 or -1.
 */
int	 volume_format(const char *header, const char *data, int integrity,
	    struct volume **ret_v, struct secret *ret_key);

/* The header in a descriptor (a sealed memfd); data may be NULL. */
int	 volume_load_fd(int header, const char *data, struct volume **ret_v);
/* A copy of it in memory, whose slots and tokens may be changed. */
int	 volume_load_copy(int header, struct volume **ret_v);
void	 volume_free(struct volume *);

/*
 * The header as it is by now, in memory, whether or not it lies in a file
 * too: what is recorded is what was made, not what a disk says of it later.
 * The descriptor is lent.
 */
int	 volume_header(const struct volume *);

/* The UUID; it is the volume's. */
const char *volume_uuid(struct volume *);

/*
 * The volume key by a passphrase; slot -1: any.  1, 0 when no slot opens with
 * it (nothing is said), -1.
 */
int	 volume_key(struct volume *, int slot, const void *pass, size_t len,
	    struct secret *ret_key);

/* A passphrase for the volume key.  slot -1: a free one; its number in ret_slot. */
int	 volume_slot_add(struct volume *, const struct secret *key,
	    const void *pass, size_t len, enum slot_kind, int *ret_slot);
int	 volume_slot_remove(struct volume *, int slot);
/* token -1: a free one. The JSON is ours. */
int	 volume_token_set(struct volume *, int token, const char *json,
	    int *ret_token);
int	 volume_token_remove(struct volume *, int token);
/*
 * As the library reads the header, whatever parse said of it: 1 when the token
 * names this slot; 1 when the text is in the JSON of a token. Else 0.
 */
int	 volume_token_is_of(struct volume *, int token, int slot);
int	 volume_token_says(struct volume *, const char *text);

/* Make /dev/mapper/NAME. */
int	 volume_activate(struct volume *, const char *name,
	    const struct secret *key);
/*
 * Before the first activation of a volume with integrity: write all of it
 * once, so that every sector has its tag (what was never written cannot be
 * read).  For that time it is /dev/mapper/NAME without a journal, hidden from
 * udev.  percent is called as it goes on; when it returns other than 0 that
 * is the end, -1.  Without integrity there is nothing to do.
 */
int	 volume_wipe(struct volume *, const char *name,
	    const struct secret *key, int (*percent)(unsigned int));
/*
 * Remove /dev/mapper/NAME and what is below it, an interrupted wipe's too; 0
 * also when it is not there.  libcryptsetup has no part in it: it would look
 * for a header on the data device.
 */
int	 volume_close(const char *name);

#endif
