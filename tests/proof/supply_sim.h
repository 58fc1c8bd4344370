/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One CPU with the real scheduler (logic/sched), event by event, at the hypervisor's worst: every interrupt and every
 * switch takes what the costs say, the step that an interrupt finds under way ends as late as it can, and whoever runs
 * next pays, as in core/cpu/settle.c. What the contexts of each reservation do is drawn as they do it; best effort
 * never sleeps. The time that contexts spend in their guests is compared with what admission promised.
 */
#ifndef TESTS_PROOF_SUPPLY_SIM_H
#define TESTS_PROOF_SUPPLY_SIM_H

#include "logic/admit.h"
#include "logic/sched.h"

#define SIM_SERVER_MAX 32U
#define SIM_CONTEXT_MAX 64U
#define SIM_ENDS 16U

/* How contexts of a reservation behave: each time that one goes on, its work and its sleep are drawn so. */
enum sim_habit {
	SIM_BUSY,     /* never sleeps */
	SIM_RANDOM,   /* for times of any order of magnitude */
	SIM_PERIODIC, /* at multiples of its period, as a task */
	SIM_TOGETHER, /* at multiples of a time that all have in common */
	SIM_MISER,    /* sleeps with little budget left, and wakes where it may just keep it */
	SIM_PLOT,     /* sleeps with one tick left, and wakes when the shortest deadline comes just after its own */
	SIM_FLUTTER,  /* a few ticks of each, over and over */
	SIM_HABITS,
	SIM_TASKS = SIM_HABITS, /* what its guest says */
};

/* What runs in a context, by what it wants. */
struct sim_guest {
	/* How long it goes on from now before it asks again; 0: it sleeps until *wake. */
	uint64_t (*wants)(struct sim_guest *g, uint64_t now, uint64_t *wake);
	/* It ran from then until now. */
	void (*ran)(struct sim_guest *g, uint64_t from, uint64_t now);
};

struct sim_server {
	struct admit_reservation r;
	enum sim_habit habit;
	uint32_t contexts;       /* that share it */
	uint64_t lost;           /* what is promised is admit_supply of r and this */
	uint64_t seed;           /* of what they do: it stays theirs when others are taken out of the set */
	struct sim_guest *guest; /* of SIM_TASKS, which has one context */
};

/* Another mode, and how it is entered. */
struct sim_mode {
	struct admit_reservation next[SIM_SERVER_MAX];
	struct admit_reservation sure[SIM_SERVER_MAX]; /* of both, over the change */
	uint64_t lost[SIM_SERVER_MAX];                 /* of each budget from the change's begin on */
	uint32_t begins;                               /* behind so many steps */
	bool is_at_once;                               /* nobody waits for others to give; core/mode.h forbids that */
};

/* All times in ticks. */
struct sim_set {
	struct sim_server servers[SIM_SERVER_MAX];
	uint32_t count;
	uint32_t hogs; /* best effort */
	uint64_t slice;
	struct admit_cost cost;      /* what steps take */
	uint64_t way_back;           /* what the scheduler is told of it */
	uint64_t together;           /* of SIM_TOGETHER */
	uint64_t seed;               /* of how late interrupts are */
	const struct sim_mode *mode; /* that it goes to; NULL: it stays */
	uint32_t steps;              /* of EL2, for which it runs at most */
	uint64_t until;              /* and the time */
};

enum sim_verdict {
	SIM_KEPT,  /* until `to` */
	SIM_SHORT, /* a server had `have` of the `promised` ticks in [from, to) */
	SIM_LATE,  /* its budget was not used up by its deadline, `to` */
};

struct sim_result {
	enum sim_verdict verdict;
	uint32_t server;
	uint64_t from, to, have, promised;
	uint64_t looks;  /* comparisons with a promise above 0 */
	uint64_t looked; /* servers that had some, one bit each */
	uint64_t switches;
	uint32_t changed; /* servers that have come to another mode */
	bool is_there;    /* all of them */
};

void sim_run(const struct sim_set *set, struct sim_result *result);

/* xorshift64* (Vigna 2016): each has a state of its own. */
uint64_t sim_random(uint64_t *state);
uint64_t sim_between(uint64_t *state, uint64_t low, uint64_t high);
/* Of any order of magnitude from 1 to high. */
uint64_t sim_any(uint64_t *state, uint64_t high);

#endif
