# SPDX-License-Identifier: Apache-2.0
#
# The compiler of everything that runs on the target (mk/el2.mk, mk/services.mk, mk/guests.mk): the cross gcc, or clang with
# lld by `make TARGET_CC=clang`. Products have the same names under both; a change of the compiler makes them anew. What is
# measured and bounded is gcc's. `make target-clang` compiles everything by clang beside gcc's objects, and links nothing.

TARGET_CC ?= aarch64-linux-gnu-gcc
TARGET_OBJCOPY ?= aarch64-linux-gnu-objcopy
TARGET_KIND := $(if $(findstring clang,$(notdir $(TARGET_CC))),clang,gcc)

TARGET_CFLAGS := -O2 -g -ffreestanding -fno-common -fno-pic -fno-pie -mno-outline-atomics -mstrict-align -fno-jump-tables \
	-fno-stack-protector $(WARNINGS) -I.
TARGET_LDFLAGS := -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--fatal-warnings \
	-Wl,--gc-sections

# A loop that is a memory function must not become a call of itself; -ffreestanding tells clang so already.
TARGET_CFLAGS_gcc := -fno-tree-loop-distribute-patterns
TARGET_CFLAGS_clang := --target=aarch64-linux-gnu
TARGET_LDFLAGS_gcc := -no-pie
TARGET_LDFLAGS_clang := --target=aarch64-linux-gnu -fuse-ld=lld
# In one part: with several, which functions meet in one, and so what is inlined and what a path costs, is a matter of the
# sizes of all others.
TARGET_LTO_gcc := -flto -flto-partition=none -ffat-lto-objects
TARGET_LTO_clang := -flto
TARGET_LTO := $(TARGET_LTO_$(TARGET_KIND))

# $(call target_cc,FLAGS): compiles $< to $@. $(call target_ld,FLAGS,OBJECTS): links $@.
target_cc = mkdir -p $(@D) && $(TARGET_CC) $(TARGET_CFLAGS_$(TARGET_KIND)) $(TARGET_CFLAGS) $(1) -MMD -MP -c $< -o $@
target_ld = mkdir -p $(@D) && $(TARGET_CC) $(TARGET_LDFLAGS_$(TARGET_KIND)) $(TARGET_LDFLAGS) $(1) $(2) -o $@

# Changes when the compiler does; all objects for the target depend on it.
build/target-id: FORCE
	mkdir -p $(@D)
	echo '$(TARGET_CC)' | cmp -s - $@ || echo '$(TARGET_CC)' >$@
