TEST += unit/simulated/test_simulated
SRCS_unit/simulated/test_simulated = regress/unit/simulated/test_simulated.c \
	parent/simulated.c
