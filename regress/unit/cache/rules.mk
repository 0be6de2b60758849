TEST += unit/cache/test_cache unit/cache/test_facts
SRCS_unit/cache/test_cache = regress/unit/cache/test_cache.c cli/cache.c \
	cli/memfd.c evidence/collateral_age.c $(EVIDENCE_BASE)
LIBS_unit/cache/test_cache = md
SRCS_unit/cache/test_facts = regress/unit/cache/test_facts.c cli/msg_facts.c \
	evidence/collateral_facts.c evidence/collateral_age.c $(FORGE_TDX) \
	$(PRIVSEP_WIRE) $(EVIDENCE_ALL) $(EVIDENCE_KINDS)
LIBS_unit/cache/test_facts = crypto mu jansson
