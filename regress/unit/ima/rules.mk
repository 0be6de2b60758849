TEST += unit/ima/test_ima unit/ima/test_ima_vectors
SRCS_unit/ima/test_ima = regress/unit/ima/test_ima.c $(FORGE)
LIBS_unit/ima/test_ima = crypto mu jansson
SRCS_unit/ima/test_ima_vectors = regress/unit/ima/test_ima_vectors.c \
	$(EVIDENCE_ALL)
LIBS_unit/ima/test_ima_vectors = crypto mu jansson

# The seeds of the fuzz target, without a fuzzer.
TEST += unit/ima/replay_ima
SRCS_unit/ima/replay_ima = regress/fuzz/ima_fuzz.c $(EVIDENCE_ALL)
LIBS_unit/ima/replay_ima = crypto mu jansson
