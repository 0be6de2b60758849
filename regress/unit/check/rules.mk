TEST += unit/check/test_check
SRCS_unit/check/test_check = regress/unit/check/test_check.c
