TEST += unit/fstool_volume/test_dm_table
SRCS_unit/fstool_volume/test_dm_table = \
	regress/unit/fstool_volume/test_dm_table.c fstool/dm_table.c \
	fstool/why.c privsep/text.c
