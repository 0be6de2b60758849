TEST += unit/http/test_http
SRCS_unit/http/test_http = regress/unit/http/test_http.c workers/http.c
LIBS_unit/http/test_http = llhttp

# The seeds of the fuzz target, without a fuzzer.
TEST += unit/http/replay_http
SRCS_unit/http/replay_http = regress/fuzz/http_fuzz.c workers/http.c
LIBS_unit/http/replay_http = llhttp
