TEE_PLAY = regress/proc/tee/tee_play.c agentd/msg.c \
	evidence/snp_report.c evidence/bytes.c evidence/bytes_text.c \
	privsep/wire.c privsep/chan.c privsep/log.c privsep/spawn.c \
	privsep/libexecdir.c

TEST += proc/tee/test_tee proc/tee/test_tee_device
SRCS_proc/tee/test_tee = regress/proc/tee/test_tee.c $(TEE_PLAY)
SRCS_proc/tee/test_tee_device = regress/proc/tee/test_tee_device.c $(TEE_PLAY)
