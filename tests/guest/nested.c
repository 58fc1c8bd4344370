/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Six interrupts nested and active at once, SGIs, PPIs and SPIs with rising priorities: each handler makes the next one
 * pending and is preempted by it. In both EOI modes; with fewer list registers than actives, some have been evicted by
 * then.
 */
#include "tests/guest/helper.h"

#define DEPTH 6U

static const struct {
	unsigned intid;
	uint8_t priority;
} levels[DEPTH] = {{3, 0xc0}, {22, 0xa0}, {100, 0x80}, {101, 0x60}, {4, 0x40}, {23, 0x20}};

static bool is_split; /* EOImode 1 */
static unsigned depth;
static unsigned entered;
static unsigned wrong_intid, wrong_running, wrong_active, wrong_drop;
static unsigned taken[DEPTH];

static unsigned count_active(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < DEPTH; i++)
		count += gic_is_active(levels[i].intid);
	return count;
}

static void on_irq(struct exception_frame *frame)
{
	unsigned intid = gic_acknowledge();
	unsigned level = depth;

	(void)frame;
	if (intid == GIC_INTID_SPURIOUS)
		return;
	entered++;
	if (level >= DEPTH || intid != levels[level].intid) {
		wrong_intid++;
		gic_end(intid);
		return;
	}
	taken[level]++;
	wrong_running += gic_running_priority() != levels[level].priority;
	depth++;
	if (depth < DEPTH) {
		gic_set_pending(levels[depth].intid);
		test_take_interrupts();
	} else {
		wrong_active += count_active() != DEPTH;
	}
	wrong_running += gic_running_priority() != levels[level].priority;
	gic_end(intid);
	wrong_drop += gic_running_priority() != (level == 0 ? 0xffU : levels[level - 1].priority);
	wrong_active += gic_is_active(intid) != is_split;
}

static void run(void)
{
	depth = 0;
	entered = wrong_intid = wrong_running = wrong_active = wrong_drop = 0;
	for (unsigned i = 0; i < DEPTH; i++)
		taken[i] = 0;
	gic_set_pending(levels[0].intid);
	test_take_interrupts();
}

static void check(const char *mode)
{
	unsigned once = 0;

	print("# %s\n", mode);
	for (unsigned i = 0; i < DEPTH; i++)
		once += taken[i] == 1;
	tap_equal(once, DEPTH, "six levels are taken once each");
	tap_equal(entered, DEPTH, "and nothing else");
	tap_equal(wrong_intid, 0, "in the order of priority");
	tap_equal(wrong_running, 0, "the running priority is that of the level, before and after the nested ones");
	tap_equal(wrong_drop, 0, "the end of each drops the running priority to that of the level below");
	tap_equal(wrong_active, 0, "the active state is right at the deepest point and after each end");
}

/* Deactivation is free of order in EOImode 1: here outermost first, then the others from the inside. */
static void deactivate_all(void)
{
	unsigned left = DEPTH;

	gic_deactivate(levels[0].intid);
	left--;
	tap_equal(count_active(), left, "the outermost is deactivated first");
	for (unsigned i = DEPTH - 1; i > 0; i--)
		gic_deactivate(levels[i].intid);
	tap_equal(count_active(), 0, "then the others");
}

void guest_main(void)
{
	test_start();
	exception_hook_irq(on_irq);
	for (unsigned i = 0; i < DEPTH; i++)
		test_prepare(levels[i].intid, levels[i].priority);
	for (unsigned round = 0; round < 3; round++) {
		is_split = false;
		gic_set_eoimode(false);
		run();
		check("EOImode 0");
		tap_equal(count_active(), 0, "nothing stays active");
		is_split = true;
		gic_set_eoimode(true);
		run();
		check("EOImode 1");
		tap_equal(count_active(), DEPTH, "all stay active until they are deactivated");
		deactivate_all();
	}
	tap_end();
}
