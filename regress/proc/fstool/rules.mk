# These play the front of one of cosmian_fstool's children.
TEST += proc/fstool/parse
SRCS_proc/fstool/parse = regress/proc/fstool/parse.c privsep/peer.c \
	fstool/permit.c fstool/msg.c fstool/roles.c fstool/msg_parse.c \
	fstool/record.c fstool/header_uuid.c cli/memfd.c privsep/text.c \
	privsep/spawn.c privsep/libexecdir.c $(PRIVSEP_WIRE) $(EVIDENCE_BASE) \
	regress/unit/header/forge.c regress/unit/fstool_boot/forge.c
LIBS_proc/fstool/parse = crypto

# One of them that lies.
TEST += proc/fstool/front
SRCS_proc/fstool/front = regress/proc/fstool/front.c \
	regress/proc/client/fake.c cli/memfd.c $(FSTOOL_PEER)

# Their walls, seen from outside; and what they say to a front that lies.
FSTOOL_PEER = privsep/peer.c fstool/permit.c fstool/msg.c fstool/roles.c \
	privsep/text.c privsep/spawn.c privsep/libexecdir.c $(PRIVSEP_WIRE)
TEST += proc/fstool/walls proc/fstool/refuse
SRCS_proc/fstool/walls = regress/proc/fstool/walls.c $(FSTOOL_PEER)
SRCS_proc/fstool/refuse = regress/proc/fstool/refuse.c cli/memfd.c \
	$(FSTOOL_PEER)

# The same, and between fstool-tpm and its TPM one who may lie.
FSTOOL_TPM_KID = regress/proc/fstool/tpm_kid.c $(FSTOOL_CODEC) $(TPM_RIG)
TEST += proc/fstool/tpm proc/fstool/tpm_seal proc/fstool/tpm_nv \
	proc/fstool/tpm_bad
SRCS_proc/fstool/tpm = regress/proc/fstool/tpm.c $(FSTOOL_TPM_KID)
LIBS_proc/fstool/tpm = event crypto
SRCS_proc/fstool/tpm_seal = regress/proc/fstool/tpm_seal.c $(FSTOOL_TPM_KID)
LIBS_proc/fstool/tpm_seal = event mu crypto
SRCS_proc/fstool/tpm_nv = regress/proc/fstool/tpm_nv.c $(FSTOOL_TPM_KID)
LIBS_proc/fstool/tpm_nv = event crypto
SRCS_proc/fstool/tpm_bad = regress/proc/fstool/tpm_bad.c $(FSTOOL_TPM_KID)
LIBS_proc/fstool/tpm_bad = event crypto
# Needs no device mapper: slots of a plain file.
TEST += proc/fstool/tpm_stock
SRCS_proc/fstool/tpm_stock = regress/proc/fstool/tpm_stock.c \
	$(FSTOOL_HEADER) $(FSTOOL_TPM_KID)
LIBS_proc/fstool/tpm_stock = cryptsetup event jansson crypto
