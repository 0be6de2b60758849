SNPFORGE = regress/unit/kind_snp/snpforge.c $(EVIDENCE_ALL) $(EVIDENCE_KINDS)

TEST += unit/kind_snp/test_kind_snp
SRCS_unit/kind_snp/test_kind_snp = regress/unit/kind_snp/test_kind_snp.c \
	$(SNPFORGE)
LIBS_unit/kind_snp/test_kind_snp = crypto mu jansson
