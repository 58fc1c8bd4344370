# SPDX-License-Identifier: Apache-2.0
#
# lint: the layout by clang-format, defects by clang-tidy (.clang-tidy) and cppcheck. target-clang: all code for the target
# compiled by clang. Both take each file with the options that it is built with.

# Sources of the target, and the options of one beside TARGET_CFLAGS.
TARGET_SOURCES := $(sort $(EL2_SOURCES) $(foreach service,$(SERVICES),$(SERVICE_SOURCES_$(service))) $(GUEST_RUNTIME) $(GUEST_SOURCES) \
	$(wildcard tests/guest/*.c))
target_flags = $(if $(filter services/%,$(1)),$(SERVICE_CFLAGS),$(if $(filter guests/% tests/guest/%,$(1)),\
	$(call guest_cflags,$(1)) $(GUEST_DEFINES_$(1)),$(EL2_CFLAGS)))

# By clang, with its warnings as errors, down to objects: its assembler reads ours too.
TARGET_CLANG_OBJECTS := $(TARGET_SOURCES:%=build/clang/%.o)
build/clang/%.o: TARGET_CC := clang
build/clang/%.o: TARGET_KIND := clang
build/clang/%.o: % mk/target.mk mk/el2.mk mk/services.mk mk/guests.mk mk/lint.mk
	$(call say,CLANG,$<)
	$(call target_cc,$(call target_flags,$<))
-include $(TARGET_CLANG_OBJECTS:.o=.d)

.PHONY: target-clang
target-clang: $(TARGET_CLANG_OBJECTS)

# What checkers must object to in tests, and an assembly header, are no code of ours.
LINT_SOURCES = $(shell git ls-files "*.c" "*.h" ":!tests/tool/bound/loops.c" ":!tests/tool/bound/records.h")
LINT_TIDY := $(patsubst %,lint-tidy/%,$(filter %.c,$(if $(filter lint%,$(MAKECMDGOALS)),$(LINT_SOURCES))))
tidy_flags = -I. $(if $(filter $(TARGET_SOURCES) tests/tool/bound/%,$(1)),$(TARGET_CFLAGS_clang) $(TARGET_CFLAGS) $(call target_flags,$(1)),\
	-std=gnu11 -D_GNU_SOURCE=)

.PHONY: lint lint-format lint-tidy lint-cppcheck $(LINT_TIDY)
lint: lint-format lint-tidy lint-cppcheck
lint-format:
	$(call say,LINT,clang-format)
	clang-format --dry-run --Werror $(LINT_SOURCES)
lint-tidy: $(LINT_TIDY)
$(LINT_TIDY): lint-tidy/%: %
	$(call say,TIDY,$<)
	clang-tidy --quiet $< -- $(call tidy_flags,$<) 2>&1 | awk '!/^[0-9]+ warnings? generated\.$$/ { print; bad = 1 } END { exit bad }'
# Left out is what it can't know: what other contexts do between two looks at a variable, that a 0 in a row of bits is there
# to be read, that C keeps names of functions and variables apart well enough for -Wshadow, what a pointer of a function of port/ points to on
# the machine that it is made for.
lint-cppcheck:
	$(call say,LINT,cppcheck)
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=style,warning,performance,portability --library=mk/cppcheck.cfg \
		--suppress=missingIncludeSystem --suppress=knownConditionTrueFalse --suppress=badBitmaskCheck --suppress=shadowFunction --suppress=constParameter:arch/host/gic.c \
		-I. $(filter %.c,$(LINT_SOURCES))
