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

# cosmian_fstool with such a folder, and its two children that lie.
EVIL_FS_DIR = aid/evil_fs
TEST += $(EVIL_FS_DIR)/parse $(EVIL_FS_DIR)/tpm $(EVIL_FS_DIR)/fstool
EVIL_FS_LIBEXEC = $(CURDIR)/$(B)/test/$(EVIL_FS_DIR)/libexec
# evil_fs.c has child.c in it.
EVIL_FS = regress/proc/evil/evil_fs.c privsep/libexecdir.c
SRCS_$(EVIL_FS_DIR)/parse = regress/proc/evil/evil_fs_parse.c $(EVIL_FS) \
	$(filter-out fstool/child.c,$(SRCS_fstool-parse))
LIBS_$(EVIL_FS_DIR)/parse = $(LIBS_fstool-parse)
LIBEXECDIR_$(EVIL_FS_DIR)/parse = $(EVIL_FS_LIBEXEC)
SRCS_$(EVIL_FS_DIR)/tpm = regress/proc/evil/evil_fs_tpm.c $(EVIL_FS) \
	$(filter-out fstool/child.c,$(SRCS_fstool-tpm))
LIBS_$(EVIL_FS_DIR)/tpm = $(LIBS_fstool-tpm)
LIBEXECDIR_$(EVIL_FS_DIR)/tpm = $(EVIL_FS_LIBEXEC)
SRCS_$(EVIL_FS_DIR)/fstool = $(SRCS_cosmian_fstool)
LIBS_$(EVIL_FS_DIR)/fstool = $(LIBS_cosmian_fstool)
LIBEXECDIR_$(EVIL_FS_DIR)/fstool = $(EVIL_FS_LIBEXEC)
