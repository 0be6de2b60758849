TEST += unit/tpm_dev/test_tpm_dev
SRCS_unit/tpm_dev/test_tpm_dev = regress/unit/tpm_dev/test_tpm_dev.c \
	parent/tpm_dev.c
LIBS_unit/tpm_dev/test_tpm_dev = event
