/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest gets for what it may not do: the exception that the architecture names (DDI 0487, D1.10), at EL1. A
 * guest whose vector itself can't run would take it for ever and is stopped instead. EXIT_FETCH, EXIT_FP, EXIT_DEBUG,
 * EXIT_UNDEF and EXIT_SERROR are decided here.
 */
#include "core/exits/exits.h"

#include "base/bits.h"
#include "core/driver.h"
#include "core/vm.h"
#include "logic/arm/decode.h"
#include "logic/arm/exception.h"

#define ESR_IL BIT64(25)

static void inject(struct cpu *cpu, uint64_t syndrome, uint64_t address, ticks_t now)
{
	if (!hw_inject_sync(syndrome, address))
		vm_fail(cpu, current_vcpu(cpu)->vm, LOG_NO_VECTOR, now);
}

void exit_inject_undefined(struct cpu *cpu, ticks_t now)
{
	inject(cpu, ((uint64_t)ESR_EC_UNKNOWN << 26) | ESR_IL, 0, now);
}

void exit_inject_abort(struct cpu *cpu, ticks_t now, uint64_t syndrome)
{
	inject(cpu, exception_external_abort(syndrome), hw_exit_address(), now);
}

void exit_fetch(struct cpu *cpu, ticks_t now) { exit_inject_abort(cpu, now, hw_exit_syndrome()); }

void exit_undef(struct cpu *cpu, ticks_t now)
{
	if (decode_condition_holds(hw_exit_syndrome(), hw_exit_pstate()))
		exit_inject_undefined(cpu, now);
	else
		hw_exit_skip();
}

void exit_fp(struct cpu *cpu, ticks_t now) { exit_undef(cpu, now); }
void exit_debug(struct cpu *cpu, ticks_t now) { exit_inject_undefined(cpu, now); }

/* An SError is asynchronous: what was running when it arrived is all that is known. */
void exit_serror(struct cpu *cpu, ticks_t now)
{
	if (cpu->current->kind == BLOB_CONTEXT_DRIVER)
		driver_fail(cpu, driver_of(cpu->current), now);
	else if (cpu->current->kind == BLOB_CONTEXT_ALARM)
		vm_end(cpu, alarm_of(cpu->current)->vm, LOG_SERROR, now);
	else
		vm_fail(cpu, current_vcpu(cpu)->vm, LOG_SERROR, now);
}
