# These play the peer of one of the client's processes.
TEST += proc/client/fetch
SRCS_proc/client/fetch = regress/proc/client/fetch.c \
	regress/proc/client/tls_peer.c cli/peer.c cli/permit.c cli/text.c \
	$(CLI_MSG) $(PRIVSEP_WIRE) privsep/spawn.c privsep/libexecdir.c
LIBS_proc/client/fetch = ssl crypto
