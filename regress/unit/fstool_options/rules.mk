TEST += unit/fstool_options/test_fstool_options
SRCS_unit/fstool_options/test_fstool_options = \
	regress/unit/fstool_options/test_fstool_options.c \
	fstool/options.c fstool/options_help.c fstool/options_value.c \
	fstool/why.c privsep/text.c
