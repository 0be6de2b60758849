TEST += unit/fstool_permit/test_fstool_permit
SRCS_unit/fstool_permit/test_fstool_permit = \
	regress/unit/fstool_permit/test_fstool_permit.c fstool/permit.c \
	fstool/msg.c fstool/roles.c
