TEST += unit/fstool_pass/test_fstool_pass
SRCS_unit/fstool_pass/test_fstool_pass = \
	regress/unit/fstool_pass/test_fstool_pass.c \
	regress/unit/fstool_pass/test_recovery.c \
	regress/unit/fstool_pass/test_tty.c \
	fstool/pass.c fstool/pass_tty.c fstool/recovery.c fstool/why.c \
	privsep/secret.c privsep/text.c privsep/unmeasured.c privsep/log.c
