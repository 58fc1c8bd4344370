/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EXIT_IRQ and EXIT_IDLE: a physical interrupt. One is acknowledged in a step; another one that is pending interrupts
 * the next frame before its first instruction. Everybody's interrupt is dropped at once and stays active until its
 * owner has served it, so that a line asks once for each service.
 */
#include "core/exits/exits.h"

#include "base/expect.h"
#include "core/cpu/cpu.h"
#include "core/direct.h"
#include "core/driver.h"
#include "core/gic.h"
#include "core/lines.h"
#include "core/mail.h"
#include "core/model.h"
#include "core/trace.h"
#include "core/vm.h"

/* A shared line: its owner gets it. */
static void line_handle(struct cpu *cpu, uint32_t intid, ticks_t now)
{
	struct line line = machine.lines[intid];
	if (line.kind == LINE_NONE) {
		hw_irq_deactivate(intid);
		return;
	}
	if (line.kind == BLOB_LINE_VM) {
		cpu_bill(cpu, &machine.vms[line.owner]->vcpus[0]->context);
		if (unlikely(line.gate != 0))
			lines_throttle(cpu, machine.vms[line.owner], line.gate - 1U, now);
		gic_raise_line(cpu, machine.vms[line.owner], line.virq, now);
		return;
	}
	cpu_bill(cpu, &machine.drivers[line.owner]->context);
	driver_notify(cpu, machine.drivers[line.owner], UINT32_C(1) << line.virq, now);
}

/* With direct delivery EL2's wake-up is the kick of the CPU's one context (core/direct.h). */
static uint32_t stands_for(const struct cpu *cpu, uint32_t intid)
{
	return intid == IRQ_MAINTENANCE && direct_is_alone(cpu) ? cpu->contexts[0]->kick : intid;
}

/* Another CPU wants something of a context of this one. Inactive first: a kick that comes behind what is opened
 * interrupts anew. */
static void kick_handle(struct cpu *cpu, uint32_t intid, uint32_t kick, ticks_t now)
{
	hw_irq_deactivate(intid);
	mail_open(cpu, kick, now);
}

/* EL2's own time: a budget or slice ends, a server is replenished, an event is due, or a model has taken too long. */
static void deadline_handle(struct cpu *cpu)
{
	hw_timer_arm(TICKS_NEVER);
	hw_irq_deactivate(IRQ_DEADLINE);
	cpu->work |= WORK_SCHEDULE | WORK_INTERRUPT;
}

static void maintenance_handle(struct cpu *cpu, ticks_t now)
{
	/* The books know why: the fold takes over what ended, the plan sets the conditions anew. */
	gic_fold(cpu, now);
	hw_vgic_control_set(0);
	hw_irq_deactivate(IRQ_MAINTENANCE);
	gic_replan(cpu);
}

/* The usual interrupt, in line. False: it is another one. */
static inline bool handle_guest_timer(struct cpu *cpu, uint32_t intid, ticks_t now)
{
	if (unlikely(intid != IRQ_GUEST_VIRTUAL_TIMER && intid != IRQ_GUEST_PHYSICAL_TIMER))
		return false;
	hw_irq_drop(intid);
	gic_raise_timer(cpu, intid, now);
	return true;
}

/* Any but a guest's timer. */
static void handle(struct cpu *cpu, uint32_t intid, ticks_t now)
{
	if (intid >= IRQ_SPECIAL_FIRST)
		return;
	hw_irq_drop(intid);
	if (intid == IRQ_DEADLINE) {
		deadline_handle(cpu); /* a switch that follows is in the trace */
		return;
	}
	trace(cpu, now, TRACE_IRQ, cpu->current != NULL ? cpu->current->index : UINT16_MAX, intid);
	uint32_t as = stands_for(cpu, intid);
	if (as == IRQ_MAINTENANCE)
		maintenance_handle(cpu, now);
	else if (as >= IRQ_SHARED_FIRST)
		line_handle(cpu, intid, now);
	else if (as < IRQ_KICKS)
		kick_handle(cpu, intid, as, now);
	else if (intid == IRQ_GUEST_PMU)
		gic_raise_pmu(cpu, now);
	else
		hw_irq_deactivate(intid);
}

void irq_handle(struct cpu *cpu, ticks_t now)
{
	uint32_t intid = hw_irq_acknowledge();
	if (!handle_guest_timer(cpu, intid, now))
		handle(cpu, intid, now);
}

/* Whether a model is too late is looked at here alone, so that only a step that begins so may end a VM for it: a limit
 * that is past keeps the deadline timer asking. */
static __attribute__((noinline)) void handle_exit(struct cpu *cpu, uint32_t intid, ticks_t now)
{
	handle(cpu, intid, now);
	if (intid == IRQ_DEADLINE && ticks_reached(model_limit(cpu->current), now))
		vm_fail(cpu, current_vcpu(cpu)->vm, LOG_MODEL_LATE, now);
}

void exit_irq(struct cpu *cpu, ticks_t now)
{
	uint32_t intid = hw_irq_acknowledge();
	if (!handle_guest_timer(cpu, intid, now))
		handle_exit(cpu, intid, now);
}

void exit_idle(struct cpu *cpu, ticks_t now) { irq_handle(cpu, now); }
