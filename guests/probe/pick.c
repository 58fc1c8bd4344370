/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the scheduler's decisions cost: EL2's own code (logic/sched), compiled into a guest that counts its instructions
 * by its clock, on a virtual time of its own. Contexts by weight and in reservations, alone or up to four in one, wake,
 * wait, use up their budgets and their turns at random. A sample is one call of those that a step makes, with the
 * choice behind it: wake, block, end of a turn, or nothing but the time; then sched_pick and sched_timer.
 */
#include "guests/runtime/histogram.h"
#include "guests/runtime/print.h"
#include "guests/runtime/random.h"
#include "guests/runtime/runtime.h"
#include "guests/runtime/timer.h"
#include "logic/sched.h"

#define SLICE 1000000U
#define STEP_MAX 30000U /* ticks from one decision to the next */
#define GRID 20000U     /* timers are multiples of it, so that some expire together */
#define WAIT_GRIDS 20U  /* the longest wait */
#define SHARERS 4U
#define ROUND 500U /* decisions on one set of contexts */

enum operation { TIME, WAKE, BLOCK, TURN };

static const unsigned counts[] = {2, 16, 64};
static const char *const names[] = {"sched.pick", "sched.pick.16", "sched.pick.64"};
#define COUNTS (sizeof(counts) / sizeof(counts[0]))

static struct sched sched;
static struct histogram figures[COUNTS];
static struct sched_context_config contexts[SCHED_CONTEXT_MAX];
static struct sched_server_config servers[SCHED_SERVER_MAX];
static uint64_t random_state = UINT64_C(0xbb67ae8584caa73b);

static uint64_t draw(uint64_t low, uint64_t high) { return random_between(&random_state, low, high); }

/* How many are in reservations, and how many share each, is random: so with two contexts, too, each way is taken. */
static void set_up(unsigned count, uint64_t now)
{
	uint32_t reserved = (uint32_t)draw(0, count);
	uint32_t server_count = 0;
	uint32_t left = 0; /* contexts that the last server still gets */

	for (uint32_t c = 0; c < count; c++) {
		contexts[c] = (struct sched_context_config){.server = SCHED_NONE, .weight = (uint32_t)draw(1, 1000)};
		if (c >= reserved)
			continue;
		if (left == 0) {
			uint64_t period = draw(200000, 4000000);
			uint64_t budget = period / count;

			servers[server_count++] = (struct sched_server_config){.budget = ticks(budget),
									       .period = ticks(period),
									       .deadline = ticks(draw(budget, period))};
			left = (uint32_t)draw(1, SHARERS);
		}
		contexts[c].server = server_count - 1;
		left--;
	}
	struct sched_config config = {.context_count = count,
				      .server_count = server_count,
				      .contexts = contexts,
				      .servers = servers,
				      .slice = ticks(SLICE)};
	if (sched_init(&sched, &config, ticks(now)) != STATUS_OK)
		print("pick: no scheduler\n");
}

/* One decision of a step; the context must be in the state that the operation asks for. */
static __attribute__((noinline)) ticks_t decide(enum operation operation, uint32_t context, ticks_t until, ticks_t now)
{
	switch (operation) {
	case TIME:
		break;
	case WAKE:
		(void)sched_wake(&sched, context, now);
		break;
	case BLOCK:
		(void)sched_block(&sched, context, until, now);
		return sched_timer(&sched, now);
	case TURN:
		sched_end_turn(&sched, context, now);
		break;
	}
	(void)sched_pick(&sched, now);
	return sched_timer(&sched, now);
}

static enum operation choose(unsigned count, uint32_t *context)
{
	uint64_t n = draw(0, 9);

	*context = sched_running(&sched);
	if (n < 4 || *context == SCHED_IDLE) {
		*context = (uint32_t)draw(0, count - 1);
		return sched_state(&sched, *context) < SCHED_READY ? WAKE : TIME;
	}
	return n < 8 ? BLOCK : n == 8 ? TURN : TIME;
}

static void measure(struct histogram *h, unsigned count)
{
	uint64_t now = counter_read();
	ticks_t timer = TICKS_NEVER;

	for (unsigned i = 0; i < PICK_SAMPLES; i++) {
		if (i % ROUND == 0) {
			set_up(count, now);
			timer = TICKS_NEVER;
		}
		uint32_t context;
		enum operation operation = choose(count, &context);
		uint64_t until = (now / GRID + draw(1, WAIT_GRIDS)) * GRID;
		uint64_t next = now + draw(1, STEP_MAX);

		if (timer.raw < next) { /* the deadline timer, which is not missed */
			operation = TIME;
			next = timer.raw;
		}
		now = next;
		uint64_t start = counter_read();
		timer = decide(operation, context, ticks(until), ticks(now));
		uint64_t end = counter_read();
		histogram_add(h, end - start);
	}
}

void guest_main(void)
{
	runtime_enable_mmu();
	print("pick: %u samples of each\n", PICK_SAMPLES);
	console_drain();
	timer_delay_ns(5000000);
	for (unsigned i = 0; i < COUNTS; i++) {
		histogram_clear(&figures[i]);
		measure(&figures[i], counts[i]);
	}
	for (unsigned i = 0; i < COUNTS; i++)
		histogram_print_figure(&figures[i], names[i]);
	print("pick done\n");
	console_drain();
}
