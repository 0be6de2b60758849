# What reads a LUKS2 header: no I/O in it.
FSTOOL_HEADER = fstool/header.c fstool/header_json.c fstool/header_token.c \
	evidence/bytes.c evidence/bytes_text.c evidence/json.c evidence/alg.c \
	evidence/hash.c

# cosmian_fstool: the front and its two children, each linked with what its
# part needs only.
FSTOOL_CHILD = fstool/child.c fstool/msg.c fstool/roles.c $(PRIVSEP_WIRE) \
	$(PRIVSEP_CONFINE)

# Container and mount: the front's only, by libcryptsetup and the kernel.
FSTOOL_VOLUME = fstool/volume.c fstool/volume_map.c fstool/dm.c \
	fstool/dm_table.c fstool/device.c fstool/fs.c fstool/why.c \
	privsep/unmeasured.c privsep/secret.c privsep/text.c
