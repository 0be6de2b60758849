TEST += unit/kind_tpm/test_tpm_kinds unit/kind_tpm/test_certs
SRCS_unit/kind_tpm/test_tpm_kinds = regress/unit/kind_tpm/test_tpm_kinds.c \
	regress/unit/claims/forge.c $(KIND_CASE)
LIBS_unit/kind_tpm/test_tpm_kinds = crypto mu jansson
SRCS_unit/kind_tpm/test_certs = regress/unit/kind_tpm/test_certs.c \
	$(KIND_CASE)
LIBS_unit/kind_tpm/test_certs = crypto mu jansson
