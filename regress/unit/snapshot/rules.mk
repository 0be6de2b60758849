TEST += unit/snapshot/test_snapshot unit/snapshot/test_snapshot_vectors
SRCS_unit/snapshot/test_snapshot = regress/unit/snapshot/test_snapshot.c $(EVIDENCE_ALL)
LIBS_unit/snapshot/test_snapshot = crypto mu jansson
SRCS_unit/snapshot/test_snapshot_vectors = regress/unit/snapshot/test_snapshot_vectors.c \
	$(EVIDENCE_ALL)
LIBS_unit/snapshot/test_snapshot_vectors = crypto mu jansson

# The seeds of the fuzz target, without a fuzzer.
TEST += unit/snapshot/replay_snapshot
SRCS_unit/snapshot/replay_snapshot = regress/fuzz/snapshot_fuzz.c $(EVIDENCE_ALL)
LIBS_unit/snapshot/replay_snapshot = crypto mu jansson
