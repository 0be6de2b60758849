# make mutate; a sample is e2e/mutate.
TEST += mutate/mutate
SRCS_mutate/mutate = regress/mutate/mutate.c regress/mutate/flip.c \
	regress/mutate/unmeasured.c regress/mutate/unmeasured_logs.c \
	regress/mutate/memory.c regress/mutate/forged.c regress/unit/kinds/caseargs.c \
	regress/unit/kind_snp/snpforge.c regress/unit/claims/forge.c \
	$(FORGE_TDX) \
	$(EVIDENCE_ALL) $(EVIDENCE_KINDS)
LIBS_mutate/mutate = crypto mu jansson
