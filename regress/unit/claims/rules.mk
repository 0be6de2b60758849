FORGE = regress/unit/claims/forge.c $(EVIDENCE_ALL)

TEST += unit/claims/test_claims unit/claims/test_attest
SRCS_unit/claims/test_claims = regress/unit/claims/test_claims.c $(FORGE)
LIBS_unit/claims/test_claims = crypto mu jansson
SRCS_unit/claims/test_attest = regress/unit/claims/test_attest.c \
	$(EVIDENCE_ALL)
LIBS_unit/claims/test_attest = crypto mu jansson
