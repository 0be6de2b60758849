TEST += bench/bench_hash
SRCS_bench/bench_hash = regress/bench/bench_hash.c $(HASH_SRCS) \
	$(EVIDENCE_BASE) $(EVIDENCE_IMA)
LIBS_bench/bench_hash = crypto pthread

TEST += bench/bench_ima
SRCS_bench/bench_ima = regress/bench/bench_ima.c $(EVIDENCE_ALL)
LIBS_bench/bench_ima = crypto mu jansson

TEST += bench/bench_handshake
SRCS_bench/bench_handshake = regress/bench/bench_handshake.c \
	regress/bench/tls_client.c
LIBS_bench/bench_handshake = ssl crypto

TEST += bench/bench_memory
SRCS_bench/bench_memory = regress/bench/bench_memory.c \
	regress/bench/tls_client.c
LIBS_bench/bench_memory = ssl crypto

TEST += bench/bench_evidence
SRCS_bench/bench_evidence = regress/bench/bench_evidence.c \
	regress/unit/kind_snp/snpforge.c $(FORGE_TDX) $(EVIDENCE_ALL) \
	$(EVIDENCE_KINDS)
LIBS_bench/bench_evidence = crypto mu jansson
