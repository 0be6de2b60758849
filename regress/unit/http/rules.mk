TEST += unit/http/test_http
SRCS_unit/http/test_http = regress/unit/http/test_http.c workers/http.c
LIBS_unit/http/test_http = llhttp
