# SPDX-License-Identifier: Apache-2.0
#
# Before anything is built: the Debian packages that it needs are there, or are installed (scripts/setup.sh). This is
# the remaking of an included makefile, so it comes before every rule, and before the other parts look for libraries.

SETUP_FREE_GOALS := help clean distclean
SETUP_GOALS := $(filter-out $(SETUP_FREE_GOALS),$(or $(MAKECMDGOALS),all))

ifeq ($(DRY_RUN),)
ifneq ($(SETUP_GOALS),)
SETUP_GROUPS := build $(if $(filter check check-% target-clang host-tests build/tests/%,$(SETUP_GOALS))$(findstring clang,$(TARGET_CC)),test) $(if $(filter lint%,$(SETUP_GOALS)),lint)

include build/setup.mk
build/setup.mk: FORCE
	@scripts/setup.sh $@ $(SETUP_GROUPS)
endif
endif

.PHONY: setup FORCE
setup:
FORCE:
