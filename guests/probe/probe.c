/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe: what an interrupt and a call cost this guest. All is measured first and printed at the end, so that the
 * console disturbs no sample. Figures are in counter ticks, which are instructions on an emulator that counts them at 1
 * GHz.
 */
#include "guests/probe/access.h"
#include "guests/probe/measure.h"
#include "guests/runtime/exception.h"
#include "guests/runtime/gic.h"
#include "guests/runtime/print.h"
#include "guests/runtime/runtime.h"
#include "guests/runtime/timer.h"

#define ROUND_TRIPS 64U /* of each access, to find the most expensive */
#define TIMER_LOW_NS 2000U
#define TIMER_HIGH_NS 30000U
#define SETTLE_NS 5000000U /* until what was printed has left by way of others */

enum figure { SPIN, WFI, SELFLOAD, SGI, HYPERCALL, TYPER, MODEL, FIGURE_COUNT };

static const char *const figure_names[FIGURE_COUNT] = {
	"timer.alone.spin", "timer.alone.wfi", "timer.alone.selfload", "sgi.self",
	"hypercall.null",   "mmio.gicd_typer", "mmio.device_model",
};

static struct histogram figures[FIGURE_COUNT];
static uint64_t longest[64]; /* round trip of each access */
static bool refused[64];     /* the access is undefined here, and was left out */
static unsigned most_expensive;

_Static_assert(sizeof(longest) / sizeof(longest[0]) >= 48, "one cell for each access");

static void measure_access(unsigned index)
{
	uint64_t first;

	exception_catch();
	first = access_time(accesses[index].perform);
	refused[index] = exception_caught().count != 0;
	if (refused[index])
		return;
	longest[index] = first;
	for (unsigned i = 1; i < ROUND_TRIPS; i++) {
		uint64_t time = access_time(accesses[index].perform);

		if (time > longest[index])
			longest[index] = time;
	}
	if (longest[index] > longest[most_expensive])
		most_expensive = index;
}

static void load_self(void) { accesses[most_expensive].perform(); }

static void measure_calls(void)
{
	bool has_hypercall;

	exception_catch();
	(void)access_time_hypercall();
	has_hypercall = exception_caught().count == 0;
	for (unsigned i = 0; i < PROBE_SAMPLES; i++) {
		if (has_hypercall)
			histogram_add(&figures[HYPERCALL], access_time_hypercall());
		histogram_add(&figures[TYPER], access_time_load(GICD_BASE + GICD_TYPER));
		histogram_add(&figures[MODEL], access_time_load(PL011_BASE + PL011_FR));
	}
}

static void print_accesses(void)
{
	for (unsigned i = 0; i < access_count; i++) {
		if (!refused[i])
			print("probe: %s %lu ns\n", accesses[i].name, ns_from_ticks(longest[i]));
		console_drain();
	}
	print("probe: loops on %s\n", accesses[most_expensive].name);
}

void guest_main(void)
{
	for (unsigned i = 0; i < FIGURE_COUNT; i++)
		histogram_clear(&figures[i]);
	print("probe: %u samples of each\n", PROBE_SAMPLES);
	measure_init();
	timer_delay_ns(SETTLE_NS);
	for (unsigned i = 0; i < access_count; i++)
		measure_access(i);
	measure_timer(&figures[SPIN], PROBE_SAMPLES, TIMER_LOW_NS, TIMER_HIGH_NS, measure_spin);
	measure_timer(&figures[WFI], PROBE_SAMPLES, TIMER_LOW_NS, TIMER_HIGH_NS, measure_sleep);
	measure_timer(&figures[SELFLOAD], PROBE_SAMPLES, TIMER_LOW_NS, TIMER_HIGH_NS, load_self);
	measure_sgi(&figures[SGI], PROBE_SAMPLES);
	measure_calls();
	print_accesses();
	for (unsigned i = 0; i < FIGURE_COUNT; i++)
		if (figures[i].samples != 0)
			histogram_print_figure(&figures[i], figure_names[i]);
	print("probe done\n");
	console_drain();
}
