TEST += unit/kinds/judge
SRCS_unit/kinds/judge = regress/unit/kinds/judge.c \
	regress/unit/kinds/caseargs.c $(EVIDENCE_ALL) $(EVIDENCE_KINDS)
LIBS_unit/kinds/judge = crypto mu jansson

TEST += unit/kinds/test_bundle
SRCS_unit/kinds/test_bundle = regress/unit/kinds/test_bundle.c $(PLAY)
LIBS_unit/kinds/test_bundle = crypto mu jansson
