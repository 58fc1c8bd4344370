/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The victim: all RAM that its image does not use holds a pattern, and it looks at a part of it each time its timer
 * wakes it. It says what it has seen now and then, and what was wrong at once. Arguments (bootargs):
 *
 *   rounds=N   looks; without it, for ever
 *   spoil=N    before look N it spoils a word itself, which it must find
 */
#include "guests/runtime/bootargs.h"
#include "guests/runtime/gic.h"
#include "guests/runtime/print.h"
#include "guests/runtime/runtime.h"
#include "guests/runtime/timer.h"

#define RAM_END 0x40200000UL
#define IMAGE_ROOM 0x10000UL /* for the device tree behind the image */
#define PERIOD_NS 1000000U
#define WORDS_IN_PART 1024U
#define PERIODS_IN_LINE 1024U

extern const char guest_end[];

static uint64_t pattern(uintptr_t at) { return (at + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ at; }

static uintptr_t first_word(void) { return ((uintptr_t)guest_end + IMAGE_ROOM) & ~UINT64_C(7); }

static void fill(void)
{
	for (uintptr_t at = first_word(); at < RAM_END; at += 8)
		*(volatile uint64_t *)at = pattern(at);
}

/* Of a part from *at on; goes round. */
static uint32_t wrong_words(uintptr_t *at)
{
	uint32_t wrong = 0;

	for (unsigned i = 0; i < WORDS_IN_PART; i++) {
		uint64_t word = *(volatile uint64_t *)*at;

		if (word != pattern(*at)) {
			print("victim: WRONG at 0x%lx: 0x%lx\n", *at, word);
			wrong++;
		}
		*at = *at + 8 < RAM_END ? *at + 8 : first_word();
	}
	return wrong;
}

/* Of the whole pattern as it is now. */
static uint64_t hash(void)
{
	uint64_t sum = 0;

	for (uintptr_t at = first_word(); at < RAM_END; at += 8)
		sum = (sum ^ *(volatile uint64_t *)at) * UINT64_C(0x100000001b3);
	return sum;
}

static bool is_due(void) { return (sysreg_read(cntv_ctl_el0) & TIMER_CTL_ISTATUS) != 0; }

/* Its timer's interrupt at `when`, and nobody else's. */
static uint32_t sleep_until(uint64_t when)
{
	timer_arm_virtual(when);
	while (!is_due())
		wfi(); /* masked: the pending interrupt ends it and is taken below */
	unsigned intid = gic_acknowledge();
	timer_disarm_virtual();
	if (intid == TIMER_VIRTUAL_INTID) {
		gic_end(intid);
		return 0;
	}
	print("victim: WRONG interrupt %u\n", intid);
	return 1;
}

void guest_main(void)
{
	uint64_t rounds = bootargs_number("rounds", 0);
	uint64_t spoil = bootargs_number("spoil", 0);
	uint64_t when = counter_read();
	uintptr_t at = first_word();
	uint32_t wrong = 0;

	runtime_enable_mmu();
	gic_init();
	gic_init_cpu();
	gic_enable(TIMER_VIRTUAL_INTID);
	fill();
	uint64_t before = hash();
	print("victim: hash 0x%lx\n", before);
	for (uint64_t round = 1; rounds == 0 || round <= rounds; round++) {
		when += ticks_from_ns(PERIOD_NS);
		wrong += sleep_until(when);
		if (round == spoil)
			*(volatile uint64_t *)(RAM_END - 8) ^= 1;
		wrong += wrong_words(&at);
		if (round % PERIODS_IN_LINE == 0)
			print("victim: %lu looks, %u wrong\n", round, wrong);
	}
	uint64_t after = hash();
	if (after != before)
		wrong++;
	print("victim: %lu looks, hash 0x%lx, %s\nvictim: done\n", rounds, after, wrong == 0 ? "all right" : "WRONG");
	for (;;)
		wfi();
}
