ACTIVATE_SRCS = workers/activate_json.c workers/web_json.c agentd/tpm_msg.c \
	privsep/wire.c $(EVIDENCE_BASE)
TEST += unit/activate/test_activate unit/activate/replay_web_body \
	unit/activate/replay_web_certs
SRCS_unit/activate/test_activate = regress/unit/activate/test_activate.c \
	$(ACTIVATE_SRCS)
LIBS_unit/activate/test_activate = jansson
SRCS_unit/activate/replay_web_body = regress/fuzz/web_body_fuzz.c \
	$(ACTIVATE_SRCS)
LIBS_unit/activate/replay_web_body = jansson
SRCS_unit/activate/replay_web_certs = regress/fuzz/web_certs_fuzz.c \
	$(ACTIVATE_SRCS)
LIBS_unit/activate/replay_web_certs = jansson
