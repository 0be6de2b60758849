TEST += unit/boot/test_ek
SRCS_unit/boot/test_ek = regress/unit/boot/test_ek.c regress/unit/boot/ek.c \
	$(EVIDENCE_ALL)
LIBS_unit/boot/test_ek = crypto mu jansson
TEST += unit/boot/test_boot
SRCS_unit/boot/test_boot = regress/unit/boot/test_boot.c $(EVIDENCE_ALL)
LIBS_unit/boot/test_boot = crypto mu jansson
