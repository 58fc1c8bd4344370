/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an SGI to a vCPU on another CPU costs, on both sides together. The CPUs run in turn on one counter
 * (`takt run --in-turn`): between two readings of it lies what all of them executed. Three readings tell the parts:
 *
 *     sender    sent [ exit, kick ...]                                    [... return ] returned
 *     receiver                        [ exit, entry ] stamp [ handler ] left
 *
 * The sample is what lies in brackets but for the handler. The receiver's yield behind `left` gives the turn back, the
 * sender's behind `returned` gives it away where the sender is the first to be done. What comes in any other order,
 * because somebody's turn ended amid it, is no sample, and none may be.
 */
#include "guests/runtime/gic.h"
#include "guests/runtime/histogram.h"
#include "guests/runtime/print.h"
#include "guests/runtime/runtime.h"
#include "guests/runtime/timer.h"

#define SGI 1U
#define RECEIVER 1U
#define SETTLE_NS 5000000U /* until what was printed has left by way of others */
#define TURNS 8U           /* until the receiver is where it waits */

enum waiting { WAIT_RUNNING, WAIT_WFI, WAIT_KINDS };

static const char *const figure_names[WAIT_KINDS] = {"sgi.remote", "sgi.remote.wfi"};

static struct histogram figures[WAIT_KINDS];
static volatile uint32_t waiting;      /* enum waiting: how the receiver does it */
static volatile uint32_t is_receiving; /* the receiver's interrupts are open */
static volatile uint64_t stamp, left;  /* the receiver's readings; stamp 0 until the interrupt came */
static unsigned disturbed;

static void yield(void) { __asm__ volatile("yield" ::: "memory"); }

static void on_sgi(unsigned intid, uint64_t first)
{
	(void)intid;
	stamp = first;
	left = counter_read();
	yield();
}

static void receive(void *argument)
{
	(void)argument;
	gic_init_cpu();
	gic_attach(SGI, 0x80, on_sgi);
	is_receiving = 1;
	for (;;) {
		irq_enable();
		if (waiting == WAIT_WFI)
			wfi();
		else
			yield();
	}
}

/* Answers the ticks of both sides; 0: something came between. */
static uint64_t send(void)
{
	uint64_t value = (uint64_t)SGI << 24 | 1U << RECEIVER;
	uint64_t sent, returned;

	stamp = 0;
	for (unsigned i = 0; i < TURNS; i++)
		yield();
	__asm__ volatile("mrs %0, cntvct_el0\n\tmsr " SYSREG_TEXT(ICC_SGI1R) ", %2\n\tmrs %1, cntvct_el0\n\tyield"
			 : "=&r"(sent), "=&r"(returned)
			 : "r"(value)
			 : "memory");
	if (stamp == 0)
		return 0;
	if (returned > left)
		return returned - sent - (left - stamp);
	return returned < stamp ? stamp - sent - 1 : 0;
}

static void measure(enum waiting how)
{
	waiting = how;
	for (unsigned i = 0; i < REMOTE_SAMPLES; i++) {
		uint64_t time = send();

		if (time != 0)
			histogram_add(&figures[how], time);
		else
			disturbed++;
		while (stamp == 0)
			yield();
	}
}

void guest_main(void)
{
	for (unsigned i = 0; i < WAIT_KINDS; i++)
		histogram_clear(&figures[i]);
	print("remote: %u samples of each\n", REMOTE_SAMPLES);
	runtime_enable_mmu();
	gic_init();
	gic_init_cpu();
	if (runtime_start_cpu(RECEIVER, receive, NULL) != 0) {
		print("remote: there is no second CPU\n");
		return;
	}
	while (is_receiving == 0)
		yield();
	timer_delay_ns(SETTLE_NS);
	measure(WAIT_RUNNING);
	measure(WAIT_WFI);
	if (disturbed != 0) {
		print("remote: %u samples were disturbed\n", disturbed);
		return;
	}
	for (unsigned i = 0; i < WAIT_KINDS; i++)
		histogram_print_figure(&figures[i], figure_names[i]);
	print("remote done\n");
	console_drain();
}
