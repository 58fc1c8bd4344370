/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold of all objects of the core between steps: whenever no CPU is in the middle of one. Nothing is lost on
 * its way between CPUs, and what two objects say of each other agrees.
 */
#ifndef TESTS_SIM_AUDIT_H
#define TESTS_SIM_AUDIT_H

#include <stdint.h>

/* Looks at the whole machine, and ends the run at the first thing that is wrong (host_fail). For system_set_settled. */
void audit(void);

/* How often it has looked. */
uint64_t audit_count(void);

#endif
