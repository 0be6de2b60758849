TEST += unit/credential/make_credential
SRCS_unit/credential/make_credential = \
	regress/unit/credential/make_credential.c $(EVIDENCE_ALL)
LIBS_unit/credential/make_credential = crypto mu jansson
