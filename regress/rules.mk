# What every test uses.  The tests themselves are in the folders below.
TEST += reap
SRCS_reap = regress/reap.c
