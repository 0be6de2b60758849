TEST += proc/net/test_net
SRCS_proc/net/test_net = regress/proc/net/test_net.c regress/proc/net/client.c \
	regress/proc/keys/make_key.c $(PLAY_SRCS)
LIBS_proc/net/test_net = ssl crypto pthread
