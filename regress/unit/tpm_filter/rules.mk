TEST += unit/tpm_filter/test_tpm_filter
SRCS_unit/tpm_filter/test_tpm_filter = \
	regress/unit/tpm_filter/test_tpm_filter.c parent/tpm_filter.c
TEST += unit/tpm_filter/test_azure
SRCS_unit/tpm_filter/test_azure = regress/unit/tpm_filter/test_azure.c \
	parent/tpm_filter.c
