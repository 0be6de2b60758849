TEST += proc/web/test_web
SRCS_proc/web/test_web = regress/proc/web/test_web.c regress/proc/web/play.c \
	agentd/msg.c agentd/attest_msg.c agentd/tpm_msg.c privsep/wire.c privsep/chan.c \
	privsep/log.c privsep/spawn.c privsep/libexecdir.c
LIBS_proc/web/test_web =
