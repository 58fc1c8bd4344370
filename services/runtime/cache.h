/* SPDX-License-Identifier: Apache-2.0 */
/* Data caches, from EL0: a guest whose MMU is off, or that maps memory as a device, goes past them. */
#ifndef SERVICES_RUNTIME_CACHE_H
#define SERVICES_RUNTIME_CACHE_H

#include <stdint.h>

#define CACHE_LINE_BYTES_MIN 4U

/* The smallest data cache line of the system. */
static inline uint64_t cache_line_bytes(void)
{
	uint64_t ctr;
	__asm__("mrs %0, ctr_el0" : "=r"(ctr));
	return (uint64_t)CACHE_LINE_BYTES_MIN << (ctr >> 16 & 15);
}

/* Cleans to the point of coherency, and invalidates: nothing of what was there before comes back (DDI 0487, D5.10.2).
 * Complete behind cache_wait. */
static inline void cache_clean(uint64_t at, uint64_t end, uint64_t line)
{
	for (at &= ~(line - 1); at < end; at += line)
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
}

static inline void cache_wait(void) { __asm__ volatile("dsb sy" ::: "memory"); }

#endif
