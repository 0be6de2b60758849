TEST += proc/permit/test_permit
SRCS_proc/permit/test_permit = regress/proc/permit/test_permit.c \
	parent/proc.c agentd/permit.c agentd/msg.c agentd/roles.c \
	privsep/chan.c privsep/chan_ev.c privsep/wire.c privsep/libexecdir.c
LIBS_proc/permit/test_permit = event md
