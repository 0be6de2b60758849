TEST += unit/kind_tdx/test_tdx
SRCS_unit/kind_tdx/test_tdx = regress/unit/kind_tdx/test_tdx.c $(FORGE_TDX) \
	$(EVIDENCE_ALL) $(EVIDENCE_KINDS)
LIBS_unit/kind_tdx/test_tdx = crypto mu jansson

# Seeds of the fuzz targets: build/plain/test/unit/kind_tdx/test_tdx_seeds
# regress/corpus writes them anew.
TEST += unit/kind_tdx/test_tdx_seeds
SRCS_unit/kind_tdx/test_tdx_seeds = regress/unit/kind_tdx/test_tdx_seeds.c \
	$(FORGE_TDX) $(EVIDENCE_ALL) $(EVIDENCE_TDX)
LIBS_unit/kind_tdx/test_tdx_seeds = crypto mu jansson

TEST += unit/kind_tdx/test_tdx_parts
SRCS_unit/kind_tdx/test_tdx_parts = regress/unit/kind_tdx/test_tdx_parts.c \
	$(FORGE_TDX) $(EVIDENCE_ALL) $(EVIDENCE_KINDS)
LIBS_unit/kind_tdx/test_tdx_parts = crypto mu jansson

# The seeds of the fuzz targets, without a fuzzer.
TEST += unit/kind_tdx/replay_tdx_quote unit/kind_tdx/replay_sgx_ext
SRCS_unit/kind_tdx/replay_tdx_quote = regress/fuzz/tdx_quote_fuzz.c \
	$(EVIDENCE_BASE) evidence/tdx_quote.c
SRCS_unit/kind_tdx/replay_sgx_ext = regress/fuzz/sgx_ext_fuzz.c \
	$(EVIDENCE_BASE) evidence/sgx_ext.c
TEST += unit/kind_tdx/replay_tcb_info unit/kind_tdx/replay_crl
SRCS_unit/kind_tdx/replay_tcb_info = regress/fuzz/tcb_info_fuzz.c \
	$(EVIDENCE_ALL) evidence/tcb_info.c
LIBS_unit/kind_tdx/replay_tcb_info = crypto mu jansson
SRCS_unit/kind_tdx/replay_crl = regress/fuzz/crl_fuzz.c $(EVIDENCE_ALL)
LIBS_unit/kind_tdx/replay_crl = crypto mu jansson
