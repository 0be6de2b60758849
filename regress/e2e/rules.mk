# Small tools of the e2e scripts.
TEST += e2e/tools/no_landlock
SRCS_e2e/tools/no_landlock = regress/e2e/tools/no_landlock.c
LIBS_e2e/tools/no_landlock = seccomp

# The agent, with other places for what the first launch runs.
TEST += e2e/tools/agent_launch
SRCS_e2e/tools/agent_launch = $(filter-out parent/places.c,$(SRCS_cosmian_vm_agent)) \
	regress/e2e/tools/places.c
LIBS_e2e/tools/agent_launch = $(LIBS_cosmian_vm_agent)
DEFS_e2e/tools/agent_launch = -DCONTAINER_TIMEOUT_S=3

# The agent, replacing what died at once: its patience is tested in seconds.
TEST += e2e/tools/agent_impatient
SRCS_e2e/tools/agent_impatient = $(SRCS_cosmian_vm_agent)
LIBS_e2e/tools/agent_impatient = $(LIBS_cosmian_vm_agent)
DEFS_e2e/tools/agent_impatient = -DRESTART_DELAY_MIN_MS=1 -DRESTART_DELAY_MAX_MS=20

# One system call of a program is its last, or fails.
TEST += e2e/tools/faults
SRCS_e2e/tools/faults = regress/e2e/tools/faults.c
