# How a program is made from SRCS_, LIBS_ and DEFS_.  Included after all
# rules.mk, so that their order does not matter.

ALL_CFLAGS = $(BASE) $(WARN) $(CFLAGS)

# Rebuild when compiler or flags change.
FLAGS_NOW := $(CC) $(BASE) $(WARN) $(CFLAGS) $(LDBASE) $(LDFLAGS)
FLAGS_FILE := $(B)/flags
ifneq ($(MAKECMDGOALS),clean)
$(shell mkdir -p $(B); printf '%s\n' '$(FLAGS_NOW)' | \
    cmp -s - $(FLAGS_FILE) || printf '%s\n' '$(FLAGS_NOW)' > $(FLAGS_FILE))
endif

# $(1) extra flags.  Written aside and renamed, so that an interrupted or
# concurrent make never leaves half an object.
define compile
@mkdir -p $(@D)
$(call say,CC,$<)
$(Q)$(CC) $(ALL_CFLAGS) $(1) -MMD -MP -MF $(@:.o=.d) -MT $@ \
    -c -o $@.tmp$$$$ $< && mv $@.tmp$$$$ $@
endef

$(B)/obj/%.o: %.c $(FLAGS_FILE)
	$(call compile,$(CFLAGS_$*.o))

# Foreign code: our warnings do not apply.
$(B)/obj/llhttp/%.o: $(LLHTTP_DIR)/%.c $(FLAGS_FILE)
	@mkdir -p $(@D)
	$(call say,CC,llhttp/$*.c)
	$(Q)$(CC) $(BASE) $(CFLAGS) -w -c -o $@.tmp$$$$ $< && mv $@.tmp$$$$ $@

CFLAGS_privsep/libexecdir.o = -DLIBEXECDIR='"$(LIBEXECDIR)"'
CFLAGS_parent/places.o = -DSBINDIR='"$(PROGRAMDIR)"'

# A program with DEFS_ (or with its own LIBEXECDIR_) has its objects in a
# folder of its own: the same source with other macros is another object.
own = $(strip $(DEFS_$(1)) $(LIBEXECDIR_$(1)))
objdir = $(B)/$(if $(call own,$(1)),obj-$(subst /,-,$(1)),obj)
llhttp_objs = $(if $(filter llhttp,$(LIBS_$(1))),\
	$(LLHTTP_SRCS:%.c=$(B)/obj/llhttp/%.o))
objs = $(patsubst %.c,$(call objdir,$(1))/%.o,$(sort $(SRCS_$(1)))) \
	$(call llhttp_objs,$(1))
libs = $(foreach l,$(LIBS_$(1)),$(if $(filter undefined,$(origin LIB_$(l))),\
	$(error LIBS_$(1): unknown word $(l)),$(LIB_$(l))))

# $(1) program, $(2) where it goes
define program
$(2): $$(call objs,$(1)) $(FLAGS_FILE)
	@test -n '$$(strip $$(SRCS_$(1)))' || { echo 'no SRCS_$(1)' >&2; exit 1; }
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(LDBASE) $$(LDFLAGS) $$(LDFLAGS_$(1)) -o $$@.tmp$$$$$$$$ \
	    $$(filter %.o,$$^) $$(call libs,$(1)) && mv $$@.tmp$$$$$$$$ $$@
endef

define own_objects
$$(call objdir,$(1))/%.o: %.c $(FLAGS_FILE)
	$$(call compile,$$(CFLAGS_$$*.o) \
	    $$(if $$(LIBEXECDIR_$(1)),-ULIBEXECDIR \
	    -DLIBEXECDIR='"$$(LIBEXECDIR_$(1))"') $$(DEFS_$(1)))
endef

BIN := $(sort $(BIN))
LIBEXEC := $(sort $(LIBEXEC))
TEST := $(sort $(TEST))

$(foreach p,$(BIN),$(eval $(call program,$(p),$(B)/bin/$(p))))
$(foreach p,$(LIBEXEC),$(eval $(call program,$(p),$(B)/libexec/$(p))))
$(foreach p,$(TEST),$(eval $(call program,$(p),$(B)/test/$(p))))
$(foreach p,$(BIN) $(LIBEXEC) $(TEST),\
    $(if $(call own,$(p)),$(eval $(call own_objects,$(p)))))

# Fuzz targets: the tests that replay a seed folder, with a fuzzer's main.
FUZZERS := $(foreach t,$(TEST),$(if $(filter regress/fuzz/%,$(SRCS_$(t))),$(t)))
ifneq ($(FUZZER),)
$(foreach t,$(FUZZERS),$(eval LDFLAGS_$(t) += -fsanitize=fuzzer))
endif

PROGRAMS := $(BIN:%=$(B)/bin/%) $(LIBEXEC:%=$(B)/libexec/%)
TESTS := $(TEST:%=$(B)/test/%)

.PHONY: programs tests fuzzers
programs: $(PROGRAMS)
tests: $(TESTS)
fuzzers: $(FUZZERS:%=$(B)/test/%)

ifneq ($(MAKECMDGOALS),clean)
-include $(shell find $(B) -path '*/obj*' -name '*.d' 2>/dev/null)
endif
