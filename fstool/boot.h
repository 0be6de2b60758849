/*
 * What the PCRs are when mount_luks.service runs, from the boot log that the
 * firmware kept.  Pure: no I/O.  The log, the command line and the image are
 * the host's to write: what is computed here is only ever sealed against, and
 * a wrong value unseals nothing.
 */
#ifndef FSTOOL_BOOT_H
#define FSTOOL_BOOT_H

#include "fstool/answers.h"

/*
 * At this boot: PCR 0 to 14 as the log replays, unsure where the TPM has
 * another value; 15 is zero, for it is extended by what opens containers.
 * PCR 11 is extended by systemd-pcrphase at each phase, too: its value is that
 * before "sysinit"; in an initrd, the one it has there.  Without a log (an
 * empty one) all is as it is now, and unsure where it is not zero.
 */
void	boot_now(const struct boot_ask *, struct span log, struct span cmdline,
	    struct boot_ans *ret_a);

/*
 * At the next boot, with this unified kernel image in the place of the one
 * that was booted last: PCR 4 with the digests of image and kernel, 11 with
 * those of its parts, 9 with its command line; the rest as at this boot.
 * Unsure is what the log shows to depend on the image in another way.  What
 * cannot be seen: a kernel that measures more, or less, than this one; and
 * under Secure Boot a signature by another key, which changes PCR 7.
 */
void	boot_next(const struct boot_ask *, struct span log, struct span cmdline,
	    struct span image, struct boot_ans *ret_a);

/*
 * 1 when a dm-verity hash of at least 32 bytes, of the root or of /usr, is a
 * word of the kernel's command line (roothash=, usrhash=,
 * systemd.verity_root_hash=, verity.roothash=), else 0.  Not trusted: words
 * with a quote in or around them, or behind "--"; a hash where another word of
 * that name holds none; any, where "root=" names something else than
 * /dev/mapper/root, or "systemd.verity=" (with "rd.", too) switches it off.
 */
int	boot_root_measured(struct span cmdline);

#endif
