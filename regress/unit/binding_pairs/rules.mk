TEST += unit/binding_pairs/test_binding_pairs
SRCS_unit/binding_pairs/test_binding_pairs = \
	regress/unit/binding_pairs/test_binding_pairs.c \
	regress/unit/claims/play.c regress/unit/claims/forge.c \
	regress/unit/kind_azure/azforge.c regress/unit/kind_snp/snpforge.c \
	regress/unit/boot/ek.c $(EVIDENCE_ALL) $(EVIDENCE_KINDS)
LIBS_unit/binding_pairs/test_binding_pairs = crypto mu jansson
