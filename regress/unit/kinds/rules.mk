TEST += unit/kinds/judge
SRCS_unit/kinds/judge = regress/unit/kinds/judge.c $(EVIDENCE_ALL) \
	$(EVIDENCE_KINDS)
LIBS_unit/kinds/judge = crypto mu jansson
