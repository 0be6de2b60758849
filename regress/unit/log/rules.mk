TEST += unit/log/test_log
SRCS_unit/log/test_log = regress/unit/log/test_log.c privsep/log.c
