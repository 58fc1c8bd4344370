# SPDX-License-Identifier: Apache-2.0
#
# build/bin/takt: the host tool, and the page that it prints of itself.

TOOL_SOURCES := $(sort $(wildcard tools/takt/*.c))
# The tool judges a description by the code that EL2 trusts.
TOOL_LOGIC := $(sort $(wildcard logic/config*.c)) logic/admit.c logic/vm_text.c logic/arm/stage2.c logic/arm/stage2_store.c
TOOL_OBJECTS := $(patsubst %.c,build/obj/host/%.o,$(TOOL_SOURCES) $(TOOL_LOGIC))
TOOL_CFLAGS := -std=gnu11 -D_GNU_SOURCE= -O2 -g $(WARNINGS) -I.
TOOL_LIBS := -lfdt -ljansson -lz -lcapstone -ldw -lelf -lClp -lm

build/bin/takt: $(TOOL_OBJECTS)
	@mkdir -p $(@D)
	$(call say,HOSTLD,$@)
	$(CC) $(TOOL_CFLAGS) $^ $(TOOL_LIBS) -o $@

$(TOOL_OBJECTS): build/obj/host/%.o: %.c mk/tools.mk
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<)
	$(CC) $(TOOL_CFLAGS) -MMD -MP -c $< -o $@

-include $(TOOL_OBJECTS:.o=.d)

.PHONY: tools reference
tools: build/bin/takt

# docs/reference.md is the schema, printed; tests/tool/test_check.sh notices when it is stale.
reference: build/bin/takt
	build/bin/takt help properties >docs/reference.md
