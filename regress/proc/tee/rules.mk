TEST += proc/tee/test_tee
SRCS_proc/tee/test_tee = regress/proc/tee/test_tee.c agentd/msg.c \
	evidence/snp_report.c evidence/bytes.c evidence/bytes_text.c \
	privsep/wire.c privsep/chan.c privsep/log.c privsep/spawn.c \
	privsep/libexecdir.c
LIBS_proc/tee/test_tee =
