# make install DESTDIR= PREFIX=/usr/local SYSCONFDIR=/etc
#
# The programs know their folders by two objects, privsep/libexecdir.o and
# parent/places.o.  Only these are compiled anew here, and those who use them
# linked again.

SBIN_NAMES := cosmian_vm_agent cosmian_fstool
# Programs for tests only: those that misbehave, and what a folder names.
NOINSTALL += %-evil

INST_BIN := $(filter-out $(NOINSTALL),$(BIN))
INST_LIBEXEC := $(filter-out $(NOINSTALL),$(LIBEXEC))
INST_DIR := $(PREFIX)/libexec/cosmian_vm
KNOWS_DIR := privsep/libexecdir.c parent/places.c

.PHONY: install install-files FORCE

# PREFIX may differ from the last time, and costs two small objects.
$(KNOWS_DIR:%.c=$(B)/obj-install/%.o): $(B)/obj-install/%.o: %.c FORCE
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -DLIBEXECDIR='"$(INST_DIR)"' \
	    -DSBINDIR='"$(PREFIX)/sbin"' -c -o $@ $<

knows_dir = $(filter $(KNOWS_DIR),$(SRCS_$(1)))
inst_objs = $(filter-out $(KNOWS_DIR:%.c=$(B)/obj/%.o),$(call objs,$(1))) \
	$(patsubst %.c,$(B)/obj-install/%.o,$(call knows_dir,$(1)))

# $(1) program
define inst_program
$(B)/install/$(1): $$(call inst_objs,$(1))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(LDBASE) $$(LDFLAGS) $$(LDFLAGS_$(1)) -o $$@ \
	    $$(filter %.o,$$^) $$(call libs,$(1))
endef
RELINK := $(foreach p,$(INST_BIN) $(INST_LIBEXEC),$(if $(call knows_dir,$(p)),$(p)))
$(foreach p,$(RELINK),$(eval $(call inst_program,$(p))))

# $(1) program, $(2) bin or libexec: which file is installed
inst_from = $(if $(filter $(1),$(RELINK)),$(B)/install/$(1),$(B)/$(2)/$(1))

MAN := $(sort $(wildcard *.[158] */*.[158] */*/*.[158]))

D = $(DESTDIR)
SBINDIR := $(PREFIX)/sbin
BINDIR := $(PREFIX)/bin
MANDIR := $(PREFIX)/share/man
# Units and the like name our folders as @SBINDIR@ and so on.
subst_dirs = sed -e 's|@SBINDIR@|$(SBINDIR)|g' -e 's|@BINDIR@|$(BINDIR)|g' \
	-e 's|@LIBEXECDIR@|$(INST_DIR)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g'

UNITS := $(wildcard etc/*.service etc/*.socket etc/systemd/*.service \
	etc/systemd/*.socket etc/systemd/*.mount)
SYSUSERS := $(wildcard etc/*sysusers*.conf etc/sysusers.d/*.conf)
TMPFILES := $(wildcard etc/*tmpfiles*.conf etc/tmpfiles.d/*.conf)

install: deps
	@$(MAKE) --no-print-directory install-files

install-files: $(INST_BIN:%=$(B)/bin/%) $(INST_LIBEXEC:%=$(B)/libexec/%) \
    $(RELINK:%=$(B)/install/%)
	$(Q)mkdir -p $(D)$(SBINDIR) $(D)$(BINDIR) $(D)$(INST_DIR)
	$(Q)$(foreach p,$(INST_BIN),install -m 755 $(call inst_from,$(p),bin) \
	    $(D)$(if $(filter $(p),$(SBIN_NAMES)),$(SBINDIR),$(BINDIR))/$(p) &&) :
	$(Q)$(foreach p,$(INST_LIBEXEC),install -m 755 \
	    $(call inst_from,$(p),libexec) $(D)$(INST_DIR)/$(p) &&) :
	$(Q)for page in $(MAN); do \
	    dir=$(D)$(MANDIR)/man$${page##*.} && mkdir -p $$dir && \
	    install -m 644 $$page $$dir/ || exit 1; \
	done
	$(Q)$(MAKE) --no-print-directory install-etc

# The administrator's agent.toml is never overwritten; ours lies beside.  So
# does the policy for the kernel's IMA: that is the administrator's to load.
.PHONY: install-etc
install-etc:
	$(Q)mkdir -p $(D)$(SYSCONFDIR)/cosmian_vm $(D)$(PREFIX)/share/cosmian_vm
	$(Q)conf=$(D)$(SYSCONFDIR)/cosmian_vm/agent.toml; \
	test ! -e etc/agent.toml || { \
	    install -m 644 etc/agent.toml $(D)$(PREFIX)/share/cosmian_vm/ && \
	    { test -e $$conf || install -m 600 etc/agent.toml $$conf; }; }
	$(Q)install -m 644 etc/ima/ima-policy $(D)$(PREFIX)/share/cosmian_vm/
	$(Q)for f in $(UNITS); do \
	    dir=$(D)$(PREFIX)/lib/systemd/system && mkdir -p $$dir && \
	    $(subst_dirs) $$f > $$dir/$${f##*/} || exit 1; \
	done
	$(Q)for f in $(SYSUSERS); do \
	    dir=$(D)$(PREFIX)/lib/sysusers.d && mkdir -p $$dir && \
	    $(subst_dirs) $$f > $$dir/$${f##*/} || exit 1; \
	done
	$(Q)for f in $(TMPFILES); do \
	    dir=$(D)$(PREFIX)/lib/tmpfiles.d && mkdir -p $$dir && \
	    $(subst_dirs) $$f > $$dir/$${f##*/} || exit 1; \
	done
