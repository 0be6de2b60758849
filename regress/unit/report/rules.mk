TEST += unit/report/test_report
SRCS_unit/report/test_report = regress/unit/report/test_report.c parent/tee.c \
	parent/store_file.c privsep/unmeasured.c privsep/wire.c privsep/chan.c
LIBS_unit/report/test_report = event
