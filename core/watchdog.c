/* SPDX-License-Identifier: Apache-2.0 */
/* Watchdogs: see watchdog.h. */
#include "core/watchdog.h"

#include "core/cpu/cpu.h"
#include "core/gic.h"
#include "core/mail.h"
#include "core/vm.h"
#include "logic/arm/decode.h"

/*
 * Behind a look at its registers or an access, which may have changed its signals. Locked, and left unlocked; the
 * loaded vCPU is folded.
 */
static void signal(struct cpu *cpu, struct watchdog *watchdog, ticks_t now)
{
	struct vm *vm = watchdog->vm;
	bool has_expired = watchdog->regs.ws1;
	if (watchdog->level != watchdog->regs.ws0) {
		watchdog->level = watchdog->regs.ws0;
		vgic_set_level(&vm->gic, vm->vcpus[0]->gic, vm->config->watchdog_virq, watchdog->level);
	}
	gic_distribute(cpu, vm, now);
	if (has_expired)
		vm_end(cpu, vm, LOG_WATCHDOG, now);
}

/* Locked. Its time has come nearer than its context thinks. */
static bool take_earlier(struct watchdog *watchdog)
{
	ticks_t due = gwdt_due(&watchdog->regs);
	bool is_earlier = ticks_before(due, watchdog->looks_at);
	if (is_earlier)
		watchdog->looks_at = due;
	return is_earlier;
}

void watchdog_wake(struct cpu *cpu, struct watchdog *watchdog, ticks_t now)
{
	watchdog->context.stats->state = STATS_CONTEXT_ON;
	cpu_wake(cpu, &watchdog->context, now);
}

static void look_earlier(struct cpu *cpu, struct watchdog *watchdog, ticks_t now)
{
	if (watchdog->context.cpu == cpu)
		watchdog_wake(cpu, watchdog, now);
	else
		mail_post(&watchdog->vm->vcpus[0]->context, MAIL_WATCHDOG);
}

static void access(struct cpu *cpu, struct watchdog *watchdog, enum gwdt_frame frame, uint64_t offset,
		   uint64_t syndrome, ticks_t now)
{
	struct mmio_access a = decode_mmio(syndrome);
	struct hw_frame *guest = &current_vcpu(cpu)->context.frame;
	uint64_t value = 0;
	gic_fold(cpu, now);
	gic_lock(cpu, watchdog->vm);
	gwdt_advance(&watchdog->regs, now);
	if (a.is_write)
		gwdt_write(&watchdog->regs, frame, offset, a.size_bytes, mmio_store_value(a, guest_reg(guest, a.reg)),
			   now);
	else
		value = gwdt_read(&watchdog->regs, frame, offset, a.size_bytes);
	bool is_earlier = take_earlier(watchdog);
	signal(cpu, watchdog, now);
	if (!a.is_write)
		guest_reg_set(guest, a.reg, mmio_load_value(a, value));
	if (is_earlier)
		look_earlier(cpu, watchdog, now);
}

bool watchdog_access(struct cpu *cpu, struct vm *vm, ipa_t at, uint64_t syndrome, ticks_t now)
{
	uint64_t refresh = at.raw - vm->config->watchdog_refresh_ipa;
	uint64_t control = at.raw - vm->config->watchdog_control_ipa;
	bool is_refresh = refresh < GWDT_FRAME_BYTES;
	if (vm->watchdog == NULL || (!is_refresh && control >= GWDT_FRAME_BYTES))
		return false;
	hw_exit_skip();
	access(cpu, vm->watchdog, is_refresh ? GWDT_REFRESH : GWDT_CONTROL, is_refresh ? refresh : control, syndrome,
	       now);
	return true;
}

void watchdog_look(struct cpu *cpu, struct watchdog *watchdog, ticks_t now)
{
	gic_fold(cpu, now);
	gic_lock(cpu, watchdog->vm);
	bool is_paused = (watchdog->vm->vcpus[0]->held_by & HELD_BY_PAUSE) != 0;
	if (!is_paused)
		gwdt_advance(&watchdog->regs, now);
	ticks_t due = is_paused ? TICKS_NEVER : gwdt_due(&watchdog->regs);
	watchdog->looks_at = due;
	signal(cpu, watchdog, now);
	cpu_block(cpu, due);
}

void watchdog_resume(struct cpu *cpu, struct vm *vm, ticks_t now)
{
	struct watchdog *watchdog = vm->watchdog;
	if (watchdog == NULL)
		return;
	gic_lock(cpu, vm);
	gwdt_restart(&watchdog->regs, now);
	gic_unlock(cpu, vm);
	watchdog_wake(cpu, watchdog, now);
}

void watchdog_await(struct cpu *cpu, struct watchdog *watchdog)
{
	sched_await(&cpu->sched, watchdog->context.local, cpu->until);
}

void watchdog_forget(struct vm *vm)
{
	struct watchdog *watchdog = vm->watchdog;
	if (watchdog == NULL)
		return;
	watchdog->regs = (struct gwdt){0};
	watchdog->level = false;
	vgic_set_level(&vm->gic, vm->vcpus[0]->gic, vm->config->watchdog_virq, false);
}
