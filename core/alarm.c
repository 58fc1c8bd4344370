/* SPDX-License-Identifier: Apache-2.0 */
/* Alarms: see alarm.h. */
#include "core/alarm.h"

#include "core/cpu/cpu.h"
#include "core/gic.h"
#include "core/lines.h"
#include "core/mail.h"
#include "core/watchdog.h"

bool alarm_set(struct alarm *alarm, ticks_t due)
{
	bool is_earlier = ticks_before(due, alarm->looks_at);
	if (is_earlier)
		alarm->looks_at = due;
	return is_earlier;
}

/* One that is ready looks by itself. One that has blocked in this step is to be told of the time by cpu->until. */
static void hasten(struct cpu *cpu, struct alarm *alarm, ticks_t now)
{
	struct context *context = &alarm->context;
	context->stats->state = STATS_CONTEXT_ON;
	if (sched_state(&cpu->sched, context->local) != SCHED_BLOCKED) {
		cpu_wake(cpu, context, now);
		return;
	}
	if (context == cpu->current)
		cpu->until = alarm->looks_at;
	sched_await(&cpu->sched, context->local, alarm->looks_at);
	cpu->work |= WORK_SCHEDULE;
}

void alarm_hasten(struct cpu *cpu, struct alarm *alarm, ticks_t now)
{
	if (alarm->context.cpu == cpu)
		hasten(cpu, alarm, now);
	else
		mail_post(&alarm->vm->vcpus[0]->context, MAIL_ALARM);
}

/* Polls, and answers when to do that again. */
static ticks_t poll(struct cpu *cpu, const struct alarm *alarm, ticks_t now)
{
	if (!lines_poll(cpu, alarm->vm, now))
		return TICKS_NEVER;
	return sched_next_release(&cpu->sched, alarm->context.local, now);
}

void alarm_look(struct cpu *cpu, struct alarm *alarm, ticks_t now)
{
	struct vm *vm = alarm->vm;
	gic_fold(cpu, now);
	ticks_t due = poll(cpu, alarm, now);
	gic_lock(cpu, vm);
	due = ticks_min(due, ticks_min(watchdog_look(vm, now), lines_reopen(vm, now)));
	alarm->looks_at = due;
	watchdog_signal(cpu, vm, now);
	cpu_block(cpu, due);
}

void alarm_begin(struct cpu *cpu, struct vm *vm, ticks_t now)
{
	if (vm->lines == NULL || vm->lines->polled_count == 0)
		return;
	gic_lock(cpu, vm);
	(void)alarm_set(vm->alarm, now);
	gic_unlock(cpu, vm);
	alarm_hasten(cpu, vm->alarm, now);
}

void alarm_await(struct cpu *cpu, const struct alarm *alarm)
{
	sched_await(&cpu->sched, alarm->context.local, cpu->until);
}
