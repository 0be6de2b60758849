# What reads a LUKS2 header: no I/O in it.
FSTOOL_HEADER = fstool/header.c fstool/header_json.c fstool/header_token.c \
	evidence/bytes.c evidence/bytes_text.c evidence/json.c evidence/alg.c \
	evidence/hash.c

# cosmian_fstool: the front and its two children, each linked with what its
# part needs only.
FSTOOL_CHILD = fstool/child.c fstool/msg.c fstool/roles.c $(PRIVSEP_WIRE) \
	$(PRIVSEP_CONFINE)
