/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of reservations: see reserve.h. */
#include "core/reserve.h"

#include "base/bound.h"
#include "core/mail.h"
#include "core/mode.h"
#include "logic/config.h"

static uint32_t policy_of(const struct cpu *cpu) { return config_cpu(machine.blob, cpu->index)->policy; }

/* As the account counts it: under fixed priorities, as logic/config_time.c does, by the period. */
static struct admit_reservation counted(const struct cpu *cpu, struct admit_reservation r)
{
	if (policy_of(cpu) == BLOB_POLICY_FIXED)
		r.deadline = r.period;
	return r;
}

/* Out of line, to be small. */
static __attribute__((noinline)) uint64_t density_of(const struct cpu *cpu, const struct admit_reservation *r)
{
	struct admit_reservation entry = counted(cpu, *r);
	return admit_density(&entry);
}

void reserve_init(struct cpu *cpu)
{
	for (uint32_t i = 0; i < machine.blob->reservations.count; i++) {
		LOOP_BOUND(BLOB_RESERVATION_MAX);
		const struct blob_reservation *r = config_reservation(machine.blob, i);
		if (r->cpu != cpu->index)
			continue;
		struct admit_reservation *now = &machine.reservations[i].now;
		*now = (struct admit_reservation){ticks(r->budget_ticks), ticks(r->period_ticks),
						  ticks(r->deadline_ticks)};
		cpu->account.density += density_of(cpu, now);
	}
}

/* The vCPU's reservation, or why there is none. */
static int64_t find(const struct vm *vm, uint64_t vcpu, uint32_t *index)
{
	if (vcpu >= vm->config->vcpu_count)
		return SMCCC_INVALID_PARAMETER;
	const struct context *context = &vm->vcpus[vcpu]->context;
	*index = config_context(machine.blob, context->index)->reservation;
	bool is_budget = *index != BLOB_NONE && policy_of(context->cpu) != BLOB_POLICY_TABLE;
	return is_budget ? SMCCC_OK : TAKT_RESERVE_NONE;
}

void reserve_show(const struct vm *vm, uint64_t vcpu, uint64_t *x)
{
	uint32_t index;
	int64_t answer = find(vm, vcpu, &index);
	x[0] = (uint64_t)answer;
	if (answer != SMCCC_OK)
		return;
	struct cpu *cpu = vm->vcpus[vcpu]->context.cpu;
	lock_take(&cpu->reserve_lock);
	struct admit_reservation now = machine.reservations[index].now;
	x[1] = cpu->account.generation;
	lock_leave(&cpu->reserve_lock);
	x[2] = now.budget.raw;
	x[3] = now.period.raw;
	x[4] = now.deadline.raw;
}

/* Locked. What becomes less is still counted as it was: freed says by how much. */
static void put(struct cpu *cpu, struct reservation *r, const struct admit_reservation *next)
{
	uint64_t before = density_of(cpu, &r->now);
	uint64_t behind = density_of(cpu, next);
	r->freed = behind < before ? (uint32_t)(before - behind) : 0;
	cpu->account.density += behind > before ? behind - before : 0;
	cpu->account.generation++;
	r->now = *next;
	r->state = RESERVATION_POSTED;
}

/* Locked. */
static int64_t commit(struct cpu *cpu, struct reservation *r, struct admit_reservation next, uint64_t generation)
{
	struct admit_account account = cpu->account;
	struct admit_reservation old_entry = counted(cpu, r->now);
	struct admit_reservation next_entry = counted(cpu, next);
	if (next.deadline.raw > next.period.raw || next.budget.raw > next.deadline.raw || next.budget.raw == 0 ||
	    next.period.raw > CONFIG_TICKS_MAX)
		return SMCCC_INVALID_PARAMETER;
	if (r->state != RESERVATION_SETTLED || __atomic_load_n(&machine.mode.entering, __ATOMIC_RELAXED) != 0)
		return TAKT_VM_BUSY;
	enum status status = admit_commit(&account, generation, &old_entry, &next_entry);
	if (status != STATUS_OK)
		return status == STATUS_BUSY ? TAKT_RESERVE_GENERATION : TAKT_RESERVE_FULL;
	put(cpu, r, &next);
	return SMCCC_OK;
}

void reserve_commit(const struct vm *vm, uint64_t vcpu, uint64_t *x)
{
	struct admit_reservation next = {ticks(x[3]), ticks(x[4]), ticks(x[5])};
	uint32_t index;
	int64_t answer = find(vm, vcpu, &index);
	if (answer == SMCCC_OK) {
		struct context *context = &vm->vcpus[vcpu]->context;
		struct cpu *cpu = context->cpu;
		lock_take(&cpu->reserve_lock);
		answer = commit(cpu, &machine.reservations[index], next, x[6]);
		uint64_t generation = cpu->account.generation;
		lock_leave(&cpu->reserve_lock);
		if (answer == SMCCC_OK) {
			x[1] = generation;
			mail_post(context, MAIL_RESERVE);
		}
	}
	x[0] = (uint64_t)answer;
}

/* Locked, on its CPU. */
static void settle(struct cpu *cpu, struct reservation *r)
{
	cpu->account.density -= r->freed;
	r->freed = 0;
	r->state = RESERVATION_SETTLED;
}

/* Locked, on its CPU. */
static void tell(struct cpu *cpu, uint32_t index, ticks_t now)
{
	struct reservation *r = &machine.reservations[index];
	struct sched_server_config next = {
		.budget = r->now.budget, .period = r->now.period, .deadline = r->now.deadline};
	if (r->state != RESERVATION_POSTED)
		return;
	r->state = RESERVATION_WAITS;
	cpu->work |= WORK_SCHEDULE;
	if (sched_change(&cpu->sched, index, &next, now))
		settle(cpu, r);
}

/* Whether it is to change in this half of a change of modes. */
static bool must_change(const struct cpu *cpu, const struct admit_reservation *now,
			const struct admit_reservation *next)
{
	bool is_other = now->budget.raw != next->budget.raw || now->period.raw != next->period.raw ||
			now->deadline.raw != next->deadline.raw;
	return is_other && (cpu->mode_takes || density_of(cpu, next) <= density_of(cpu, now));
}

/* Locked, on its CPU: the next step to a mode. True: that was the last one. */
static bool approach(struct cpu *cpu, uint32_t mode, ticks_t now)
{
	bool are_settled = true;
	for (uint32_t i = 0; i < machine.blob->reservations.count; i++) {
		LOOP_BOUND(BLOB_RESERVATION_MAX);
		const struct blob_reservation *to = config_mode_reservation(machine.blob, mode, i);
		struct admit_reservation next = {ticks(to->budget_ticks), ticks(to->period_ticks),
						 ticks(to->deadline_ticks)};
		struct reservation *r = &machine.reservations[i];
		if (to->cpu != cpu->index)
			continue;
		if (r->state != RESERVATION_SETTLED) {
			are_settled = false;
		} else if (must_change(cpu, &r->now, &next)) {
			put(cpu, r, &next);
			tell(cpu, i, now);
			mail_post(cpu->least_urgent, MAIL_RESERVE);
			return false;
		}
	}
	if (!are_settled) /* reserve_changed has it go on */
		return false;
	cpu->mode_takes = !cpu->mode_takes;
	if (cpu->mode_takes)
		mail_post(cpu->least_urgent, MAIL_RESERVE);
	return !cpu->mode_takes;
}

void reserve_open(struct cpu *cpu, ticks_t now)
{
	uint32_t mode;
	bool is_due = mode_is_due(cpu, &mode);
	lock_take(&cpu->reserve_lock);
	for (uint32_t i = 0; i < machine.blob->reservations.count; i++) {
		LOOP_BOUND(BLOB_RESERVATION_MAX);
		if (config_reservation(machine.blob, i)->cpu == cpu->index)
			tell(cpu, i, now);
	}
	bool is_there = is_due && approach(cpu, mode, now);
	lock_leave(&cpu->reserve_lock);
	if (is_there)
		mode_arrive(cpu, now);
}

__attribute__((noinline)) void reserve_changed(struct cpu *cpu, uint32_t index)
{
	uint32_t mode;
	lock_take(&cpu->reserve_lock);
	settle(cpu, &machine.reservations[index]);
	lock_leave(&cpu->reserve_lock);
	if (mode_is_due(cpu, &mode))
		mail_post(cpu->least_urgent, MAIL_RESERVE);
}
