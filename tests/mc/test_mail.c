/* SPDX-License-Identifier: Apache-2.0 */
/* links: */
/*
 * The mailbox, every interleaving: core/mail.c itself, over base/atomic.h whose builtins are places where another CPU
 * may come first, as the kick is. Two CPUs post, a third one opens, at the ranks of its contexts, and posts too. States
 * that were met are not explored again: memory, and what each CPU has read so far.
 *
 *   No bit is lost: each is served behind the last time that it was posted. No wake-up is lost: nothing is left when no
 *   kick is pending. A step serves one context. No context waits for more steps of its rank than there are contexts.
 *
 * One order of memory is explored, that of the interleaving. That a bit brings along what was written before it is said
 * by the orders in base/atomic.h, and not tested here.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

static uint64_t hook_load(const uint64_t *at);
static bool hook_change(uint64_t *at, uint64_t *old, uint64_t value);

#define __atomic_load_n(at, order) hook_load(at)
#define __atomic_compare_exchange_n(at, old, value, weak, success, failure) hook_change(at, old, value)

#include "base/atomic.h"
#undef __atomic_load_n
#undef __atomic_compare_exchange_n
#include "core/driver.h"
#include "core/gic.h"
#include "core/loader.h"
#include "core/model.h"
#include "core/remote.h"
#include "core/vm.h"
#include "core/alarm.h"
#define __atomic_load_n(at, order) hook_load(at)
#include "core/mail.c" /* NOLINT(bugprone-suspicious-include): itself, over the hooks */

#define CPUS 3U /* two senders, and the receiver */
#define RECEIVER 2U
#define CONTEXTS 2U
#define POSTS 3U
#define DEPTH_MAX 400U
#define STACK_BYTES 65536U
#define SEEN_BITS 20
#include "tests/mc/seen.h"

struct post {
	uint32_t context; /* CONTEXTS: none */
	uint32_t bits;
};

struct scenario {
	const char *name;
	uint32_t kick[CONTEXTS];
	struct post posts[CPUS - 1][POSTS];
	bool is_answered; /* serving a command of context 0 posts a stop to context 1 */
};

static struct {
	const struct scenario *scenario;
	struct cpu cpu;
	struct vm vm;
	struct vcpu vcpus[CONTEXTS];
	uint64_t pending;                 /* kicks in the interrupt controller */
	uint64_t waits[CONTEXTS];         /* steps of its rank that found its bit, since it was chosen last */
	uint32_t owed[CONTEXTS];          /* posted and not served since */
	uint32_t served;                  /* contexts in this step */
	uint64_t known[CPUS], read[CPUS]; /* digests of what each CPU has in its variables */
	uint64_t position[CPUS];          /* how far it is */
	bool is_done[CPUS];               /* the senders */
	bool is_in_step;                  /* the receiver */
	uint32_t now;                     /* the CPU that acts */
} m;

/* What is done wrong on purpose, so that the exploration has to object. */
static enum { NOTHING, NO_OWN_KICK, NOT_ATOMIC } mistake;

static ucontext_t explorer, cpus[CPUS];
static char stacks[CPUS][STACK_BYTES];
static uint64_t runs;
static uint8_t path[DEPTH_MAX];
static const char *broken;

struct machine machine;

static void fail(const char *what) { broken = broken != NULL ? broken : what; }

/* Others may come first. */
static void pause_here(void)
{
	if (swapcontext(&cpus[m.now], &explorer) != 0)
		abort();
}

/* It gets on, and has in its variables what `known` says. */
static void pass(uint64_t known)
{
	m.known[m.now] = m.read[m.now] = known;
	m.position[m.now]++;
}

static uint64_t hook_load(const uint64_t *at)
{
	pause_here();
	pass(digest_word(m.known[m.now], *at + 1));
	return *at;
}

static void note_change(const uint64_t *at, uint64_t before, uint64_t after)
{
	for (uint32_t c = 0; c < CONTEXTS; c++) {
		if (at == &m.vcpus[c].context.mail)
			m.owed[c] |= (uint32_t)(after & ~before);
		else if ((before & ~after & BIT64(c)) != 0)
			m.waits[c] = 0; /* it is chosen */
	}
}

static bool hook_change(uint64_t *at, uint64_t *old, uint64_t value)
{
	pause_here();
	m.read[m.now] = digest_word(m.known[m.now], *at + 1);
	if (*at != *old && mistake != NOT_ATOMIC) {
		*old = *at;
		return false;
	}
	note_change(at, *at, value);
	*at = value;
	pass(m.now == RECEIVER ? m.read[m.now] : 0); /* a sender has no use for it any more */
	return true;
}

void hw_irq_kick(uint64_t affinity, uint32_t kick)
{
	(void)affinity;
	pause_here();
	if (mistake != NO_OWN_KICK || m.now != RECEIVER)
		m.pending |= BIT64(kick);
	pass(m.known[m.now]);
}

/* What the mail is about: the bits are served, once for each context in a step. */

static void serve(const struct vcpu *vcpu, uint32_t bit)
{
	uint32_t c = (uint32_t)(vcpu - m.vcpus);

	m.owed[c] &= ~bit;
	m.served |= BIT32(c);
}

void vm_obey(struct cpu *cpu, struct vm *vm, ticks_t now)
{
	(void)cpu, (void)vm, (void)now;
	serve(&m.vcpus[0], MAIL_COMMAND);
	if (m.scenario->is_answered)
		mail_post(&m.vcpus[1].context, MAIL_STOP);
}

void vcpu_halt(struct cpu *cpu, struct vcpu *vcpu, ticks_t now) { (void)cpu, (void)now, serve(vcpu, MAIL_STOP); }
void vcpu_begin(struct cpu *cpu, struct vcpu *vcpu, ticks_t now) { (void)cpu, (void)now, serve(vcpu, MAIL_START); }
void gic_attend(struct cpu *cpu, struct vcpu *vcpu, ticks_t now) { (void)cpu, (void)now, serve(vcpu, MAIL_WAKE); }
void remote_step_aside(struct cpu *cpu, struct vcpu *vcpu, ticks_t now)
{
	(void)cpu, (void)now, serve(vcpu, MAIL_ASIDE);
}
void remote_retry(struct cpu *cpu, struct vcpu *vcpu, ticks_t now) { (void)cpu, (void)now, serve(vcpu, MAIL_REPLY); }
void loader_begin(struct cpu *cpu, struct vm *vm, ticks_t now) { (void)cpu, (void)vm, (void)now; }
void reserve_open(struct cpu *cpu, ticks_t now) { (void)cpu, (void)now; }
void model_event(struct cpu *cpu, struct vm *vm, ticks_t now) { (void)cpu, (void)vm, (void)now; }
void alarm_hasten(struct cpu *cpu, struct alarm *a, ticks_t now) { (void)cpu, (void)a, (void)now; }
void driver_open(struct cpu *cpu, struct driver *d, uint64_t mail, ticks_t now)
{
	(void)cpu, (void)d, (void)mail, (void)now;
}

/* The CPUs */

static void sender(uint32_t cpu)
{
	for (uint32_t i = 0; i < POSTS; i++) {
		const struct post *p = &m.scenario->posts[cpu][i];
		if (p->bits != 0)
			mail_post(&m.vcpus[p->context].context, p->bits);
	}
}

/* A step: it acknowledges the most urgent kick, and opens. */
static void step(void)
{
	uint32_t kick = bits_lowest(m.pending);

	m.pending &= ~BIT64(kick);
	m.served = 0;
	for (uint32_t c = 0; c < CONTEXTS; c++)
		if ((m.cpu.mail[kick] & BIT64(c)) != 0 && ++m.waits[c] > CONTEXTS)
			fail("a context waits for too long");
	mail_open(&m.cpu, kick, ticks(0));
	if ((m.served & (m.served - 1)) != 0)
		fail("a step serves two contexts");
}

static void body(void)
{
	for (;;) {
		if (m.now == RECEIVER) {
			m.is_in_step = true;
			step();
			m.is_in_step = false;
			m.read[RECEIVER] = m.known[RECEIVER] = m.position[RECEIVER] = 0; /* it remembers nothing */
		} else {
			m.position[m.now]++;
			sender(m.now);
			m.is_done[m.now] = true;
		}
		pause_here();
	}
}

static void begin(const struct scenario *scenario)
{
	memset(&m, 0, sizeof(m));
	m.scenario = scenario;
	for (uint32_t c = 0; c < CONTEXTS; c++) {
		m.cpu.contexts[c] = &m.vcpus[c].context;
		m.vcpus[c].vm = &m.vm;
		m.vcpus[c].context.cpu = &m.cpu;
		m.vcpus[c].context.local = c;
		m.vcpus[c].context.kick = scenario->kick[c];
	}
	for (uint32_t i = 0; i < CPUS; i++) {
		if (getcontext(&cpus[i]) != 0)
			abort();
		cpus[i].uc_stack.ss_sp = stacks[i];
		cpus[i].uc_stack.ss_size = STACK_BYTES;
		cpus[i].uc_link = NULL;
		makecontext(&cpus[i], body, 0);
	}
}

static uint32_t able(void)
{
	uint32_t set = m.is_in_step || m.pending != 0 ? BIT32(RECEIVER) : 0;

	for (uint32_t i = 0; i < RECEIVER; i++)
		set |= m.is_done[i] ? 0 : BIT32(i);
	return set;
}

static void act(uint32_t cpu)
{
	m.now = cpu;
	if (swapcontext(&explorer, &cpus[cpu]) != 0)
		abort();
}

static uint64_t digest(void)
{
	uint64_t h = digest_word(digest_word(1, m.pending), m.cpu.mail_served);

	for (uint32_t c = 0; c < CONTEXTS; c++) {
		h = digest_word(digest_word(h, m.vcpus[c].context.mail), m.cpu.mail[m.scenario->kick[c]]);
		h = digest_word(digest_word(h, m.owed[c]), m.waits[c]);
	}
	for (uint32_t i = 0; i < CPUS; i++)
		h = digest_word(digest_word(h, m.read[i]), m.position[i]);
	return digest_word(digest_word(h, m.served), (uint64_t)m.is_in_step) | 1;
}

/* Nobody has anything to do. */
static void check_end(void)
{
	for (uint32_t c = 0; c < CONTEXTS; c++) {
		if (m.owed[c] != 0)
			fail("a bit is lost");
		if (m.vcpus[c].context.mail != 0 || m.cpu.mail[m.scenario->kick[c]] != 0)
			fail("mail is left without a kick");
	}
}

/* From the end of the path on, the first of those who are able, until it ends or was met; answers its length. */
static uint32_t follow(uint32_t depth, uint32_t *ables)
{
	while (broken == NULL && is_new(digest())) {
		ables[depth] = able();
		if (ables[depth] == 0) {
			check_end();
			break;
		}
		path[depth] = (uint8_t)bits_lowest(ables[depth]);
		act(path[depth++]);
		if (depth == DEPTH_MAX)
			fail("it does not end");
	}
	return depth;
}

/* All paths, depth first; each is run from the beginning. */
static void explore(const struct scenario *scenario)
{
	static uint32_t ables[DEPTH_MAX];
	uint32_t depth = 0;

	forget();
	runs = 0;
	broken = NULL;
	do {
		runs++;
		begin(scenario);
		for (uint32_t i = 0; i < depth; i++)
			act(path[i]);
		depth = follow(depth, ables);
		while (depth != 0 && ables[depth - 1] >> path[depth - 1] == 1)
			depth--;
		if (depth != 0)
			path[depth - 1] =
				(uint8_t)bits_lowest(ables[depth - 1] & ~((UINT32_C(2) << path[depth - 1]) - 1));
	} while (depth != 0 && broken == NULL);
}

int main(void)
{
	static const struct scenario scenarios[] = {
		{"one context, the same bit", {0, 0}, {{{0, MAIL_WAKE}, {0, MAIL_WAKE}}, {{0, MAIL_WAKE}}}, false},
		{"one context, several bits", {0, 0}, {{{0, MAIL_STOP}, {0, MAIL_START}}, {{0, MAIL_WAKE}}}, false},
		{"two contexts of one rank",
		 {0, 0},
		 {{{0, MAIL_WAKE}, {1, MAIL_WAKE}}, {{1, MAIL_ASIDE}, {0, MAIL_REPLY}}},
		 false},
		{"two contexts of two ranks",
		 {1, 0},
		 {{{0, MAIL_WAKE}, {1, MAIL_WAKE}}, {{1, MAIL_STOP}, {0, MAIL_WAKE}}},
		 false},
		{"one that keeps sending",
		 {0, 0},
		 {{{0, MAIL_WAKE}, {0, MAIL_WAKE}, {0, MAIL_WAKE}}, {{1, MAIL_WAKE}}},
		 false},
		{"a command that sends more mail",
		 {0, 0},
		 {{{0, MAIL_COMMAND}}, {{1, MAIL_START}, {0, MAIL_WAKE}}},
		 true},
	};
	unsigned count = sizeof(scenarios) / sizeof(scenarios[0]);
	int failures = 0;

	printf("1..%u\n", count + 2);
	for (unsigned i = 0; i < count; i++) {
		explore(&scenarios[i]);
		printf("%s %u - %s: %s, %" PRIu64 " states in %" PRIu64 " runs\n", broken == NULL ? "ok" : "not ok",
		       i + 1, scenarios[i].name, broken == NULL ? "nothing is lost" : broken, states, runs);
		failures += broken != NULL;
	}
	for (mistake = NO_OWN_KICK; mistake <= NOT_ATOMIC; mistake++) {
		explore(&scenarios[2]);
		printf("%s %u - %s: found, %s\n", broken != NULL ? "ok" : "not ok", count + (unsigned)mistake,
		       mistake == NO_OWN_KICK ? "a receiver that does not kick itself"
					      : "changes that overwrite each other",
		       broken != NULL ? broken : "no");
		failures += broken == NULL;
	}
	return failures != 0;
}
