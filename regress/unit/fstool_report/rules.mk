TEST += unit/fstool_report/test_fstool_report
SRCS_unit/fstool_report/test_fstool_report = \
	regress/unit/fstool_report/test_fstool_report.c \
	fstool/report.c fstool/why.c privsep/text.c
