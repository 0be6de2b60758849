# Workers that misbehave, and the real agent with a folder of its own from
# which it starts them; regress/e2e/evil-*.sh put it together.
EVIL_DIR = aid/evil
TEST += $(EVIL_DIR)/web $(EVIL_DIR)/net $(EVIL_DIR)/tpm $(EVIL_DIR)/agent
EVIL_SRCS = regress/proc/evil/remote.c $(PRIVSEP_CHILD)
SRCS_$(EVIL_DIR)/web = regress/proc/evil/evil_web.c $(EVIL_SRCS)
LIBS_$(EVIL_DIR)/web = seccomp
SRCS_$(EVIL_DIR)/net = regress/proc/evil/evil_net.c $(EVIL_SRCS)
LIBS_$(EVIL_DIR)/net = seccomp
SRCS_$(EVIL_DIR)/tpm = regress/proc/evil/evil_tpm.c $(EVIL_SRCS)
LIBS_$(EVIL_DIR)/tpm = seccomp
SRCS_$(EVIL_DIR)/agent = $(SRCS_cosmian_vm_agent)
LIBS_$(EVIL_DIR)/agent = $(LIBS_cosmian_vm_agent)
LIBEXECDIR_$(EVIL_DIR)/agent = $(CURDIR)/$(B)/test/$(EVIL_DIR)/libexec
