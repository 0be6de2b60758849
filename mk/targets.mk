# What is not a file.  Targets that need packages see to them first, in a
# make of their own: what is installed decides how the rest is built.

.PHONY: deps deps-test demo demo-vm regress regress-vm bench fuzz mutate lint man clean \
	print-build print-tests

all: deps
	@$(MAKE) --no-print-directory programs

deps:
	@mk/packages build

deps-test:
	@mk/packages build test

demo:
	@mk/packages build demo
	@$(MAKE) --no-print-directory programs $(SIM_TESTS:%=$(B)/test/%)
	@VARIANT=$(VARIANT) regress/sim/demo

SIM_TESTS := $(filter sim/%,$(TEST))

regress: deps-test
	@T='$(T)' LANES='$(LANES)' MAKE='$(MAKE)' CC='$(CC)' regress/run

# A real kernel with IMA, TPM and systemd in a virtual machine: the last lane
# of regress, by itself; and its main story, told.
regress-vm: deps-test
	@T='$(T)' LANES=vm MAKE='$(MAKE)' CC='$(CC)' regress/run

demo-vm:
	@mk/packages build vm
	@$(MAKE) --no-print-directory programs
	@VARIANT=$(VARIANT) DEMO=1 regress/vm/story.sh

bench:
	@mk/packages build bench
	@$(MAKE) --no-print-directory programs tests
	@mk/bench $(T)

# make fuzz [T=http] [SECONDS=60]: each target for that long
FUZZ_SECONDS := $(or $(SECONDS),60)
target_name = $(patsubst regress/fuzz/%_fuzz.c,%,\
	$(filter regress/fuzz/%_fuzz.c,$(SRCS_$(1))))

fuzz:
	@mk/packages build fuzz
	@$(MAKE) --no-print-directory FUZZER=1 CC=clang fuzzers
	@$(foreach t,$(FUZZERS),$(if $(filter $(or $(T),$(call target_name,$(t))),\
	    $(call target_name,$(t))),mk/fuzz $(call target_name,$(t)) \
	    build/fuzz/test/$(t) $(FUZZ_SECONDS) &&)) :

# make mutate [ARGS='-k tdx-quote']: most of an hour
mutate: deps-test
	@$(MAKE) --no-print-directory $(B)/test/mutate/mutate
	@mk/mutate $(B)/test/mutate/mutate $(ARGS)

lint: deps-test
	@$(MAKE) --no-print-directory programs
	@mk/lint $(B)

man: deps-test
	@for page in $(MAN); do \
	    mandoc -T lint -W warning $$page || bad=1; \
	done; test -z "$$bad" && echo '$(words $(MAN)) man pages are clean'

clean:
	rm -rf build

# For regress/run.
print-build:
	@echo $(B)
print-tests:
	@echo $(TEST)
