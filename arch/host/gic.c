/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical interrupt controller, port/irq.h: one CPU, priority drop and deactivation split. A level-sensitive line
 * is pending while its input is high, an edge-triggered one from its rise to its acknowledge; an active one does not
 * interrupt.
 */
#include "arch/host/machine.h"

#include "base/bits.h"

#define PRIORITY_OWN 0x10U
#define PRIORITY_BAND_FIRST 0x20U
#define PRIORITY_STEP 0x10U
#define PRIORITY_IDLE 0x100U
#define SPURIOUS 1023U

static const uint16_t own_lines[] = {
	0, 1, 2, 3, 4, 5, 6, 7, IRQ_MAINTENANCE, IRQ_DEADLINE, IRQ_GUEST_VIRTUAL_TIMER, IRQ_GUEST_PHYSICAL_TIMER};
#define OWN_LINES (sizeof(own_lines) / sizeof(own_lines[0]))

static bool timer_output(uint64_t control, uint64_t compare)
{
	return (control & TIMER_CONTROL_MASK) == TIMER_CONTROL_ENABLE && compare <= host.now;
}

uint32_t host_timers_asserted(void)
{
	const struct hw_timers *t = &host.state.timers;
	uint32_t asserted = 0;
	if (timer_output(t->virtual_control, t->virtual_compare))
		asserted |= BIT32(IRQ_GUEST_VIRTUAL_TIMER);
	if (timer_output(t->physical_control, t->physical_compare))
		asserted |= BIT32(IRQ_GUEST_PHYSICAL_TIMER);
	return asserted;
}

static bool input(uint32_t intid)
{
	switch (intid) {
	case IRQ_MAINTENANCE:
		return host_maintenance_is_due();
	case IRQ_DEADLINE:
		return host.deadline <= host.now;
	case IRQ_GUEST_VIRTUAL_TIMER:
	case IRQ_GUEST_PHYSICAL_TIMER:
		return (host_timers_asserted() & BIT32(intid)) != 0;
	default:
		return intid < IRQ_KICKS || host.lines[intid].edge ? host.lines[intid].latch : host.lines[intid].level;
	}
}

/* It could be taken, if its priority is high enough. */
static bool is_candidate(uint32_t intid)
{
	const struct host_line *line = &host.lines[intid];
	return line->enabled && !line->active && input(intid);
}

static uint32_t most_urgent(void)
{
	uint32_t best = SPURIOUS;
	uint32_t priority = host.running != SPURIOUS ? host.lines[host.running].priority : PRIORITY_IDLE;
	if (priority > host.threshold)
		priority = host.threshold;
	for (uint32_t i = 0; i < OWN_LINES + host.shared_count; i++) {
		uint32_t intid = i < OWN_LINES ? own_lines[i] : host.shared[i - OWN_LINES];
		if (host.lines[intid].priority < priority && is_candidate(intid)) {
			best = intid;
			priority = host.lines[intid].priority;
		}
	}
	return best;
}

bool host_irq_is_due(void) { return most_urgent() != SPURIOUS; }

void host_line_deactivate(uint32_t intid)
{
	if (intid < HOST_LINES)
		host.lines[intid].active = false;
}

void host_line_set(uint32_t intid, bool high)
{
	struct host_line *line = &host.lines[intid];
	if (high && !line->level)
		line->latch = true;
	line->level = high;
}

bool host_line_is_active(uint32_t intid) { return host.lines[intid].active; }

void host_gic_reset(void) { host.running = SPURIOUS; }

void hw_irq_init(void *distributor) { (void)distributor; }

static uint8_t own_priority(uint32_t intid)
{
	return (uint8_t)(intid < IRQ_KICKS ? PRIORITY_BAND_FIRST + irq_kick_band(intid) * PRIORITY_STEP : PRIORITY_OWN);
}

void hw_irq_kick(uint64_t affinity, uint32_t kick)
{
	if (affinity != 0)
		host_fail("a kick for the CPU of affinity %llu", (unsigned long long)affinity);
	host.lines[kick].latch = true;
}

void hw_irq_init_cpu(void *redistributor)
{
	(void)redistributor;
	for (uint32_t i = 0; i < OWN_LINES; i++)
		host.lines[own_lines[i]] = (struct host_line){.enabled = true, .priority = own_priority(own_lines[i])};
	hw_irq_mask(hw_irq_mask_of(IRQ_BANDS));
}

uint32_t hw_irq_acknowledge(void)
{
	uint32_t intid = most_urgent();
	if (intid == SPURIOUS)
		return SPURIOUS;
	if (host.running != SPURIOUS)
		host_fail("interrupt %u taken while %u is running at EL2", intid, host.running);
	host.lines[intid].active = true;
	host.lines[intid].latch = false;
	host.running = intid;
	return intid;
}

void hw_irq_drop(uint32_t intid)
{
	if (intid != host.running)
		host_fail("interrupt %u dropped while %u is running", intid, host.running);
	host.running = SPURIOUS;
}

void hw_irq_deactivate(uint32_t intid) { host_line_deactivate(intid); }

void hw_irq_line_init(uint32_t intid, uint32_t band, bool edge, uint64_t affinity)
{
	(void)affinity; /* there is one CPU */
	host.lines[intid].edge = edge;
	host.lines[intid].priority = (uint8_t)(PRIORITY_BAND_FIRST + band * PRIORITY_STEP);
	if (host.shared_count < sizeof(host.shared) / sizeof(host.shared[0]))
		host.shared[host.shared_count++] = (uint16_t)intid;
	else
		host_fail("too many lines");
}

void hw_irq_line_enable(uint32_t intid) { host.lines[intid].enabled = true; }
void hw_irq_line_disable(uint32_t intid) { host.lines[intid].enabled = false; }

static void set_private_active(uint32_t bits, bool active)
{
	for (; bits != 0; bits &= bits - 1)
		host.lines[bits_lowest(bits)].active = active;
}

void hw_irq_private_activate(uint32_t bits) { set_private_active(bits, true); }
void hw_irq_private_deactivate(uint32_t bits) { set_private_active(bits, false); }

uint64_t hw_irq_mask_of(uint32_t band)
{
	return PRIORITY_BAND_FIRST + (band < IRQ_BANDS ? band + 1 : IRQ_BANDS + 1) * PRIORITY_STEP;
}

void hw_irq_mask(uint64_t mask) { host.threshold = (uint32_t)mask; }

bool hw_irq_is_pending(void) { return host_irq_is_due(); }
