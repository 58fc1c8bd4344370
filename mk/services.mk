# SPDX-License-Identifier: Apache-2.0
# build/services: programs at EL0 behind their own stage-2 map, linked at the addresses of abi/service.h.

SERVICE_CC ?= aarch64-linux-gnu-gcc

SERVICE_CFLAGS := -std=gnu11 -O2 -g -ffreestanding -fno-builtin -fno-pic -fno-pie -mgeneral-regs-only -mno-outline-atomics \
	-mstrict-align -fno-jump-tables -fno-stack-protector -fno-asynchronous-unwind-tables -fomit-frame-pointer \
	-fno-tree-loop-distribute-patterns -flto $(WARNINGS) -I.
SERVICE_LDFLAGS := -nostdlib -static -no-pie -Wl,-T,services/service.ld -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
	-Wl,--fatal-warnings

SERVICES := pl011 uart
SERVICE_SOURCES_pl011 := services/pl011/main.c services/pl011/pl011.c services/runtime/mem.c
SERVICE_SOURCES_uart := services/uart/main.c services/uart/uart_mux.c services/runtime/mem.c

SERVICE_PRODUCTS := $(SERVICES:%=build/services/%.elf)

define service_rules
SERVICE_OBJECTS_$(1) := $$(SERVICE_SOURCES_$(1):%.c=build/obj/%.o)
build/services/$(1).elf: $$(SERVICE_OBJECTS_$(1)) services/service.ld
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(SERVICE_CC) $$(SERVICE_CFLAGS) $$(SERVICE_LDFLAGS) -o $$@ $$(SERVICE_OBJECTS_$(1))
endef
$(foreach service,$(SERVICES),$(eval $(call service_rules,$(service))))

build/obj/services/%.o: services/%.c mk/services.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(SERVICE_CC) $(SERVICE_CFLAGS) -MMD -MP -c -o $@ $<

# The compiler's own calls of memset and memcpy appear after link-time optimisation: they need an object with code in it.
build/obj/services/runtime/mem.o: SERVICE_CFLAGS := $(filter-out -flto,$(SERVICE_CFLAGS))

.PHONY: services
services: $(SERVICE_PRODUCTS)

-include $(wildcard build/obj/services/*/*.d)
