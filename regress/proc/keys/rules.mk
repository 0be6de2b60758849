TEST += proc/keys/test_keys
SRCS_proc/keys/test_keys = regress/proc/keys/test_keys.c \
	regress/proc/keys/make_key.c $(PLAY_SRCS)
LIBS_proc/keys/test_keys = crypto
