#ifndef FSTOOL_LIMITS_H
#define FSTOOL_LIMITS_H

/* Every number of cosmian_fstool that bounds something, and why it is that
 * number.  The limits of a header are in header.h. */

#define SECRET_LEN	32u	/* sealed: as systemd-cryptenroll has it */
#define MAC_LEN		32u	/* HMAC-SHA256 */
#define VOLUME_KEY_MAX	128u	/* aes-xts 64, hmac-sha256 32 */
#define PASS_MAX	512u	/* a passphrase: what cryptsetup takes interactively */
#define UNSEALED_MAX	128u	/* TPM 2.0 part 2, 10.4.2: MAX_SYM_DATA of a sealed object */

#define PCR_COUNT	24u	/* TPM 2.0 PC client profile */
#define PCR_DIGEST_MAX	48u	/* banks sha256 and sha384 */
#define LOG_PCRS	16u	/* PCRs of one message about the boot: 0 to 15 */
#define PCR_CAP		15u	/* zero at boot, extended by open: nothing unseals after it */
#define PCR_STUB	11u	/* unified kernel images, and systemd's boot phases */

#define REASON_MAX	256u	/* text of a refusal in a frame */
#define RECORD_MAX	1024u	/* header.mac: two entries of 300 bytes */
#define BOOT_LOG_MAX	(8u << 20)	/* as much as the verifier reads */
#define CMDLINE_MAX	4096u	/* the kernel's own limit on x86 is 2048 */
#define KERNEL_IMAGE_MAX (512u << 20)	/* a unified kernel image with its initrd */

/* Our NV counters: owner indices (TCG registry of handles, 2.2.2), one for
 * each container of a machine. */
#define NV_FIRST	0x01835300u
#define NV_LAST		0x0183530fu
#define NV_NAME_LEN	34u	/* algorithm and SHA-256 */

#define TPM_TRIES	40	/* a PCR that IMA extends spoils a policy session: again */

#define SIZE_MIN	(32ull << 20)	/* header apart, less has no room for ext4 and its journal */
#define HEADER_FILE_LEN	(4u << 20)	/* both copies and room for HEADER_SLOTS_MAX keyslots: all of it is hashed at every boot, so not cryptsetup's 16 MiB */

#endif
