/* SPDX-License-Identifier: Apache-2.0 */
/* Turns the described supply into contexts, reservations and bands, and refuses what does not fit. */
#include "tools/takt/schedule.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/check.h"
#include "tools/takt/modes.h"
#include "tools/takt/tasks.h"
#include "tools/takt/util.h"

#define NS_PER_SECOND UINT64_C(1000000000)

/* A context while the set is built. */
struct entry {
	struct blob_context context;
	struct blob_reservation reservation;
	bool reserved;
	uint32_t group; /* contexts of one group and CPU share a reservation */
	size_t order;
};

struct entries {
	struct entry items[BLOB_CONTEXT_MAX];
	uint32_t count;
};

uint64_t schedule_ticks_down(uint64_t ns, uint64_t hz)
{
	return ns / NS_PER_SECOND * hz + ns % NS_PER_SECOND * hz / NS_PER_SECOND;
}

uint64_t schedule_ticks_up(uint64_t ns, uint64_t hz)
{
	return ns / NS_PER_SECOND * hz + (ns % NS_PER_SECOND * hz + NS_PER_SECOND - 1) / NS_PER_SECOND;
}

uint32_t schedule_driver_service(const struct system *system)
{
	uint32_t models = 0;
	for (uint32_t i = 0; i < system->domain_count; i++)
		models += check_has_console(&system->domains[i]);
	return models;
}

uint32_t schedule_domain_of_model(const struct system *system, uint32_t model)
{
	uint32_t domain = 0;
	while (!check_has_console(&system->domains[domain]) || model-- != 0)
		domain++;
	return domain;
}

struct admit_reservation schedule_reservation(const struct system_reservation *r, uint64_t hz)
{
	uint64_t budget = schedule_ticks_up(r->budget_ns ? r->budget_ns : 1, hz);
	uint64_t deadline = schedule_ticks_down(r->deadline_ns, hz);
	uint64_t period = schedule_ticks_down(r->period_ns, hz);
	deadline = deadline < budget ? budget : deadline;
	period = period < deadline ? deadline : period;
	return (struct admit_reservation){
		.budget = ticks(budget), .period = ticks(period), .deadline = ticks(deadline)};
}

struct admit_cost schedule_cost(const struct system *system)
{
	const struct system_board *board = &system->board;
	return (struct admit_cost){
		.switch_ticks = ticks(schedule_ticks_up(board->switch_ns, board->counter_hz)),
		.interrupt_ticks = ticks(schedule_ticks_up(board->interrupt_ns, board->counter_hz)),
		.longest_step = ticks(schedule_ticks_up(board->longest_step_ns, board->counter_hz)),
	};
}

static struct blob_reservation to_ticks(const struct system_reservation *r, uint32_t cpu, uint64_t hz)
{
	struct admit_reservation in_ticks = schedule_reservation(r, hz);
	return (struct blob_reservation){
		.cpu = cpu,
		.rank = r->rank,
		.budget_ticks = in_ticks.budget.raw,
		.period_ticks = in_ticks.period.raw,
		.deadline_ticks = in_ticks.deadline.raw,
	};
}

static bool has_table(const struct system *system, uint32_t cpu)
{
	return system->cpus[cpu].policy == BLOB_POLICY_TABLE;
}

/* What a CPU gives somebody: its budget or weight, or under a table its windows, as a budget in each frame. */
static struct system_reservation supply_on(const struct system *system, uint32_t cpu, uint32_t owner,
					   const struct system_reservation *reservation)
{
	const struct system_cpu *c = &system->cpus[cpu];
	struct system_reservation windows = {.period_ns = c->frame_ns, .deadline_ns = c->frame_ns};
	if (!has_table(system, cpu))
		return *reservation;
	for (uint32_t i = 0; i < c->slot_count; i++) {
		if (c->slots[i].owner == owner)
			windows.budget_ns += c->slots[i].length_ns;
	}
	windows.present = windows.budget_ns != 0;
	return windows;
}

static struct entry *add(struct entries *entries)
{
	struct entry *entry = &entries->items[entries->count];
	*entry = (struct entry){.order = entries->count};
	entries->count++;
	return entry;
}

/* One of a domain, with the domain's share of its CPU. */
static void add_context(struct entries *entries, const struct system *system, uint32_t domain,
			const struct system_reservation *reservation, struct blob_context context)
{
	struct entry *entry = add(entries);
	struct system_reservation supply = supply_on(system, context.cpu, domain, reservation);
	entry->group = domain;
	entry->reserved = supply.present;
	entry->reservation = to_ticks(&supply, context.cpu, system->board.counter_hz);
	entry->context = context;
	entry->context.owner = domain;
	entry->context.weight = supply.present ? 0 : system->domains[domain].weight;
}

static void add_domain(struct entries *entries, struct schedule *schedule, const struct system *system, uint32_t index,
		       struct diag *diag)
{
	const struct system_domain *domain = &system->domains[index];
	struct system_reservation reservation = domain->reservation;
	if (domain->task_count > 0)
		schedule->derived_budget_ns[index] = tasks_budget(system, domain, &reservation, diag);
	uint32_t contexts = domain->vcpu_count + system_needs_alarm(domain);
	if (entries->count + contexts > BLOB_CONTEXT_MAX) {
		diag_add(diag, RULE_LIMIT, tree_place(system->tree, domain->path, NULL), domain->path,
			 "more than %u virtual CPUs, alarms (of watchdogs, and throttled or polled lines) and drivers "
			 "in all",
			 BLOB_CONTEXT_MAX);
		return;
	}
	for (uint32_t v = 0; v < domain->vcpu_count; v++)
		add_context(entries, system, index, &reservation,
			    (struct blob_context){
				    .kind = BLOB_CONTEXT_VCPU,
				    .vcpu = v,
				    .cpu = domain->vcpu_cpu[v],
				    .dedicated = domain->dedicated,
			    });
	if (system_needs_alarm(domain))
		add_context(entries, system, index, &reservation,
			    (struct blob_context){.kind = BLOB_CONTEXT_ALARM, .cpu = domain->vcpu_cpu[0]});
}

static void add_driver(struct entries *entries, const struct system *system)
{
	if (!system->driver.enabled || entries->count == BLOB_CONTEXT_MAX)
		return;
	struct entry *entry = add(entries);
	struct system_reservation supply =
		supply_on(system, system->driver.cpu, SYSTEM_OWNER_DRIVER, &system->driver.reservation);
	entry->group = BLOB_NONE;
	entry->reserved = true;
	entry->reservation = to_ticks(&supply, system->driver.cpu, system->board.counter_hz);
	entry->context = (struct blob_context){
		.kind = BLOB_CONTEXT_DRIVER,
		.owner = schedule_driver_service(system),
		.cpu = system->driver.cpu,
	};
}

static int compare(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;
	if (x->context.cpu != y->context.cpu)
		return x->context.cpu < y->context.cpu ? -1 : 1;
	if (x->reserved != y->reserved)
		return x->reserved ? -1 : 1;
	if (x->reserved && x->reservation.rank != y->reservation.rank)
		return x->reservation.rank < y->reservation.rank ? -1 : 1;
	if (x->reserved && x->reservation.deadline_ticks != y->reservation.deadline_ticks)
		return x->reservation.deadline_ticks < y->reservation.deadline_ticks ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static bool is_as_urgent(const struct blob_reservation *a, const struct blob_reservation *b)
{
	return a->rank == b->rank && (a->rank != 0 || a->deadline_ticks == b->deadline_ticks);
}

/* By rank or relative deadline: who is as urgent shares a band; when there are more deadlines than bands, neighbours
 * do. The owners of a table's windows share one. */
static void assign_bands(struct entry *entries, uint32_t count)
{
	uint32_t ranks = 0;
	for (uint32_t i = 0; i < count && entries[i].reserved; i++) {
		if (i > 0 && !is_as_urgent(&entries[i].reservation, &entries[i - 1].reservation))
			ranks++;
		entries[i].context.band = ranks;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (!entries[i].reserved)
			entries[i].context.band = SCHEDULE_BAND_COUNT - 1;
		else if (ranks >= SCHEDULE_BAND_COUNT - 1)
			entries[i].context.band = entries[i].context.band * (SCHEDULE_BAND_COUNT - 1) / (ranks + 1);
	}
}

static uint32_t find_reservation(struct schedule *schedule, const struct entry *entries, uint32_t index)
{
	const struct entry *entry = &entries[index];
	for (uint32_t i = 0; i < index; i++) {
		if (entries[i].reserved && entries[i].group == entry->group &&
		    entries[i].context.cpu == entry->context.cpu)
			return entries[i].context.reservation;
	}
	if (schedule->reservation_count == BLOB_RESERVATION_MAX)
		return BLOB_NONE;
	schedule->reservations[schedule->reservation_count] = entry->reservation;
	return schedule->reservation_count++;
}

static void commit(struct schedule *schedule, struct entries *entries, const struct system *system, struct diag *diag)
{
	for (uint32_t i = 0; i < entries->count; i++) {
		struct entry *entry = &entries->items[i];
		entry->context.reservation = BLOB_NONE;
		if (entry->reserved)
			entry->context.reservation = find_reservation(schedule, entries->items, i);
		if (entry->reserved && entry->context.reservation == BLOB_NONE)
			diag_add(diag, RULE_LIMIT, tree_place(system->tree, "/domains", NULL), "/domains",
				 "more than %u reservations (one for each domain and CPU)", BLOB_RESERVATION_MAX);
		schedule->contexts[i] = entry->context;
	}
	schedule->context_count = entries->count;
	uint32_t next = 0;
	for (uint32_t cpu = 0; cpu < schedule->cpu_count; cpu++) {
		schedule->first_context[cpu] = next;
		while (next < entries->count && entries->items[next].context.cpu == cpu)
			next++;
		schedule->contexts_of_cpu[cpu] = next - schedule->first_context[cpu];
		assign_bands(&entries->items[schedule->first_context[cpu]], schedule->contexts_of_cpu[cpu]);
	}
	for (uint32_t i = 0; i < entries->count; i++)
		schedule->contexts[i].band = entries->items[i].context.band;
}

static const char *owner_path(const struct system *system, const struct blob_context *context)
{
	return context->kind == BLOB_CONTEXT_DRIVER ? system->driver.path : system->domains[context->owner].path;
}

/* What else runs on the context's CPU, beside the VM's own alarm; NULL: nothing. */
static const struct blob_context *find_other(const struct schedule *schedule, const struct blob_context *mine)
{
	const struct blob_context *first = &schedule->contexts[schedule->first_context[mine->cpu]];
	for (uint32_t i = 0; i < schedule->contexts_of_cpu[mine->cpu]; i++) {
		bool is_own = first[i].kind == BLOB_CONTEXT_ALARM && first[i].owner == mine->owner;
		if (&first[i] != mine && !is_own)
			return &first[i];
	}
	return NULL;
}

static void refuse_table(const struct system *system, const char *path, const char *property, uint32_t cpu,
			 const char *text, struct diag *diag)
{
	diag_add(diag, RULE_TABLE, tree_place(system->tree, path, property), path,
		 "CPU %" PRIu32 " has a time table: %s", cpu, text);
}

static void check_dedicated(const struct schedule *schedule, const struct system *system, struct diag *diag)
{
	for (uint32_t i = 0; i < schedule->context_count; i++) {
		const struct blob_context *mine = &schedule->contexts[i];
		const struct blob_context *other = mine->dedicated ? find_other(schedule, mine) : NULL;
		if (mine->dedicated && has_table(system, mine->cpu))
			refuse_table(system, owner_path(system, mine), "takt,dedicated", mine->cpu,
				     "nothing is scheduled on a dedicated CPU (remove one of the two)", diag);
		if (other == NULL)
			continue;
		const char *path = owner_path(system, mine);
		diag_add(diag, RULE_CPU_DEDICATED, tree_place(system->tree, path, "takt,dedicated"), path,
			 "CPU %" PRIu32
			 " is not its own: %s runs there too (move one of them, or remove takt,dedicated)",
			 mine->cpu, owner_path(system, other));
	}
}

/* When a polled line is looked at is said by the periods of its domain's reservation. */
static void check_polled(const struct schedule *schedule, const struct system *system, struct diag *diag)
{
	for (uint32_t i = 0; i < schedule->context_count; i++) {
		const struct blob_context *context = &schedule->contexts[i];
		if (context->kind != BLOB_CONTEXT_ALARM || context->reservation != BLOB_NONE)
			continue;
		const struct system_domain *domain = &system->domains[context->owner];
		for (uint32_t k = 0; k < domain->irq_count; k++) {
			const struct system_irq *irq = &domain->irqs[k];
			if (irq->delivery == BLOB_DELIVERY_POLLED)
				diag_add(diag, RULE_IRQ_POLLED, tree_place(system->tree, irq->path, "delivery"),
					 irq->path,
					 "the domain has no reservation (a polled line is looked at once in each "
					 "period: give "
					 "the domain takt,budget-ns and takt,period-ns, or let the line be deferred)");
		}
	}
}

/*
 * The test that EL2 itself applies when it commits a reservation: the sum of budget / deadline is at most 1, in units
 * of 2^-32, each term rounded up.
 */
static uint64_t density(const struct blob_reservation *set, uint32_t count, uint32_t cpu)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (set[i].cpu == cpu)
			sum += ((set[i].budget_ticks << 32) + set[i].deadline_ticks - 1) / set[i].deadline_ticks;
	}
	return sum;
}

/* The same set with the hypervisor's costs: by the exact demand of EDF, or the response times of fixed priorities. */
static bool admit(const struct system *system, const struct blob_reservation *all, uint32_t all_count, uint32_t cpu,
		  struct admit_reason *why)
{
	struct admit_reservation set[BLOB_RESERVATION_MAX];
	uint32_t ranks[BLOB_RESERVATION_MAX];
	struct admit_cost cost = schedule_cost(system);
	uint32_t count = 0;
	for (uint32_t i = 0; i < all_count; i++) {
		const struct blob_reservation *r = &all[i];
		if (r->cpu != cpu)
			continue;
		ranks[count] = r->rank;
		set[count++] = (struct admit_reservation){ticks(r->budget_ticks), ticks(r->period_ticks),
							  ticks(r->deadline_ticks)};
	}
	if (count == 0 || has_table(system, cpu))
		return true;
	return system->cpus[cpu].policy == BLOB_POLICY_FIXED ? admit_cpu_fixed(set, ranks, count, &cost, why)
							     : admit_cpu(set, count, &cost, why);
}

char *schedule_misfit(const struct system *system, const struct blob_reservation *set, uint32_t count, uint32_t cpu)
{
	struct admit_reason why = {.test = ADMIT_OK};
	uint64_t sum = density(set, count, cpu);
	if (system->cpus[cpu].policy == BLOB_POLICY_EDF && sum > UINT64_C(1) << 32)
		return util_format("budget / deadline sums up to %" PRIu64 ".%02" PRIu64 " %%", sum * 100 >> 32,
				   (sum * 10000 >> 32) % 100);
	if (admit(system, set, count, cpu, &why))
		return NULL;
	return why.test == ADMIT_DEMAND || why.test == ADMIT_RESPONSE
		       ? util_format("with the hypervisor's costs, %" PRIu64 " ticks are due within %" PRIu64 " ticks",
				     why.demand, why.at)
		       : util_copy("with the hypervisor's costs, they take more than all of it");
}

/* One message at each reservation of the CPU: any of them may be the one to change. */
static void refuse_load(const struct schedule *schedule, const struct system *system, uint32_t cpu, const char *text,
			struct diag *diag)
{
	for (uint32_t i = 0; i < schedule->contexts_of_cpu[cpu]; i++) {
		const struct blob_context *context = &schedule->contexts[schedule->first_context[cpu] + i];
		if (context->reservation == BLOB_NONE || context->kind == BLOB_CONTEXT_ALARM)
			continue;
		const char *path = owner_path(system, context);
		bool is_driver = context->kind == BLOB_CONTEXT_DRIVER;
		const struct blob_reservation *r = &schedule->reservations[context->reservation];
		diag_add(diag, RULE_CPU_OVERLOAD,
			 tree_place(system->tree, path, is_driver ? "budget-ns" : "takt,budget-ns"), path,
			 "the reservations of CPU %" PRIu32 " do not fit: %s; this one takes %" PRIu64 ".%02" PRIu64
			 " %% (lower budgets, lengthen deadlines, or move a domain)",
			 cpu, text, r->budget_ticks * 100 / r->deadline_ticks,
			 r->budget_ticks * 10000 / r->deadline_ticks % 100);
	}
}

static void check_load(const struct schedule *schedule, const struct system *system, struct diag *diag)
{
	for (uint32_t cpu = 0; cpu < schedule->cpu_count; cpu++) {
		char *text = schedule_misfit(system, schedule->reservations, schedule->reservation_count, cpu);
		if (text)
			refuse_load(schedule, system, cpu, text, diag);
		free(text);
	}
}

/* Who has a rank must be on CPUs that go by ranks alone, and the other way round. */
static void check_rank(const struct system *system, const char *path, const char *property, uint32_t cpu,
		       const struct system_reservation *r, struct diag *diag)
{
	bool is_fixed = system->cpus[cpu].policy == BLOB_POLICY_FIXED;
	if (r->rank != 0 && !(is_fixed && r->present))
		diag_add(diag, RULE_RANK, tree_place(system->tree, path, property), path,
			 "a rank, but CPU %" PRIu32 " %s (remove it, or %s)", cpu,
			 is_fixed ? "serves this by weight" : "does not schedule by fixed priorities",
			 is_fixed ? "give a budget" : "say policy = \"fixed-priority\" in /takt,schedule");
	if (r->rank == 0 && is_fixed && r->present)
		diag_add(diag, RULE_RANK, tree_place(system->tree, path, NULL), path,
			 "CPU %" PRIu32
			 " schedules by fixed priorities, and this reservation has none (add %s, 1 to %u)",
			 cpu, property, SCHEDULE_RANK_MAX);
}

static bool has_slot(const struct system *system, uint32_t cpu, uint32_t owner)
{
	const struct system_reservation none = {.present = false};
	return supply_on(system, cpu, owner, &none).present;
}

static void check_owner(const struct system *system, const struct system_slot *slot, uint32_t cpu, struct diag *diag)
{
	bool is_here = slot->owner == SYSTEM_OWNER_DRIVER && system->driver.enabled && system->driver.cpu == cpu;
	for (uint32_t v = 0; slot->owner < system->domain_count && v < system->domains[slot->owner].vcpu_count; v++)
		is_here = is_here || system->domains[slot->owner].vcpu_cpu[v] == cpu;
	if (slot->owner != BLOB_NONE && !is_here)
		diag_add(diag, RULE_TABLE, tree_place(system->tree, slot->path, "owner"), slot->path,
			 "the owner has nothing on CPU %" PRIu32 " (another owner, or another CPU in its `cpus`)", cpu);
}

/* Policies, and who goes by them. */
static void check_policies(const struct system *system, struct diag *diag)
{
	for (uint32_t i = 0; i < system->domain_count; i++) {
		const struct system_domain *domain = &system->domains[i];
		for (uint32_t v = 0; v < domain->vcpu_count; v++) {
			uint32_t cpu = domain->vcpu_cpu[v];
			if (cpu >= BLOB_CPU_MAX)
				continue;
			if (has_table(system, cpu) && domain->reservation.present)
				refuse_table(system, domain->path, domain->task_count ? "tasks" : "takt,budget-ns", cpu,
					     "who has a budget elsewhere has windows there (remove the budget and add "
					     "windows)",
					     diag);
			check_rank(system, domain->path, "takt,rank", cpu, &domain->reservation, diag);
		}
	}
	if (system->driver.enabled && has_table(system, system->driver.cpu) &&
	    !has_slot(system, system->driver.cpu, SYSTEM_OWNER_DRIVER))
		refuse_table(
			system, system->driver.path, "cpu", system->driver.cpu,
			"the console driver needs a window there (add one whose owner is /takt,uart-driver, or move it "
			"by its cpu)",
			diag);
	if (system->driver.enabled)
		check_rank(system, system->driver.path, "rank", system->driver.cpu, &system->driver.reservation, diag);
	for (uint32_t cpu = 0; cpu < BLOB_CPU_MAX; cpu++) {
		for (uint32_t i = 0; i < system->cpus[cpu].slot_count; i++)
			check_owner(system, &system->cpus[cpu].slots[i], cpu, diag);
	}
}

/* The reservation that the windows of an owner feed. */
static uint32_t reservation_of(const struct schedule *schedule, const struct system *system, uint32_t cpu,
			       uint32_t owner)
{
	for (uint32_t i = 0; i < schedule->contexts_of_cpu[cpu]; i++) {
		const struct blob_context *x = &schedule->contexts[schedule->first_context[cpu] + i];
		bool is_driver = x->kind == BLOB_CONTEXT_DRIVER;
		if (is_driver ? owner == SYSTEM_OWNER_DRIVER : x->owner == owner && owner < system->domain_count)
			return x->reservation;
	}
	return BLOB_NONE;
}

static void add_windows(struct schedule *schedule, const struct system *system, struct diag *diag)
{
	uint64_t hz = system->board.counter_hz;
	for (uint32_t cpu = 0; cpu < schedule->cpu_count; cpu++) {
		const struct system_cpu *c = &system->cpus[cpu];
		schedule->first_window[cpu] = schedule->window_count;
		if (schedule->window_count + c->slot_count > BLOB_WINDOW_MAX) {
			diag_add(diag, RULE_LIMIT, tree_place(system->tree, c->path, NULL), c->path,
				 "more than %u windows on all CPUs together", BLOB_WINDOW_MAX);
			return;
		}
		for (uint32_t i = 0; i < c->slot_count; i++) {
			const struct system_slot *slot = &c->slots[i];
			struct blob_window *w = &schedule->windows[schedule->window_count++];
			*w = (struct blob_window){
				.start_ticks = schedule_ticks_down(slot->start_ns, hz),
				.end_ticks = schedule_ticks_down(slot->start_ns + slot->length_ns, hz),
				.reservation = reservation_of(schedule, system, cpu, slot->owner),
				.closed = slot->closed,
			};
			if (w->end_ticks == w->start_ticks)
				diag_add(diag, RULE_TABLE, tree_place(system->tree, slot->path, "length-ns"),
					 slot->path,
					 "the window is shorter than a tick of the counter (%" PRIu64 " Hz)", hz);
		}
	}
}

void schedule_build(struct schedule *schedule, const struct system *system, struct diag *diag)
{
	struct entries *entries = util_alloc(1, sizeof(*entries));
	*schedule = (struct schedule){0};
	for (uint32_t i = 0; i < system->domain_count; i++)
		add_domain(entries, schedule, system, i, diag);
	add_driver(entries, system);
	for (uint32_t i = 0; i < entries->count; i++) {
		if (entries->items[i].context.cpu >= schedule->cpu_count)
			schedule->cpu_count = entries->items[i].context.cpu + 1;
	}
	qsort(entries->items, entries->count, sizeof(entries->items[0]), compare);
	commit(schedule, entries, system, diag);
	free(entries);
	add_windows(schedule, system, diag);
	check_policies(system, diag);
	check_dedicated(schedule, system, diag);
	check_polled(schedule, system, diag);
	check_load(schedule, system, diag);
	modes_build(schedule, system, diag);
}
