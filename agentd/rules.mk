# The root process: libc, libevent_core, libseccomp, libmd and nothing else.
BIN += cosmian_vm_agent
SRCS_cosmian_vm_agent = agentd/main.c agentd/msg.c agentd/permit.c \
	agentd/roles.c agentd/attest_msg.c agentd/tpm_msg.c $(PARENT_SRCS) \
	$(PRIVSEP_PARENT) $(PRIVSEP_CONFINE) evidence/binding.c
LIBS_cosmian_vm_agent = event seccomp md
