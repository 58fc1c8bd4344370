/* SPDX-License-Identifier: Apache-2.0 */
/* Two CPUs of one machine with a lock between them: both make progress, nothing is lost. The CPUs may share a physical
 * one. */
#include "tests/guest/helper.h"

#define ROUNDS 2000U
#define SPINS 20000U

/* Tickets: first come, first served, so that each CPU must wait for the other to run. */
static struct {
	uint32_t next;
	uint32_t serving;
} lock;

static uint32_t guarded, overlaps;
static volatile uint32_t inside;
static volatile uint32_t finished;
static volatile uint32_t spinner, spin_stop;
static volatile uint32_t turn;

static void lock_take(void)
{
	uint32_t ticket = __atomic_fetch_add(&lock.next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&lock.serving, __ATOMIC_ACQUIRE) != ticket) /* pairs with lock_release */
		wfe();
}

static void lock_release(void)
{
	__atomic_store_n(&lock.serving, lock.serving + 1, __ATOMIC_RELEASE); /* pairs with lock_take */
	dsb();                                                               /* the store before the event */
	sev();
}

static void contend(void)
{
	for (uint32_t i = 0; i < ROUNDS; i++) {
		lock_take();
		overlaps += inside != 0;
		inside = 1;
		guarded++;
		inside = 0;
		lock_release();
	}
}

/* Each waits for the other without WFE: only the end of its slice lets the other run. */
static void alternate(uint32_t self)
{
	uint64_t end = counter_read() + ticks_from_ns(UINT64_C(1000000) * WAIT_MS);

	for (uint32_t i = 0; i < 20 && counter_read() < end; i++) {
		while (turn != self && counter_read() < end)
			__asm__ volatile("yield");
		turn = 1 - self;
	}
}

static void second(void *argument)
{
	(void)argument;
	test_start_secondary();
	contend();
	finished = 1;
	sev();
	alternate(1);
	finished = 2;
	sev();
	while (spin_stop == 0)
		spinner++;
	finished = 3;
	sev();
}

void guest_main(void)
{
	uint32_t before;

	test_start();
	tap_equal((uint64_t)runtime_start_cpu(1, second, NULL), PSCI_SUCCESS, "the second CPU starts");
	contend();
	tap_ok(test_wait(&finished, 1), "the second CPU takes its turns");
	tap_equal(guarded, 2 * ROUNDS, "no increment under the lock is lost");
	tap_equal(overlaps, 0, "never were both inside");
	alternate(0);
	tap_ok(test_wait(&finished, 2), "both alternate, spinning without WFE");
	before = spinner;
	timer_delay_ns(100000000);
	tap_ok(spinner - before > SPINS, "the second CPU makes progress while the first spins");
	spin_stop = 1;
	tap_ok(test_wait(&finished, 3), "and the first while the second does");
	tap_end();
}
