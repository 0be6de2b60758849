# The parent's part, its filter and its device side included, against swtpm.
TPM_RIG = regress/proc/tpm/rig.c parent/tpm_filter.c parent/tpm_dev.c \
	agentd/msg.c agentd/attest_msg.c $(PRIVSEP_WIRE) privsep/spawn.c \
	privsep/libexecdir.c
TEST += proc/tpm/test_tpm proc/tpm/test_tpminit proc/tpm/test_activate
SRCS_proc/tpm/test_tpm = regress/proc/tpm/test_tpm.c $(TPM_RIG)
LIBS_proc/tpm/test_tpm = event mu crypto
SRCS_proc/tpm/test_tpminit = regress/proc/tpm/test_tpminit.c $(TPM_RIG)
LIBS_proc/tpm/test_tpminit = event mu crypto
SRCS_proc/tpm/test_activate = regress/proc/tpm/test_activate.c \
	regress/proc/tpm/test_certs.c agentd/tpm_msg.c $(TPM_RIG) $(EVIDENCE_ALL)
LIBS_proc/tpm/test_activate = event mu crypto jansson
