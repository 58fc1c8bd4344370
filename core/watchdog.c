/* SPDX-License-Identifier: Apache-2.0 */
/* Watchdogs: see watchdog.h. */
#include "core/watchdog.h"

#include "core/alarm.h"
#include "core/cpu/cpu.h"
#include "core/gic.h"
#include "core/vm.h"
#include "logic/arm/decode.h"

static bool has_watchdog(const struct vm *vm) { return vm->config->watchdog_virq != 0; }

void watchdog_signal(struct cpu *cpu, struct vm *vm, ticks_t now)
{
	struct watchdog *watchdog = &vm->watchdog;
	bool has_expired = watchdog->regs.ws1;
	if (watchdog->level != watchdog->regs.ws0) {
		watchdog->level = watchdog->regs.ws0;
		vgic_set_level(&vm->gic, vm->vcpus[0]->gic, vm->config->watchdog_virq, watchdog->level);
	}
	gic_distribute(cpu, vm, now);
	if (has_expired)
		vm_end(cpu, vm, LOG_WATCHDOG, now);
}

static void access(struct cpu *cpu, struct vm *vm, enum gwdt_frame frame, uint64_t offset, uint64_t syndrome,
		   ticks_t now)
{
	struct gwdt *regs = &vm->watchdog.regs;
	struct mmio_access a = decode_mmio(syndrome);
	struct hw_frame *guest = &current_vcpu(cpu)->context.frame;
	uint64_t value = 0;
	gic_fold(cpu, now);
	gic_lock(cpu, vm);
	gwdt_advance(regs, now);
	if (a.is_write)
		gwdt_write(regs, frame, offset, a.size_bytes, mmio_store_value(a, guest_reg(guest, a.reg)), now);
	else
		value = gwdt_read(regs, frame, offset, a.size_bytes);
	bool is_earlier = alarm_set(vm->alarm, gwdt_due(regs));
	watchdog_signal(cpu, vm, now);
	if (!a.is_write)
		guest_reg_set(guest, a.reg, mmio_load_value(a, value));
	if (is_earlier)
		alarm_hasten(cpu, vm->alarm, now);
}

bool watchdog_access(struct cpu *cpu, struct vm *vm, ipa_t at, uint64_t syndrome, ticks_t now)
{
	uint64_t refresh = at.raw - vm->config->watchdog_refresh_ipa;
	uint64_t control = at.raw - vm->config->watchdog_control_ipa;
	bool is_refresh = refresh < GWDT_FRAME_BYTES;
	if (!has_watchdog(vm) || (!is_refresh && control >= GWDT_FRAME_BYTES))
		return false;
	hw_exit_skip();
	access(cpu, vm, is_refresh ? GWDT_REFRESH : GWDT_CONTROL, is_refresh ? refresh : control, syndrome, now);
	return true;
}

ticks_t watchdog_look(struct vm *vm, ticks_t now)
{
	if ((vm->vcpus[0]->held_by & HELD_BY_PAUSE) != 0)
		return TICKS_NEVER;
	gwdt_advance(&vm->watchdog.regs, now);
	return gwdt_due(&vm->watchdog.regs);
}

void watchdog_resume(struct cpu *cpu, struct vm *vm, ticks_t now)
{
	if (!has_watchdog(vm))
		return;
	gic_lock(cpu, vm);
	gwdt_restart(&vm->watchdog.regs, now);
	bool is_earlier = alarm_set(vm->alarm, gwdt_due(&vm->watchdog.regs));
	gic_unlock(cpu, vm);
	if (is_earlier)
		alarm_hasten(cpu, vm->alarm, now);
}

void watchdog_forget(struct vm *vm)
{
	if (!has_watchdog(vm))
		return;
	vm->watchdog = (struct watchdog){0};
	vgic_set_level(&vm->gic, vm->vcpus[0]->gic, vm->config->watchdog_virq, false);
}
