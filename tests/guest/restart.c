/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine that asks for its reset over and over, and crashes in between, whatever its CPUs, timers and interrupts are
 * about: each life finds its memory and its interrupt controller as the first one did. A page that is shared, and so
 * not restored, counts the lives. Built for tests/guest/restart.dts: RAM of 4 MiB.
 */
#include "guests/runtime/mmio.h"
#include "tests/guest/helper.h"

#define SHARED 0x50000000UL
#define FREE_BASE 0x40200000UL
#define FREE_END 0x40400000UL
#define LIVES 8U
#define NOWHERE 0xf0000000UL
#define SPI 64U
#define UART_SPI 33U
#define UART_MASK 0x09000038UL
#define UART_TXIM 0x20U /* asserted when something was sent */
#define MARK UINT64_C(0x5a5a5a5a5a5a5a5a)

struct lives {
	uint64_t count;
	uint64_t wrong_data, wrong_free, wrong_pending, wrong_enabled, wrong_text, wrong_argument, missing_cpus,
		missing_line;
};

static volatile uint64_t data = MARK;
static volatile uint64_t zero;
static volatile uint32_t others;

static volatile struct lives *lives(void) { return (volatile struct lives *)SHARED; }

/* Its first instruction is overwritten by each life. */
static __attribute__((noinline, aligned(64))) uint64_t add_one(uint64_t x)
{
	__asm__ volatile("" : "+r"(x));
	return x + 1;
}

static uint64_t (*volatile victim)(uint64_t) = add_one; /* the compiler does not know whom it calls */

static void look(void)
{
	volatile struct lives *all = lives();
	uint64_t dirty = 0;
	all->wrong_data += data != MARK || zero != 0;
	for (const volatile uint64_t *at = (const volatile uint64_t *)FREE_BASE; (uint64_t)at < FREE_END; at += 8)
		dirty += *at != 0;
	all->wrong_free += dirty != 0 && all->count != 0; /* at first boot it is as the board left it */
	all->wrong_text += victim(1) != 2;
	all->wrong_argument +=
		runtime_device_tree() == 0 || *(const volatile uint32_t *)runtime_device_tree() != 0xedfe0dd0U;
	all->wrong_pending += gic_read_word(GICD_ISPENDR, SPI) != 0 || gic_is_pending(5) || gic_is_pending(27) ||
			      gic_is_pending(UART_SPI);
	all->wrong_enabled += gic_read_word(GICD_ISENABLER, SPI) != 0;
}

static void spin(void *argument)
{
	(void)argument;
	test_start_secondary();
	__atomic_fetch_add(&others, 1, __ATOMIC_RELAXED);
	for (;;)
		zero++;
}

/* Leaves nothing as it was. */
static void spoil(void)
{
	unsigned cpus = test_cpu_count();
	data = 0;
	zero = 1;
	for (volatile uint64_t *at = (volatile uint64_t *)FREE_BASE; (uint64_t)at < FREE_END; at += 8)
		*at = MARK;
	*(volatile uint32_t *)(uintptr_t)victim = 0xd65f03c0U; /* RET */
	test_prepare(SPI, 0x80);
	gic_write_word(GICD_ISPENDR, SPI, 1);
	gic_send_sgi(5, cpu_index());
	sysreg_write(cntv_cval_el0, counter_read());
	sysreg_write(cntv_ctl_el0, 1);
	for (unsigned cpu = 1; cpu < cpus; cpu++)
		(void)runtime_start_cpu(cpu, spin, NULL);
	/* On the host's clock a CPU's thread may be kept waiting for long: that is not what is tested. */
	uint64_t end = counter_read() + ticks_from_ns(UINT64_C(20000000) * WAIT_MS);
	while (others != cpus - 1 && counter_read() < end)
		wfe();
	lives()->missing_cpus += others != cpus - 1;
	mmio_write32(UART_MASK, UART_TXIM);
	print("# about to end\n");
	console_drain();
	lives()->missing_line += !gic_is_pending(UART_SPI);
}

static void crash(void)
{
	sysreg_write(vbar_el1, NOWHERE);
	isb();
	((void (*)(void))NOWHERE)();
}

static void end(void)
{
	volatile struct lives *all = lives();
	tap_equal(all->count, LIVES, "lives");
	tap_equal(all->wrong_data, 0, "data and bss are as in the image");
	tap_equal(all->wrong_free, 0, "memory without an image is zero");
	tap_equal(all->wrong_text, 0, "code is as in the image, and is what is executed");
	tap_equal(all->wrong_argument, 0, "the device tree is there");
	tap_equal(all->wrong_pending, 0, "nothing is pending");
	tap_equal(all->wrong_enabled, 0, "nothing is enabled");
	tap_equal(all->missing_cpus, 0, "the other CPUs start in each life");
	tap_equal(all->missing_line, 0, "the device interrupts in each life");
	tap_end();
}

void guest_main(void)
{
	test_start();
	look();
	if (lives()->count == LIVES)
		end();
	spoil();
	lives()->count++;
	if (lives()->count % 3 == 2)
		crash();
	smccc_hvc(PSCI_SYSTEM_RESET, 0, 0, 0);
	print("not ok 1 - SYSTEM_RESET came back\n");
}
