# SPDX-License-Identifier: Apache-2.0
#
# Takt. `make help` lists what can be made. Everything is built under build/; the parts are in mk/, one for each kind of product:
#
#     mk/setup.mk     the machine: Debian packages that must be there
#     mk/target.mk    the compiler of the three that follow
#     mk/el2.mk       build/el2: the hypervisor
#     mk/services.mk  build/services: deprivileged programs
#     mk/guests.mk    build/guests, build/tests/guest: bare-metal guests and tests
#     mk/tools.mk     build/bin/takt
#     mk/debian.mk    build/debian: kernels and initramfs of the Debian guest
#     mk/host.mk      build/tests: tests that run on the host
#     mk/lint.mk      lint, target-clang
#     mk/check.mk     check, demo, bench

.DEFAULT_GOAL := all
# Letters of -n, -q and -t among the options: nothing may be changed, not even by the remaking of makefiles.
DRY_RUN := $(strip $(foreach letter,n q t,$(findstring $(letter),$(firstword -$(MAKEFLAGS)))))
MAKEFLAGS += --no-builtin-rules --no-builtin-variables --no-print-directory
ifeq ($(filter -j% --jobserver%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

ifeq ($(origin CC),default)
CC := gcc
endif
export LC_ALL := C

# $(call say,WHAT,TARGET): one line for each step; V=1 shows the commands instead.
V ?= 0
ifeq ($(V),0)
.SILENT:
say = printf '  %-8s %s\n' '$(1)' '$(2)'
else
say = :
endif

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Wvla -Wmissing-prototypes -Werror

include mk/setup.mk
-include mk/target.mk mk/el2.mk mk/services.mk mk/guests.mk mk/tools.mk
include mk/debian.mk mk/host.mk mk/lint.mk mk/check.mk

.PHONY: all help clean distclean
all: build/el2/takt.elf build/el2/takt.bin build/bin/takt $(SERVICE_PRODUCTS) $(GUEST_ELFS)

help:
	@echo 'make demo       boot the radio beside a busy Debian Linux on one CPU, and watch its deadlines'
	@echo 'make check      build everything and run every test'
	@echo 'make bench      measure all figures; table and build/bench/report.json'
	@echo 'make smp        several Linux guests on four CPUs, one on eight (minutes)'
	@echo 'make chaos      fire a million actions of a hostile guest from each of SEEDS=20 seeds (hours)'
	@echo 'make            build the hypervisor, services, guests and the takt command'
	@echo 'make setup      only install what is missing on this machine (the others do it too)'
	@echo 'make debian     only fetch and unpack the Debian guest'
	@echo 'make lint       clang-format, clang-tidy, cppcheck (minutes)'
	@echo 'make clean      remove build/, but not what was downloaded;  make distclean: all of it'
	@echo
	@echo 'V=1 shows commands. YES=1 installs packages without asking. CC=clang builds host programs with clang,'
	@echo 'TARGET_CC=clang what runs on the target.'
	@echo 'make check SUITES="unit fuzz" runs some suites only, of: $(ALL_SUITES)'

clean:
	[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name debian -exec rm -rf {} +
	rm -f $(DEBIAN_PRODUCTS)

distclean:
	rm -rf build
