# SPDX-License-Identifier: Apache-2.0
# build/services: programs at EL0 behind their own stage-2 map, linked at the addresses of abi/service.h.

SERVICE_CFLAGS := -std=gnu11 -fno-builtin -mgeneral-regs-only -fno-asynchronous-unwind-tables -fomit-frame-pointer
SERVICE_LTO := -flto

SERVICES := pl011 uart loader
SERVICE_SOURCES_pl011 := services/pl011/main.c services/pl011/pl011.c services/flash/flash.c services/runtime/mem.c
SERVICE_SOURCES_uart := services/uart/main.c services/uart/uart_mux.c logic/vm_shell.c logic/vm_text.c services/runtime/mem.c
SERVICE_SOURCES_loader := services/loader/main.c services/runtime/mem.c
# LOADER_IPA; takt refuses a loader that is linked elsewhere.
SERVICE_BASE_loader := 0x7f00000000

SERVICE_PRODUCTS := $(SERVICES:%=build/services/%.elf)

define service_rules
SERVICE_OBJECTS_$(1) := $$(SERVICE_SOURCES_$(1):%=build/obj/service/%.o)
build/services/$(1).elf: $$(SERVICE_OBJECTS_$(1)) services/service.ld
	$$(call say,LD,$$@)
	$$(call target_ld,$$(TARGET_CFLAGS) $$(SERVICE_CFLAGS) $$(SERVICE_LTO) -Xlinker --defsym=service_base=$$(or $$(SERVICE_BASE_$(1)),0) -T services/service.ld,$$(SERVICE_OBJECTS_$(1)))
endef
$(foreach service,$(SERVICES),$(eval $(call service_rules,$(service))))

build/obj/service/%.c.o: %.c mk/services.mk mk/target.mk build/target-id
	$(call say,CC,$@)
	$(call target_cc,$(SERVICE_CFLAGS) $(SERVICE_LTO))

# The compiler's own calls of memset and memcpy appear after link-time optimisation: they need an object with code in it.
build/obj/service/services/runtime/mem.c.o: SERVICE_LTO :=

.PHONY: services
services: $(SERVICE_PRODUCTS)

-include $(wildcard build/obj/service/*/*.d build/obj/service/*/*/*.d)
