FORGE_TDX = regress/unit/kind_tdx/forge_tdx.c \
	regress/unit/kind_tdx/forge_tdx_x509.c

TEST += unit/kind_tdx/test_tdx
SRCS_unit/kind_tdx/test_tdx = regress/unit/kind_tdx/test_tdx.c $(FORGE_TDX) \
	$(EVIDENCE_ALL) $(EVIDENCE_KINDS)
LIBS_unit/kind_tdx/test_tdx = crypto mu jansson
