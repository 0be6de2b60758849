TEST += unit/tpm/test_tpm unit/tpm/test_tpm_vectors
SRCS_unit/tpm/test_tpm = regress/unit/tpm/test_tpm.c $(FORGE)
LIBS_unit/tpm/test_tpm = crypto mu jansson
SRCS_unit/tpm/test_tpm_vectors = regress/unit/tpm/test_tpm_vectors.c \
	$(EVIDENCE_ALL)
LIBS_unit/tpm/test_tpm_vectors = crypto mu jansson

# The seeds of the fuzz target, without a fuzzer.
TEST += unit/tpm/replay_tpm
SRCS_unit/tpm/replay_tpm = regress/fuzz/tpm_fuzz.c $(EVIDENCE_ALL)
LIBS_unit/tpm/replay_tpm = crypto mu jansson
