# SPDX-License-Identifier: Apache-2.0
#
# Everything that is run: check, demo, bench. Each test of `make check` is a target of its own, check-SUITE-NAME, which
# leaves build/check/SUITE/NAME.log and .result (scripts/check/run.sh) and never fails; what counts is said by the summary.

CHECK := scripts/check/run.sh
ALL_SUITES := rules unit prop mc proof sim fuzz tool guest linux bound
SUITES ?= $(ALL_SUITES)
FUZZ_SECONDS ?= 6

# $(call check_test,SUITE,NAME,SECONDS,PREREQUISITES,COMMAND)
define check_test
CHECKS_$(1) += check-$(1)-$(2)
.PHONY: check-$(1)-$(2)
check-$(1)-$(2): $(4) | check-start
	$$(CHECK) $(1) $(2) $(3) $(5)
endef

.PHONY: check check-start
check-start:
	rm -rf build/check
	mkdir -p build/check

# Host programs.
$(foreach kind,unit prop sim mc proof,$(foreach program,$(HOST_PROGRAMS_$(kind)),$(eval \
	$(call check_test,$(kind),$(notdir $(program)),300,$(program),$(program)))))
$(foreach program,$(HOST_PROGRAMS_fuzz),$(eval \
	$(call check_test,fuzz,$(notdir $(program)),120,$(program),scripts/check/fuzz.sh $(program) $(FUZZ_SECONDS))))

# Rules of the tree that a script can check, and the tests in which these scripts object.
$(eval $(call check_test,rules,layers,60,,scripts/check/layers.sh .))
$(eval $(call check_test,rules,spdx,60,,scripts/check/spdx.sh .))
$(eval $(call check_test,rules,pure,300,,scripts/check/pure.sh . build/check/pure))
$(eval $(call check_test,rules,clang,300,,$$(MAKE) target-clang))
$(eval $(call check_test,rules,objections,120,,scripts/check/objections.sh))

# The takt command.
TOOL_TESTS := $(wildcard tests/tool/test_*.sh)
$(foreach test,$(TOOL_TESTS),$(eval \
	$(call check_test,tool,$(basename $(notdir $(test))),300,all $(TOOL_TEST_PRODUCTS) $(DEBIAN_PRODUCTS),bash $(test))))

# Guests on the emulated machine; tests/guest/list says which, in which system.
GUEST_LIST := $(shell [ ! -f tests/guest/list ] || sed -e 's/\#.*//' -e 's/^[ \t]*\([^ \t]*\).*/\1/' -e '/^$$/d' tests/guest/list)
$(foreach name,$(GUEST_LIST),$(eval \
	$(call check_test,guest,$(name),100,all $(GUEST_TEST_ELFS),scripts/check/guest.sh guest tests/guest/list $(name))))
# The same guests without a hypervisor: the emulated interrupt controller is the judge of the tests.
$(eval $(call check_test,guest,bare,200,$(GUEST_TEST_ELFS),sh tests/guest/run.sh --bare-all))
# A guest that goes mad repeats, and the one that watches it can object.
# Random sets of reservations: SETS of them.
SETS ?= 10
$(eval $(call check_test,guest,sets,100,all $(GUEST_TEST_ELFS),sh tests/guest/sets.sh $(SETS)))
$(eval $(call check_test,guest,chaos_repeats,100,all $(GUEST_TEST_ELFS),sh tests/guest/chaos.sh))

# Debian's kernels.
LINUX_LIST := $(shell sed -e 's/\#.*//' -e 's/^[ \t]*\([^ \t]*\).*/\1/' -e '/^$$/d' linux/tests)
$(foreach name,$(LINUX_LIST),$(eval \
	$(call check_test,linux,$(name),200,all $(DEBIAN_PRODUCTS),env TAKT_TIMEOUT=150 scripts/check/guest.sh linux linux/tests $(name))))

# The longest path of each exit class, and that no step of the runs above was longer.
$(eval $(call check_test,bound,paths,120,all,build/bin/takt bound build/el2/takt.elf --json build/check/bounds.json))
$(eval $(call check_test,bound,measured,60,all check-bound-paths \
	$(CHECKS_guest) $(CHECKS_linux),scripts/check/measured.sh build/check build/check/bounds.json))

check: $(foreach suite,$(SUITES),$(CHECKS_$(suite)))
	scripts/check/summary.sh build/check

# The demonstration: a radio with deadlines beside a busy Linux.
.PHONY: demo
demo: all $(DEBIAN_PRODUCTS)
	scripts/demo.sh build/demo

# The long run of the guest that goes mad: minutes for each seed. It goes on where it was interrupted.
SEEDS ?= 20
ACTIONS ?= 1000000
.PHONY: chaos
chaos: all $(GUEST_TEST_ELFS)
	scripts/chaos.sh $(SEEDS) $(ACTIONS) build/chaos

# The figures.
.PHONY: bench
bench: all $(DEBIAN_PRODUCTS)
	scripts/bench.sh bench/suite bench/ceilings bench/ratios build/bench

# Several CPUs at length: on two cores of a host, QEMU takes minutes. The radios miss deadlines, on the host's clock (exit code 1); what must
# be printed is waited for, or the code is 3.
.PHONY: smp
smp: all $(DEBIAN_PRODUCTS)
	build/bin/takt run systems/mixed.dts --timeout 600 --until "radio done" --until "first: off" --until "second: off" \
		--until "third: off" || [ $$? -eq 1 ]
	build/bin/takt run systems/smp-linux.dts --until "reboot: Power down" --fail-on "Kernel panic" --timeout 1200 \
		--send "/ #=nproc; hackbench -g 1 -l 100; poweroff -f"
