/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms, and the lines in which a guest reports them to whoever reads its console. */
#include "guests/runtime/histogram.h"

#include <stddef.h>

#include "guests/runtime/print.h"
#include "guests/runtime/timer.h"

#define BUCKETS_PRINTED_MAX 32U

static unsigned cell_of(uint64_t value)
{
	unsigned octave;

	if (value < HISTOGRAM_EXACT)
		return (unsigned)value;
	octave = 63U - (unsigned)__builtin_clzll(value);
	return HISTOGRAM_EXACT + ((octave - HISTOGRAM_EXACT_SHIFT) << HISTOGRAM_OCTAVE_SHIFT) +
	       (unsigned)((value >> (octave - HISTOGRAM_OCTAVE_SHIFT)) & ((1U << HISTOGRAM_OCTAVE_SHIFT) - 1));
}

/* The greatest value in a cell. */
static uint64_t cell_edge(unsigned cell)
{
	unsigned octave, step;

	if (cell < HISTOGRAM_EXACT)
		return cell;
	octave = HISTOGRAM_EXACT_SHIFT + ((cell - HISTOGRAM_EXACT) >> HISTOGRAM_OCTAVE_SHIFT);
	step = (cell - HISTOGRAM_EXACT) & ((1U << HISTOGRAM_OCTAVE_SHIFT) - 1);
	return (UINT64_C(1) << octave) + ((uint64_t)(step + 1) << (octave - HISTOGRAM_OCTAVE_SHIFT)) - 1;
}

void histogram_clear(struct histogram *h)
{
	h->samples = 0;
	h->min = UINT64_MAX;
	h->max = 0;
	for (unsigned cell = 0; cell < HISTOGRAM_CELLS; cell++)
		h->cells[cell] = 0;
}

void histogram_add(struct histogram *h, uint64_t value)
{
	h->samples++;
	h->cells[cell_of(value)]++;
	if (value < h->min)
		h->min = value;
	if (value > h->max)
		h->max = value;
}

uint64_t histogram_percentile(const struct histogram *h, unsigned permille)
{
	uint64_t rank = (h->samples * permille + 999) / 1000;
	uint64_t seen = 0;

	for (unsigned cell = 0; cell < HISTOGRAM_CELLS && h->samples != 0; cell++) {
		seen += h->cells[cell];
		if (seen >= rank)
			return cell_edge(cell) < h->max ? cell_edge(cell) : h->max;
	}
	return 0;
}

static void print_summary(const struct histogram *h)
{
	uint64_t min = h->samples == 0 ? 0 : h->min;

	print("\"samples\":%lu,\"min\":%lu,\"p50\":%lu,\"p99\":%lu,\"max\":%lu", h->samples, ns_from_ticks(min),
	      ns_from_ticks(histogram_percentile(h, 500)), ns_from_ticks(histogram_percentile(h, 990)),
	      ns_from_ticks(h->max));
}

/*
 * Buckets of one width, a power of two that gives at most BUCKETS_PRINTED_MAX up to the 99.9th percentile, and one for
 * the rest: pairs of upper edge and count, empty ones left out.
 */
static void print_buckets(const struct histogram *h)
{
	uint64_t top = histogram_percentile(h, 999);
	uint64_t width = 1, bucket = 0, count = 0;
	const char *separator = "";

	while (h->samples != 0 && (top - h->min) / width >= BUCKETS_PRINTED_MAX)
		width *= 2;
	for (unsigned cell = 0; cell <= HISTOGRAM_CELLS; cell++) {
		bool is_end = cell == HISTOGRAM_CELLS;
		uint64_t next = is_end || cell_edge(cell) > top ? UINT64_MAX : cell_edge(cell) / width;

		if (count != 0 && (is_end || (h->cells[cell] != 0 && next != bucket))) {
			uint64_t edge = bucket == UINT64_MAX ? h->max : (bucket + 1) * width - 1;

			print("%s[%lu,%lu]", separator, ns_from_ticks(edge), count);
			separator = ",";
			count = 0;
		}
		if (is_end || h->cells[cell] == 0)
			continue;
		bucket = next;
		count += h->cells[cell];
	}
}

void histogram_print_figure(const struct histogram *h, const char *figure)
{
	/* One tick of a 1 GHz counter is one instruction where the emulator counts so. */
	const char *unit = counter_hz() == NS_PER_SECOND ? "instructions" : "ns";

	print("@takt {\"figure\":\"%s\",\"unit\":\"%s\",", figure, unit);
	print_summary(h);
	print(",\"histogram\":[");
	print_buckets(h);
	print("]}\n");
	console_drain();
}

void histogram_print_latency(const struct histogram *h)
{
	print("\"latency\":{");
	print_summary(h);
	print(",\"histogram\":[");
	print_buckets(h);
	print("]}");
}
