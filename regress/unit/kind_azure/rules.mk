TEST += unit/kind_azure/test_kind_azure
SRCS_unit/kind_azure/test_kind_azure = \
	regress/unit/kind_azure/test_kind_azure.c \
	regress/unit/kind_azure/azforge.c $(SNPFORGE)
LIBS_unit/kind_azure/test_kind_azure = crypto mu jansson

TEST += unit/kind_azure/test_azure_tdx
SRCS_unit/kind_azure/test_azure_tdx = \
	regress/unit/kind_azure/test_azure_tdx.c \
	regress/unit/kind_azure/azforge.c regress/unit/kind_azure/aztdx.c \
	$(SNPFORGE) $(FORGE_TDX)
LIBS_unit/kind_azure/test_azure_tdx = crypto mu jansson

TEST += unit/kind_azure/test_ak_cert unit/kind_azure/test_refused
SRCS_unit/kind_azure/test_ak_cert = regress/unit/kind_azure/test_ak_cert.c \
	regress/unit/kind_azure/azforge.c regress/unit/kind_logs/case.c \
	$(SNPFORGE)
LIBS_unit/kind_azure/test_ak_cert = crypto mu jansson
SRCS_unit/kind_azure/test_refused = regress/unit/kind_azure/test_refused.c \
	regress/unit/kind_azure/azforge.c regress/unit/kind_logs/case.c \
	$(FORGE_TDX) $(SNPFORGE)
LIBS_unit/kind_azure/test_refused = crypto mu jansson

# The seeds of the fuzz targets, without a fuzzer; they were written by
# build/plain/test/unit/kind_azure/test_kind_azure regress/corpus.
TEST += unit/kind_azure/replay_hcl unit/kind_azure/replay_ratls
SRCS_unit/kind_azure/replay_hcl = regress/fuzz/hcl_fuzz.c $(EVIDENCE_ALL) \
	evidence/hcl.c evidence/hcl_vars.c
LIBS_unit/kind_azure/replay_hcl = crypto mu jansson
SRCS_unit/kind_azure/replay_ratls = regress/fuzz/ratls_fuzz.c \
	$(EVIDENCE_ALL) evidence/ratls.c
LIBS_unit/kind_azure/replay_ratls = crypto mu jansson
