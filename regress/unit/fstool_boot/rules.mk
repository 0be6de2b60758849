TEST += unit/fstool_boot/test_now unit/fstool_boot/test_next \
	unit/fstool_boot/test_pe unit/fstool_boot/replay_pe
FSTOOL_BOOT_TEST = regress/unit/fstool_boot/forge.c $(FSTOOL_BOOT) \
	$(EVIDENCE_BASE) evidence/hash.c
SRCS_unit/fstool_boot/test_now = regress/unit/fstool_boot/test_now.c \
	$(FSTOOL_BOOT_TEST)
LIBS_unit/fstool_boot/test_now = crypto
SRCS_unit/fstool_boot/test_next = regress/unit/fstool_boot/test_next.c \
	$(FSTOOL_BOOT_TEST)
LIBS_unit/fstool_boot/test_next = crypto
SRCS_unit/fstool_boot/test_pe = regress/unit/fstool_boot/test_pe.c \
	$(FSTOOL_BOOT_TEST)
LIBS_unit/fstool_boot/test_pe = crypto

# The seeds of the fuzz target, without a fuzzer.
SRCS_unit/fstool_boot/replay_pe = regress/fuzz/pe_fuzz.c $(FSTOOL_BOOT) \
	$(EVIDENCE_BASE) evidence/hash.c
LIBS_unit/fstool_boot/replay_pe = crypto
