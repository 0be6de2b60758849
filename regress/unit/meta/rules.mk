TEST += unit/meta/test_meta unit/meta/replay_http unit/meta/replay_json
SRCS_unit/meta/test_meta = regress/unit/meta/test_meta.c $(META_SRCS)
LIBS_unit/meta/test_meta = llhttp jansson
SRCS_unit/meta/replay_http = regress/fuzz/meta_http_fuzz.c $(META_SRCS)
LIBS_unit/meta/replay_http = llhttp jansson
SRCS_unit/meta/replay_json = regress/fuzz/meta_json_fuzz.c $(META_SRCS)
LIBS_unit/meta/replay_json = llhttp jansson
