TEST += unit/unmeasured/test_unmeasured
SRCS_unit/unmeasured/test_unmeasured = \
	regress/unit/unmeasured/test_unmeasured.c privsep/unmeasured.c \
	privsep/log.c
