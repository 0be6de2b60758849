FORGE = regress/unit/claims/forge.c $(EVIDENCE_ALL)
PLAY = regress/unit/claims/play.c $(FORGE)

TEST += unit/claims/test_claims unit/claims/test_attest
SRCS_unit/claims/test_claims = regress/unit/claims/test_claims.c $(PLAY)
LIBS_unit/claims/test_claims = crypto mu jansson

TEST += unit/claims/test_volume
SRCS_unit/claims/test_volume = regress/unit/claims/test_volume.c $(PLAY)
LIBS_unit/claims/test_volume = crypto mu jansson

TEST += unit/claims/test_tee
SRCS_unit/claims/test_tee = regress/unit/claims/test_tee.c \
	regress/unit/claims/teeplay.c $(PLAY) $(FORGE_TDX) $(SNPFORGE) \
	regress/unit/kind_azure/azforge.c regress/unit/kind_azure/aztdx.c
LIBS_unit/claims/test_tee = crypto mu jansson
SRCS_unit/claims/test_attest = regress/unit/claims/test_attest.c \
	$(EVIDENCE_ALL)
LIBS_unit/claims/test_attest = crypto mu jansson

TEST += unit/claims/test_refused
SRCS_unit/claims/test_refused = regress/unit/claims/test_refused.c \
	regress/unit/claims/play.c regress/unit/claims/forge.c \
	regress/unit/kind_logs/case.c $(FORGE_TDX) $(EVIDENCE_ALL) \
	$(EVIDENCE_KINDS)
LIBS_unit/claims/test_refused = crypto mu jansson

# Seeds of the fuzz targets: build/plain/test/unit/claims/test_seeds
# regress/corpus writes them anew.
TEST += unit/claims/test_seeds
SRCS_unit/claims/test_seeds = regress/unit/claims/test_seeds.c $(FORGE)
LIBS_unit/claims/test_seeds = crypto mu jansson

TEST += unit/claims/replay_attest
SRCS_unit/claims/replay_attest = regress/fuzz/attest_fuzz.c $(EVIDENCE_ALL)
LIBS_unit/claims/replay_attest = crypto mu jansson
