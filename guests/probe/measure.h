/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timer-interrupt latency: from the programmed CVAL of the virtual timer to the first instruction of this guest's
 * interrupt vector. Nothing is printed between measure_init() and the last sample.
 */
#ifndef GUESTS_PROBE_MEASURE_H
#define GUESTS_PROBE_MEASURE_H

#include <stdint.h>

#include "guests/runtime/histogram.h"

/* The interrupt controller, the MMU, and the handlers of the timer and of MEASURE_SGI. */
#define MEASURE_SGI 1U
void measure_init(void);

/* What a guest does while it waits for the timer: called again and again, with interrupts on. */
typedef void (*measure_wait)(void);

void measure_spin(void);
void measure_sleep(void); /* WFI */

/* Adds samples of the latency to h; each is armed low_ns to high_ns ahead, uniformly. */
void measure_timer(struct histogram *h, uint32_t samples, uint64_t low_ns, uint64_t high_ns, measure_wait wait);

/* Adds samples of an SGI to this CPU: from just before the write of ICC_SGI1R_EL1 to the vector. */
void measure_sgi(struct histogram *h, uint32_t samples);

#endif
