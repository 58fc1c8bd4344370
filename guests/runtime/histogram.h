/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts of samples by value: exact below HISTOGRAM_EXACT, above it in 64 cells for each power of two. Least and
 * greatest are always exact; a percentile is exact where its cell is, else the upper edge of its cell (at most 1.6 %
 * too much).
 */
#ifndef GUESTS_RUNTIME_HISTOGRAM_H
#define GUESTS_RUNTIME_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_EXACT_SHIFT 13U
#define HISTOGRAM_EXACT (1U << HISTOGRAM_EXACT_SHIFT)
#define HISTOGRAM_OCTAVE_SHIFT 6U
#define HISTOGRAM_CELLS (HISTOGRAM_EXACT + ((64U - HISTOGRAM_EXACT_SHIFT) << HISTOGRAM_OCTAVE_SHIFT))

struct histogram {
	uint64_t samples;
	uint64_t min;
	uint64_t max;
	uint32_t cells[HISTOGRAM_CELLS];
};

void histogram_clear(struct histogram *h);
/* Bounded and short: may be called from an interrupt handler. */
void histogram_add(struct histogram *h, uint64_t value);
/* The value that permille of the samples do not exceed; 0 without samples. */
uint64_t histogram_percentile(const struct histogram *h, unsigned permille);

/* Prints the line `@takt {"figure":NAME,...}`: samples are counter ticks, the line has nanoseconds. */
void histogram_print_figure(const struct histogram *h, const char *figure);
/* Prints the members "latency":{...} of a VM's own line, without braces around. */
void histogram_print_latency(const struct histogram *h);

#endif
