/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU with its costs: tests/proof/supply_sim.h. */
#include "tests/proof/supply_sim.h"

#include <string.h>

#define NEVER UINT64_MAX

struct context {
	uint32_t server; /* SIM_SERVER_MAX: best effort */
	uint64_t seed;
	uint64_t left;    /* of its work, until it sleeps */
	uint64_t wake_at; /* it is ready from then on; NEVER: by its line only */
	uint64_t line_at; /* an interrupt that wakes it; NEVER: none is on its way */
	bool line_masked; /* it has come while the mask kept it out */
};

/*
 * What a server had had when it became ready, and at the end of each of its last turns since. Each wake-up beyond the
 * first of a budget may have paid others before (server_pay in logic/sched/edf.c): its own doing, and no part of what
 * was promised to it in that budget.
 */
struct account {
	uint64_t supplied;
	struct {
		uint64_t at, supplied, paid;
	} ends[SIM_ENDS];
	uint32_t count, next;
	bool is_ready;
	uint64_t known_at;  /* to the scheduler: that it is ready */
	uint64_t replenish; /* the scheduler's, when it ran last */
	uint64_t paid;      /* in this budget, at most */
};

struct sim {
	const struct sim_set *set;
	struct sim_result *result;
	struct sched s;
	struct context contexts[SIM_CONTEXT_MAX];
	struct account accounts[SIM_SERVER_MAX];
	uint32_t context_count;
	uint64_t armed;
	uint64_t now; /* the guest goes on */
	uint64_t seed;
	bool has_lines;                                               /* there may be interrupts on their way */
	uint64_t shortest;                                            /* deadline of all */
	bool has_begun, takes;                                        /* the change of modes: core/mode.h */
	uint64_t told_at[SIM_SERVER_MAX], changed_at[SIM_SERVER_MAX]; /* NEVER: not yet */
};

uint64_t sim_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

uint64_t sim_between(uint64_t *state, uint64_t low, uint64_t high)
{
	return low + sim_random(state) % (high - low + 1);
}

uint64_t sim_any(uint64_t *state, uint64_t high)
{
	uint64_t bits = 64 - (uint64_t)__builtin_clzll(high);
	uint64_t top = (UINT64_C(1) << sim_between(state, 1, bits)) - 1;

	return sim_between(state, 1, top < high ? top : high);
}

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }
static uint64_t most(uint64_t a, uint64_t b) { return a > b ? a : b; }

static uint64_t step_ticks(const struct sim *x)
{
	return x->set->cost.switch_ticks.raw + x->set->cost.interrupt_ticks.raw;
}

static void set_up(struct sim *x)
{
	static struct sched_context_config contexts[SIM_CONTEXT_MAX];
	static struct sched_server_config servers[SIM_SERVER_MAX];
	const struct sim_set *set = x->set;
	uint32_t count = 0;

	for (uint32_t j = 0; j < set->count; j++) {
		servers[j] = (struct sched_server_config){set->servers[j].r.budget, set->servers[j].r.period,
							  set->servers[j].r.deadline, 0};
		for (uint32_t k = 0; k < set->servers[j].contexts; k++)
			contexts[count++] = (struct sched_context_config){j, 0};
	}
	for (uint32_t k = 0; k < set->hogs; k++)
		contexts[count++] = (struct sched_context_config){SCHED_NONE, 1 + 100 * k};
	struct sched_config config = {.context_count = count,
				      .server_count = set->count,
				      .contexts = contexts,
				      .servers = servers,
				      .slice = ticks(set->slice),
				      .way_back = ticks(set->way_back)};
	if (sched_init(&x->s, &config, ticks(0)) != STATUS_OK)
		__builtin_trap();
	x->context_count = count;
	for (uint32_t c = 0; c < count; c++) {
		uint32_t server = contexts[c].server;
		x->contexts[c] =
			(struct context){.server = server == SCHED_NONE ? SIM_SERVER_MAX : server,
					 .seed = server == SCHED_NONE ? 1 : (set->servers[server].seed + c) | 1,
					 .line_at = NEVER};
	}
}

/* Work */

static const struct sim_server *server_of(const struct sim *x, const struct context *c)
{
	return &x->set->servers[c->server];
}

/* How much it does before it sleeps. */
static uint64_t draw_work(struct sim *x, struct context *c)
{
	const struct sim_server *v = server_of(x, c);
	uint64_t q = v->r.budget.raw, have = sched_budget_left(&x->s, c->server).raw;
	uint64_t step_cost = x->now - x->s.now;
	uint64_t step = step_ticks(x);

	have = have > step_cost ? have - step_cost : 0;

	switch (v->habit) {
	case SIM_BUSY:
		return NEVER;
	case SIM_RANDOM:
		return sim_any(&c->seed, 2 * q);
	case SIM_PERIODIC:
	case SIM_TOGETHER:
		return sim_between(&c->seed, 1, q + q / 4);
	case SIM_MISER:
		return have > 2 * step + 1 ? have - sim_any(&c->seed, 2 * step) : have + 1;
	case SIM_PLOT:
		return have > 1 ? have - 1 : NEVER;
	case SIM_FLUTTER:
	case SIM_TASKS:
		break;
	}
	return sim_any(&c->seed, step + 1);
}

/* Until when it sleeps. */
static uint64_t draw_sleep(struct sim *x, struct context *c, uint64_t now)
{
	const struct sim_server *v = server_of(x, c);
	uint64_t p = v->r.period.raw;
	const struct sched_server *k = &x->s.servers[c->server];

	switch (v->habit) {
	case SIM_BUSY:
	case SIM_RANDOM:
		return now + sim_any(&c->seed, 2 * p);
	case SIM_PERIODIC:
		return now + p - now % p;
	case SIM_TOGETHER:
		return now + x->set->together - now % x->set->together;
	case SIM_MISER:
		if (k->q > 0 && k->replenish > now) {
			uint64_t keeps = (uint64_t)((unsigned __int128)k->q * p / k->budget) + 1;
			uint64_t at = k->replenish > keeps ? k->replenish - keeps : 0;
			return at > now ? sim_between(&c->seed, sim_random(&c->seed) % 2 ? now + 1 : at, at) : now + 1;
		}
		return now + sim_any(&c->seed, p);
	case SIM_PLOT:
		return most(now + 1, k->replenish - least(k->replenish, x->shortest));
	case SIM_FLUTTER:
	case SIM_TASKS:
		break;
	}
	return now + sim_any(&c->seed, 2 * x->set->cost.switch_ticks.raw + 1);
}

/* Accounts */

static void account_open(struct sim *x, uint32_t j, uint64_t at, uint64_t known_at)
{
	struct account *a = &x->accounts[j];

	a->ends[0].at = at;
	a->ends[0].supplied = a->supplied;
	a->ends[0].paid = a->paid;
	a->paid += step_ticks(x);
	a->count = 1;
	a->next = 1;
	a->is_ready = true;
	a->known_at = known_at;
}

/* A line wakes one of its contexts, perhaps before the event by which it was to become ready. */
static void account_wake(struct sim *x, uint32_t j, uint64_t at, uint64_t known_at)
{
	struct account *a = &x->accounts[j];

	if (!a->is_ready) {
		account_open(x, j, at, known_at);
	} else if (a->ends[0].at > at) {
		a->ends[0].at = at;
		a->known_at = known_at;
	}
}

/* It has its turn: whether that is in a budget of which nothing is paid yet. */
static void account_begin(struct sim *x, uint32_t j)
{
	struct account *a = &x->accounts[j];
	const struct sched_server *v = &x->s.servers[j];

	if (v->replenish == a->replenish)
		return;
	a->replenish = v->replenish;
	a->paid = step_ticks(x);
	if (v->replenish - v->period <= a->known_at)
		a->ends[0].paid = 0;
}

static void account_break(struct sim *x, enum sim_verdict verdict, uint32_t j, uint64_t from, uint64_t to)
{
	x->result->verdict = verdict;
	x->result->server = j;
	x->result->from = from;
	x->result->to = to;
}

/* What a server is promised of an interval: in its mode, or over a change. */
static uint64_t promised_in(const struct sim *x, uint32_t j, uint64_t from, uint64_t to)
{
	const struct sim_server *v = &x->set->servers[j];
	const struct admit_reservation *r = &v->r;

	if (from >= to)
		return 0;
	if (!x->has_begun)
		return admit_supply(r, v->lost, to - from);
	if (to > x->told_at[j])
		r = from >= x->changed_at[j] ? &x->set->mode->next[j] : &x->set->mode->sure[j];
	return admit_supply(r, x->set->mode->lost[j], to - from);
}

/* It had nothing until now: this is where it may have had too little, since any of the times noted. */
static void account_look(struct sim *x, uint32_t j, uint64_t now)
{
	const struct account *a = &x->accounts[j];

	for (uint32_t i = 0; i < a->count; i++) {
		uint64_t from = a->ends[i].at;
		uint64_t promised = promised_in(x, j, from, now);
		if (promised == 0)
			continue;
		x->result->looks++;
		x->result->looked |= UINT64_C(1) << j;
		x->result->have = a->supplied - a->ends[i].supplied;
		x->result->promised = promised;
		if (x->result->have + a->ends[i].paid < promised) {
			account_break(x, SIM_SHORT, j, from, now);
			return;
		}
	}
	/* Deadlines that came no sooner than the shortest after the wake-up. */
	if (x->s.servers[j].q > 0 && x->s.servers[j].key < now && a->ends[0].at + x->shortest <= x->s.servers[j].key)
		account_break(x, SIM_LATE, j, a->ends[0].at, now);
}

/* The end of a turn is noted in place of the oldest one, but for the first: since when it is ready. */
static void account_note(struct account *a, uint64_t now)
{
	uint32_t i = a->next;

	a->ends[i].at = now;
	a->ends[i].supplied = a->supplied;
	a->ends[i].paid = a->paid;
	a->next = i + 1 == SIM_ENDS ? 1 : i + 1;
	if (a->count < SIM_ENDS)
		a->count++;
}

/* When the first context of a server is ready, as far as that is known. */
static uint64_t ready_at(const struct sim *x, uint32_t j)
{
	uint64_t at = NEVER;

	for (uint32_t c = 0; c < x->context_count; c++)
		if (x->contexts[c].server == j)
			at = least(at, x->contexts[c].wake_at);
	return at;
}

/* Time */

/* Lines of owners with a longer relative deadline wait while it runs: core/irq and the bands of tools/takt/schedule.c.
 */
static bool is_admitted(const struct sim *x, const struct context *c, uint32_t running)
{
	if (running == SCHED_IDLE || x->contexts[running].server == SIM_SERVER_MAX)
		return true;
	return server_of(x, c)->r.deadline.raw <= server_of(x, &x->contexts[running])->r.deadline.raw;
}

/* The first line that is to interrupt the running one, or NULL. */
static struct context *first_line(struct sim *x, uint32_t running)
{
	struct context *first = NULL;

	if (!x->has_lines)
		return NULL;
	x->has_lines = false;
	for (uint32_t i = 0; i < x->context_count; i++) {
		struct context *c = &x->contexts[i];
		if (c->line_at == NEVER)
			continue;
		x->has_lines = true;
		if (!is_admitted(x, c, running))
			c->line_masked = true;
		else if (first == NULL || c->line_at < first->line_at)
			first = c;
	}
	return first;
}

/* What siblings take of each other's time is their own affair: the reservation has had it. */
static void note_siblings(struct sim *x, uint32_t before, uint32_t next, uint64_t cost)
{
	if (before == SCHED_IDLE || next == SCHED_IDLE)
		return;
	uint32_t j = x->contexts[next].server;
	if (j != SIM_SERVER_MAX && x->contexts[before].server == j && x->set->servers[j].contexts > 1)
		x->accounts[j].supplied += cost;
}

/* As take_note of core/cpu/settle.c. */
static void take_notes(struct sim *x, uint64_t at)
{
	struct sched_note note = sched_take_note(&x->s, ticks(at));

	if (note.is_changed)
		x->changed_at[note.server] = at;
	x->armed = least(x->armed, sched_await_changes(&x->s, ticks(at)).raw);
}

/* The scheduler has chosen at `at`; the step takes `cost`, and a switch if there is one. */
static void end_step(struct sim *x, uint32_t before, uint64_t at, uint64_t cost)
{
	uint32_t next = sched_running(&x->s);

	x->armed = sched_timer(&x->s, ticks(at)).raw;
	if (x->s.attention != 0)
		take_notes(x, at);
	if (next != before && next != SCHED_IDLE) {
		x->result->switches++;
		cost += x->set->cost.switch_ticks.raw;
	}
	note_siblings(x, before, next, cost);
	x->now = at + cost;
}

static void timer_step(struct sim *x, uint64_t at)
{
	uint32_t before = sched_running(&x->s);

	(void)sched_pick(&x->s, ticks(at));
	end_step(x, before, at, x->set->cost.interrupt_ticks.raw);
}

static void line_step(struct sim *x, struct context *c, uint64_t at)
{
	uint32_t before = sched_running(&x->s);
	uint64_t since = c->line_masked ? at : c->line_at;

	c->line_at = NEVER;
	c->wake_at = since;
	c->line_masked = false;
	account_wake(x, c->server, since, at);
	if (sched_wake(&x->s, (uint32_t)(c - x->contexts), ticks(at)))
		(void)sched_pick(&x->s, ticks(at));
	end_step(x, before, at, x->set->cost.interrupt_ticks.raw);
}

/* It waits for its timer, or for a line that the sender raises then. */
static void sleep_step(struct sim *x, uint32_t running, uint64_t at, uint64_t until, bool is_line)
{
	struct context *c = &x->contexts[running];

	c->wake_at = until;
	if (is_line) {
		c->wake_at = NEVER;
		c->line_at = until;
		x->has_lines = true;
		until = NEVER;
	}
	c->left = 0;
	uint64_t since = ready_at(x, c->server);
	if (since > at)
		x->accounts[c->server].is_ready = false;
	if (since > at && since != NEVER)
		account_open(x, c->server, since, since);
	if (sched_block(&x->s, running, ticks(until), ticks(at)) == SCHED_IDLE)
		sched_await(&x->s, running, ticks(until));
	end_step(x, running, at, 0);
}

/* How long the running one goes on; 0: it sleeps, its guest until *wake. */
static uint64_t wants(struct sim *x, struct context *c, uint64_t *wake)
{
	if (c == NULL || c->server == SIM_SERVER_MAX)
		return NEVER;
	struct sim_guest *guest = server_of(x, c)->guest;
	if (guest != NULL)
		return guest->wants(guest, x->now, wake);
	if (c->left == 0)
		c->left = draw_work(x, c);
	return c->left;
}

/* It was in its guest from x->now to `at`. */
static void note_run(struct sim *x, struct context *c, uint64_t at)
{
	struct account *a = &x->accounts[c->server];
	struct sim_guest *guest = server_of(x, c)->guest;

	account_begin(x, c->server);
	account_look(x, c->server, x->now);
	a->supplied += at - x->now;
	account_note(a, at);
	if (guest != NULL)
		guest->ran(guest, x->now, at);
	else if (c->left != NEVER)
		c->left -= at - x->now;
}

/* When EL2 takes the interrupt: whoever runs is in a step of its own then, which began no earlier than its turn. */
static uint64_t held_back(struct sim *x, uint64_t interrupt)
{
	uint64_t longest = x->set->cost.longest_step.raw;
	uint64_t latest = most(x->now, interrupt > longest ? interrupt - longest + 1 : 0) + longest;

	return sim_random(&x->seed) % 4 != 0 ? latest : sim_between(&x->seed, interrupt, latest);
}

/* Modes */

static bool is_other(const struct admit_reservation *a, const struct admit_reservation *b)
{
	return a->budget.raw != b->budget.raw || a->period.raw != b->period.raw || a->deadline.raw != b->deadline.raw;
}

/* The server that changes next, as approach of core/reserve.c has it; SIM_SERVER_MAX: none, but some are on their way.
 */
static uint32_t next_change(struct sim *x)
{
	const struct sim_mode *mode = x->set->mode;
	bool are_settled = true;

	for (uint32_t j = 0; j < x->set->count; j++) {
		const struct admit_reservation *r = &x->set->servers[j].r;
		bool may = x->takes || mode->is_at_once || admit_density(&mode->next[j]) <= admit_density(r);
		if (x->told_at[j] == NEVER && may && is_other(r, &mode->next[j]))
			return j;
		are_settled &= x->told_at[j] == NEVER || x->changed_at[j] != NEVER;
	}
	if (are_settled && x->takes)
		x->result->is_there = true;
	x->takes |= are_settled;
	return SIM_SERVER_MAX;
}

/* The steps of a change come at the rank of the least urgent. */
static bool is_least_urgent(const struct sim *x, uint32_t running)
{
	if (running == SCHED_IDLE || x->contexts[running].server == SIM_SERVER_MAX)
		return true;
	for (uint32_t j = 0; j < x->set->count; j++) {
		if (x->set->servers[j].r.deadline.raw > server_of(x, &x->contexts[running])->r.deadline.raw)
			return false;
	}
	return true;
}

/* A step of a change of modes. False: it is no time for one. */
static bool change_step(struct sim *x)
{
	uint32_t running = sched_running(&x->s);

	if (x->result->is_there || x->now == NEVER || !is_least_urgent(x, running))
		return false;
	x->has_begun = true;
	uint32_t j = next_change(x);
	if (j == SIM_SERVER_MAX)
		return false;
	struct sched_server_config next = {x->set->mode->next[j].budget, x->set->mode->next[j].period,
					   x->set->mode->next[j].deadline, 0};
	x->told_at[j] = x->now;
	if (sched_change(&x->s, j, &next, ticks(x->now)))
		x->changed_at[j] = x->now;
	x->result->changed++;
	(void)sched_pick(&x->s, ticks(x->now));
	end_step(x, running, x->now, x->set->cost.interrupt_ticks.raw);
	return true;
}

/* From x->now on the running one is in its guest, until something happens. */
static void go_on(struct sim *x)
{
	uint32_t running = sched_running(&x->s);
	struct context *c = running != SCHED_IDLE ? &x->contexts[running] : NULL;
	struct context *line = first_line(x, running);
	uint64_t interrupt = least(x->armed, line != NULL ? line->line_at : NEVER);
	uint64_t wake = 0;
	uint64_t work = wants(x, c, &wake);
	uint64_t pauses = work < NEVER - x->now ? x->now + work : NEVER;
	uint64_t at = most(x->now, least(interrupt, pauses));

	if (c != NULL && interrupt > x->now && interrupt < pauses)
		at = least(held_back(x, interrupt), pauses);
	if (at == NEVER) {
		x->now = NEVER;
		return;
	}
	if (c != NULL && c->server != SIM_SERVER_MAX)
		note_run(x, c, at);
	if (at < pauses || interrupt <= x->now) {
		if (line != NULL && line->line_at <= at && (line->line_at <= x->armed || x->armed > at))
			line_step(x, line, at);
		else
			timer_step(x, at);
	} else if (server_of(x, c)->guest == NULL) {
		uint64_t until = draw_sleep(x, c, at);
		sleep_step(x, running, at, until, sim_random(&c->seed) % 4 == 0);
	} else if (work == 0) {
		sleep_step(x, running, at, wake, false);
	} else {
		x->now = at;
	}
}

void sim_run(const struct sim_set *set, struct sim_result *result)
{
	static struct sim x;

	memset(&x, 0, sizeof(x));
	*result = (struct sim_result){.verdict = SIM_KEPT};
	x.set = set;
	x.result = result;
	x.seed = set->seed | 1;
	x.shortest = NEVER;
	for (uint32_t j = 0; j < set->count; j++) {
		x.shortest = least(x.shortest, set->servers[j].r.deadline.raw);
		if (set->mode != NULL)
			x.shortest = least(x.shortest, set->mode->next[j].deadline.raw);
		x.told_at[j] = NEVER;
		x.changed_at[j] = NEVER;
	}
	set_up(&x);
	for (uint32_t c = 0; c < x.context_count; c++) {
		(void)sched_wake(&x.s, c, ticks(0));
		if (x.contexts[c].server != SIM_SERVER_MAX)
			account_open(&x, x.contexts[c].server, 0, 0);
	}
	(void)sched_pick(&x.s, ticks(0));
	end_step(&x, SCHED_IDLE, 0, set->cost.interrupt_ticks.raw);
	for (uint32_t i = 0; i < set->steps && result->verdict == SIM_KEPT && x.now < set->until; i++) {
		if (set->mode == NULL || i < set->mode->begins || !change_step(&x))
			go_on(&x);
	}
	if (result->verdict == SIM_KEPT)
		result->to = x.now;
}
