/* SPDX-License-Identifier: Apache-2.0 */
/* Bits from CPU to CPU: see mail.h. */
#include "core/mail.h"

#include "base/atomic.h"
#include "base/bits.h"
#include "core/alarm.h"
#include "core/cpu/cpu.h"
#include "core/driver.h"
#include "core/gic.h"
#include "core/loader.h"
#include "core/model.h"
#include "core/remote.h"
#include "core/reserve.h"
#include "core/vm.h"

void mail_post(struct context *to, uint32_t bits)
{
	struct cpu *cpu = to->cpu;
	atomic_publish_bits(&to->mail, bits);                        /* pairs with mail_open's second take */
	atomic_publish_bits(&cpu->mail[to->kick], BIT64(to->local)); /* with its first */
	hw_irq_kick(cpu->affinity, to->kick);
}

/* The order is that of their force: commands only send more mail, what stops is not started any more, what is held is
 * not woken. */
static void open_vcpu(struct cpu *cpu, struct vcpu *vcpu, uint64_t bits, ticks_t now)
{
	if ((bits & MAIL_COMMAND) != 0)
		vm_obey(cpu, vcpu->vm, now);
	if ((bits & MAIL_STOP) != 0)
		vcpu_halt(cpu, vcpu, now);
	if ((bits & MAIL_START) != 0)
		vcpu_begin(cpu, vcpu, now);
	if ((bits & MAIL_LOAD) != 0)
		loader_begin(cpu, vcpu->vm, now);
	if ((bits & MAIL_ASIDE) != 0)
		remote_step_aside(cpu, vcpu, now);
	if ((bits & MAIL_REPLY) != 0)
		remote_retry(cpu, vcpu, now);
	if ((bits & MAIL_EVENT) != 0)
		model_event(cpu, vcpu->vm, now);
	if ((bits & MAIL_ALARM) != 0)
		alarm_hasten(cpu, vcpu->vm->alarm, now);
	if ((bits & MAIL_RESERVE) != 0)
		reserve_open(cpu, now);
	if ((bits & MAIL_WAKE) != 0)
		gic_attend(cpu, vcpu, now);
}

/* The next in turn among those that wait: no sender can keep another one's out. */
static uint32_t choose(struct cpu *cpu, uint64_t waiting)
{
	uint64_t behind = waiting & ~cpu->mail_served;
	uint32_t local = bits_lowest(behind != 0 ? behind : waiting);
	cpu->mail_served = (BIT64(local) << 1) - 1;
	return local;
}

void mail_open(struct cpu *cpu, uint32_t kick, ticks_t now)
{
	uint64_t waiting = __atomic_load_n(&cpu->mail[kick], __ATOMIC_RELAXED); /* what counts is taken below */
	if (waiting == 0)
		return;
	STEP_BOUND(mail_open, 2); /* the exit's, and one before a switch */
	uint32_t local = choose(cpu, waiting);
	struct context *context = cpu->contexts[local];
	if (atomic_clear_bits(&cpu->mail[kick], BIT64(local)) != 0)
		hw_irq_kick(cpu->affinity, kick);
	uint64_t bits = atomic_take_bits(&context->mail);
	cpu_bill(cpu, context);
	if (context->kind == BLOB_CONTEXT_DRIVER)
		driver_open(cpu, driver_of(context), bits, now);
	else
		open_vcpu(cpu, vcpu_of(context), bits, now);
}
