/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical interrupt controller, port/irq.h: priority drop and deactivation split. A shared line interrupts the CPU
 * that it was routed to; SGIs and private lines are each CPU's own. A level-sensitive line is pending while its input
 * is high, an edge-triggered one from its rise to its acknowledge; an active one does not interrupt.
 */
#include "arch/host/machine.h"

#include "base/bits.h"

#define PRIORITY_OWN 0x10U
#define PRIORITY_BAND_FIRST 0x20U
#define PRIORITY_STEP 0x10U
#define PRIORITY_IDLE 0x100U
#define SPURIOUS 1023U

static const uint16_t own_lines[] = {0,
				     1,
				     2,
				     3,
				     4,
				     5,
				     6,
				     7,
				     IRQ_GUEST_PMU,
				     IRQ_MAINTENANCE,
				     IRQ_DEADLINE,
				     IRQ_GUEST_VIRTUAL_TIMER,
				     IRQ_GUEST_PHYSICAL_TIMER};
#define OWN_LINES (sizeof(own_lines) / sizeof(own_lines[0]))

static bool timer_output(const struct host_cpu *cpu, uint64_t control, uint64_t compare)
{
	return (control & TIMER_CONTROL_MASK) == TIMER_CONTROL_ENABLE && compare <= cpu->now;
}

static uint32_t timers_asserted(const struct host_cpu *cpu)
{
	const struct hw_timers *t = &cpu->registers.timers;
	uint32_t asserted = 0;
	if (timer_output(cpu, t->virtual_control, t->virtual_compare))
		asserted |= BIT32(IRQ_GUEST_VIRTUAL_TIMER);
	if (timer_output(cpu, t->physical_control, t->physical_compare))
		asserted |= BIT32(IRQ_GUEST_PHYSICAL_TIMER);
	return asserted;
}

/* Beside PMCR_EL0.E no control is looked at: nothing counts here but what programs write. */
static bool pmu_output(const struct hw_pmu *pmu)
{
	return (pmu->control & HOST_PMU_ON) != 0 && pmu->is_stopped == 0 && (pmu->overflown & pmu->interrupting) != 0;
}

uint32_t hw_timers_asserted(void) { return timers_asserted(here); }

static bool own_input(const struct host_cpu *cpu, uint32_t intid)
{
	switch (intid) {
	case IRQ_MAINTENANCE:
		return host_maintenance_is_due(cpu);
	case IRQ_GUEST_PMU:
		return pmu_output(&cpu->registers.pmu);
	case IRQ_DEADLINE:
		return cpu->deadline <= cpu->now;
	case IRQ_GUEST_VIRTUAL_TIMER:
	case IRQ_GUEST_PHYSICAL_TIMER:
		return (timers_asserted(cpu) & BIT32(intid)) != 0;
	default:
		return cpu->own[intid].latch;
	}
}

static bool shared_input(const struct host_cpu *cpu, const struct host_line *line)
{
	return line->cpu == cpu->index && (line->edge ? line->latch : line->level);
}

/* It could be taken, if its input is high. */
static bool is_candidate(const struct host_line *line, uint32_t priority)
{
	return line->priority < priority && line->enabled && !line->active;
}

static struct host_line *line_of(uint32_t intid)
{
	return intid < IRQ_SHARED_FIRST ? &here->own[intid] : &host.lines[intid];
}

static uint32_t most_urgent(const struct host_cpu *cpu)
{
	uint32_t best = SPURIOUS;
	uint32_t priority = PRIORITY_IDLE;
	if (cpu->running != SPURIOUS)
		priority = (cpu->running < IRQ_SHARED_FIRST ? cpu->own : host.lines)[cpu->running].priority;
	if (priority > cpu->threshold)
		priority = cpu->threshold;
	for (uint32_t i = 0; i < OWN_LINES; i++) {
		uint32_t intid = own_lines[i];
		const struct host_line *line = &cpu->own[intid];
		if (is_candidate(line, priority) && own_input(cpu, intid)) {
			best = intid;
			priority = line->priority;
		}
	}
	for (uint32_t i = 0; i < host.shared_count; i++) {
		uint32_t intid = host.shared[i];
		const struct host_line *line = &host.lines[intid];
		if (is_candidate(line, priority) && shared_input(cpu, line)) {
			best = intid;
			priority = line->priority;
		}
	}
	return best;
}

bool host_irq_is_due(const struct host_cpu *cpu) { return most_urgent(cpu) != SPURIOUS; }

/* A shared one may belong to another CPU, which it interrupts anew if its input is still high. */
void host_line_deactivate(uint32_t intid)
{
	if (intid >= HOST_LINES)
		return;
	line_of(intid)->active = false;
	if (intid >= IRQ_SHARED_FIRST)
		host_notice(&host.cpus[host.lines[intid].cpu]);
}

void host_line_set(uint32_t intid, bool high)
{
	struct host_line *line = &host.lines[intid];
	if (high && !line->level)
		line->latch = true;
	line->level = high;
	host_notice(&host.cpus[line->cpu]);
}

bool host_line_is_active(uint32_t intid) { return host.lines[intid].active; }
bool host_line_is_enabled(uint32_t intid) { return host.lines[intid].enabled; }
bool host_kick_is_pending(uint32_t cpu, uint32_t kick) { return host.cpus[cpu].own[kick].latch; }

void hw_irq_init(void *distributor) { (void)distributor; }

static uint8_t own_priority(uint32_t intid)
{
	return (uint8_t)(intid < IRQ_KICKS ? PRIORITY_BAND_FIRST + irq_kick_band(intid) * PRIORITY_STEP : PRIORITY_OWN);
}

void hw_irq_kick(uint64_t affinity, uint32_t kick)
{
	struct host_cpu *cpu = host_cpu_of(affinity);
	if (cpu == NULL || cpu->state == HOST_CPU_OFF) {
		host_fail("a kick for the CPU of affinity %#llx, which is off", (unsigned long long)affinity);
		return;
	}
	cpu->own[kick].latch = true;
	host_notice(cpu);
	host_point();
}

void hw_irq_init_cpu(void *redistributor)
{
	if (redistributor != &host_redistributors[here->index * HOST_REDISTRIBUTOR_BYTES])
		host_fail("CPU %u initialises another one's redistributor", here->index);
	for (uint32_t i = 0; i < OWN_LINES; i++)
		here->own[own_lines[i]] = (struct host_line){.enabled = own_lines[i] != IRQ_GUEST_PMU,
							     .priority = own_priority(own_lines[i])};
	hw_irq_mask(hw_irq_mask_of(IRQ_BANDS));
}

uint32_t hw_irq_acknowledge(void)
{
	host_point();
	uint32_t intid = most_urgent(here);
	if (intid == SPURIOUS)
		return SPURIOUS;
	if (here->running != SPURIOUS)
		host_fail("interrupt %u taken while %u is running at EL2", intid, here->running);
	line_of(intid)->active = true;
	line_of(intid)->latch = false;
	here->running = intid;
	host_point();
	return intid;
}

void hw_irq_drop(uint32_t intid)
{
	if (intid != here->running)
		host_fail("interrupt %u dropped while %u is running", intid, here->running);
	here->running = SPURIOUS;
}

void hw_irq_deactivate(uint32_t intid)
{
	host_line_deactivate(intid);
	host_point();
}

void hw_irq_line_init(uint32_t intid, uint32_t band, bool edge, uint64_t affinity)
{
	const struct host_cpu *cpu = host_cpu_of(affinity);
	host.lines[intid].edge = edge;
	host.lines[intid].cpu = (uint8_t)(cpu != NULL ? cpu->index : 0);
	host.lines[intid].priority = (uint8_t)(PRIORITY_BAND_FIRST + band * PRIORITY_STEP);
	if (host.shared_count < sizeof(host.shared) / sizeof(host.shared[0]))
		host.shared[host.shared_count++] = (uint16_t)intid;
	else
		host_fail("too many lines");
}

/* What was disabled may be pending, and interrupt its CPU. */
static void set_enabled(uint32_t word, uint32_t bits, bool enabled)
{
	for (; bits != 0; bits &= bits - 1) {
		struct host_line *line = &host.lines[32 * word + bits_lowest(bits)];
		line->enabled = enabled;
		host_notice(&host.cpus[line->cpu]);
	}
	host_point();
}

void hw_irq_lines_enable(uint32_t word, uint32_t bits) { set_enabled(word, bits, true); }
void hw_irq_lines_disable(uint32_t word, uint32_t bits) { set_enabled(word, bits, false); }

bool hw_irq_line_take(uint32_t intid)
{
	struct host_line *line = &host.lines[intid];
	bool is_pending = line->edge ? line->latch : line->level;
	host_point();
	if (!is_pending || line->active)
		return false;
	line->latch = false;
	line->active = true;
	return true;
}

void hw_irq_lines_clear(uint32_t word, uint32_t bits)
{
	for (; bits != 0; bits &= bits - 1) {
		host.lines[32 * word + bits_lowest(bits)].latch = false;
		host_line_deactivate(32 * word + bits_lowest(bits));
	}
	host_point();
}

static void set_private_active(uint32_t bits, bool active)
{
	for (; bits != 0; bits &= bits - 1)
		here->own[bits_lowest(bits)].active = active;
}

void hw_irq_private_enable(uint32_t bits)
{
	for (; bits != 0; bits &= bits - 1)
		here->own[bits_lowest(bits)].enabled = true;
}

void hw_irq_private_activate(uint32_t bits) { set_private_active(bits, true); }
void hw_irq_private_deactivate(uint32_t bits) { set_private_active(bits, false); }

uint64_t hw_irq_mask_of(uint32_t band)
{
	return PRIORITY_BAND_FIRST + (band < IRQ_BANDS ? band + 1 : IRQ_BANDS + 1) * PRIORITY_STEP;
}

void hw_irq_mask(uint64_t mask) { here->threshold = (uint32_t)mask; }

bool hw_irq_is_pending(void)
{
	host_point();
	return host_irq_is_due(here);
}
