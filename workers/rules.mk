# hasher: the core without messages is shared with its tests and the bench.
HASH_SRCS = workers/hash_walk.c workers/hash_pool.c workers/hash_out.c \
	workers/hash_ima.c
LIBEXEC += agent-hasher
SRCS_agent-hasher = workers/hasher.c $(HASH_SRCS) $(EVIDENCE_BASE) \
	$(EVIDENCE_IMA) $(PRIVSEP_CHILD)
LIBS_agent-hasher = crypto seccomp pthread

