/* SPDX-License-Identifier: Apache-2.0 */
/* The page that the two guests of the switch measurement share, at the same address in both. */
#ifndef GUESTS_SWITCH_SHARED_H
#define GUESTS_SWITCH_SHARED_H

#include <stdint.h>

#define SWITCH_SHARED_IPA 0x50000000UL

/* The sleeper's counter right before its WFI. Both VMs see the same virtual counter. */
static inline volatile uint64_t *switch_stamp(void) { return (volatile uint64_t *)SWITCH_SHARED_IPA; }

#endif
