TEST += proc/meta/test_meta
SRCS_proc/meta/test_meta = regress/proc/meta/test_meta.c $(PLAY_SRCS)
