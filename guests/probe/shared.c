/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe beside a busy neighbour: waits until the neighbour should be at work, then measures the latency of timer
 * interrupts out of WFI at random phases. Silent between "samples begin" and "samples end".
 */
#include "guests/probe/measure.h"
#include "guests/runtime/print.h"
#include "guests/runtime/runtime.h"
#include "guests/runtime/timer.h"

#define INTERVAL_LOW_NS 40000U
#define INTERVAL_HIGH_NS 160000U
#define SETTLE_SAMPLES 100U /* until the line before has left by way of others */

/* The figure is timer.shared.NAME. */
#define TEXT_OF(word) #word
#define TEXT(word) TEXT_OF(word)

static struct histogram latency;
static struct histogram settling;

void guest_main(void)
{
	histogram_clear(&latency);
	histogram_clear(&settling);
	print("probe: %u samples beside a neighbour, after %u ms\n", SHARED_SAMPLES, SHARED_DELAY_MS);
	measure_init();
	for (unsigned i = 0; i < SHARED_DELAY_MS / 10; i++)
		measure_timer(&settling, 1, 10000000, 10000000, measure_sleep);
	print("probe: samples begin\n");
	measure_timer(&settling, SETTLE_SAMPLES, INTERVAL_LOW_NS, INTERVAL_HIGH_NS, measure_sleep);
	measure_timer(&latency, SHARED_SAMPLES, INTERVAL_LOW_NS, INTERVAL_HIGH_NS, measure_sleep);
	print("probe: samples end\n");
	histogram_print_figure(&latency, "timer.shared." TEXT(SHARED_NAME));
	print("@takt {");
	histogram_print_latency(&latency);
	print("}\nprobe done\n");
	console_drain();
}
