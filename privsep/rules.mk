# Shared by every process; not a program of its own.
PRIVSEP_WIRE = privsep/wire.c privsep/chan.c privsep/log.c
PRIVSEP_CONFINE = privsep/child.c privsep/confine.c privsep/landlock.c privsep/seccomp.c
# A worker of the agent; LIBS: seccomp
PRIVSEP_CHILD = $(PRIVSEP_WIRE) $(PRIVSEP_CONFINE) privsep/agent_child.c privsep/secret.c \
	agentd/msg.c agentd/roles.c
# A process that starts others; LIBS: event
PRIVSEP_PARENT = $(PRIVSEP_WIRE) privsep/chan_ev.c privsep/spawn.c privsep/libexecdir.c
