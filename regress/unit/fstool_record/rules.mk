TEST += unit/fstool_record/test_record unit/fstool_record/test_msg \
	unit/fstool_record/replay_record
FSTOOL_RECORD_TEST = fstool/record.c fstool/header_uuid.c fstool/msg_parse.c \
	privsep/wire.c evidence/bytes.c evidence/bytes_text.c
SRCS_unit/fstool_record/test_record = \
	regress/unit/fstool_record/test_record.c $(FSTOOL_RECORD_TEST)
SRCS_unit/fstool_record/test_msg = \
	regress/unit/fstool_record/test_msg.c $(FSTOOL_RECORD_TEST)

# The seeds of the fuzz target, without a fuzzer.
SRCS_unit/fstool_record/replay_record = regress/fuzz/record_fuzz.c \
	$(FSTOOL_RECORD_TEST)
