/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler of one CPU, as pure decisions: who runs, and when EL2 must look again.
 *
 * Contexts are numbered 0 .. context_count-1 on this CPU. Each draws from a reservation (a hard server), or is best
 * effort by weight in the time that is left. Contexts that share a reservation take turns by slice. Which server runs
 * is the CPU's policy: EDF (what follows here), fixed priorities (logic/sched/fixed.c), or a time table
 * (logic/sched/table.c).
 *
 *   OFF --wake--> READY <--pick/preempt--> RUNNING --block--> BLOCKED --wake, or its event is due--> READY
 *
 * A server has a budget q, a deadline d and a time r of its next release: a release at t sets (Q, t + D, t + P). In the
 * hard form of the constant-bandwidth server (Abeni, Buttazzo 1998) one that is exhausted waits for r. On wake-up at t
 * a server whose contexts were all blocked keeps q and r while t < r and q / (r - t) <= Q / P, else it has a release at
 * t. If it keeps them and D < P, it keeps d too while t < d and q / (d - t) <= Q / D, else d = t + q D / Q: so it never
 * claims more than Q / P in the long run, nor more than Q / D of any interval, and what it is supplied from a wake-up
 * on is never less than admit_supply says. For D = P, d is r, and this is the usual rule. Overruns are debts that the
 * next budgets pay.
 *
 * A server that becomes active and comes before the one whose turn it is gives that one `way_back` of its
 * budget; with no more than that left it waits for its release. The CPU charges a switch to whoever it leads to: so
 * what the other one is charged for going on later it has got before, and a server that sleeps and wakes as often as it
 * can takes nothing from it.
 *
 * An event is the time at which a blocked context becomes ready by itself (its guest's timer). The deadline timer is
 * armed only for what matters to the running context: its own budget or slice, and events and replenishments of
 * contexts that would preempt it.
 *
 * Every function is bounded: O(log SCHED_CONTEXT_MAX), at most SCHED_EXPIRE_MAX events are handled in one call; when
 * more are due, sched_timer answers `now`, so that the next step goes on. Caller: the owning CPU, interrupts masked.
 * `now` is at least SCHED_NOW_MIN and never goes back.
 */
#ifndef LOGIC_SCHED_H
#define LOGIC_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/tournament.h"
#include "base/types.h"

#define SCHED_NOW_MIN 2U /* earlier times are words of the scheduler's own */
#define SCHED_CONTEXT_MAX 64U
#define SCHED_SERVER_MAX 64U
#define SCHED_EXPIRE_MAX 2U
#define SCHED_WINDOW_MAX 32U
#define SCHED_RANK_MAX 255U
#define SCHED_IDLE UINT32_C(0xffffffff) /* no context */
#define SCHED_NONE UINT32_C(0xffffffff) /* no reservation */

struct sched_server_config {
	ticks_t budget;   /* Q: 1 to P */
	ticks_t period;   /* P */
	ticks_t deadline; /* D: Q to P */
	uint32_t rank;    /* under fixed priorities: 1, the most urgent, to SCHED_RANK_MAX; else of no meaning */
};

/* Of a time table: who has the CPU from start to end, ticks from the frame's begin. */
struct sched_window {
	uint64_t start;
	uint64_t end;
	uint32_t server;    /* whose it is, or SCHED_NONE: best effort's */
	uint32_t is_closed; /* 1: nobody has it while its owner waits; 0: best effort has */
};

/* Which server runs where several could; one for each CPU. Each is a file in logic/sched/. */
enum sched_policy {
	SCHED_POLICY_EDF = 0, /* the earliest deadline */
	SCHED_POLICY_FIXED,   /* the least rank */
	SCHED_POLICY_TABLE,   /* the one whose window it is; budgets and periods are of no meaning */
};

struct sched_context_config {
	uint32_t server; /* index, or SCHED_NONE: best effort */
	uint32_t weight; /* 1 to 1000 for best effort */
};

struct sched_config {
	uint32_t context_count;
	uint32_t server_count;
	const struct sched_context_config *contexts;
	const struct sched_server_config *servers;
	ticks_t slice;    /* longest turn among best effort, and among contexts of one reservation; > 0 */
	ticks_t way_back; /* an interrupt and a switch, at most: what a reservation that preempts another one pays it */
	enum sched_policy policy;
	ticks_t frame; /* of a table; the windows cover it in order, without gaps */
	uint32_t window_count;
	const struct sched_window *windows;
};

/*
 * Classes in the order in which they get the CPU. A context belongs to one for ever. Each is a file in logic/sched/
 * that keeps the contract of logic/sched/class.h.
 */
enum sched_class {
	SCHED_CLASS_SERVERS = 0, /* reservations */
	SCHED_CLASS_WEIGHT = 1,  /* best effort */
};

enum sched_state {
	SCHED_OFF = 0,
	SCHED_BLOCKED,
	SCHED_READY,
	SCHED_RUNNING,
};

/* The fields below are the scheduler's own; they are here so that the owner can hold the struct. */

#define SCHED_EVENT_NODES 513U /* of all groups: the worst partition of 64 contexts, and best effort without any */

/*
 * Contexts that share a reservation, or all best effort: the tournament of the events of the blocked ones. That of best
 * effort is the first in event_node. That of a reservation of one context is not used: its server's activation says it.
 */
struct sched_group {
	uint16_t node; /* of event_node: where its tournament begins */
	uint8_t first_leaf;
	uint8_t first_order; /* of order: the context of leaf 0 */
	uint32_t count;
};

struct sched_context {
	uint8_t state;    /* enum sched_state */
	uint8_t class_id; /* enum sched_class */
	uint8_t group;    /* its reservation; SCHED_SERVER_MAX: best effort */
	uint8_t leaf;     /* in its group */
	uint32_t inverse; /* best effort: virtual time for each tick, 2^16 to the unit */
	uint64_t virtual_time;
	uint32_t fraction; /* of virtual_time, 2^16 to the unit */
	uint32_t pad[3];   /* to a power of two: contexts are indexed all the time */
};

/* When all of q <= 0: exhausted. (q, d) as in the opening comment; times are raw ticks. */
struct sched_server {
	uint64_t ready;                    /* contexts that are ready or running, one bit each */
	int64_t q;                         /* what is left of the budget; below zero: debt */
	uint64_t key;                      /* of an active one: its deadline d under EDF, its rank; the least runs */
	uint64_t replenish;                /* the earliest next release of a budget, once this one is used up */
	uint64_t idle_since;               /* all its contexts are blocked */
	uint64_t at;                       /* its activation, or UINT64_MAX: none */
	uint64_t next_key;                 /* of its activation: the key that it will have then; 0: not computed yet */
	bool next_keeps;                   /* and whether it keeps its budget; else it has a release */
	bool is_shared;                    /* by more than one context */
	uint32_t turn;                     /* the context whose turn it is */
	int64_t turn_left;                 /* of its slice; of no meaning unless shared */
	uint64_t budget, period, deadline; /* Q, P, D */
	uint64_t rank;
	uint64_t fresh_deadline;           /* D of the next release: another one than D while a change waits for it */
	uint64_t next_budget, next_period; /* Q and P from the next release on; next_period 0: no change waits */
};

_Static_assert(sizeof(struct sched_server) == 128 && sizeof(struct sched_context) == 32, "powers of two");

/*
 * An activation is the time at which an idle or exhausted server becomes active by itself. The one that was the
 * earliest when it was entered is kept outside the tournament: on most CPUs there is seldom another one.
 */
struct sched_active {
	uint32_t current;    /* of the active servers the one with the least key, or SCHED_NONE; it is not in queue
			      */
	uint32_t first_leaf; /* of queue and activation */
	uint32_t next;       /* the server whose activation is next_at, or SCHED_NONE; it is not in activation */
	uint32_t pad;
	uint64_t next_at;
	uint64_t queue[TOURNAMENT_NODES];      /* keys of the other active ones */
	uint64_t activation[TOURNAMENT_NODES]; /* the other activations */
};

/* When it is not shared, `current` is all that counts. */
struct sched_weight {
	uint32_t current;                 /* whose turn it is, or SCHED_IDLE; it is not in queue */
	bool is_shared;                   /* by more than one context */
	bool yielded;                     /* current gives up the rest of its turn */
	int64_t turn_left;                /* of its slice */
	uint64_t virtual_time;            /* at which the one that was chosen last began */
	uint64_t finish;                  /* the latest virtual time of any that ran */
	uint64_t queue[TOURNAMENT_NODES]; /* virtual times of the other ready ones */
};

struct sched_table {
	uint64_t frame;
	uint32_t count;
	uint32_t gate; /* the server that keeps others out of closed windows, or SCHED_NONE */
	struct sched_window windows[SCHED_WINDOW_MAX];
};

struct sched {
	uint32_t running; /* a context, or SCHED_IDLE */
	uint32_t context_count;
	uint64_t now;       /* up to here the time is charged */
	uint64_t unchanged; /* before this time sched_pick would choose as it did, or one of the values below */
	uint64_t slice;
	uint64_t way_back;
	uint64_t attention; /* servers of which the caller has to take note, one bit each: set here, cleared by
			       sched_take_note */
	struct sched_active active;
	struct sched_weight weight;
	struct sched_context contexts[SCHED_CONTEXT_MAX];
	struct sched_server servers[SCHED_SERVER_MAX];
	struct sched_group groups[SCHED_SERVER_MAX + 1]; /* the last: best effort */
	uint8_t order[SCHED_CONTEXT_MAX];                /* contexts, group after group */
	uint64_t event_node[SCHED_EVENT_NODES];
	uint64_t exhausted;                  /* of attention: those that ran out of budget */
	uint64_t changed;                    /* of attention: those that have taken on what sched_change gave them */
	uint64_t changing;                   /* of attention: those for which it waits */
	uint64_t noted;                      /* of attention: those before the next one in turn */
	uint64_t missed;                     /* of attention: those whose budget ended, or began, behind its deadline */
	uint64_t foreseen[TOURNAMENT_NODES]; /* the keys that active.activation leads to; behind what is used all the
						time */
	uint32_t policy;                     /* enum sched_policy */
	struct sched_table table;
};

/* Of `unchanged`, where no time is known. */
#define SCHED_MUST_PICK UINT64_C(0)
#define SCHED_MUST_LOOK UINT64_C(1) /* it has chosen, but not computed until when */

/* The longest times that it takes, in ticks: beyond them sums could overflow. A slice is a period in this sense. */
#define SCHED_PERIOD_MAX (UINT64_C(1) << 44)
#define SCHED_WEIGHT_MAX 1000U
/* A debt of more budgets than this is forgiven down to it. */
#define SCHED_DEBT_PERIODS_MAX 1024U

/*
 * All contexts OFF, nothing runs, all servers with a full budget to be released at their first wake-up. STATUS_INVALID:
 * a count or index out of range. STATUS_RANGE: a budget, period, deadline, weight or slice. Boot only: not bounded like
 * the rest.
 */
enum status sched_init(struct sched *s, const struct sched_config *config, ticks_t now);

/*
 * OFF or BLOCKED to READY; nothing on a context that is ready or runs. True: what sched_pick or sched_timer would
 * answer may have changed (it preempts, the CPU idles, or it is now the first that waits for the end of a slice): the
 * caller picks and arms the timer again. No reservation is charged.
 */
bool sched_wake(struct sched *s, uint32_t context, ticks_t now);

/*
 * The short way from idleness back: the context, alone in best effort, becomes ready while nobody runs and nothing else
 * is due, so it is RUNNING now, as sched_wake and sched_pick would have it, and the time that sched_timer answered
 * still holds. False: nothing has changed.
 */
bool sched_resume(struct sched *s, uint32_t context, ticks_t now);

/*
 * The running context waits, until `until` at the latest; TICKS_NEVER, or a time past 2^62: it does not become ready by
 * itself. Answers who runs next, as sched_pick does. When nobody does, `until` is not taken note of: a CPU that idles
 * has the timers of whoever ran last still, and they wake it; sched_await says so when that ends.
 */
uint32_t sched_block(struct sched *s, uint32_t context, ticks_t until, ticks_t now);

/*
 * The time from `from` to `to` is charged to a context that did not run, in whatever state it is, and not to the
 * running one, which is charged up to `from`. A reservation that is exhausted, or idle, gets deeper into debt; best
 * effort pays in virtual time. Afterwards it is `to`. True: sched_timer is to be asked again; else what it said holds,
 * though for the running one it may be too early. Under a time table nobody's window is shorter or longer for it.
 */
bool sched_pay(struct sched *s, uint32_t context, ticks_t from, ticks_t to);

/* From any state; its event is cleared. When it ran, the caller picks next. */
void sched_off(struct sched *s, uint32_t context, ticks_t now);

/*
 * When the BLOCKED context becomes ready by itself, in place of what it waited for; TICKS_NEVER, or a time past 2^62:
 * it does not. Void as soon as it is no longer blocked. The caller arms the timer again.
 */
void sched_await(struct sched *s, uint32_t context, ticks_t when);

/* When the next budget of the context's reservation begins, which it has; it, or the one that would begin if the
 * context were ready now: after `now`. */
ticks_t sched_next_release(const struct sched *s, uint32_t context, ticks_t now);

/*
 * The running context ends its turn: another ready one of its reservation goes first, for best effort any other one of
 * best effort. The caller picks next. It is no way to get more than one's share: virtual time that others are behind is
 * forfeited.
 */
void sched_end_turn(struct sched *s, uint32_t context, ticks_t now);

/*
 * Charges the running context for the time since the last call, releases budgets, handles at most SCHED_EXPIRE_MAX due
 * events that matter, and chooses: the answer is RUNNING now, the one that ran before (when it is another) READY.
 * SCHED_IDLE: nobody is ready.
 */
uint32_t sched_pick(struct sched *s, ticks_t now);

/*
 * When sched_pick must be called again at the latest, if nothing else happens; `now` when that time has come, or
 * when something has happened since the last pick that may change the choice. For the running context: the end of its
 * budget, of its slice if others of its group wait, and the events and releases of those that would preempt it. Now and
 * then it may be earlier than needed (events of servers in more than two rows of eight come before the end of the
 * running one's budget), never later.
 */
ticks_t sched_timer(struct sched *s, ticks_t now);

static inline uint32_t sched_running(const struct sched *s) { return s->running; }

static inline enum sched_state sched_state(const struct sched *s, uint32_t context)
{
	return (enum sched_state)s->contexts[context].state;
}

/* What has happened to a server. */
struct sched_note {
	uint32_t context; /* the one whose turn it was */
	bool is_exhausted;
	bool is_overrun; /* the same, and one of its contexts is ready */
	uint32_t server;
	bool is_changed; /* what sched_change gave it holds from here on */
	bool is_miss;    /* its budget was not used up, or not even begun, by its deadline; not under a table */
};

/*
 * One of the servers in s->attention, which is not 0. Those whose change waits stay in it, and each is looked at in its
 * turn.
 */
struct sched_note sched_take_note(struct sched *s, ticks_t now);

/*
 * Behind sched_timer: the earliest time at which the change of an idle server is due, `now` if that is past, or
 * TICKS_NEVER; sched_pick is to be called then too, so that changes end by themselves. Loop over those that wait.
 */
ticks_t sched_await_changes(struct sched *s, ticks_t now);

/*
 * The server, not of a table, has another budget, period and deadline, in range, from its next release on: at once if
 * it is idle and that is due (true), else it is noted when it has (false). Until then it has what it had: the budget
 * under way, its deadline, and the wake-up rule by which it keeps them. No other change waits for its release. What it
 * claims up to that release is bounded by the old values, from there on by the new ones, and so is what it is supplied.
 */
bool sched_change(struct sched *s, uint32_t server, const struct sched_server_config *next, ticks_t now);

/* What is left of a server's budget as charged so far; 0 when it is exhausted. */
static inline ticks_t sched_budget_left(const struct sched *s, uint32_t server)
{
	return ticks(s->servers[server].q > 0 ? (uint64_t)s->servers[server].q : 0);
}

#endif
