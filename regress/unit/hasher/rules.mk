TEST += unit/hasher/test_hasher unit/hasher/test_hash_ima
SRCS_unit/hasher/test_hasher = regress/unit/hasher/test_hasher.c \
	$(HASH_SRCS) $(EVIDENCE_BASE) $(EVIDENCE_IMA)
LIBS_unit/hasher/test_hasher = crypto pthread
SRCS_unit/hasher/test_hash_ima = regress/unit/hasher/test_hash_ima.c \
	$(HASH_SRCS) $(EVIDENCE_BASE) $(EVIDENCE_IMA)
LIBS_unit/hasher/test_hash_ima = crypto pthread
