/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admission: whether what was promised fits, and if not, which test says so, at what time, by how much.
 *
 * On a CPU, reservations (Q, P, D) are scheduled by EDF with hard constant-bandwidth servers. A guest may suspend
 * itself as it likes, so what one claims of an interval of length t is not the demand of a sporadic task but, by the
 * wake-up rule of logic/sched.h, up to
 *
 *     t Q / D  for t < D,     Q + (t - D) Q / P  from there on
 *
 * which is concave: the test is exact for such servers with one look at each D (the first level of Albers, Slomka
 * 2005), and for D = P it is that of utilisation alone (Liu, Layland 1973).
 *
 * Inside a reservation a guest schedules tasks by EDF or by fixed priority. Demand by t must not exceed what is
 * supplied by t: the supply bound function of the explicit-deadline periodic resource, sbf (Easwaran, Anand, Lee 2007;
 * for D = P Shin, Lee 2003):
 *
 *   supply ^                       __/         x = P + D - 2Q      longest time without supply
 *          |              __/-----'            y = floor((t - (D - Q)) / P)
 *          |     __/-----'                     sbf(t) = yQ + max(0, t - x - yP)
 *          +----'----------------------> t     linear bound below it: Q / P (t - x)
 *
 * The demand test visits few points by QPA (Zhang, Burns 2009), whose step "go back to where the supply already met
 * this demand" holds for any supply that doesn't fall. Response times under fixed priority: Davis, Burns 2005.
 *
 * What the hypervisor takes. Whoever runs next pays for the step that brought it there, and budgets are charged by the
 * clock, so all of that is in the Q. Not in them is what a step does that can't be interrupted, o = the longest of any
 * kind: one may be under way when a busy interval begins, and each server may have begun one with its last tick. Such
 * an overrun is a debt to its next budget, so in an interval it counts once: (count + 1) o beside the claims. A
 * deadline that is closer than the shortest D, as after a wake-up, may be met late by as much.
 *
 * Of a budget the guest has what is left by its debt, by the switch to it and the interrupt that asked for that, and by
 * what it pays to the one that it preempts: the way back (logic/sched.h), so that others lose nothing by its coming,
 * however often it sleeps and wakes. Others take an interrupt of it for each of their releases, when one becomes ready
 * that may not preempt: admit_lost. What it pays for waking more than once in a period is its own doing, and known from
 * its tasks: admit_wakes.
 *
 * All functions are pure and of integers. They run in the tool and in the manager, on the requester's time; only
 * admit_commit is meant for EL2. An analysis that would take too many steps refuses with ADMIT_COMPLEX.
 */
#ifndef LOGIC_ADMIT_H
#define LOGIC_ADMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/types.h"

#define ADMIT_RESERVATION_MAX 64U
#define ADMIT_TASK_MAX 64U
#define ADMIT_TIME_MAX (UINT64_C(1) << 44) /* of every period, deadline, jitter and cost */
#define ADMIT_POINTS_MAX 65536U            /* visited by one test */

struct admit_task {
	ticks_t period;   /* least distance of arrivals, > 0 */
	ticks_t wcet;     /* 1 to period */
	ticks_t deadline; /* relative to arrival; >= wcet, <= period under fixed priority */
	ticks_t jitter;   /* from arrival to release, at most; < deadline */
};

struct admit_reservation {
	ticks_t budget;   /* Q: 1 to D */
	ticks_t period;   /* P */
	ticks_t deadline; /* D: Q to P */
};

/* Of the hypervisor; measured and bounded elsewhere, or zero. */
struct admit_cost {
	ticks_t switch_ticks;    /* from one context to another */
	ticks_t interrupt_ticks; /* an interrupt that makes a context ready */
	ticks_t longest_step;    /* of any exit */
};

/* How a guest schedules its tasks. Under fixed priority they are listed from the most urgent. */
enum admit_policy {
	ADMIT_EDF = 0,
	ADMIT_FIXED_PRIORITY,
};

enum admit_test {
	ADMIT_OK = 0,
	ADMIT_VALUE,       /* item `index` is out of range, or there are too many */
	ADMIT_UTILISATION, /* demand and supply are parts of 2^32 of the time in the long run */
	ADMIT_DEMAND,      /* within some interval of length `at`, `demand` ticks are due but only `supply` are given */
	ADMIT_RESPONSE,    /* item `index` needs `demand` ticks of supply by `at`, its deadline less jitter, which gives
			      `supply` */
	ADMIT_COMPLEX,     /* it may fit, but so closely that the proof takes too long */
};

struct admit_reason {
	enum admit_test test;
	uint32_t index;
	uint64_t at;
	uint64_t demand;
	uint64_t supply;
};

/* Whether the reservations fit on a CPU together with the hypervisor's costs. why is always written. */
bool admit_cpu(const struct admit_reservation *set, uint32_t count, const struct admit_cost *cost,
	       struct admit_reason *why);

/*
 * The same under fixed priorities: ranks[i] is that of set[i], the least is the most urgent. Between two releases at t
 * and u a server is given no more than min(Q, Q (u - t) / P) anew (the wake-up rule), so of an interval of length t it
 * takes at most Q + Q (t + J) / P from those below it, where J = D - Q is how long its first budget may have waited.
 * Each budget is given by its deadline when that of all as urgent, its own and what blocks is no more than D.
 */
bool admit_cpu_fixed(const struct admit_reservation *set, const uint32_t *ranks, uint32_t count,
		     const struct admit_cost *cost, struct admit_reason *why);

/*
 * Whether the reservations of one mode may become those of another as core/mode.h has it: those whose density does not
 * rise first, each at a time of its own, then the others. Within any interval of length t the servers claim no more
 * than t times the greater sum of Q / D, however it lies to the changes; that and what can't be interrupted must fit
 * into the shortest deadline of both, and by that into every longer one. Both sets are admitted by admit_cpu.
 */
bool admit_change(const struct admit_reservation *from, const struct admit_reservation *to, uint32_t count,
		  const struct admit_cost *cost, struct admit_reason *why);

/*
 * The same under fixed priorities, for which a set is given up and taken by Q / P. Over its change a server takes at
 * most its greater Q, and (t + J) times its greater Q / P, of an interval of length t; all of them together, beside the
 * J, no more than t times the greater sum of Q / P. Each budget of both sets is given by its deadline in that company.
 */
bool admit_change_fixed(const struct admit_reservation *from, const struct admit_reservation *to, const uint32_t *ranks,
			uint32_t count, const struct admit_cost *cost, struct admit_reason *why);

/*
 * What the hypervisor's work takes of each budget of set[index] at most, if it wakes once in it: the debt of a step, a
 * switch to it and one back from it with their interrupts, and as much for each release of another one within its
 * deadline. UINT64_MAX: more than can be counted.
 */
uint64_t admit_lost(const struct admit_reservation *set, uint32_t count, uint32_t index, const struct admit_cost *cost);

/* What it takes besides when the tasks are all that the context wakes for. UINT64_MAX: more than can be counted. */
uint64_t admit_wakes(const struct admit_task *tasks, uint32_t count, const struct admit_reservation *r,
		     const struct admit_cost *cost);

/* sbf: what a reservation supplies in any interval of length t, at least; exact for the worst case. `lost` of each
 * budget is not supplied. */
uint64_t admit_supply(const struct admit_reservation *r, uint64_t lost, uint64_t t);

/* The linear lower bound of it. */
uint64_t admit_supply_linear(const struct admit_reservation *r, uint64_t lost, uint64_t t);

/* The shortest interval in which at least `demand` is supplied; UINT64_MAX: none that can be counted. */
uint64_t admit_supply_time(const struct admit_reservation *r, uint64_t lost, uint64_t demand);

/* Whether the tasks meet their deadlines in the reservation. why is always written. */
bool admit_tasks(const struct admit_task *tasks, uint32_t count, enum admit_policy policy,
		 const struct admit_reservation *r, uint64_t lost, struct admit_reason *why);

/*
 * The smallest budget with which admit_tasks accepts the tasks at r's period and deadline; it is written to r->budget.
 * False: not even budget = deadline does, and why says what fails then.
 */
bool admit_interface(const struct admit_task *tasks, uint32_t count, enum admit_policy policy, uint64_t lost,
		     struct admit_reservation *r, struct admit_reason *why);

/*
 * What is committed on a CPU, as EL2 keeps it: the sum of Q / D in parts of 2^31, each rounded up. The generation goes
 * up with each commit: who analysed an older set is told BUSY and analyses again.
 */
struct admit_account {
	uint64_t density;
	uint64_t generation;
};

/* Q / D in parts of 2^31, rounded up. r is in range. */
uint64_t admit_density(const struct admit_reservation *r);

/*
 * Replaces `old` (NULL: nothing) by `new_one` (NULL: nothing), in constant time. BUSY: not this generation. RANGE: a
 * value is out of range. NO_SPACE: the sum would exceed 1. On an error nothing changed.
 */
enum status admit_commit(struct admit_account *account, uint64_t generation, const struct admit_reservation *old,
			 const struct admit_reservation *new_one);

#endif
