/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Radio: a TDMA-like frame every millisecond. Four slot interrupts come from the virtual timer at absolute times; the
 * first starts the receive chain, whose result is what the transmitter needs at the third.
 *
 *   0 us        200 us       400 us            700 us          1000 us
 *   |RX         |PILOT       |TX               |GUARD          |RX ...
 *   [== chain ===========]   ^ deadline
 *
 * A miss is a chain that had not completed, with a right CRC, at the TX slot's programmed time; where time is the
 * host's (RADIO_IS_TIMED is 0) it is told as a late frame, which nobody judges. The background (the lowest level)
 * prints a line each second, a few characters in each frame, so that it needs little of a budget.
 */
#include "guests/radio/chain.h"
#include "guests/runtime/gic.h"
#include "guests/runtime/histogram.h"
#include "guests/runtime/print.h"
#include "guests/runtime/runtime.h"
#include "guests/runtime/task.h"
#include "guests/runtime/timer.h"

#define FRAME_NS 1000000U
#define SLOT_COUNT 4U
#define CHAIN_TASK 0U
#define LINE_FRAMES 1000U
#define BYTES_PER_FRAME 8U
#define LEAD_NS 2000000U /* from start to the first frame */

enum slot { SLOT_RX, SLOT_PILOT, SLOT_TX, SLOT_GUARD };

static const uint32_t slot_ns[SLOT_COUNT] = {0, 200000, 400000, 700000};

static uint64_t slot_ticks[SLOT_COUNT];
static uint64_t frame_ticks;

/* Written by the slot interrupt. */
static uint64_t frame_start;
static enum slot slot;
static volatile uint32_t frames; /* that have passed their TX slot */
static volatile uint32_t misses;
static struct histogram latency; /* of every slot interrupt */

/* Written by the chain, read by the slot interrupt. */
static volatile uint64_t chain_done_at; /* 0 while it runs */
static volatile uint32_t errors;
static struct histogram completion; /* from the frame's start */

static void chain_task(void)
{
	uint64_t start = frame_start;
	bool is_right = chain_run();
	uint64_t now = counter_read();

	if (!is_right)
		errors++;
	histogram_add(&completion, now - start);
	chain_done_at = now;
}

static void end_of_frame_check(uint64_t deadline)
{
	uint64_t done = chain_done_at;

	if (done == 0 || done > deadline)
		misses++;
	frames++;
}

static void on_slot(unsigned intid, uint64_t stamp)
{
	uint64_t cval = frame_start + slot_ticks[slot];
	enum slot now = slot;

	(void)intid;
	if (now == SLOT_GUARD)
		frame_start += frame_ticks;
	slot = now == SLOT_GUARD ? SLOT_RX : (enum slot)(now + 1);
	if (now == SLOT_TX && frames + 1 == RADIO_FRAMES)
		timer_disarm_virtual();
	else
		timer_arm_virtual(frame_start + slot_ticks[slot]);
	histogram_add(&latency, stamp - cval);
	if (now == SLOT_RX) {
		chain_done_at = 0;
		task_activate(CHAIN_TASK);
	} else if (now == SLOT_TX) {
		end_of_frame_check(cval);
	}
}

static void sleep_until_frame(uint32_t frame)
{
	while (frames < frame) {
		irq_disable();
		if (frames < frame)
			wfi();
		irq_enable();
	}
}

static void pace_output(void)
{
	static unsigned bytes;

	if (++bytes % BYTES_PER_FRAME == 0 && frames < RADIO_FRAMES)
		sleep_until_frame(frames + 1);
}

static void print_progress(void)
{
	print("frame %u: latency p50 %lu, max %lu ticks; chain done after %lu us at most; %u misses\n", frames,
	      histogram_percentile(&latency, 500), latency.max, (ns_from_ticks(completion.max) + 999) / 1000, misses);
}

static void start(void)
{
	frame_ticks = ticks_from_ns(FRAME_NS);
	for (unsigned i = 0; i < SLOT_COUNT; i++)
		slot_ticks[i] = ticks_from_ns(slot_ns[i]);
	histogram_clear(&latency);
	histogram_clear(&completion);
	gic_init();
	gic_init_cpu();
	gic_attach(TIMER_VIRTUAL_INTID, 0x80, on_slot);
	task_create(CHAIN_TASK, chain_task);
	frame_start = counter_read() + ticks_from_ns(LEAD_NS);
	timer_arm_virtual(frame_start);
	irq_enable();
}

void guest_main(void)
{
	runtime_enable_mmu();
	chain_init();
	print("radio: %u frames of 1 ms, deadline 400 us after each start\n", RADIO_FRAMES);
	start();
	console_set_pace(pace_output);
	for (uint32_t next = LINE_FRAMES; next <= RADIO_FRAMES; next += LINE_FRAMES) {
		sleep_until_frame(next);
		print_progress();
	}
	sleep_until_frame(RADIO_FRAMES);
	console_set_pace(NULL);
	print("@takt {\"frames\":%u,\"%s\":%u,\"errors\":%u,", frames,
	      RADIO_IS_TIMED ? "deadline_misses" : "late_frames", misses, errors);
	histogram_print_latency(&latency);
	print("}\nradio done\n");
	for (;;)
		wfi();
}
