TEST += unit/snp/test_snp unit/snp/test_snp_vectors
SRCS_unit/snp/test_snp = regress/unit/snp/test_snp.c $(FORGE)
LIBS_unit/snp/test_snp = crypto mu jansson
SRCS_unit/snp/test_snp_vectors = regress/unit/snp/test_snp_vectors.c \
	$(EVIDENCE_ALL)
LIBS_unit/snp/test_snp_vectors = crypto mu jansson
