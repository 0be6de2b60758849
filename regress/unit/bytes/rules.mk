TEST += unit/bytes/test_bytes
SRCS_unit/bytes/test_bytes = regress/unit/bytes/test_bytes.c \
	$(EVIDENCE_BASE) $(EVIDENCE_FILES) evidence/checks.c

# The seeds of the fuzz target, without a fuzzer.
TEST += unit/bytes/replay_whitelist
SRCS_unit/bytes/replay_whitelist = regress/fuzz/whitelist_fuzz.c $(EVIDENCE_BASE) $(EVIDENCE_FILES)
