# SPDX-License-Identifier: Apache-2.0
#
# Programs that run on the host. Each tests/KIND/*.c is one program, build/tests/KIND/NAME; what it needs linked is
# named in a comment at its top, `/* links: logic/arm/vgic.c logic/arm/vgic_regs.c */`, over several lines if need be. A word
# @NAME there is a set of sources, HOST_SET_NAME below.
#
#     unit, prop        with the address and undefined-behaviour sanitizers
#     sim               the same, and each branch of EL2 is a place where the host port may have other CPUs come first
#     mc, proof         optimised, with the undefined-behaviour sanitizer: state spaces are large, experiments many
#     fuzz              clang's libFuzzer, with both sanitizers

FUZZ_CC ?= clang
HOST_COMMON := -std=gnu11 -D_GNU_SOURCE= -g -I. $(WARNINGS) -fno-omit-frame-pointer -fno-sanitize-recover=all
HOST_FLAGS_san := -O1 -fsanitize=address,undefined
HOST_FLAGS_sim := $(HOST_FLAGS_san)
HOST_FLAGS_el2 := -fsanitize-coverage=trace-pc
HOST_FLAGS_opt := -O2 -fsanitize=undefined
HOST_FLAGS_fuzz := -O1 -fsanitize=fuzzer-no-link,address,undefined
HOST_LINK_fuzz := -O1 -fsanitize=fuzzer,address,undefined
HOST_CC_san = $(CC)
HOST_CC_sim = $(CC)
HOST_CC_opt = $(CC)
HOST_CC_fuzz = $(FUZZ_CC)
# Each program takes of these what it uses.
HOST_LIBS := -Wl,--as-needed -lcmocka -ljansson -lfdt -lz -lcapstone -ldw -lelf -lClp -lm

HOST_KINDS := unit prop sim mc proof fuzz
HOST_FLAVOUR_unit := san
HOST_FLAVOUR_prop := san
HOST_FLAVOUR_sim := sim
HOST_FLAVOUR_mc := opt
HOST_FLAVOUR_proof := opt
HOST_FLAVOUR_fuzz := fuzz

# The scheduler; the host port; the core on it, as tests/sim/system.h runs it; the virtual GIC and its model.
HOST_SET_sched := $(wildcard logic/sched.c logic/sched/*.c)
HOST_SET_port := $(wildcard arch/host/*.c)
HOST_SET_core := tests/sim/system.c tests/sim/audit.c $(HOST_SET_port) $(filter-out core/lib.c,$(wildcard core/*.c core/*/*.c)) \
	$(filter-out logic/config_text.c,$(wildcard logic/*.c logic/sched/*.c logic/arm/*.c))
HOST_SET_vgic := $(wildcard logic/arm/vgic*.c tests/prop/vgic_model*.c)

# Changes when the compiler or its options do; all objects depend on it.
HOST_ID := $(CC) $(FUZZ_CC) $(HOST_COMMON) $(HOST_FLAGS_san) $(HOST_FLAGS_el2) $(HOST_FLAGS_opt) $(HOST_FLAGS_fuzz)
build/host/id: FORCE
	mkdir -p $(@D)
	echo '$(HOST_ID)' | cmp -s - $@ || echo '$(HOST_ID)' >$@

# $(call host_objects,FLAVOUR): objects of one flavour, from any source in the tree.
define host_objects
build/host/$(1)/%.o: %.c build/host/id
	$$(call say,HOSTCC,$$<)
	mkdir -p $$(@D)
	$$(HOST_CC_$(1)) $$(HOST_COMMON) $$(HOST_FLAGS_$(1)) -MMD -MP -c $$< -o $$@
endef
build/host/sim/core/%.o build/host/sim/logic/%.o: HOST_FLAGS_sim += $(HOST_FLAGS_el2)
$(foreach flavour,san sim opt fuzz,$(eval $(call host_objects,$(flavour))))

# $(call host_program,KIND,NAME,SOURCES,FLAVOUR)
define host_program
HOST_PROGRAMS_$(1) += build/tests/$(1)/$(2)
build/tests/$(1)/$(2): $(patsubst %.c,build/host/$(4)/%.o,tests/$(1)/$(2).c $(3))
	$$(call say,HOSTLD,$$@)
	mkdir -p $$(@D)
	$$(HOST_CC_$(4)) $$(or $$(HOST_LINK_$(4)),$$(HOST_FLAGS_$(4))) $$^ $$(HOST_LIBS) -o $$@
-include $(patsubst %.c,build/host/$(4)/%.d,tests/$(1)/$(2).c $(3))
endef

# "tests/unit/test_x.c=logic/x.c=@set" for each test file; libraries of a test, such as tests/prop/vgic_model.c, have no
# such comment and are programs of nobody.
HOST_LINKS := $(shell awk -f scripts/links.awk $(foreach kind,$(HOST_KINDS),$(wildcard tests/$(kind)/*.c)) /dev/null)

host_words = $(subst =, ,$(1))
host_kind = $(notdir $(patsubst %/,%,$(dir $(firstword $(call host_words,$(1))))))
host_name = $(basename $(notdir $(firstword $(call host_words,$(1)))))
host_set = $(or $(HOST_SET_$(1)),$(error links: there is no set @$(1) in mk/host.mk))
host_sources = $(foreach word,$(wordlist 2,$(words $(call host_words,$(1))),$(call host_words,$(1))),\
	$(if $(filter @%,$(word)),$(call host_set,$(word:@%=%)),$(word)))
$(foreach entry,$(HOST_LINKS),$(eval $(call host_program,$(call host_kind,$(entry)),$(call host_name,$(entry)),\
	$(call host_sources,$(entry)),$(HOST_FLAVOUR_$(call host_kind,$(entry))))))

HOST_PROGRAMS := $(foreach kind,$(HOST_KINDS),$(HOST_PROGRAMS_$(kind)))

.PHONY: host-tests
host-tests: $(HOST_PROGRAMS)
