/* SPDX-License-Identifier: Apache-2.0 */
/* links: @sched */
/* The scheduler, rule by rule. Server 0: (3, 10, 10); server 1: (4, 20, 20); slice 5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "logic/sched.h"

#define A 0U /* of server 0 */
#define B 1U /* of server 1 */
#define C 2U /* of server 1 */
#define X 3U /* best effort, weight 1 */
#define Y 4U /* best effort, weight 2 */

static struct sched_server_config servers[] = {{{3}, {10}, {10}, 0}, {{4}, {20}, {20}, 0}};
static struct sched_context_config contexts[] = {{0, 0}, {1, 0}, {1, 0}, {SCHED_NONE, 1}, {SCHED_NONE, 2}};
static struct sched_config config = {
	.context_count = 5, .server_count = 2, .contexts = contexts, .servers = servers, .slice = {5}};
static struct sched s;

/* Nothing here is allocated, and the leak check of some machines' libraries doesn't survive these many words of data.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0"; }

static int set_up(void **state)
{
	(void)state;
	return sched_init(&s, &config, ticks(100)) == STATUS_OK ? 0 : -1;
}

static uint32_t pick(uint64_t now) { return sched_pick(&s, ticks(now)); }
static uint64_t timer(uint64_t now) { return sched_timer(&s, ticks(now)).raw; }
static bool wake(uint32_t context, uint64_t now) { return sched_wake(&s, context, ticks(now)); }

static void block_until(uint32_t context, uint64_t event, uint64_t now)
{
	if (sched_block(&s, context, ticks(event), ticks(now)) == SCHED_IDLE)
		sched_await(&s, context, ticks(event));
}

static void nobody_runs_at_first(void **state)
{
	(void)state;
	assert_int_equal(pick(100), SCHED_IDLE);
	assert_true(timer(100) == UINT64_MAX);
	assert_int_equal(sched_state(&s, A), SCHED_OFF);
}

static void wrong_configurations_are_refused(void **state)
{
	struct sched_context_config bad_server_of[] = {{2, 0}};
	struct sched_context_config bad_weight[] = {{SCHED_NONE, SCHED_WEIGHT_MAX + 1}};
	struct sched_server_config bad_server[] = {{{5}, {10}, {4}, 0}};
	struct sched_config bad = config;

	(void)state;
	bad.slice = ticks(0);
	assert_int_equal(sched_init(&s, &bad, ticks(0)), STATUS_RANGE);
	bad = (struct sched_config){
		.context_count = 1, .server_count = 2, .contexts = bad_server_of, .servers = servers, .slice = {5}};
	assert_int_equal(sched_init(&s, &bad, ticks(0)), STATUS_INVALID);
	bad = (struct sched_config){
		.context_count = 1, .server_count = 2, .contexts = bad_weight, .servers = servers, .slice = {5}};
	assert_int_equal(sched_init(&s, &bad, ticks(0)), STATUS_RANGE);
	bad = (struct sched_config){
		.context_count = 0, .server_count = 1, .contexts = NULL, .servers = bad_server, .slice = {5}};
	assert_int_equal(sched_init(&s, &bad, ticks(0)), STATUS_RANGE);
	bad = (struct sched_config){.context_count = SCHED_CONTEXT_MAX + 1,
				    .server_count = 0,
				    .contexts = NULL,
				    .servers = NULL,
				    .slice = {5}};
	assert_int_equal(sched_init(&s, &bad, ticks(0)), STATUS_INVALID);
}

static void wake_says_when_to_pick(void **state)
{
	(void)state;
	assert_true(wake(X, 100)); /* idle */
	assert_int_equal(pick(100), X);
	assert_true(timer(100) == UINT64_MAX);
	assert_true(wake(Y, 101)); /* the slice counts from now on */
	assert_int_equal(pick(101), X);
	assert_int_equal(timer(101), 105);
	assert_false(wake(X, 101)); /* it runs */
	assert_true(wake(B, 102));  /* preempts */
	assert_int_equal(pick(102), B);
	assert_true(wake(A, 102)); /* earlier deadline */
	assert_int_equal(pick(102), A);
	assert_false(wake(C, 102)); /* its server waits */
}

static void a_budget_ends_and_comes_back(void **state)
{
	(void)state;
	wake(A, 100);
	wake(X, 100);
	assert_int_equal(pick(100), A);
	assert_int_equal(timer(100), 103);
	assert_int_equal(pick(103), X);
	assert_true(s.exhausted == 1);
	assert_int_equal(sched_budget_left(&s, 0).raw, 0);
	assert_int_equal(timer(103), 110);
	assert_int_equal(pick(110), A);
	assert_int_equal(sched_budget_left(&s, 0).raw, 3);
}

static void who_preempts_pays_the_way_back(void **state)
{
	struct sched_config paying = config;

	(void)state;
	paying.way_back = ticks(1);
	assert_int_equal(sched_init(&s, &paying, ticks(100)), STATUS_OK);
	wake(B, 100);
	assert_int_equal(pick(100), B);
	wake(A, 102); /* 3 of 3, and B 2 of 4 when it is charged */
	assert_int_equal(pick(102), A);
	assert_int_equal(sched_budget_left(&s, 0).raw, 2);
	assert_int_equal(sched_budget_left(&s, 1).raw, 3);
	block_until(A, 104, 103); /* 1 is left, too little to come back with */
	assert_int_equal(pick(103), B);
	assert_int_equal(pick(timer(103)), B);
	assert_int_equal(sched_budget_left(&s, 0).raw, 0);
	wake(X, 105);
	assert_int_equal(pick(106), X); /* B has used its 4, and the one it was given */
	assert_int_equal(timer(106), 112);
	assert_int_equal(pick(112), A);
	paying.way_back = ticks(SCHED_PERIOD_MAX + 1);
	assert_int_equal(sched_init(&s, &paying, ticks(100)), STATUS_RANGE);
}

static void an_exhausted_server_gets_no_best_effort(void **state)
{
	(void)state;
	wake(A, 100);
	assert_int_equal(pick(100), A);
	assert_int_equal(pick(103), SCHED_IDLE);
	assert_int_equal(timer(103), 110);
}

static void an_overrun_is_paid_later(void **state)
{
	(void)state;
	wake(A, 100);
	pick(100);
	assert_int_equal(pick(105), SCHED_IDLE); /* 2 too many */
	assert_int_equal(pick(110), A);
	assert_int_equal(timer(110), 111);
	assert_int_equal(pick(118), SCHED_IDLE); /* 7 too many: two budgets and 1 */
	assert_int_equal(timer(118), 140);
	assert_int_equal(pick(140), A);
	assert_int_equal(timer(140), 142);
}

static void a_server_that_wakes_early_keeps_its_deadline(void **state)
{
	(void)state;
	wake(A, 100);
	pick(100);
	block_until(A, UINT64_MAX, 102);
	wake(A, 104); /* 1 / 6 <= 3 / 10 */
	assert_int_equal(pick(104), A);
	assert_int_equal(s.servers[0].key, 110);
	assert_int_equal(timer(104), 105);
}

static void a_server_that_wakes_late_starts_afresh(void **state)
{
	(void)state;
	wake(A, 100);
	pick(100);
	block_until(A, UINT64_MAX, 102);
	wake(A, 107); /* 1 / 3 > 3 / 10 */
	assert_int_equal(pick(107), A);
	assert_int_equal(s.servers[0].key, 117);
	assert_int_equal(timer(107), 110);
}

static void an_event_wakes_at_its_time(void **state)
{
	(void)state;
	wake(X, 100);
	wake(A, 100);
	pick(100);
	block_until(A, 120, 101);
	assert_int_equal(pick(101), X);
	assert_int_equal(timer(101), 120);
	assert_int_equal(timer(119), 120);
	assert_int_equal(timer(120), 120);
	assert_int_equal(pick(120), A);
	block_until(A, 110, 121); /* is past */
	assert_int_equal(timer(121), 121);
	assert_int_equal(pick(121), A);
}

static void events_of_those_that_cannot_preempt_wait(void **state)
{
	(void)state;
	wake(B, 100);
	pick(100);
	block_until(B, 121, 100);
	wake(X, 100);
	pick(100);
	block_until(X, 121, 100);
	wake(A, 120);
	assert_int_equal(pick(120), A); /* d = 130; B: 121 + 20 */
	assert_int_equal(timer(120), 123);
	assert_int_equal(pick(123), B);
	assert_int_equal(s.servers[1].key, 141); /* as of its own time */
	block_until(B, UINT64_MAX, 124);
	assert_int_equal(pick(124), X);
}

static void a_cleared_event_is_forgotten(void **state)
{
	(void)state;
	wake(A, 100);
	pick(100);
	block_until(A, 120, 101);
	pick(101);
	sched_await(&s, A, TICKS_NEVER);
	assert_true(timer(101) == UINT64_MAX);
	sched_await(&s, A, ticks(130));
	assert_int_equal(timer(101), 130);
	sched_off(&s, A, ticks(102));
	assert_true(timer(102) == UINT64_MAX);
	assert_int_equal(sched_state(&s, A), SCHED_OFF);
}

static void siblings_take_turns(void **state)
{
	struct sched_server_config long_servers[] = {{{3}, {10}, {10}, 0}, {{40}, {50}, {50}, 0}};
	struct sched_config k = config;

	(void)state;
	k.servers = long_servers;
	assert_int_equal(sched_init(&s, &k, ticks(100)), STATUS_OK);
	wake(B, 100);
	wake(C, 100);
	assert_int_equal(pick(100), B);
	assert_int_equal(timer(100), 105);
	assert_int_equal(pick(105), C);
	sched_end_turn(&s, C, ticks(106));
	assert_int_equal(pick(106), B);
	block_until(B, 109, 107);
	assert_int_equal(pick(107), C);
	assert_int_equal(timer(107), 112); /* B's event is past by then */
	assert_int_equal(pick(112), B);
}

static void best_effort_shares_by_weight(void **state)
{
	uint64_t ran[5] = {0};

	(void)state;
	wake(X, 100);
	wake(Y, 100);
	for (uint64_t t = 100; t < 400; t += 5)
		ran[pick(t)] += 5;
	assert_in_range(ran[Y], 195, 205);
	assert_in_range(ran[X], 95, 105);
}

static void a_yield_lets_the_other_go_first(void **state)
{
	(void)state;
	wake(X, 100);
	wake(Y, 100);
	assert_int_equal(pick(100), X);
	sched_end_turn(&s, X, ticks(101));
	assert_int_equal(pick(101), Y);
	sched_end_turn(&s, Y, ticks(101));
	assert_int_equal(pick(101), X);
	sched_off(&s, Y, ticks(102));
	sched_end_turn(&s, X, ticks(102));
	assert_int_equal(pick(102), X);
}

/* The short way from idleness is the long one: same state, same time to look again, for one alone in best effort. */
static void resume_is_wake_and_pick(void **state)
{
	struct sched_config alone = {.context_count = 4,
				     .server_count = 2,
				     .contexts = contexts,
				     .servers = servers,
				     .slice = {5}}; /* A, B, C and X */
	struct sched other;

	(void)state;
	assert_int_equal(sched_init(&s, &alone, ticks(100)), STATUS_OK);
	wake(A, 100);
	wake(X, 100);
	assert_int_equal(pick(100), A);
	block_until(A, 130, 101);
	assert_int_equal(pick(101), X);
	assert_false(sched_resume(&s, A, ticks(101))); /* somebody runs */
	sched_block(&s, X, TICKS_NEVER, ticks(102));
	assert_int_equal(pick(102), SCHED_IDLE);
	assert_int_equal(timer(102), 130);
	other = s;
	assert_false(sched_resume(&s, A, ticks(110))); /* a reservation's */
	assert_false(sched_resume(&s, X, ticks(130))); /* A's event has come */
	assert_memory_equal(&s, &other, sizeof(s));
	assert_true(sched_resume(&s, X, ticks(110)));
	sched_wake(&other, X, ticks(110));
	assert_int_equal(sched_pick(&other, ticks(110)), X);
	assert_int_equal(sched_timer(&other, ticks(110)).raw, 130);
	assert_memory_equal(&s, &other, sizeof(s));
	assert_int_equal(timer(110), 130);
	assert_int_equal(pick(130), A);
}

static void who_is_out_pays(void **state)
{
	(void)state;
	wake(A, 100);
	wake(X, 100);
	assert_int_equal(pick(100), A);
	assert_int_equal(pick(103), X); /* A is exhausted */
	(void)sched_pay(&s, A, ticks(105), ticks(106));
	assert_int_equal(sched_budget_left(&s, 0).raw, 0);
	assert_int_equal(pick(timer(106)), A);
	assert_int_equal(sched_budget_left(&s, 0).raw, 2); /* of 3: the debt is paid */
	assert_int_equal(pick(112), X);
	(void)sched_pay(&s, A, ticks(112), ticks(119)); /* two budgets and one tick */
	assert_int_equal(timer(119), 140);
	assert_int_equal(pick(140), A);
	assert_int_equal(sched_budget_left(&s, 0).raw, 2);
}

/* A has run for 1 of its 3, and comes back at 104; X runs. */
static void sleep_beside_best_effort(void)
{
	wake(A, 100);
	wake(X, 100);
	assert_int_equal(pick(100), A);
	block_until(A, 104, 101);
	assert_int_equal(pick(101), X);
}

static void who_sleeps_pays(void **state)
{
	(void)state;
	sleep_beside_best_effort();
	(void)sched_pay(&s, A, ticks(101), ticks(103)); /* all it had */
	assert_int_equal(timer(103), 110);              /* not 104 */
	assert_int_equal(pick(103), X);
	assert_int_equal(pick(110), A);
	assert_int_equal(sched_budget_left(&s, 0).raw, 3);
}

static void who_comes_meanwhile_pays_afterwards(void **state)
{
	(void)state;
	sleep_beside_best_effort();
	(void)sched_pay(&s, A, ticks(103), ticks(106)); /* the budget that was released at 104 */
	assert_int_equal(pick(106), X);
	assert_int_equal(timer(106), 114);
	assert_int_equal(pick(114), A);
	assert_int_equal(sched_budget_left(&s, 0).raw, 3);
}

static void who_has_paid_may_keep_an_earlier_deadline(void **state)
{
	static const struct sched_server_config long_servers[] = {{{30}, {100}, {100}, 0}, {{40}, {200}, {200}, 0}};
	struct sched_config long_config = config;

	(void)state;
	long_config.servers = long_servers;
	assert_int_equal(sched_init(&s, &long_config, ticks(1000)), STATUS_OK);
	wake(B, 1000);
	assert_int_equal(pick(1000), B);
	block_until(B, 1080, 1020);
	assert_int_equal(pick(1080), B); /* 20 by 1200 */
	wake(A, 1080);
	assert_int_equal(pick(1080), A); /* 30 by 1180 */
	block_until(A, 1115, 1090);
	assert_false(sched_pay(&s, X, ticks(1090), ticks(1100)));
	assert_true(sched_timer(&s, ticks(1100)).raw <= 1120);
	assert_int_equal(pick(1100), B);
	assert_int_equal(sched_timer(&s, ticks(1100)).raw, 1120); /* 20 are too much at 1115: by 1215 */
	assert_true(sched_pay(&s, A, ticks(1100), ticks(1105)));
	assert_int_equal(sched_timer(&s, ticks(1105)).raw, 1115); /* 15 by 1180 come before B */
	assert_int_equal(pick(1115), A);
	assert_int_equal(sched_budget_left(&s, 0).raw, 15);
}

static void who_pays_is_not_charged_to_who_runs(void **state)
{
	(void)state;
	wake(B, 100);
	wake(X, 100);
	assert_int_equal(pick(100), B);
	(void)sched_pay(&s, X, ticks(101), ticks(110));
	assert_int_equal(sched_budget_left(&s, 1).raw, 3);
	assert_in_range(timer(110), 104, 113);
	(void)sched_pay(&s, A, ticks(110), ticks(112)); /* off, it pays all the same */
	assert_int_equal(sched_budget_left(&s, 0).raw, 1);
	assert_in_range(timer(112), 104, 115);
}

static void best_effort_pays_in_virtual_time(void **state)
{
	(void)state;
	wake(A, 100);
	wake(X, 100);
	wake(Y, 100);
	assert_int_equal(pick(100), A);
	(void)sched_pay(&s, X, ticks(100), ticks(102));
	block_until(A, UINT64_MAX, 102);
	assert_int_equal(pick(102), X); /* its turn had begun */
	assert_int_equal(pick(107), Y);
	assert_int_equal(pick(112), Y); /* 5 at weight 2 for 7 at weight 1 */
	assert_int_equal(pick(117), Y);
	assert_int_equal(pick(122), X);
}

static void far_times_do_not_overflow(void **state)
{
	(void)state;
	wake(A, 100);
	pick(100);
	block_until(A, UINT64_MAX - 5, 101);
	assert_int_equal(pick(101), SCHED_IDLE);
	assert_true(timer(101) == UINT64_MAX);
}

/* From its release on, whether it wakes then or not; the last of several is noted in the end too. */
static void changes_end_by_themselves(void **state)
{
	const struct sched_server_config next = {{2}, {8}, {8}, 0};

	(void)state;
	assert_true(sched_change(&s, 1, &next, ticks(100))); /* one that never had a release */
	assert_int_equal(s.attention, 0);
	wake(A, 100);
	pick(100);
	block_until(A, UINT64_MAX, 101);
	assert_false(sched_change(&s, 0, &next, ticks(102)));
	assert_int_equal(pick(102), SCHED_IDLE);
	assert_true(timer(102) == UINT64_MAX);
	struct sched_note note = sched_take_note(&s, ticks(102));
	assert_false(note.is_changed);
	assert_int_equal(sched_await_changes(&s, ticks(102)).raw, 110);
	assert_int_equal(timer(102), 110);
	assert_int_equal(pick(110), SCHED_IDLE);
	assert_int_equal(s.attention, 1); /* it waits */
	note = sched_take_note(&s, ticks(110));
	assert_true(note.is_changed && note.server == 0);
	assert_int_equal(s.attention, 0);
	assert_true(sched_await_changes(&s, ticks(110)).raw == UINT64_MAX);
	wake(A, 111);
	pick(111);
	assert_int_equal(sched_budget_left(&s, 0).raw, 2);
}

static void changes_wait_in_turn(void **state)
{
	const struct sched_server_config next = {{2}, {8}, {8}, 0};

	(void)state;
	wake(A, 100);
	wake(B, 100);
	pick(100);
	block_until(A, UINT64_MAX, 101);
	assert_false(sched_change(&s, 0, &next, ticks(101)));
	assert_false(sched_change(&s, 1, &next, ticks(101)));
	assert_int_equal(pick(101), B);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(sched_take_note(&s, ticks(101)).server, i % 2);
	assert_int_equal(sched_await_changes(&s, ticks(101)).raw, 110); /* B has its release by itself */
	assert_int_equal(pick(105), SCHED_IDLE);                        /* exhausted */
	bool is_noted[2] = {false, false};
	for (unsigned i = 0; i < 4 && s.attention != 0; i++) {
		struct sched_note note = sched_take_note(&s, ticks(120));
		is_noted[note.server] |= note.is_changed;
		pick(120);
	}
	assert_true(is_noted[0] && is_noted[1]);
	assert_int_equal(s.attention, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nobody_runs_at_first, set_up),
		cmocka_unit_test_setup(wrong_configurations_are_refused, set_up),
		cmocka_unit_test_setup(wake_says_when_to_pick, set_up),
		cmocka_unit_test_setup(a_budget_ends_and_comes_back, set_up),
		cmocka_unit_test_setup(who_preempts_pays_the_way_back, set_up),
		cmocka_unit_test_setup(an_exhausted_server_gets_no_best_effort, set_up),
		cmocka_unit_test_setup(an_overrun_is_paid_later, set_up),
		cmocka_unit_test_setup(a_server_that_wakes_early_keeps_its_deadline, set_up),
		cmocka_unit_test_setup(a_server_that_wakes_late_starts_afresh, set_up),
		cmocka_unit_test_setup(an_event_wakes_at_its_time, set_up),
		cmocka_unit_test_setup(events_of_those_that_cannot_preempt_wait, set_up),
		cmocka_unit_test_setup(a_cleared_event_is_forgotten, set_up),
		cmocka_unit_test_setup(siblings_take_turns, set_up),
		cmocka_unit_test_setup(best_effort_shares_by_weight, set_up),
		cmocka_unit_test_setup(a_yield_lets_the_other_go_first, set_up),
		cmocka_unit_test_setup(resume_is_wake_and_pick, set_up),
		cmocka_unit_test_setup(changes_end_by_themselves, set_up),
		cmocka_unit_test_setup(changes_wait_in_turn, set_up),
		cmocka_unit_test_setup(who_is_out_pays, set_up),
		cmocka_unit_test_setup(who_sleeps_pays, set_up),
		cmocka_unit_test_setup(who_comes_meanwhile_pays_afterwards, set_up),
		cmocka_unit_test_setup(who_has_paid_may_keep_an_earlier_deadline, set_up),
		cmocka_unit_test_setup(who_pays_is_not_charged_to_who_runs, set_up),
		cmocka_unit_test_setup(best_effort_pays_in_virtual_time, set_up),
		cmocka_unit_test_setup(far_times_do_not_overflow, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
