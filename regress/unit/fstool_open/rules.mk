TEST += unit/fstool_open/test_fstool_open
SRCS_unit/fstool_open/test_fstool_open = \
	regress/unit/fstool_open/test_fstool_open.c \
	regress/unit/fstool_open/steps.c fstool/cmd_open.c fstool/why.c \
	privsep/text.c evidence/bytes.c evidence/bytes_text.c
