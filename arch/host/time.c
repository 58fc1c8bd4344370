/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual time: what will happen by itself, and when. */
#include "arch/host/machine.h"

#include <string.h>

static void earlier(const struct host_cpu *cpu, uint64_t *soonest, uint64_t when)
{
	if (when > cpu->now && when < *soonest)
		*soonest = when;
}

static void earlier_timer(const struct host_cpu *cpu, uint64_t *soonest, uint64_t control, uint64_t compare)
{
	if ((control & TIMER_CONTROL_MASK) == TIMER_CONTROL_ENABLE)
		earlier(cpu, soonest, compare);
}

uint64_t host_next_event(const struct host_cpu *cpu)
{
	const struct hw_timers *t = &cpu->registers.timers;
	uint64_t soonest = host.config->horizon;
	earlier(cpu, &soonest, cpu->deadline);
	earlier_timer(cpu, &soonest, t->virtual_control, t->virtual_compare);
	earlier_timer(cpu, &soonest, t->physical_control, t->physical_compare);
	if (host.event_count != 0)
		earlier(cpu, &soonest, host.events[0].when);
	return soonest;
}

void host_run_events(void)
{
	while (host.event_count != 0 && host.events[0].when <= here->now) {
		struct host_event event = host.events[0];
		host.event_count--;
		memmove(&host.events[0], &host.events[1], host.event_count * sizeof(event));
		event.function(event.argument);
	}
}

void host_at(uint64_t when, void (*function)(uint64_t argument), uint64_t argument)
{
	uint32_t i = host.event_count;
	if (i == HOST_EVENT_MAX) {
		host_fail("more than %u events wait", HOST_EVENT_MAX);
		return;
	}
	for (; i != 0 && host.events[i - 1].when > when; i--)
		host.events[i] = host.events[i - 1];
	host.events[i] = (struct host_event){when, function, argument};
	host.event_count++;
}

uint64_t host_now(void) { return here->now; }
uint32_t host_cpu(void) { return here->index; }

ticks_t hw_now(void)
{
	ticks_t now = ticks(here->now);
	host_pass(host.config->step_ticks);
	return now;
}

void hw_timer_arm(ticks_t when) { here->deadline = when.raw; }
