/* SPDX-License-Identifier: Apache-2.0 */
/* links: */
/*
 * The lines of a VM, every order of what may happen to them: core/lines.c and core/alarm.c themselves, over an
 * interrupt controller with three lines. One is prompt and throttled, one deferred and throttled, one polled. Devices
 * raise them, the guest runs, waits and serves them, disabled ones interrupt late, time passes, the alarm looks as soon
 * as it may or later, the VM goes off and begins again. States that were met are not explored again.
 *
 *   A line is enabled exactly as its delivery, the VM and its bucket want it. One that is closed has an alarm that will
 *   look by the time at which it opens; polled lines of a VM that is on have one always. What was raised is delivered
 *   or pending. A VM begins with no line active, and what is active is the guest's to end. Each closing is counted.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEN_BITS 24
#include "tests/mc/seen.h"

#include "core/alarm.c" /* NOLINT(bugprone-suspicious-include): itself, over the controller below */
#include "core/lines.c" /* NOLINT(bugprone-suspicious-include) */

#define LINES 3U
#define PROMPT 0U
#define DEFERRED 1U
#define POLLED 2U
#define EDGES BIT32(DEFERRED) /* the others are level-sensitive */
#define GATES 2U
#define STACK_MAX (1U << 20)
#define START 1000U
#define HORIZON 8U
#define PERIOD 3U

static struct blob_vm config = {.vcpu_count = 1};
static struct blob_line descriptions[LINES] = {
	{.intid = 32, .virq = 32, .delivery = BLOB_DELIVERY_PROMPT, .distance_ticks = 2, .burst = 2},
	{.intid = 33, .virq = 33, .delivery = BLOB_DELIVERY_DEFERRED, .distance_ticks = 3, .burst = 1, .edge = 1},
	{.intid = 34, .virq = 34, .delivery = BLOB_DELIVERY_POLLED},
};

/* All of them one bit for each line. */
struct controller {
	uint32_t enabled, level, latch, active;
	uint32_t late; /* disabled at this tick: the write may not have taken effect */
};

struct state {
	struct controller gic;
	uint32_t delivered; /* pending for the guest, or active there */
	uint32_t owed;      /* raised since it was delivered last */
	uint64_t closings, episodes;
	uint32_t now;
	bool is_on, runs;
};

static struct state m;
static struct cpu cpu;
static struct vm vm;
static struct vcpu vcpu;
static struct alarm alarm_context;
static struct lines lines;
static struct stats stats;
static struct stats_context context_stats;
static const char *broken;

/* What is done wrong on purpose, so that the exploration has to object. */
static enum { NOTHING, NO_ALARM, NOT_CLEARED, LEFT_ENABLED } mistake;

struct machine machine;

static void fail(const char *what) { broken = broken != NULL ? broken : what; }

void hw_irq_lines_enable(uint32_t word, uint32_t bits)
{
	(void)word;
	m.gic.enabled |= bits;
}

void hw_irq_lines_disable(uint32_t word, uint32_t bits)
{
	(void)word;
	if (mistake == LEFT_ENABLED && bits == BIT32(DEFERRED))
		return;
	m.gic.late |= m.gic.enabled & bits;
	m.gic.enabled &= ~bits;
}

void hw_irq_lines_clear(uint32_t word, uint32_t bits)
{
	(void)word;
	if (mistake == NOT_CLEARED)
		return;
	m.gic.latch &= ~bits;
	m.gic.active &= ~bits;
}

static uint32_t pending(void) { return (m.gic.level | m.gic.latch) & ~m.gic.active; }

static void activate(uint32_t bit)
{
	m.gic.latch &= ~bit;
	m.gic.active |= bit;
}

bool hw_irq_line_take(uint32_t intid)
{
	uint32_t bit = BIT32(intid % 32);
	if ((pending() & bit) == 0)
		return false;
	activate(bit);
	return true;
}

void gic_raise_line(struct cpu *at, struct vm *to, uint32_t virq, ticks_t now)
{
	(void)at;
	(void)to;
	(void)now;
	m.delivered |= BIT32(virq % 32);
	m.owed &= ~BIT32(virq % 32);
}

void vm_error(struct cpu *at, struct vm *of, enum blob_vm_event event, ticks_t now)
{
	(void)at;
	(void)of;
	(void)now;
	m.closings += event == BLOB_ON_STORM;
}

void *arena_alloc(size_t bytes)
{
	(void)bytes;
	memset(&lines, 0, sizeof(lines));
	return &lines;
}

ticks_t sched_next_release(const struct sched *s, uint32_t context, ticks_t now)
{
	(void)s;
	(void)context;
	return ticks(now.raw + PERIOD);
}

/* One CPU, no lock, no watchdog; that the alarm is told is in looks_at. */
void gic_fold(struct cpu *at, ticks_t now) { (void)at, (void)now; }
void gic_lock_spread(struct cpu *at, struct vm *of) { (void)at, (void)of; }
void gic_unlock_spread(struct cpu *at, struct vm *of) { (void)at, (void)of; }
void mail_post(struct context *to, uint32_t bits) { (void)to, (void)bits; }
void cpu_wake(struct cpu *at, struct context *context, ticks_t now) { (void)at, (void)context, (void)now; }
void sched_await(struct sched *s, uint32_t context, ticks_t when) { (void)s, (void)context, (void)when; }
void watchdog_signal(struct cpu *at, struct vm *of, ticks_t now) { (void)at, (void)of, (void)now; }

ticks_t watchdog_look(struct vm *of, ticks_t now)
{
	(void)of;
	(void)now;
	return TICKS_NEVER;
}

static ticks_t time_now(void) { return ticks(START + m.now); }

static bool is_closed(uint32_t line) { return (lines.words[0].closed & BIT32(line)) != 0; }

static void check(void)
{
	const struct gate *gates = lines.gates;
	for (uint32_t i = 0; i < LINES; i++) {
		bool is_wanted = m.is_on && !is_closed(i) && (i == PROMPT || (i == DEFERRED && m.runs));
		if (is_wanted != ((m.gic.enabled & BIT32(i)) != 0))
			fail("a line is enabled, or disabled, without a reason");
		if (i != POLLED && is_closed(i) && ticks_before(gates[i].opens_at, alarm_context.looks_at))
			fail("a line is closed, and nobody looks when it opens");
	}
	if (m.is_on && alarm_context.looks_at.raw == UINT64_MAX)
		fail("nobody polls");
	if (m.is_on && (m.owed & ~(m.gic.level | m.gic.latch)) != 0)
		fail("what was raised is lost");
	if (m.is_on && (m.gic.active & ~m.delivered) != 0)
		fail("a line is active that the guest does not know of");
	if (m.episodes != m.closings)
		fail("an episode is not counted");
}

static void raise(uint32_t line)
{
	uint32_t bit = BIT32(line);
	if ((EDGES & bit) != 0)
		m.gic.latch |= bit;
	else
		m.gic.level |= bit;
	if (m.is_on && ((EDGES & bit) != 0 || (m.delivered & bit) == 0))
		m.owed |= bit;
}

/* As core/exits/irq.c has it. */
static void interrupt(uint32_t line)
{
	activate(BIT32(line));
	m.gic.late &= ~BIT32(line);
	lines_throttle(&cpu, &vm, machine.lines[32 + line].gate - 1U, time_now());
	if (mistake == NO_ALARM)
		alarm_context.looks_at = ticks(START + HORIZON);
	gic_raise_line(&cpu, &vm, 32 + line, time_now());
}

static void serve(uint32_t line)
{
	m.gic.level &= ~BIT32(line);
	m.gic.active &= ~BIT32(line);
	m.delivered &= ~BIT32(line);
}

static void change_run(bool runs)
{
	m.runs = runs;
	if (runs)
		lines_come(&cpu, &vm, time_now());
	else
		lines_leave(&vm);
}

/* What was pending for the guest goes with its life; a line that is high still is owed to the next one. */
static void change_life(bool is_on)
{
	if (m.runs)
		change_run(false);
	m.is_on = is_on;
	m.delivered = 0;
	lines_set(&vm, is_on);
	m.owed = is_on ? m.gic.level | m.gic.latch : 0;
	if (is_on)
		alarm_begin(&cpu, &vm, time_now());
}

static void look(void)
{
	if (m.runs)
		change_run(false); /* the alarm is another context */
	alarm_look(&cpu, &alarm_context, time_now());
}

enum action {
	RAISE,
	INTERRUPT = RAISE + LINES,
	SERVE = INTERRUPT + LINES,
	RUN = SERVE + LINES,
	LIFE,
	LOOK,
	TICK,
	ACTIONS
};

static bool can(enum action action)
{
	uint32_t line = action < RUN ? (uint32_t)action % LINES : 0;
	if (action < INTERRUPT)
		return ((m.gic.level | m.gic.latch) & BIT32(line)) == 0;
	if (action < SERVE)
		return line != POLLED && ((m.gic.enabled | m.gic.late) & pending() & BIT32(line)) != 0;
	if (action < RUN)
		return m.runs && (m.delivered & BIT32(line)) != 0;
	if (action == RUN)
		return m.is_on;
	if (action == LOOK)
		return !ticks_before(time_now(), alarm_context.looks_at);
	return action == LIFE || m.now < HORIZON;
}

static void act(enum action action)
{
	uint32_t line = (uint32_t)action % LINES;
	if (action < INTERRUPT)
		raise(line);
	else if (action < SERVE)
		interrupt(line);
	else if (action < RUN)
		serve(line);
	else if (action == RUN)
		change_run(!m.runs);
	else if (action == LIFE)
		change_life(!m.is_on);
	else if (action == LOOK)
		look();
	else
		m.now++;
	if (action == TICK)
		m.gic.late = 0;
}

static uint64_t digest(void)
{
	const struct gate *gates = lines.gates;
	uint64_t h = 1;
	h = digest_word(h, m.gic.enabled | m.gic.level << 4 | m.gic.latch << 8 | m.gic.active << 12 | m.gic.late << 16 |
				   m.delivered << 20 | m.owed << 24 | lines.words[0].closed << 28);
	h = digest_word(h, m.now | (uint64_t)m.is_on << 32 | (uint64_t)m.runs << 33);
	h = digest_word(h, alarm_context.looks_at.raw);
	for (uint32_t i = 0; i < GATES; i++)
		h = digest_word(digest_word(h, gates[i].throttle.full), is_closed(i) ? gates[i].opens_at.raw : 0);
	return h != 0 ? h : 1;
}

/* What changes of all that, to go on from it later. */
struct saved {
	struct state state;
	ticks_t looks_at;
	uint32_t closed;
	bool are_open;
	uint64_t full[GATES];
	ticks_t opens_at[GATES];
};

static void save(struct saved *s)
{
	*s = (struct saved){.state = m,
			    .looks_at = alarm_context.looks_at,
			    .closed = lines.words[0].closed,
			    .are_open = lines.are_open};
	for (uint32_t i = 0; i < GATES; i++) {
		s->full[i] = lines.gates[i].throttle.full;
		s->opens_at[i] = lines.gates[i].opens_at;
	}
}

static void load(const struct saved *s)
{
	m = s->state;
	alarm_context.looks_at = s->looks_at;
	lines.words[0].closed = s->closed;
	lines.are_open = s->are_open;
	for (uint32_t i = 0; i < GATES; i++) {
		lines.gates[i].throttle.full = s->full[i];
		lines.gates[i].opens_at = s->opens_at[i];
	}
}

static struct saved stack[STACK_MAX];
static uint32_t height;

static void meet(void)
{
	check();
	if (broken != NULL || !is_new(digest()))
		return;
	if (height == STACK_MAX) {
		fprintf(stderr, "the stack is full\n");
		exit(1);
	}
	save(&stack[height++]);
}

static void explore(void)
{
	height = 0;
	meet();
	while (height != 0 && broken == NULL) {
		struct saved from = stack[--height];
		for (enum action action = RAISE; action < ACTIONS; action++) {
			load(&from);
			if (!can(action))
				continue;
			act(action);
			meet();
		}
	}
}

static void begin(void)
{
	static struct {
		struct blob_header header;
		struct blob_line lines[LINES];
	} blob;
	blob.header.lines = (struct blob_table){sizeof(struct blob_header), LINES};
	memcpy(blob.lines, descriptions, sizeof(descriptions));
	m = (struct state){0};
	machine.blob = (const void *)&blob;
	machine.stats = &stats;
	vm = (struct vm){.config = &config, .vcpus = {&vcpu}, .alarm = &alarm_context};
	vcpu.vm = &vm;
	vcpu.context.cpu = &cpu;
	alarm_context.vm = &vm;
	alarm_context.context.cpu = &cpu;
	alarm_context.context.stats = &context_stats;
	alarm_context.looks_at = TICKS_NEVER;
	cpu.sched.contexts[0].state = SCHED_BLOCKED;
	for (uint32_t i = 0; i < LINES; i++) {
		machine.lines[32 + i] = (struct line){BLOB_LINE_VM, 0, (uint16_t)(32 + i), lines_add(&vm, i)};
	}
	for (uint32_t i = 0; i < lines.gate_count; i++)
		lines.gates[i].episodes = &m.episodes;
	forget();
	broken = NULL;
	explore();
}

int main(void)
{
	static const char *const mistakes[] = {"", "an alarm that is not told",
					       "a life that begins with what was active",
					       "a deferred line that stays enabled"};
	int failures = 0;

	printf("1..4\n");
	begin();
	printf("%s 1 - lines are gated as they should be: %s, %" PRIu64 " states\n", broken == NULL ? "ok" : "not ok",
	       broken == NULL ? "nothing is lost" : broken, states);
	failures += broken != NULL;
	for (mistake = NO_ALARM; mistake <= LEFT_ENABLED; mistake++) {
		begin();
		printf("%s %u - %s: found, %s\n", broken != NULL ? "ok" : "not ok", 1 + (unsigned)mistake,
		       mistakes[mistake], broken != NULL ? broken : "no");
		failures += broken == NULL;
	}
	return failures != 0;
}
