/* SPDX-License-Identifier: Apache-2.0 */
/* SGIs with affinity routing, to this CPU and to the VM's other one (IHI 0069, 12.1.5). Two CPUs. */
#include "tests/guest/helper.h"

#define PING 2U
#define PONG 3U
#define OTHERS 4U
#define STOP 5U
#define ROUNDS 500U
#define PINGS 50U /* each waits for the other vCPU's turn on the same CPU, a slice */

static volatile uint32_t pings, pongs, others_on_0, others_on_1, selfs, stopped, ready;

static void on_ping(unsigned intid, uint64_t stamp)
{
	(void)intid;
	(void)stamp;
	pings++;
	gic_send_sgi(PONG, 0);
}

static void on_pong(unsigned intid, uint64_t stamp)
{
	(void)intid;
	(void)stamp;
	pongs++;
}

static void on_others(unsigned intid, uint64_t stamp)
{
	(void)intid;
	(void)stamp;
	if (cpu_index() == 0)
		others_on_0++;
	else
		others_on_1++;
}

static void on_stop(unsigned intid, uint64_t stamp)
{
	(void)intid;
	(void)stamp;
	stopped = 1;
}

static void on_self(unsigned intid, uint64_t stamp)
{
	(void)intid;
	(void)stamp;
	selfs++;
}

static void second(void *argument)
{
	(void)argument;
	test_start_secondary();
	gic_attach(PING, 0x80, on_ping);
	gic_attach(OTHERS, 0x80, on_others);
	gic_attach(STOP, 0x80, on_stop);
	ready = 1;
	while (stopped == 0) {
		wfi(); /* masked: wakes for a pending SGI, which is taken below */
		irq_enable();
		irq_disable();
	}
	ready = 2;
	sev();
}

static void check_pingpong(void)
{
	uint32_t lost = 0;

	for (uint32_t i = 0; i < PINGS && lost == 0; i++) {
		gic_send_sgi(PING, 1);
		lost += !test_wait(&pongs, i + 1);
	}
	tap_equal(lost, 0, "none of 50 SGIs there and back is lost");
	tap_equal(pings, PINGS, "each came once");
}

static void check_targets(void)
{
	gic_send_sgi_others(OTHERS);
	tap_ok(test_wait(&others_on_1, 1), "an SGI to all others reaches the other CPU");
	tap_equal(others_on_0, 0, "and not the sender");
	gic_send_sgi_set(OTHERS, 3);
	tap_ok(test_wait(&others_on_1, 2) && test_wait(&others_on_0, 1), "an SGI to a list of two reaches both");
	gic_send_sgi_set(OTHERS, 0x8000);
	sysreg_write(ICC_SGI1R, UINT64_C(1) << 16 | (uint64_t)OTHERS << 24 | 3); /* Aff1 = 1 */
	isb();
	timer_delay_ns(1000000);
	tap_ok(others_on_0 == 1 && others_on_1 == 2, "SGIs to CPUs that do not exist have no effect");
}

void guest_main(void)
{
	test_start();
	gic_attach(PONG, 0x80, on_pong);
	gic_attach(OTHERS, 0x80, on_others);
	gic_attach(1, 0x80, on_self);
	tap_equal(test_cpu_count(), 2, "there are two CPUs");
	tap_equal((uint64_t)runtime_start_cpu(1, second, NULL), PSCI_SUCCESS, "the second starts");
	irq_enable();
	tap_ok(test_wait(&ready, 1), "and runs");
	for (uint32_t i = 0; i < ROUNDS; i++)
		gic_send_sgi(1, 0);
	tap_equal(selfs, ROUNDS, "SGIs to self are taken at once");
	check_pingpong();
	check_targets();
	gic_send_sgi(STOP, 1);
	tap_ok(test_wait(&ready, 2), "the second CPU stops");
	tap_end();
}
