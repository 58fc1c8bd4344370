# SPDX-License-Identifier: Apache-2.0
# build/el2: the hypervisor, linked with link-time optimisation: the contracts of port/ cost nothing, and `takt bound` reads the result.

EL2_CC ?= aarch64-linux-gnu-gcc
EL2_OBJCOPY ?= aarch64-linux-gnu-objcopy

EL2_CFLAGS := -std=gnu11 -O2 -g -ffreestanding -fno-common -fno-pic -fno-pie -mgeneral-regs-only -mno-outline-atomics -mstrict-align \
	-fno-jump-tables -fno-stack-protector -fomit-frame-pointer -fno-asynchronous-unwind-tables -fno-strict-aliasing \
	-fno-tree-loop-distribute-patterns -march=armv8-a -DVGIC_LR_MAX=4U $(WARNINGS) -I.
EL2_LTO := -flto=auto -ffat-lto-objects
EL2_LDFLAGS := -nostdlib -static -no-pie -Wl,-T,arch/aarch64/el2.ld -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack \
	-Wl,--fatal-warnings -Wl,--gc-sections

EL2_SOURCES := $(wildcard arch/aarch64/*.c arch/aarch64/*.S drv/*/*.c core/*.c core/cpu/*.c core/exits/*.c) \
	logic/sched.c $(filter-out logic/config_text.c,$(wildcard logic/config*.c)) $(wildcard logic/sched/*.c) $(wildcard logic/arm/*.c)
EL2_OBJECTS := $(patsubst %,build/el2/obj/%.o,$(EL2_SOURCES))

.PHONY: el2
el2: build/el2/takt.elf build/el2/takt.bin

# core/lib.c is what the compiler itself calls: link-time optimisation must not take it for dead.
build/el2/obj/core/lib.c.o: EL2_LTO :=

# What runs at boot only is small rather than fast.
EL2_BOOT_ONLY := $(filter core/boot.c core/arena.c core/panic.c arch/aarch64/mmu.c arch/aarch64/ids.c logic/config%.c logic/arm/stage2%.c \
	drv/pl011/%.c,$(EL2_SOURCES))
$(EL2_BOOT_ONLY:%=build/el2/obj/%.o): EL2_CFLAGS += -Os

build/el2/obj/%.c.o: %.c mk/el2.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(EL2_CC) $(EL2_CFLAGS) $(EL2_LTO) -MMD -MP -c -o $@ $<

build/el2/obj/%.S.o: %.S mk/el2.mk
	@mkdir -p $(@D)
	$(call say,AS,$@)
	$(EL2_CC) $(EL2_CFLAGS) -MMD -MP -c -o $@ $<

build/el2/takt.elf: $(EL2_OBJECTS) arch/aarch64/el2.ld
	$(call say,LD,$@)
	$(EL2_CC) $(EL2_CFLAGS) $(EL2_LTO) $(EL2_LDFLAGS) -o $@ $(EL2_OBJECTS)

build/el2/takt.bin: build/el2/takt.elf
	$(call say,OBJCOPY,$@)
	$(EL2_OBJCOPY) -O binary $< $@

-include $(EL2_OBJECTS:.o=.d)
