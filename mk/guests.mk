# SPDX-License-Identifier: Apache-2.0
# Guests: build/guests/NAME.elf, and the tests among them, build/tests/guest/NAME.elf. Parameters are compile-time constants; a
# variant of a guest is the same sources with other ones.

# Interrupt handlers may come anywhere and save no FP registers: only files named *_fp.c are compiled to use them.
# -ffixed-x28: the vectors' time stamp. (-mstrict-align: with the MMU off all memory is Device.)
GUEST_CFLAGS := -std=c11 -ffixed-x28 -ffunction-sections
guest_cflags = $(GUEST_CFLAGS) $(if $(filter %_fp.c,$(1)),,-mgeneral-regs-only)

GUEST_RUNTIME := $(wildcard guests/runtime/*.c guests/runtime/*.S)
GUEST_RUNTIME_OBJECTS := $(patsubst guests/%,build/guests/obj/%.o,$(GUEST_RUNTIME))

# $(call guest,NAME,SOURCES,DEFINES): one guest, with its own objects, since the defines are its own.
define guest
GUEST_ELFS += build/guests/$(1).elf
GUEST_SOURCES += $(2)
$(foreach source,$(2),$(eval GUEST_DEFINES_$(source) := $(3)))
build/guests/obj/$(1)/%.c.o: %.c mk/guests.mk mk/target.mk build/target-id
	$$(call say,CC,$$@)
	$$(call target_cc,$$(call guest_cflags,$$<) $(3))
build/guests/obj/$(1)/%.S.o: %.S mk/guests.mk mk/target.mk build/target-id
	$$(call say,AS,$$@)
	$$(call target_cc,$$(GUEST_CFLAGS))
build/guests/$(1).elf: $(patsubst %,build/guests/obj/$(1)/%.o,$(2)) $(GUEST_RUNTIME_OBJECTS) guests/runtime/guest.ld
	$$(call say,LD,$$@)
	$$(call target_ld,-T guests/runtime/guest.ld,$$(filter %.o,$$^))
-include $(patsubst %,build/guests/obj/$(1)/%.d,$(2))
endef

build/guests/obj/%.c.o: guests/%.c mk/guests.mk mk/target.mk build/target-id
	$(call say,CC,$@)
	$(call target_cc,$(call guest_cflags,$<))
build/guests/obj/%.S.o: guests/%.S mk/guests.mk mk/target.mk build/target-id
	$(call say,AS,$@)
	$(call target_cc,$(GUEST_CFLAGS))
-include $(GUEST_RUNTIME_OBJECTS:.o=.d)

RADIO_SOURCES := guests/radio/radio.c guests/radio/chain.c guests/radio/chain_fp.c
PROBE_SOURCES := guests/probe/probe.c guests/probe/measure.c guests/probe/access.c
$(eval $(call guest,hello,guests/hello/hello.c,))
$(eval $(call guest,radio,$(RADIO_SOURCES),-DRADIO_FRAMES=6000 -DRADIO_IS_TIMED=1))
$(eval $(call guest,radio-short,$(RADIO_SOURCES),-DRADIO_FRAMES=300 -DRADIO_IS_TIMED=1))
$(eval $(call guest,radio-neighbours,$(RADIO_SOURCES),-DRADIO_FRAMES=4000 -DRADIO_IS_TIMED=1))
$(eval $(call guest,radio-untimed,$(RADIO_SOURCES),-DRADIO_FRAMES=300 -DRADIO_IS_TIMED=0))
$(eval $(call guest,probe,$(PROBE_SOURCES),-DPROBE_SAMPLES=10000))
$(eval $(call guest,probe-short,$(PROBE_SOURCES),-DPROBE_SAMPLES=500))
$(eval $(call guest,probe-shared,guests/probe/shared.c guests/probe/measure.c,-DSHARED_DELAY_MS=8000 -DSHARED_SAMPLES=100000 -DSHARED_NAME=linux))
$(eval $(call guest,probe-shared-short,guests/probe/shared.c guests/probe/measure.c,-DSHARED_DELAY_MS=10 -DSHARED_SAMPLES=1000 -DSHARED_NAME=linux))
$(eval $(call guest,probe-restart,guests/probe/shared.c guests/probe/measure.c,-DSHARED_DELAY_MS=10 -DSHARED_SAMPLES=20000 -DSHARED_NAME=restart))
$(eval $(call guest,pick,guests/probe/pick.c logic/sched.c $(wildcard logic/sched/*.c),-DPICK_SAMPLES=100000))
$(eval $(call guest,probe-neighbours,guests/probe/shared.c guests/probe/measure.c,-DSHARED_DELAY_MS=3000 -DSHARED_SAMPLES=8000 -DSHARED_NAME=neighbours))
$(eval $(call guest,ticks,guests/probe/ticks.c guests/probe/measure.c,))
$(eval $(call guest,remote,guests/probe/remote.c,-DREMOTE_SAMPLES=10000))
$(eval $(call guest,reset,guests/reset/reset.c,))
$(eval $(call guest,manager,guests/manager/manager.c logic/vm_shell.c logic/vm_text.c,))
$(eval $(call guest,switch-a,guests/switch/sleeper.c,))
$(eval $(call guest,switch-b,guests/switch/watcher.c,-DSWITCH_SAMPLES=10000 -DSWITCH_NAME=switch.vm))
$(eval $(call guest,switch-spinner,guests/switch/spinner.c,))
$(eval $(call guest,switch-exhaust,guests/switch/watcher.c,-DSWITCH_SAMPLES=10000 -DSWITCH_NAME=sched.exhaust))
$(eval $(call guest,crowd,guests/crowd/crowd.c,))
$(foreach count,8 32 64,$(eval $(call guest,probe-shared-$(count),guests/probe/shared.c guests/probe/measure.c,-DSHARED_DELAY_MS=100 -DSHARED_SAMPLES=20000 -DSHARED_NAME=$(count))))
$(eval $(call guest,chaos,$(filter-out guests/chaos/victim.c,$(wildcard guests/chaos/*.[cS])),))
$(eval $(call guest,victim,guests/chaos/victim.c,))

GUEST_TEST_HELPERS := tests/guest/helper.c tests/guest/state.c tests/guest/state_fp.c
GUEST_TESTS := $(filter-out $(GUEST_TEST_HELPERS),$(wildcard tests/guest/*.c))
GUEST_TEST_ELFS := $(patsubst tests/guest/%.c,build/tests/guest/%.elf,$(GUEST_TESTS))
GUEST_TEST_HELPER_OBJECTS := $(patsubst %,build/guests/obj/%.o,$(GUEST_TEST_HELPERS))

build/guests/obj/tests/guest/%.c.o: tests/guest/%.c mk/guests.mk mk/target.mk build/target-id
	$(call say,CC,$@)
	$(call target_cc,$(call guest_cflags,$<))
$(GUEST_TEST_ELFS): build/tests/guest/%.elf: build/guests/obj/tests/guest/%.c.o $(GUEST_TEST_HELPER_OBJECTS) \
		$(GUEST_RUNTIME_OBJECTS) guests/runtime/guest.ld
	$(call say,LD,$@)
	$(call target_ld,-T guests/runtime/guest.ld,$(filter %.o,$^))
-include $(patsubst %,build/guests/obj/%.d,$(wildcard tests/guest/*.c))

.PHONY: guests guest-tests
guests: $(GUEST_ELFS)
guest-tests: $(GUEST_TEST_ELFS)
