TEST += unit/permit/test_permit
SRCS_unit/permit/test_permit = regress/unit/permit/test_permit.c \
	agentd/permit.c agentd/msg.c agentd/roles.c agentd/attest_msg.c \
	agentd/tpm_msg.c \
	$(filter-out parent/hooks.c,$(PARENT_SRCS)) $(PRIVSEP_PARENT) \
	$(PRIVSEP_CONFINE) evidence/binding.c
LIBS_unit/permit/test_permit = event seccomp md
