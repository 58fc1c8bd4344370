/* SPDX-License-Identifier: Apache-2.0 */
/* The page that a manager under test shares with the VM that it commands. */
#ifndef TESTS_GUEST_MANAGED_H
#define TESTS_GUEST_MANAGED_H

#include <stdint.h>

#define MANAGED_PAGE 0x50000000UL
#define MANAGED_CPU_MAX 8U

struct managed {
	uint64_t lives;                  /* of the VM; it begins with this */
	uint64_t manager_lives;          /* the manager's own */
	uint64_t cpus;                   /* how many it has */
	uint64_t info, command;          /* what the calls of a manager answered to the VM */
	uint64_t beats[MANAGED_CPU_MAX]; /* of its vCPUs, as long as they run */
};

static inline volatile struct managed *managed(void) { return (volatile struct managed *)MANAGED_PAGE; }

#endif
