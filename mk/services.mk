# SPDX-License-Identifier: Apache-2.0
# The services: programs at EL0 behind their own stage-2 map, linked at the addresses of abi/service.h.
# Products: build/services/{pl011,uart}.elf

BUILD ?= build
CROSS ?= aarch64-linux-gnu-
SERVICE_CC ?= $(CROSS)gcc

SERVICE_WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Wvla -Wmissing-prototypes -Werror
SERVICE_CFLAGS := -std=gnu11 -O2 -g -ffreestanding -fno-builtin -fno-pic -fno-pie -mgeneral-regs-only -mno-outline-atomics \
	-mcmodel=small -mstrict-align -fno-jump-tables -fno-stack-protector -fno-asynchronous-unwind-tables \
	-fomit-frame-pointer -fno-tree-loop-distribute-patterns $(SERVICE_WARNINGS) -I.
SERVICE_LDFLAGS := -nostdlib -static -no-pie -Wl,-T,services/service.ld -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
	-Wl,--gc-sections -Wl,--fatal-warnings

SERVICES := pl011 uart
SERVICE_SOURCES_pl011 := services/pl011/main.c services/pl011/pl011.c services/runtime/mem.c
SERVICE_SOURCES_uart := services/uart/main.c services/uart/uart_mux.c services/runtime/mem.c

SERVICE_ELFS := $(SERVICES:%=$(BUILD)/services/%.elf)

define service_rules
SERVICE_OBJECTS_$(1) := $$(SERVICE_SOURCES_$(1):%.c=$(BUILD)/obj/%.o)
$(BUILD)/services/$(1).elf: $$(SERVICE_OBJECTS_$(1)) services/service.ld
	@mkdir -p $$(@D)
	$$(SERVICE_CC) $$(SERVICE_CFLAGS) $$(SERVICE_LDFLAGS) -o $$@ $$(SERVICE_OBJECTS_$(1))
endef
$(foreach service,$(SERVICES),$(eval $(call service_rules,$(service))))

$(BUILD)/obj/services/%.o: services/%.c mk/services.mk
	@mkdir -p $(@D)
	$(SERVICE_CC) $(SERVICE_CFLAGS) -MMD -MP -c -o $@ $<

.PHONY: services
services: $(SERVICE_ELFS)

-include $(wildcard $(BUILD)/obj/services/*/*.d)
