# SPDX-License-Identifier: Apache-2.0
# build/el2: the hypervisor, linked with link-time optimisation: the contracts of port/ cost nothing, and `takt bound` reads the result.

# All of it is within a megabyte of itself, so that an address is one instruction; nothing is padded to begin a line of a cache, and no
# loop begins with a copy of its condition (core/lib.c has a loop that would have two entries without; logic/arm/stage2.c is for speed).
EL2_CFLAGS_gcc := -fno-tree-ch
EL2_CFLAGS := -std=gnu11 -mgeneral-regs-only -fomit-frame-pointer -fno-asynchronous-unwind-tables -fno-strict-aliasing -march=armv8-a \
	-mcmodel=tiny -falign-functions=4 -falign-loops=1 -DVGIC_LR_MAX=4U
EL2_LTO := $(TARGET_LTO)

EL2_SOURCES := $(wildcard arch/aarch64/*.c arch/aarch64/*.S drv/*/*.c core/*.c core/cpu/*.c core/exits/*.c) \
	logic/sched.c logic/admit.c logic/quota.c logic/vm_command.c $(filter-out logic/config_text.c,$(wildcard logic/config*.c)) $(wildcard logic/sched/*.c) $(wildcard logic/arm/*.c)
EL2_OBJECTS := $(patsubst %,build/el2/obj/%.o,$(EL2_SOURCES))

.PHONY: el2
el2: build/el2/takt.elf build/el2/takt.bin

# core/lib.c is what the compiler itself calls: link-time optimisation must not take it for dead.
build/el2/obj/core/lib.c.o: EL2_LTO :=
build/el2/obj/core/lib.c.o build/el2/obj/logic/arm/stage2.c.o: EL2_CFLAGS_gcc :=

# What runs at boot only, or when a VM's life changes, is small rather than fast, but for what a boot does for each segment of each
# VM: logic/arm/stage2.c.
EL2_SMALL := $(filter core/boot.c core/arena.c core/panic.c core/vm.c core/loader.c arch/aarch64/mmu.c arch/aarch64/ids.c logic/config%.c drv/pl011/%.c \
	core/remote.c core/lines.c core/alarm.c core/stolen.c core/reserve.c core/mode.c core/command.c logic/admit.c core/watchdog.c core/flash.c \
	core/driver.c core/log.c logic/arm/trng.c logic/arm/gwdt.c logic/arm/smccc.c core/direct.c drv/gicv3/direct.c logic/arm/direct.c logic/vm_command.c \
	core/exits/inject.c core/debug.c core/exits/hypercall.c logic/sched/table.c logic/sched/init.c logic/sched/pay.c,$(EL2_SOURCES))
$(EL2_SMALL:%=build/el2/obj/%.o): EL2_CFLAGS += -Os

build/el2/obj/%.c.o: %.c mk/el2.mk mk/target.mk build/target-id
	$(call say,CC,$@)
	$(call target_cc,$(EL2_CFLAGS) $(EL2_CFLAGS_$(TARGET_KIND)) $(EL2_LTO))

build/el2/obj/%.S.o: %.S mk/el2.mk mk/target.mk build/target-id
	$(call say,AS,$@)
	$(call target_cc,$(EL2_CFLAGS))

build/el2/takt.elf: $(EL2_OBJECTS) arch/aarch64/el2.ld
	$(call say,LD,$@)
	$(call target_ld,$(TARGET_CFLAGS) $(EL2_CFLAGS) $(EL2_CFLAGS_$(TARGET_KIND)) $(EL2_LTO) -T arch/aarch64/el2.ld,$(EL2_OBJECTS))

build/el2/takt.bin: build/el2/takt.elf
	$(call say,OBJCOPY,$@)
	$(TARGET_OBJCOPY) -O binary $< $@

-include $(EL2_OBJECTS:.o=.d)
