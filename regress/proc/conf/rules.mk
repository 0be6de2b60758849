TEST += proc/conf/test_conf
SRCS_proc/conf/test_conf = regress/proc/conf/test_conf.c agentd/msg.c \
	privsep/wire.c privsep/chan.c privsep/log.c privsep/spawn.c \
	privsep/libexecdir.c
LIBS_proc/conf/test_conf = crypto
