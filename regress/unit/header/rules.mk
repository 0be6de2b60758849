TEST += unit/header/test_header unit/header/replay_header
SRCS_unit/header/test_header = regress/unit/header/test_header.c \
	regress/unit/header/forge.c $(FSTOOL_HEADER)
LIBS_unit/header/test_header = jansson crypto

# The seeds of the fuzz target, without a fuzzer.
SRCS_unit/header/replay_header = regress/fuzz/header_fuzz.c \
	regress/unit/header/forge.c $(FSTOOL_HEADER)
LIBS_unit/header/replay_header = jansson crypto
