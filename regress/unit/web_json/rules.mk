TEST += unit/web_json/test_web_json
SRCS_unit/web_json/test_web_json = regress/unit/web_json/test_web_json.c \
	workers/web_json.c $(EVIDENCE_BASE)
LIBS_unit/web_json/test_web_json = jansson
