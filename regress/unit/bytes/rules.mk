TEST += unit/bytes/test_bytes
SRCS_unit/bytes/test_bytes = regress/unit/bytes/test_bytes.c \
	$(EVIDENCE_BASE) $(EVIDENCE_FILES) evidence/checks.c

# The seeds of the fuzz target, without a fuzzer.
TEST += unit/bytes/replay_whitelist
SRCS_unit/bytes/replay_whitelist = regress/fuzz/whitelist_fuzz.c $(EVIDENCE_BASE) $(EVIDENCE_FILES)

TEST += unit/bytes/test_pem unit/bytes/replay_pem
SRCS_unit/bytes/test_pem = regress/unit/bytes/test_pem.c evidence/pem.c \
	$(EVIDENCE_BASE)
SRCS_unit/bytes/replay_pem = regress/fuzz/pem_fuzz.c evidence/pem.c \
	$(EVIDENCE_BASE)
