KIND_CASE = regress/unit/kind_logs/case.c $(EVIDENCE_ALL) $(EVIDENCE_KINDS)

TEST += unit/kind_logs/test_eventlog unit/kind_logs/test_ima_kinds
SRCS_unit/kind_logs/test_eventlog = regress/unit/kind_logs/test_eventlog.c \
	$(KIND_CASE)
LIBS_unit/kind_logs/test_eventlog = crypto mu jansson
SRCS_unit/kind_logs/test_ima_kinds = regress/unit/kind_logs/test_ima_kinds.c \
	$(KIND_CASE)
LIBS_unit/kind_logs/test_ima_kinds = crypto mu jansson

# The seeds of the fuzz targets, without a fuzzer.
TEST += unit/kind_logs/replay_eventlog unit/kind_logs/replay_ima_ascii \
	unit/kind_logs/replay_pcr_table
SRCS_unit/kind_logs/replay_eventlog = regress/fuzz/eventlog_fuzz.c \
	$(EVIDENCE_ALL) $(EVIDENCE_KINDS)
LIBS_unit/kind_logs/replay_eventlog = crypto mu jansson
SRCS_unit/kind_logs/replay_ima_ascii = regress/fuzz/ima_ascii_fuzz.c \
	$(EVIDENCE_ALL) $(EVIDENCE_KINDS)
LIBS_unit/kind_logs/replay_ima_ascii = crypto mu jansson
SRCS_unit/kind_logs/replay_pcr_table = regress/fuzz/pcr_table_fuzz.c \
	$(EVIDENCE_ALL) $(EVIDENCE_KINDS)
LIBS_unit/kind_logs/replay_pcr_table = crypto mu jansson
