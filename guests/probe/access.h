/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accesses that a hypervisor may trap: each leaves the guest able to go on, and raises no interrupt that this guest has
 * enabled.
 */
#ifndef GUESTS_PROBE_ACCESS_H
#define GUESTS_PROBE_ACCESS_H

#include <stdint.h>

struct access {
	const char *name;
	void (*perform)(void);
};

extern const struct access accesses[];
extern const unsigned access_count;

/* The round trip of one access in counter ticks, the two reads of the counter included. */
uint64_t access_time(void (*perform)(void));

/* The null hypercall and the two loads that have figures of their own; inline round trips, in ticks. */
uint64_t access_time_hypercall(void);
uint64_t access_time_load(uintptr_t address);

#endif
