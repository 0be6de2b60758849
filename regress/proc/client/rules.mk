# These play the peer of one of the client's processes.
TEST += proc/client/fetch
SRCS_proc/client/fetch = regress/proc/client/fetch.c \
	regress/proc/client/tls_peer.c privsep/peer.c cli/permit.c privsep/text.c \
	$(CLI_MSG) $(PRIVSEP_WIRE) privsep/spawn.c privsep/libexecdir.c
LIBS_proc/client/fetch = ssl crypto

TEST += proc/client/front
SRCS_proc/client/front = regress/proc/client/front.c \
	regress/proc/client/fake.c privsep/peer.c cli/permit.c \
	privsep/text.c $(CLI_MSG) $(PRIVSEP_WIRE) privsep/spawn.c \
	privsep/libexecdir.c

TEST += proc/client/walls
SRCS_proc/client/walls = regress/proc/client/walls.c cli/roles.c cli/msg.c \
	$(PRIVSEP_WIRE) $(PRIVSEP_CONFINE)
LIBS_proc/client/walls = seccomp

TEST += proc/client/appraise
SRCS_proc/client/appraise = regress/proc/client/appraise.c privsep/peer.c \
	cli/permit.c privsep/text.c $(CLI_MSG) $(PRIVSEP_WIRE) privsep/spawn.c \
	privsep/libexecdir.c
