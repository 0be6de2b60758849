TEST += unit/snp/test_snp unit/snp/test_snp_vectors
SRCS_unit/snp/test_snp = regress/unit/snp/test_snp.c $(FORGE)
LIBS_unit/snp/test_snp = crypto mu jansson
SRCS_unit/snp/test_snp_vectors = regress/unit/snp/test_snp_vectors.c \
	$(EVIDENCE_ALL)
LIBS_unit/snp/test_snp_vectors = crypto mu jansson

# The seeds of the fuzz target, without a fuzzer.
TEST += unit/snp/replay_snp_blob
SRCS_unit/snp/replay_snp_blob = regress/fuzz/snp_blob_fuzz.c $(EVIDENCE_BASE) $(EVIDENCE_SNP)

# The seeds of the fuzz target, without a fuzzer.
TEST += unit/snp/replay_snp_aux
SRCS_unit/snp/replay_snp_aux = regress/fuzz/snp_aux_fuzz.c $(EVIDENCE_BASE) $(EVIDENCE_SNP)
