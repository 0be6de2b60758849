TEST += unit/wire/test_wire
SRCS_unit/wire/test_wire = regress/unit/wire/test_wire.c privsep/wire.c
