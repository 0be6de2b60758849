TEST += unit/bytes/test_bytes
SRCS_unit/bytes/test_bytes = regress/unit/bytes/test_bytes.c \
	$(EVIDENCE_BASE) $(EVIDENCE_FILES) evidence/checks.c
