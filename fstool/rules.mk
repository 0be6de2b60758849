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

# Container and mount: the front's only, by libcryptsetup and the kernel.
FSTOOL_VOLUME = fstool/volume.c fstool/volume_map.c fstool/dm.c \
	fstool/dm_table.c fstool/device.c fstool/fs.c fstool/why.c \
	privsep/unmeasured.c privsep/secret.c privsep/text.c
