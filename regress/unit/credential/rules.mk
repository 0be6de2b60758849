TEST += sim/make_credential
SRCS_sim/make_credential = \
	regress/unit/credential/make_credential.c $(EVIDENCE_ALL)
LIBS_sim/make_credential = crypto mu jansson
TEST += unit/credential/test_credential
SRCS_unit/credential/test_credential = \
	regress/unit/credential/test_credential.c regress/unit/boot/ek.c \
	$(EVIDENCE_ALL)
LIBS_unit/credential/test_credential = crypto mu jansson
