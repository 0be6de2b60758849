TEST += unit/fstool_derive/test_fstool_derive
SRCS_unit/fstool_derive/test_fstool_derive = \
	regress/unit/fstool_derive/test_fstool_derive.c \
	fstool/derive.c fstool/why.c privsep/text.c
LIBS_unit/fstool_derive/test_fstool_derive = crypto
# The device that it asks.
$(B)/test/unit/fstool_derive/test_fstool_derive: | $(B)/test/sim/teedev
