/* SPDX-License-Identifier: Apache-2.0 */
/* The performance monitors (DDI 0487, chapter D11) as tests use them: event counters 0 and 1, and the cycle counter. */
#ifndef TESTS_GUEST_PMU_H
#define TESTS_GUEST_PMU_H

#include <stdbool.h>
#include <stdint.h>

#include "guests/runtime/sysreg.h"

#define PMU_INTID 23U
#define PMU_EVENT_SW_INCR 0x00U
#define PMU_EVENT_INST_RETIRED 0x08U
#define PMU_CYCLES (1U << 31) /* the cycle counter's bit, where event counter n's is bit n */

#define PMCR_E (1U << 0)
#define PMCR_LC (1U << 6) /* PMCCNTR overflows after 64 bits */

/* Armv8.0's monitors or later ones are there. */
static inline bool pmu_is_there(void)
{
	unsigned version = sysreg_read(id_aa64dfr0_el1) >> 8 & 0xf;
	return version != 0 && version != 0xf;
}

static inline unsigned pmu_counter_count(void) { return sysreg_read(pmcr_el0) >> 11 & 0x1f; }

/* On, with no counter enabled, nothing overflown, nothing filtered: EL1 and EL0 are counted. */
static inline void pmu_start(void)
{
	sysreg_write(pmcntenclr_el0, UINT32_MAX);
	sysreg_write(pmintenclr_el1, UINT32_MAX);
	sysreg_write(pmovsclr_el0, UINT32_MAX);
	sysreg_write(pmccfiltr_el0, 0);
	sysreg_write(pmcr_el0, PMCR_E | PMCR_LC);
	isb();
}

#endif
