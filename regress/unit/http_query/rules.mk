TEST += unit/http_query/test_http_query
SRCS_unit/http_query/test_http_query = regress/unit/http_query/test_http_query.c \
	workers/http_query.c workers/http_reply.c $(EVIDENCE_BASE)
