#ifndef FSTOOL_OPTIONS_H
#define FSTOOL_OPTIONS_H

#include <stdint.h>

#include "fstool/header.h"

/* The command line, judged as far as it can be without looking at anything. */

#define DEFAULT_DIR		"/var/lib/cosmian_vm"
#define DEFAULT_LOCATION	DEFAULT_DIR "/container"
#define DEFAULT_HEADER		DEFAULT_DIR "/header"
#define DEFAULT_MOUNT		DEFAULT_DIR "/data"
#define DEFAULT_NAME		"cosmian_vm"
#define DEFAULT_TPM		"/dev/tpmrm0"
#define DEFAULT_TEE		"/dev/sev-guest"
#define DEFAULT_BOOT_LOG	"/sys/kernel/security/tpm0/binary_bios_measurements"
#define DEFAULT_CMDLINE		"/proc/cmdline"

enum verb {
	VERB_CREATE, VERB_OPEN, VERB_CLOSE, VERB_CAP, VERB_STATUS, VERB_CHECK,
	VERB_RESEAL, VERB_ADOPT, VERB_RECOVERY_KEY, VERB_BACKUP_HEADER,
	VERB_MAX
};

struct options {
	enum verb	 verb;
	int		 compat;	/* no verb: the form of the existing system */
	const char	*location;	/* --location FILE|DEVICE */
	const char	*header;	/* --header FILE */
	const char	*mount;		/* --mount DIR */
	const char	*name;		/* --name: in /dev/mapper */
	const char	*tpm;		/* --tpm DEVICE|unix:PATH */
	const char	*tee;		/* --tee-device */
	const char	*boot_log;	/* --boot-log FILE: the TCG log */
	const char	*cmdline;	/* --cmdline FILE */
	uint64_t	 size;		/* --size SIZE: a multiple of 4096, 0: not given */
	const char	*password;	/* --password HOW: as pass_read(); VALUE has become "fd:N" */
	int		 generate;	/* create --generate-password: kept inside the volume (luks_password) */
	const char	*create_from;	/* open --create FILE: size in MiB */
	int		 integrity;	/* 1, 0 by --no-integrity */
	int		 filesystem;	/* 1, 0 by --no-filesystem: header and keys only */
	uint32_t	 pcrs;		/* --pcrs LIST: bits, 15 among them; 0: by default */
	uint16_t	 bank;		/* --bank sha256|sha384; 0: by default */
	uint8_t		 bind;		/* --bind tpm|tee|tpm+tee; 0: by default */
	const char	*next_boot;	/* reseal --next-boot KERNEL-IMAGE */
	const char	*output;	/* backup-header -o FILE; recovery-key -o FILE keeps it */
	int		 json, verbose, quiet;
};

/*
 * 0; or an exit status plus one: 1 (help was printed), 3 (usage, said).  A
 * password VALUE in argv is moved into a memfd and wiped where it stood.
 */
int	options_parse(int argc, char **argv, struct options *ret_o);

#endif
