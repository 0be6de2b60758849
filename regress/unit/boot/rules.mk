TEST += unit/boot/test_ek
SRCS_unit/boot/test_ek = regress/unit/boot/test_ek.c regress/unit/boot/ek.c \
	$(EVIDENCE_ALL)
LIBS_unit/boot/test_ek = crypto mu jansson
