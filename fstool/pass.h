#ifndef FSTOOL_PASS_H
#define FSTOOL_PASS_H

#include <stddef.h>

#include "privsep/secret.h"

/* Where passphrases come from, and recovery keys. What fails is said. */

/* how: NULL asks at the terminal with prompt ("Password: "), twice where that is
 * set; "-" does so too when standard input is a terminal, else it reads it up
 * to its end or a newline; "fd:N" a descriptor likewise; "file:PATH" a file,
 * all of it but a last newline.  Empty, or above PASS_MAX: -1.  A NUL follows
 * the bytes, and there is room for a recovery key. */
int	pass_read(const char *how, const char *prompt, int twice,
	    struct secret *ret_pass, size_t *ret_len);

/*
 * 128 random bits as eight groups of six digits, each a multiple of eleven,
 * so that one misheard digit is found: "123456-…".  That text is the
 * passphrase, also for cryptsetup.
 */
#define RECOVERY_LEN	55u
int	recovery_make(struct secret *ret_text);
/*
 * 1 when the text is a recovery key, blanks, dashes or nothing between its
 * groups, and then it is brought into its form in place; 0 when it is none
 * (a password then); -1 when it has the form but a group is wrong: which one
 * is said.  cap: bytes behind text, RECOVERY_LEN + 1 at least for 1.
 */
int	recovery_read(char *text, size_t cap, size_t *len);

#endif
