TEST += unit/kinds/judge
SRCS_unit/kinds/judge = regress/unit/kinds/judge.c \
	regress/unit/kinds/caseargs.c $(EVIDENCE_ALL) $(EVIDENCE_KINDS)
LIBS_unit/kinds/judge = crypto mu jansson
