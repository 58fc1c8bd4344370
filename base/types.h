/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed addresses, times and identifiers, so that a physical address can't be
 * passed where a guest's is meant. Each is a struct of one field; conversion
 * is by the named functions here only. All are passed in a register.
 */
#ifndef BASE_TYPES_H
#define BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A physical address. */
typedef struct {
	uint64_t raw;
} pa_t;
/* An intermediate physical address: what a guest takes for physical. */
typedef struct {
	uint64_t raw;
} ipa_t;
/* A point or span on the system counter (CNTPCT_EL0), absolute from its start. */
typedef struct {
	uint64_t raw;
} ticks_t;

static inline pa_t pa(uint64_t raw) { return (pa_t){raw}; }
static inline ipa_t ipa(uint64_t raw) { return (ipa_t){raw}; }
static inline ticks_t ticks(uint64_t raw) { return (ticks_t){raw}; }

static inline pa_t pa_add(pa_t a, uint64_t bytes) { return pa(a.raw + bytes); }
static inline ipa_t ipa_add(ipa_t a, uint64_t bytes) { return ipa(a.raw + bytes); }

/* No event: later than every time. */
#define TICKS_NEVER ((ticks_t){UINT64_MAX})

static inline ticks_t ticks_add(ticks_t a, ticks_t b) { return ticks(a.raw + b.raw); }
static inline ticks_t ticks_sub(ticks_t a, ticks_t b) { return ticks(a.raw - b.raw); }
static inline bool ticks_before(ticks_t a, ticks_t b) { return a.raw < b.raw; }
static inline bool ticks_reached(ticks_t when, ticks_t now) { return when.raw <= now.raw; }
static inline ticks_t ticks_min(ticks_t a, ticks_t b) { return a.raw < b.raw ? a : b; }
static inline bool ticks_is_never(ticks_t a) { return a.raw == UINT64_MAX; }

#endif
