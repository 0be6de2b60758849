# Small tools of the e2e scripts.
TEST += e2e/tools/no_landlock
SRCS_e2e/tools/no_landlock = regress/e2e/tools/no_landlock.c
LIBS_e2e/tools/no_landlock = seccomp

# The agent, replacing what died at once: its patience is tested in seconds.
TEST += e2e/tools/agent_impatient
SRCS_e2e/tools/agent_impatient = $(SRCS_cosmian_vm_agent)
LIBS_e2e/tools/agent_impatient = $(LIBS_cosmian_vm_agent)
DEFS_e2e/tools/agent_impatient = -DRESTART_DELAY_MIN_MS=1 -DRESTART_DELAY_MAX_MS=20
