/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which CPU acts next: of those that can, the one whose clock is behind, or whose rest ends first. What a CPU does at a
 * time is done when no other can do anything earlier any more, so all of it is in the order of time. On any fiber.
 */
#include "arch/host/machine.h"

#define AFFINITY_CLUSTER 4U    /* CPUs in one */
#define PAUSE_DISTANCE_MIN 16U /* points of EL2 between two pauses, at most: in a run 2^0 to 2^7 times this */
#define PAUSE_STEPS 8U

struct host_cpu *here;

uint64_t host_affinity(uint32_t index) { return index / AFFINITY_CLUSTER << 8 | index % AFFINITY_CLUSTER; }

struct host_cpu *host_cpu_of(uint64_t affinity)
{
	for (uint32_t i = 0; i < HOST_CPU_MAX; i++)
		if (host_affinity(i) == affinity)
			return &host.cpus[i];
	return NULL;
}

void host_cpus_reset(void)
{
	for (uint32_t i = 0; i < HOST_CPU_MAX; i++) {
		struct fiber el2 = {.own = host.cpus[i].el2.own};
		host.cpus[i] = (struct host_cpu){.index = i, .el2 = el2, .deadline = UINT64_MAX, .running = 1023};
	}
	here = &host.cpus[0];
}

void host_start(uint32_t index, void (*entry)(void *argument))
{
	struct host_cpu *cpu = &host.cpus[index];
	cpu->state = HOST_CPU_BUSY;
	cpu->now = here->now;
	cpu->is_in_el2 = true;
	cpu->fiber = &cpu->el2;
	fiber_start(&cpu->el2, entry, cpu);
	if (host.cpu_count <= index)
		host.cpu_count = index + 1;
	host.has_pauses = host.cpu_count > 1 && host.config->pause_ticks != 0;
}

/* A number for each call, by splitmix64 (Steele et al. 2014). */
uint64_t host_mix(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t host_random(uint64_t limit) { return host_mix(&host.random) % limit; }

/* Some runs pause often, for short, some seldom, for long. All in all the pauses take the same time. */
void host_seed(uint64_t seed)
{
	host.random = seed;
	uint64_t scale = host_random(PAUSE_STEPS);
	host.pause_distance = PAUSE_DISTANCE_MIN << scale;
	host.pause_ticks = 1 + (host.config->pause_ticks >> (PAUSE_STEPS - 1 - scale));
}

/* When the CPU next acts; UINT64_MAX: it doesn't by itself. */
static uint64_t time_of(const struct host_cpu *cpu)
{
	switch (cpu->state) {
	case HOST_CPU_BUSY:
		return cpu->now;
	case HOST_CPU_RESTS: {
		if (host_irq_is_due(cpu))
			return cpu->now;
		uint64_t event = host_next_event(cpu);
		return event < cpu->until ? event : cpu->until;
	}
	case HOST_CPU_OFF:
	case HOST_CPU_AWAITS:
	case HOST_CPU_OVER:
		break;
	}
	return UINT64_MAX;
}

static struct host_cpu *soonest(uint64_t *when)
{
	struct host_cpu *next = NULL;
	uint32_t equals = 0;
	*when = UINT64_MAX;
	for (uint32_t i = 0; i < host.cpu_count; i++) {
		uint64_t time = time_of(&host.cpus[i]);
		if (time > *when || time == UINT64_MAX)
			continue;
		equals = time < *when ? 1 : equals + 1;
		if (equals == 1 || host_random(equals) == 0)
			next = &host.cpus[i];
		*when = time;
	}
	return next;
}

/* Nobody will ever act again. */
static _Noreturn void stand_still(void)
{
	for (uint32_t i = 0; i < host.cpu_count; i++)
		if (host.cpus[i].state == HOST_CPU_AWAITS)
			host_fail("CPU %u waits for an event, and nobody is there to send it", i);
	host_finish(HOST_HORIZON);
}

void host_yield(void)
{
	struct host_cpu *last = here;
	uint64_t when;
	struct host_cpu *next = soonest(&when);
	if (next == NULL)
		stand_still();
	next->now = when;
	if (next == last)
		return;
	here = next;
	fiber_switch(last->fiber, next->fiber);
}

void host_pass(uint64_t ticks)
{
	here->now += ticks;
	if (host.cpu_count > 1)
		host_yield();
}

/* One that is alone was not interrupted when it was last looked at, and nobody can do that but an event. */
static void rest_alone(uint64_t until)
{
	uint64_t event = host_next_event(here);
	here->now = event < until ? event : until;
}

void host_rest(uint64_t until)
{
	if (host.cpu_count == 1) {
		rest_alone(until);
		return;
	}
	here->until = until;
	here->state = HOST_CPU_RESTS;
	host_yield();
	here->state = HOST_CPU_BUSY;
}

void host_change_fiber(struct fiber *to)
{
	struct fiber *from = here->fiber;
	here->fiber = to;
	fiber_switch(from, to);
}

void host_notice(struct host_cpu *cpu)
{
	if (cpu->now < here->now && (cpu->state == HOST_CPU_RESTS || cpu->state == HOST_CPU_AWAITS))
		cpu->now = here->now;
}

static void pause_perhaps(void)
{
	if (here->fiber != &here->el2 || host.pause_in-- != 0)
		return;
	host.pause_in = (uint32_t)host_random(host.pause_distance);
	host_pass(host_random(host.pause_ticks));
}

void host_point(void)
{
	if (host.has_pauses)
		pause_perhaps();
}

void host_look(void (*function)(void))
{
	bool has_pauses = host.has_pauses;
	host.has_pauses = false;
	function();
	host.has_pauses = has_pauses;
}

/* At each branch of the core (gcc and clang, -fsanitize-coverage=trace-pc). */
__attribute__((no_sanitize_address)) void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
	if (host.has_pauses)
		pause_perhaps();
}

void hw_event_wait(void)
{
	if (!here->has_event) {
		here->state = HOST_CPU_AWAITS;
		host_yield();
		here->state = HOST_CPU_BUSY;
	}
	here->has_event = false;
	host_pass(1);
}

void hw_event_send(void)
{
	for (uint32_t i = 0; i < host.cpu_count; i++) {
		struct host_cpu *cpu = &host.cpus[i];
		cpu->has_event = true;
		host_notice(cpu);
		if (cpu->state == HOST_CPU_AWAITS)
			cpu->state = HOST_CPU_BUSY;
	}
	host_point();
}
