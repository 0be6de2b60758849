# What reads a LUKS2 header: no I/O in it.
FSTOOL_HEADER = fstool/header.c fstool/header_json.c fstool/header_token.c \
	fstool/header_uuid.c \
	evidence/bytes.c evidence/bytes_text.c evidence/json.c evidence/alg.c \
	evidence/hash.c
# What parse does with header, record, log and image: no I/O in it.
FSTOOL_BOOT = fstool/boot.c fstool/boot_cmdline.c fstool/boot_next.c \
	fstool/pe.c evidence/eventlog.c evidence/eventlog_replay.c
LIBEXEC += fstool-parse
SRCS_fstool-parse = fstool/parse.c cli/memfd.c fstool/msg_parse.c \
	fstool/record.c $(FSTOOL_BOOT) $(FSTOOL_HEADER) fstool/child.c \
	fstool/msg.c fstool/roles.c $(PRIVSEP_WIRE) $(PRIVSEP_CONFINE)
LIBS_fstool-parse = crypto jansson seccomp

# cosmian_fstool: the front and its two children, each linked with what its
# part needs only.
FSTOOL_CHILD = fstool/child.c fstool/msg.c fstool/roles.c $(PRIVSEP_WIRE) \
	$(PRIVSEP_CONFINE)
# What they tell each other.
FSTOOL_CODEC = fstool/msg_parse.c fstool/msg_tpm.c fstool/record.c \
	fstool/header_uuid.c evidence/bytes.c evidence/bytes_text.c

# tpm: ESYS over the descriptor that it was lent.
FSTOOL_TPM = fstool/tpm.c fstool/tpm_job.c fstool/tpm_link.c fstool/tpm_nv.c \
	fstool/tpm_object.c fstool/tpm_parent.c fstool/tpm_pcr.c \
	fstool/tpm_seal.c fstool/tpm_unseal.c workers/tpm_keys.c \
	workers/tpm_tcti.c
LIBEXEC += fstool-tpm
SRCS_fstool-tpm = $(FSTOOL_TPM) $(FSTOOL_CODEC) $(FSTOOL_CHILD)
LIBS_fstool-tpm = tss2 crypto seccomp

# Container and mount: the front's only, by libcryptsetup and the kernel.
FSTOOL_VOLUME = fstool/volume.c fstool/volume_map.c fstool/dm.c \
	fstool/dm_table.c fstool/device.c fstool/fs.c fstool/why.c \
	privsep/unmeasured.c privsep/secret.c privsep/text.c

# The front: everything but its main, for tests too.
FSTOOL_FRONT = fstool/ask.c fstool/cmd_change.c fstool/cmd_create.c \
	fstool/cmd_look.c fstool/cmd_open.c fstool/derive.c fstool/files.c \
	fstool/keys.c fstool/msg.c fstool/options.c fstool/options_help.c \
	fstool/options_value.c fstool/pass.c fstool/pass_tty.c \
	fstool/permit.c fstool/phrase.c fstool/recovery.c fstool/report.c \
	fstool/roles.c fstool/store.c fstool/target.c fstool/token.c \
	$(FSTOOL_VOLUME) $(FSTOOL_CODEC) cli/memfd.c privsep/libexecdir.c \
	privsep/peer.c privsep/spawn.c $(PRIVSEP_WIRE)
BIN += cosmian_fstool
SRCS_cosmian_fstool = fstool/main.c $(FSTOOL_FRONT)
LIBS_cosmian_fstool = cryptsetup crypto
