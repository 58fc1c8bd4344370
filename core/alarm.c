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

void alarm_look(struct cpu *cpu, struct alarm *alarm, ticks_t now)
{
	gic_fold(cpu, now);
	gic_lock(cpu, alarm->vm);
	alarm->looks_at = ticks_min(watchdog_look(alarm->vm, now), lines_reopen(alarm->vm, now));
	ticks_t due = alarm->looks_at;
	watchdog_signal(cpu, alarm->vm, now);
	cpu_block(cpu, due);
}

void alarm_await(struct cpu *cpu, const struct alarm *alarm)
{
	sched_await(&cpu->sched, alarm->context.local, cpu->until);
}
