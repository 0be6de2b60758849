TEST += unit/boot/test_ek
SRCS_unit/boot/test_ek = regress/unit/boot/test_ek.c regress/unit/boot/ek.c \
	$(EVIDENCE_ALL)
LIBS_unit/boot/test_ek = crypto mu jansson
TEST += unit/boot/test_boot
SRCS_unit/boot/test_boot = regress/unit/boot/test_boot.c $(EVIDENCE_ALL)
LIBS_unit/boot/test_boot = crypto mu jansson

# The seeds of the fuzz target, without a fuzzer.
TEST += unit/boot/replay_tpm_certs
SRCS_unit/boot/replay_tpm_certs = regress/fuzz/tpm_certs_fuzz.c $(EVIDENCE_ALL)
LIBS_unit/boot/replay_tpm_certs = crypto mu jansson
