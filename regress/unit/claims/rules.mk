FORGE = regress/unit/claims/forge.c $(EVIDENCE_ALL)
