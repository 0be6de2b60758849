# Plays the parent to a real worker; LIBS: none
PLAY_SRCS = regress/proc/probe/play.c agentd/msg.c privsep/chan.c \
	privsep/wire.c privsep/log.c privsep/spawn.c privsep/libexecdir.c
# Not in proc/: it is no test but what one starts.
TEST += aid/probe proc/probe/test_probe
SRCS_aid/probe = regress/proc/probe/probe.c $(PRIVSEP_CHILD) fstool/child.c \
	fstool/msg.c fstool/roles.c
LIBS_aid/probe = seccomp pthread
SRCS_proc/probe/test_probe = regress/proc/probe/test_probe.c agentd/roles.c \
	fstool/roles.c $(PLAY_SRCS)
