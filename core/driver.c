/* SPDX-License-Identifier: Apache-2.0 */
/* Drivers: what abi/service.h promises them. */
#include "core/driver.h"

#include "base/atomic.h"
#include "base/bound.h"
#include "core/cpu/cpu.h"
#include "core/log.h"
#include "core/mail.h"
#include "core/mode.h"
#include "core/model.h"
#include "core/reserve.h"
#include "core/trace.h"
#include "core/vm.h"

void driver_notify(struct cpu *cpu, struct driver *driver, uint32_t bits, ticks_t now)
{
	if (driver == NULL)
		return;
	if (driver->context.cpu != cpu) {
		atomic_publish_bits(&driver->told, bits); /* pairs with driver_open */
		mail_post(&driver->context, MAIL_WAKE);
		return;
	}
	if (!driver->is_waiting) {
		driver->bits |= bits;
		return;
	}
	driver->is_waiting = false;
	driver->context.frame.x[0] = bits;
	cpu_wake(cpu, &driver->context, now);
}

void driver_start(struct cpu *cpu, struct driver *driver, ticks_t now)
{
	if (driver->context.cpu == cpu)
		cpu_wake(cpu, &driver->context, now);
	else
		mail_post(&driver->context, MAIL_START);
}

void driver_open(struct cpu *cpu, struct driver *driver, uint64_t mail, ticks_t now)
{
	uint64_t bits = atomic_take_bits(&driver->told);
	if ((mail & MAIL_START) != 0)
		cpu_wake(cpu, &driver->context, now);
	if (bits != 0)
		driver_notify(cpu, driver, (uint32_t)bits, now);
	if ((mail & MAIL_RESERVE) != 0)
		reserve_open(cpu, now);
}

/* What it has not been told of is the answer now; else the answer comes with the next notification. */
static void wait(struct cpu *cpu, struct driver *driver)
{
	if (driver->bits == 0) {
		driver->is_waiting = true;
		cpu_block(cpu, TICKS_NEVER);
		return;
	}
	driver->context.frame.x[0] = driver->bits;
	driver->bits = 0;
}

/* The line may interrupt again: a level that is still high does so at once. */
static void line_done(const struct driver *driver, uint32_t bit)
{
	for (uint32_t i = 0; i < driver->line_count; i++) {
		LOOP_BOUND(DRIVER_LINE_MAX);
		if (driver->lines[i].bit == bit)
			hw_irq_deactivate(driver->lines[i].intid);
	}
}

/* A manager's calls; x: arguments, and answers. */
static void manage(struct cpu *cpu, uint32_t function, uint64_t *x, ticks_t now)
{
	uint64_t vm = x[0];
	if (function == SVC_MODE)
		x[0] = (uint64_t)mode_request(cpu, x[0], now);
	else if (vm >= machine.blob->vms.count)
		x[0] = (uint64_t)SMCCC_INVALID_PARAMETER;
	else if (function == SVC_VM_STATE)
		x[0] = vm_shown_state(machine.vms[vm]);
	else if (function == SVC_VM_COMMAND)
		x[0] = (uint64_t)vm_request(machine.vms[vm], x[1]);
	else if (function == SVC_VM_RESERVATION)
		reserve_show(machine.vms[vm], 0, x);
	else
		reserve_commit(machine.vms[vm], 0, x);
}

void driver_call(struct cpu *cpu, struct driver *driver, uint32_t function, ticks_t now)
{
	uint64_t argument = driver->context.frame.x[0];
	switch (function) {
	case SVC_WAIT:
		wait(cpu, driver);
		break;
	case SVC_LINE_DONE:
		line_done(driver, (uint32_t)argument);
		break;
	case SVC_NOTIFY:
		if (argument < machine.blob->vms.count)
			model_event(cpu, machine.vms[argument], now);
		break;
	case SVC_VM_COMMAND:
	case SVC_VM_STATE:
	case SVC_MODE:
	case SVC_VM_RESERVATION:
	case SVC_VM_RESERVE:
		if (driver != machine.console_driver)
			driver_fail(cpu, driver, now);
		else
			manage(cpu, function, driver->context.frame.x, now);
		break;
	default:
		driver_fail(cpu, driver, now);
		break;
	}
}

void driver_fail(struct cpu *cpu, struct driver *driver, ticks_t now)
{
	struct stats_context *stats = driver->context.stats;
	stats->fault_pc = hw_exit_pc();
	stats->fault_esr = hw_exit_syndrome();
	stats->fault_address = hw_exit_address();
	trace(cpu, now, TRACE_FAULT, driver->context.index, hw_exit_syndrome());
	cpu_retire(cpu, &driver->context, now, STATS_CONTEXT_STOPPED);
	log_fault(cpu, driver->context.index, 0, LOG_DRIVER_FAILED, now);
}
