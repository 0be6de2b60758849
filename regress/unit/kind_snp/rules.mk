SNPFORGE = regress/unit/kind_snp/snpforge.c $(EVIDENCE_ALL) $(EVIDENCE_KINDS)

TEST += unit/kind_snp/test_kind_snp
SRCS_unit/kind_snp/test_kind_snp = regress/unit/kind_snp/test_kind_snp.c \
	$(SNPFORGE)
LIBS_unit/kind_snp/test_kind_snp = crypto mu jansson

TEST += unit/kind_snp/test_snp_refused
SRCS_unit/kind_snp/test_snp_refused = \
	regress/unit/kind_snp/test_snp_refused.c \
	regress/unit/kind_logs/case.c $(SNPFORGE)
LIBS_unit/kind_snp/test_snp_refused = crypto mu jansson

# The seeds of the fuzz targets, without a fuzzer.
TEST += unit/kind_snp/replay_snp_bincode unit/kind_snp/replay_policy
SRCS_unit/kind_snp/replay_snp_bincode = regress/fuzz/snp_bincode_fuzz.c \
	$(EVIDENCE_BASE) $(EVIDENCE_SNP)
SRCS_unit/kind_snp/replay_policy = regress/fuzz/policy_fuzz.c $(EVIDENCE_ALL)
LIBS_unit/kind_snp/replay_policy = crypto mu jansson
