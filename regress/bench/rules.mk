TEST += bench/bench_hash
SRCS_bench/bench_hash = regress/bench/bench_hash.c $(HASH_SRCS) \
	$(EVIDENCE_BASE) $(EVIDENCE_IMA)
LIBS_bench/bench_hash = crypto pthread
