/* SPDX-License-Identifier: Apache-2.0 */
/* config_check, who runs where and when: CPUs, reservations, contexts. */
#include "base/bits.h"
#include "base/bound.h"
#include "logic/config_checker.h"

/* Aff0 is below 16: CPUs kick each other by SGIs, whose list of targets has 16 bits (ICC_SGI1R_EL1 with RS = 0). */
#define MPIDR_AFFINITY (MASK64(39, 32) | MASK64(23, 8) | MASK64(3, 0))
#define WEIGHT_MAX 1000U
#define BAND_LAST 11U
#define RANK_MAX 255U
#define WHOLE_CPU BIT64(32) /* shares of a CPU have 32 bits behind the point */

static bool check_cpu(struct config_checker *c, uint32_t i)
{
	const struct blob_cpu *cpu = &c->cpus[i];

	if ((cpu->mpidr & ~MPIDR_AFFINITY) != 0)
		return config_fail(c, CONFIG_CPU_MPIDR, CONFIG_CPUS, i, "mpidr", cpu->mpidr);
	for (uint32_t j = 0; j < i; j++) {
		LOOP_BOUND(BLOB_CPU_MAX);
		if (c->cpus[j].mpidr == cpu->mpidr)
			return config_collide(c, CONFIG_CPU_MPIDR, CONFIG_CPUS, i, "mpidr", cpu->mpidr, j);
	}
	return true;
}

/* The CPU's contexts begin at *next, which moves behind them. */
static bool check_cpu_contexts(struct config_checker *c, uint32_t i, uint32_t *next)
{
	const struct blob_cpu *cpu = &c->cpus[i];

	if (cpu->first_context != *next)
		return config_fail(c, CONFIG_CPU_CONTEXTS, CONFIG_CPUS, i, "first_context", cpu->first_context);
	if (cpu->context_count > BLOB_CPU_CONTEXT_MAX || cpu->context_count > c->header->contexts.count - *next)
		return config_fail(c, CONFIG_CPU_CONTEXTS, CONFIG_CPUS, i, "context_count", cpu->context_count);
	for (uint32_t n = 0; n < cpu->context_count; n++) {
		LOOP_BOUND(BLOB_CPU_CONTEXT_MAX);
		if (c->contexts[*next + n].cpu != i)
			return config_fail(c, CONFIG_CPU_CONTEXTS, CONFIG_CONTEXTS, *next + n, "cpu",
					   c->contexts[*next + n].cpu);
	}
	*next += cpu->context_count;
	return true;
}

/* The windows of a table; of reservations only how many there are is known yet. */
static bool check_windows(struct config_checker *c, const struct blob_cpu *cpu)
{
	uint64_t end = 0;

	for (uint32_t n = 0; n < cpu->window_count; n++) {
		LOOP_BOUND(BLOB_CPU_WINDOW_MAX);
		uint32_t i = cpu->first_window + n;
		const struct blob_window *w = &c->windows[i];
		if (w->start_ticks != end || w->end_ticks <= end || w->end_ticks > cpu->frame_ticks)
			return config_fail(c, CONFIG_WINDOW_COVER, CONFIG_WINDOWS, i, "end_ticks", w->end_ticks);
		if (w->reservation != BLOB_NONE && w->reservation >= c->header->reservations.count)
			return config_fail(c, CONFIG_WINDOW_OWNER, CONFIG_WINDOWS, i, "reservation", w->reservation);
		/* What keeps others out is one more to the scheduler. */
		if (w->closed > (c->header->reservations.count < BLOB_RESERVATION_MAX))
			return config_fail(c, CONFIG_FLAG, CONFIG_WINDOWS, i, "closed", w->closed);
		end = w->end_ticks;
	}
	return end == cpu->frame_ticks || config_fail(c, CONFIG_WINDOW_COVER, CONFIG_CPUS, (uint32_t)(cpu - c->cpus),
						      "frame_ticks", cpu->frame_ticks);
}

/* The CPU's policy; its windows begin at *next, which moves behind them. */
static bool check_policy(struct config_checker *c, uint32_t i, uint32_t *next)
{
	const struct blob_cpu *cpu = &c->cpus[i];
	bool is_table = cpu->policy == BLOB_POLICY_TABLE;
	uint32_t most = is_table ? BLOB_CPU_WINDOW_MAX : 0;

	if (cpu->policy > BLOB_POLICY_TABLE)
		return config_fail(c, CONFIG_FLAG, CONFIG_CPUS, i, "policy", cpu->policy);
	if (cpu->reserved != 0)
		return config_fail(c, CONFIG_RESERVED, CONFIG_CPUS, i, "reserved", cpu->reserved);
	if (cpu->first_window != *next)
		return config_fail(c, CONFIG_WINDOW_DIVISION, CONFIG_CPUS, i, "first_window", cpu->first_window);
	if (cpu->window_count > most || (is_table && cpu->window_count == 0) ||
	    cpu->window_count > c->header->windows.count - *next)
		return config_fail(c, CONFIG_WINDOW_DIVISION, CONFIG_CPUS, i, "window_count", cpu->window_count);
	if (cpu->frame_ticks > CONFIG_TICKS_MAX)
		return config_fail(c, CONFIG_WINDOW_COVER, CONFIG_CPUS, i, "frame_ticks", cpu->frame_ticks);
	*next += cpu->window_count;
	return check_windows(c, cpu);
}

static bool check_cpus(struct config_checker *c)
{
	uint32_t next = 0;
	uint32_t next_window = 0;

	for (uint32_t i = 0; i < c->header->cpus.count; i++) {
		LOOP_BOUND(BLOB_CPU_MAX);
		if (!check_cpu(c, i) || !check_cpu_contexts(c, i, &next) || !check_policy(c, i, &next_window))
			return false;
	}
	if (next_window != c->header->windows.count)
		return config_fail(c, CONFIG_WINDOW_DIVISION, CONFIG_WINDOWS, next_window, "end_ticks",
				   c->windows[next_window].end_ticks);
	if (next != c->header->contexts.count)
		return config_fail(c, CONFIG_CPU_CONTEXTS, CONFIG_CONTEXTS, next, "cpu", c->contexts[next].cpu);
	return true;
}

/*
 * budget / deadline, rounded up to 32 bits behind the point: the sum never comes out too small, and a set that fits
 * by less than 2^-32 for each reservation is refused. Exact scaling is not needed: long times lose low bits, in the
 * same safe direction. 0 < budget <= deadline <= CONFIG_TICKS_MAX.
 */
static uint64_t share_of(uint64_t budget, uint64_t deadline)
{
	unsigned excess = bits_highest(deadline) > 31 ? bits_highest(deadline) - 31 : 0;
	uint64_t q = (budget + BIT64(excess) - 1) >> excess;
	uint64_t d = deadline >> excess;

	return q >= d ? WHOLE_CPU : ((q << 32) + d - 1) / d;
}

/* Entry i of the reservations, or of those of all modes. A set begins at each multiple of the reservations' count. */
static bool check_times(struct config_checker *c, enum config_table table, uint32_t i, uint64_t *sum)
{
	const struct blob_reservation *r =
		table == CONFIG_RESERVATIONS ? &c->reservations[i] : &c->mode_reservations[i];
	uint32_t policy = c->cpus[r->cpu].policy;

	if (r->budget_ticks == 0 || r->budget_ticks > r->deadline_ticks)
		return config_fail(c, CONFIG_RESERVATION_TIMES, table, i, "budget_ticks", r->budget_ticks);
	if (r->deadline_ticks > r->period_ticks)
		return config_fail(c, CONFIG_RESERVATION_TIMES, table, i, "deadline_ticks", r->deadline_ticks);
	if (r->period_ticks > CONFIG_TICKS_MAX)
		return config_fail(c, CONFIG_RESERVATION_TIMES, table, i, "period_ticks", r->period_ticks);
	if (i % c->header->reservations.count == 0 || r->cpu != r[-1].cpu)
		*sum = 0;
	/* Under EDF what is due within any time must fit; under others in the long run, and `takt check` knows more. */
	*sum += share_of(r->budget_ticks, policy == BLOB_POLICY_EDF ? r->deadline_ticks : r->period_ticks);
	return *sum <= WHOLE_CPU || config_fail(c, CONFIG_RESERVATION_SUM, table, i, "budget_ticks", r->budget_ticks);
}

static bool check_reservation(struct config_checker *c, uint32_t i, uint64_t *sum)
{
	const struct blob_reservation *r = &c->reservations[i];

	if (r->cpu >= c->header->cpus.count || (i != 0 && r->cpu < r[-1].cpu))
		return config_fail(c, CONFIG_RESERVATION_CPU, CONFIG_RESERVATIONS, i, "cpu", r->cpu);
	if (c->cpus[r->cpu].policy == BLOB_POLICY_FIXED ? r->rank == 0 || r->rank > RANK_MAX : r->rank != 0)
		return config_fail(c, CONFIG_RESERVATION_RANK, CONFIG_RESERVATIONS, i, "rank", r->rank);
	return check_times(c, CONFIG_RESERVATIONS, i, sum);
}

/*
 * Each mode is a set that fits. So does each change from one to another: while reservations give, none has more than in
 * the old mode, and while others take, none more than in the new one (core/mode.h).
 */
static bool check_modes(struct config_checker *c)
{
	uint32_t per_mode = c->header->reservations.count;
	uint64_t sum = 0;

	if (c->header->mode_reservations.count != c->header->modes.count * per_mode)
		return config_fail(c, CONFIG_MODE_SETS, CONFIG_MODES, 0, "mode_reservations",
				   c->header->mode_reservations.count);
	for (uint32_t i = 0; i < c->header->mode_reservations.count; i++) {
		LOOP_BOUND(BLOB_MODE_MAX * BLOB_RESERVATION_MAX);
		const struct blob_reservation *r = &c->mode_reservations[i];
		const struct blob_reservation *normal = &c->reservations[i % per_mode];
		if (r->cpu != normal->cpu || r->rank != normal->rank)
			return config_fail(c, CONFIG_MODE_SETS, CONFIG_MODE_RESERVATIONS, i, "cpu", r->cpu);
		if (c->cpus[r->cpu].policy == BLOB_POLICY_TABLE &&
		    (r->budget_ticks != normal->budget_ticks || r->period_ticks != normal->period_ticks))
			return config_fail(c, CONFIG_MODE_SETS, CONFIG_MODE_RESERVATIONS, i, "budget_ticks",
					   r->budget_ticks);
		if (!check_times(c, CONFIG_MODE_RESERVATIONS, i, &sum))
			return false;
	}
	return true;
}

/* Under a table each reservation has a window of its CPU; under others none has. */
static bool check_window_owner(struct config_checker *c, uint32_t i)
{
	uint32_t cpu = c->reservations[i].cpu;
	uint32_t first = c->cpus[cpu].first_window;
	uint32_t here = 0;
	uint32_t elsewhere = 0;

	for (uint32_t n = 0; n < c->header->windows.count; n++) {
		LOOP_BOUND(BLOB_WINDOW_MAX);
		bool is_here = n >= first && n - first < c->cpus[cpu].window_count;
		bool is_owner = c->windows[n].reservation == i;
		here += is_owner && is_here;
		elsewhere += is_owner && !is_here;
	}
	bool is_table = c->cpus[cpu].policy == BLOB_POLICY_TABLE;
	return (elsewhere == 0 && (here != 0) == is_table) ||
	       config_fail(c, CONFIG_WINDOW_OWNER, CONFIG_RESERVATIONS, i, "cpu", cpu);
}

static bool check_reservations(struct config_checker *c)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < c->header->reservations.count; i++) {
		LOOP_BOUND(BLOB_RESERVATION_MAX);
		if (!check_reservation(c, i, &sum))
			return false;
	}
	for (uint32_t i = 0; i < c->header->reservations.count; i++) {
		LOOP_BOUND(BLOB_RESERVATION_MAX);
		if (!check_window_owner(c, i))
			return false;
	}
	return true;
}

#define DRIVER_WORDS ((BLOB_SERVICE_MAX + 63) / 64)

/* drivers: services that have a context, by index. */
static bool is_owner_ok(const struct config_checker *c, uint32_t i, uint64_t drivers[DRIVER_WORDS])
{
	const struct blob_context *x = &c->contexts[i];

	if (x->kind == BLOB_CONTEXT_ALARM)
		return x->owner < c->header->vms.count && x->vcpu == 0 && c->vms[x->owner].alarm == i;
	if (x->kind == BLOB_CONTEXT_VCPU)
		return x->owner < c->header->vms.count && x->vcpu < c->vms[x->owner].vcpu_count &&
		       c->vms[x->owner].vcpu_context[x->vcpu] == i;
	if (x->owner >= c->header->services.count || c->services[x->owner].kind != BLOB_SERVICE_DRIVER || x->vcpu != 0)
		return false;
	uint64_t *word = &drivers[x->owner / 64];
	bool is_first = (*word & BIT64(x->owner % 64)) == 0;
	*word |= BIT64(x->owner % 64);
	return is_first;
}

static bool check_context_share(struct config_checker *c, uint32_t i)
{
	const struct blob_context *x = &c->contexts[i];
	bool is_best_effort = x->reservation == BLOB_NONE;
	bool is_reservation =
		x->reservation < c->header->reservations.count && c->reservations[x->reservation].cpu == x->cpu;

	if (is_best_effort ? x->kind == BLOB_CONTEXT_DRIVER : !is_reservation)
		return config_fail(c, CONFIG_CONTEXT_RESERVATION, CONFIG_CONTEXTS, i, "reservation", x->reservation);
	if (is_best_effort ? x->weight == 0 || x->weight > WEIGHT_MAX : x->weight != 0)
		return config_fail(c, CONFIG_CONTEXT_WEIGHT, CONFIG_CONTEXTS, i, "weight", x->weight);
	return true;
}

/* A vCPU whose CPU has no other context, or its VM's alarm besides. */
static bool has_cpu_alone(const struct config_checker *c, const struct blob_context *x)
{
	if (x->kind != BLOB_CONTEXT_VCPU)
		return false;
	uint32_t alarm = c->vms[x->owner].alarm;
	bool has_alarm = alarm != BLOB_NONE && c->contexts[alarm].cpu == x->cpu;
	return c->cpus[x->cpu].context_count == (has_alarm ? 2U : 1U);
}

static bool check_context(struct config_checker *c, uint32_t i, uint64_t drivers[DRIVER_WORDS])
{
	const struct blob_context *x = &c->contexts[i];

	if (x->kind > BLOB_CONTEXT_ALARM)
		return config_fail(c, CONFIG_FLAG, CONFIG_CONTEXTS, i, "kind", x->kind);
	if (x->dedicated > 1)
		return config_fail(c, CONFIG_FLAG, CONFIG_CONTEXTS, i, "dedicated", x->dedicated);
	if (!is_owner_ok(c, i, drivers))
		return config_fail(c, CONFIG_CONTEXT_OWNER, CONFIG_CONTEXTS, i, "owner", x->owner);
	if (x->band > BAND_LAST)
		return config_fail(c, CONFIG_CONTEXT_BAND, CONFIG_CONTEXTS, i, "band", x->band);
	bool is_table = c->cpus[x->cpu].policy == BLOB_POLICY_TABLE; /* nothing is scheduled where a CPU is dedicated */
	if (x->dedicated != 0 && (is_table || !has_cpu_alone(c, x)))
		return config_fail(c, CONFIG_CONTEXT_DEDICATED, CONFIG_CONTEXTS, i, "dedicated", x->dedicated);
	return check_context_share(c, i);
}

static bool check_contexts(struct config_checker *c)
{
	uint64_t drivers[DRIVER_WORDS] = {0};

	for (uint32_t i = 0; i < c->header->contexts.count; i++) {
		LOOP_BOUND(BLOB_CONTEXT_MAX);
		if (!check_context(c, i, drivers))
			return false;
	}
	for (uint32_t i = 0; i < c->header->services.count; i++) {
		LOOP_BOUND(BLOB_SERVICE_MAX);
		if (c->services[i].kind == BLOB_SERVICE_DRIVER && (drivers[i / 64] & BIT64(i % 64)) == 0)
			return config_fail(c, CONFIG_SERVICE_CONTEXT, CONFIG_SERVICES, i, "kind", c->services[i].kind);
	}
	return true;
}

bool config_check_time(struct config_checker *c)
{
	return check_cpus(c) && check_reservations(c) && check_modes(c) && check_contexts(c);
}
