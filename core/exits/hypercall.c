/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EXIT_HVC and EXIT_SMC: both conduits reach the same calls (DEN0028, 2.5); only the return address differs. Calls have
 * the immediate 0; others are reserved for SMC and the hypervisor's to define for HVC (2.9), where Takt defines none.
 */
#include "core/exits/exits.h"

#include "base/bound.h"
#include "core/cpu/cpu.h"
#include "core/gic.h"
#include "core/mode.h"
#include "core/reserve.h"
#include "core/trace.h"
#include "core/vm.h"
#include "logic/arm/decode.h"

/* Waits like WFI, unless an interrupt is there already; one whose interrupts EL2 does not see goes on at once. */
static void suspend(struct cpu *cpu, ticks_t now)
{
	if (current_vcpu(cpu)->vm->direct == NULL && !gic_has_deliverable(cpu, now))
		gic_wait(cpu, now);
}

static void report_stats(const struct cpu *cpu, uint32_t class, uint64_t *regs)
{
	regs[1] = cpu->exits[class].count;
	regs[2] = cpu->exits[class].longest_ticks;
}

static __attribute__((noinline)) void report_state(uint64_t state, const char *name, uint64_t *regs)
{
	_Static_assert(BLOB_NAME_BYTES == 4 * sizeof(uint64_t), "the name is x2 to x5");
	const uint64_t *words = (const uint64_t *)(const void *)name;
	regs[1] = state;
	LOOP_UNROLLED
	for (unsigned i = 0; i < 4; i++)
		regs[2 + i] = words[i];
}

static void report_mode(uint32_t mode, uint64_t *regs)
{
	enum takt_mode_state state;
	const char *name = mode_show(mode, &state);
	regs[0] = (uint64_t)(name != NULL ? SMCCC_OK : SMCCC_INVALID_PARAMETER);
	if (name != NULL)
		report_state(state, name, regs);
}

static void act(struct cpu *cpu, const struct hypercall_result *result, uint32_t function, ticks_t now)
{
	struct vcpu *vcpu = current_vcpu(cpu);
	if (result->action != HYPERCALL_EXIT_STATS)
		trace(cpu, now, TRACE_PSCI, vcpu->context.index, function);
	switch (result->action) {
	case HYPERCALL_NONE:
		break;
	case HYPERCALL_CPU_ON:
		if (!vcpu_start(cpu, vcpu->vm->vcpus[result->target], result->entry, result->context, now))
			vcpu->context.frame.x[0] = (uint64_t)PSCI_ALREADY_ON; /* another vCPU was faster */
		break;
	case HYPERCALL_CPU_OFF:
		vcpu_stop(cpu, vcpu, now);
		break;
	case HYPERCALL_CPU_SUSPEND:
		suspend(cpu, now);
		break;
	case HYPERCALL_SYSTEM_OFF:
		vm_off(cpu, vcpu->vm, LOG_VM_OFF, now);
		break;
	case HYPERCALL_SYSTEM_RESET:
		vm_off(cpu, vcpu->vm, LOG_VM_RESET, now);
		break;
	case HYPERCALL_EXIT_STATS:
		report_stats(cpu, result->target, vcpu->context.frame.x);
		break;
	case HYPERCALL_VM_INFO:
		report_state(vm_shown_state(machine.vms[result->target]), machine.vms[result->target]->config->name,
			     vcpu->context.frame.x);
		break;
	case HYPERCALL_VM_COMMAND:
		vcpu->context.frame.x[0] = (uint64_t)vm_request(machine.vms[result->target], result->entry);
		break;
	case HYPERCALL_RESERVATION:
		reserve_show(machine.vms[result->target], result->entry, vcpu->context.frame.x);
		break;
	case HYPERCALL_RESERVE:
		reserve_commit(machine.vms[result->target], result->entry, vcpu->context.frame.x);
		break;
	case HYPERCALL_STOLEN_TIME:
		vcpu->context.frame.x[0] = result->entry + vcpu->index * sizeof(struct pvtime_record);
		break;
	case HYPERCALL_MODE:
		vcpu->context.frame.x[0] = (uint64_t)mode_request(cpu, result->target, now);
		break;
	case HYPERCALL_MODE_INFO:
		report_mode(result->target, vcpu->context.frame.x);
		break;
	case HYPERCALL_REPORT:
		vm_error(cpu, vcpu->vm, BLOB_ON_MISS, now);
		break;
	}
}

static void call(struct cpu *cpu, ticks_t now)
{
	struct vcpu *vcpu = current_vcpu(cpu);
	uint32_t function = (uint32_t)vcpu->context.frame.x[0];
	if (esr_imm16(hw_exit_syndrome()) != 0) {
		vcpu->context.frame.x[0] = (uint64_t)SMCCC_NOT_SUPPORTED;
		return;
	}
	struct hypercall_result result = smccc_call(&vcpu->vm->calls, &vcpu->trng, now, vcpu->context.frame.x);
	if (result.action != HYPERCALL_NONE)
		act(cpu, &result, function, now);
}

void exit_hvc(struct cpu *cpu, ticks_t now) { call(cpu, now); }

void exit_smc(struct cpu *cpu, ticks_t now)
{
	hw_exit_skip(); /* a trapped SMC did not advance, unlike HVC */
	call(cpu, now);
}
