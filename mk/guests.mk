# SPDX-License-Identifier: Apache-2.0
# Guests: build/guests/NAME.elf, and the tests among them, build/tests/guest/NAME.elf. Parameters are compile-time constants; a
# variant of a guest is the same sources with other ones.

GUEST_CC ?= aarch64-linux-gnu-gcc
GUEST_WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Wvla -Wmissing-prototypes -Werror
# Interrupt handlers may come anywhere and save no FP registers: only files named *_fp.c are compiled to use them.
# -ffixed-x28: the vectors' time stamp. -mstrict-align: with the MMU off all memory is Device.
GUEST_CFLAGS := -std=c11 -O2 -g -ffreestanding -fno-common -fno-pic -fno-stack-protector -ffixed-x28 -mstrict-align \
	-mno-outline-atomics -fno-jump-tables -fno-tree-loop-distribute-patterns -ffunction-sections -I. $(GUEST_WARNINGS)
GUEST_LDFLAGS := -nostdlib -static -no-pie -Wl,-T,guests/runtime/guest.ld -Wl,--gc-sections -Wl,--build-id=none \
	-Wl,-z,noexecstack -Wl,-z,max-page-size=4096

GUEST_RUNTIME := $(wildcard guests/runtime/*.c guests/runtime/*.S)
GUEST_RUNTIME_OBJECTS := $(patsubst guests/%,build/guests/obj/%.o,$(GUEST_RUNTIME))

# $(call guest,NAME,SOURCES,DEFINES): one guest, with its own objects, since the defines are its own.
define guest
GUEST_ELFS += build/guests/$(1).elf
build/guests/obj/$(1)/%.c.o: %.c
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(GUEST_CC) $$(GUEST_CFLAGS) $$(if $$(filter %_fp.c,$$<),,-mgeneral-regs-only) $(3) -MMD -MP -c $$< -o $$@
build/guests/$(1).elf: $(patsubst %,build/guests/obj/$(1)/%.o,$(2)) $(GUEST_RUNTIME_OBJECTS) guests/runtime/guest.ld
	$$(call say,LD,$$@)
	$$(GUEST_CC) $$(GUEST_LDFLAGS) $$(filter %.o,$$^) -o $$@
-include $(patsubst %,build/guests/obj/$(1)/%.d,$(2))
endef

build/guests/obj/%.c.o: guests/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(GUEST_CC) $(GUEST_CFLAGS) $(if $(filter %_fp.c,$<),,-mgeneral-regs-only) -MMD -MP -c $< -o $@
build/guests/obj/%.S.o: guests/%.S
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c $< -o $@
-include $(GUEST_RUNTIME_OBJECTS:.o=.d)

RADIO_SOURCES := guests/radio/radio.c guests/radio/chain.c guests/radio/chain_fp.c
PROBE_SOURCES := guests/probe/probe.c guests/probe/measure.c guests/probe/access.c
$(eval $(call guest,hello,guests/hello/hello.c,))
$(eval $(call guest,radio,$(RADIO_SOURCES),-DRADIO_FRAMES=6000))
$(eval $(call guest,radio-short,$(RADIO_SOURCES),-DRADIO_FRAMES=300))
$(eval $(call guest,probe,$(PROBE_SOURCES),-DPROBE_SAMPLES=10000))
$(eval $(call guest,probe-short,$(PROBE_SOURCES),-DPROBE_SAMPLES=500))
$(eval $(call guest,probe-shared,guests/probe/shared.c guests/probe/measure.c,-DSHARED_DELAY_MS=8000 -DSHARED_SAMPLES=100000))
$(eval $(call guest,probe-shared-short,guests/probe/shared.c guests/probe/measure.c,-DSHARED_DELAY_MS=10 -DSHARED_SAMPLES=1000))
$(eval $(call guest,switch-a,guests/switch/sleeper.c,))
$(eval $(call guest,switch-b,guests/switch/watcher.c,-DSWITCH_SAMPLES=10000))

GUEST_TEST_HELPERS := tests/guest/helper.c tests/guest/state.c tests/guest/state_fp.c
GUEST_TESTS := $(filter-out $(GUEST_TEST_HELPERS),$(wildcard tests/guest/*.c))
GUEST_TEST_ELFS := $(patsubst tests/guest/%.c,build/tests/guest/%.elf,$(GUEST_TESTS))
GUEST_TEST_HELPER_OBJECTS := $(patsubst %,build/guests/obj/%.o,$(GUEST_TEST_HELPERS))

build/guests/obj/tests/guest/%.c.o: tests/guest/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(GUEST_CC) $(GUEST_CFLAGS) $(if $(filter %_fp.c,$<),,-mgeneral-regs-only) -MMD -MP -c $< -o $@
$(GUEST_TEST_ELFS): build/tests/guest/%.elf: build/guests/obj/tests/guest/%.c.o $(GUEST_TEST_HELPER_OBJECTS) \
		$(GUEST_RUNTIME_OBJECTS) guests/runtime/guest.ld
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(GUEST_CC) $(GUEST_LDFLAGS) $(filter %.o,$^) -o $@
-include $(patsubst %,build/guests/obj/%.d,$(wildcard tests/guest/*.c))

.PHONY: guests guest-tests
guests: $(GUEST_ELFS)
guest-tests: $(GUEST_TEST_ELFS)
