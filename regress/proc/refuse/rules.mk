TEST += proc/refuse/test_refuse
SRCS_proc/refuse/test_refuse = regress/proc/refuse/test_refuse.c \
	agentd/permit.c $(PLAY_SRCS)
