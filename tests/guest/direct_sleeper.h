/* SPDX-License-Identifier: Apache-2.0 */
/* The page that direct_manager.c shares with the VM that it commands. */
#ifndef TESTS_GUEST_DIRECT_SLEEPER_H
#define TESTS_GUEST_DIRECT_SLEEPER_H

#include <stdbool.h>
#include <stdint.h>

#define SLEEPER_PAGE 0x50000000UL

struct sleeper {
	uint64_t lives; /* it begins with this */
	uint64_t wakes; /* in this life and before */
	uint64_t exits; /* of it, before it slept */
	bool is_asleep;
	bool is_to_crash; /* when it wakes */
};

static inline volatile struct sleeper *sleeper(void) { return (volatile struct sleeper *)SLEEPER_PAGE; }

#endif
