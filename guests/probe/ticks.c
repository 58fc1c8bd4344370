/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe of a timer interrupt's way to the vector, for a machine without hypervisor and for a VM with direct delivery:
 * the same figure is asked of both. Silent while it measures, by spinning and out of WFI.
 */
#include "guests/probe/measure.h"
#include "guests/runtime/print.h"
#include "guests/runtime/runtime.h"

#define TICKS_SAMPLES 10000U
#define TICKS_LOW_NS 2000U
#define TICKS_HIGH_NS 30000U

static struct histogram latency;

void guest_main(void)
{
	histogram_clear(&latency);
	measure_init();
	measure_timer(&latency, TICKS_SAMPLES, TICKS_LOW_NS, TICKS_HIGH_NS, measure_spin);
	measure_timer(&latency, TICKS_SAMPLES, TICKS_LOW_NS, TICKS_HIGH_NS, measure_sleep);
	histogram_print_figure(&latency, "timer.ticks");
	print("probe done\n");
	console_drain();
}
