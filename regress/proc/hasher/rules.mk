TEST += proc/hasher/test_hasher
SRCS_proc/hasher/test_hasher = regress/proc/hasher/test_hasher.c agentd/msg.c \
	$(HASH_SRCS) $(EVIDENCE_BASE) $(EVIDENCE_IMA) \
	privsep/wire.c privsep/chan.c privsep/log.c privsep/spawn.c \
	privsep/libexecdir.c
LIBS_proc/hasher/test_hasher = crypto pthread
