# These play the front of one of cosmian_fstool's children.
TEST += proc/fstool/parse
SRCS_proc/fstool/parse = regress/proc/fstool/parse.c privsep/peer.c \
	fstool/permit.c fstool/msg.c fstool/roles.c fstool/msg_parse.c \
	fstool/record.c fstool/header_uuid.c cli/memfd.c privsep/text.c \
	privsep/spawn.c privsep/libexecdir.c $(PRIVSEP_WIRE) $(EVIDENCE_BASE) \
	regress/unit/header/forge.c regress/unit/fstool_boot/forge.c
LIBS_proc/fstool/parse = crypto
