/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine of several CPUs, all that there are, up to SMP_MAX: SGIs from each to each, an SPI that moves while it
 * fires, interrupts that are active on one CPU and looked at by another, registers of each other, off and on again.
 * Order and counts alone; the waits end after a long time of whatever clock there is.
 */
#include "tests/guest/helper.h"

#define SMP_MAX 8U
#define PATIENCE_NS UINT64_C(20000000000)
#define SGI_ROUNDS 40U
#define MOVES 80U
#define CROSSINGS 40U
#define RESTARTS 10U
#define LOOKS 20U
#define SPI 40U
#define SPI_LOOK 41U

enum phase {
	PHASE_UP = 1,
	PHASE_SGIS,
	PHASE_MOVES,
	PHASE_LOOK,
	PHASE_CROSS,
	PHASE_END,
};

static uint32_t cpus;
static volatile uint32_t phase;
static volatile uint32_t done[SMP_MAX];         /* the phase that this CPU has finished */
static volatile uint32_t got[SMP_MAX][SMP_MAX]; /* SGIs of [sender] that [receiver] took */
static volatile uint32_t lost;
static volatile uint32_t moved[SMP_MAX], moves;
static volatile uint32_t looked, hold;
static volatile uint32_t lives;

/* Spins with interrupts open. */
static bool wait_for(const volatile uint32_t *word, uint32_t value)
{
	uint64_t end = counter_read() + ticks_from_ns(PATIENCE_NS);
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value) /* pairs with whoever stores it */
		if (counter_read() > end)
			return false;
	return true;
}

static void on_sgi(unsigned intid, uint64_t stamp)
{
	(void)stamp;
	got[intid][cpu_index()]++;
}

static void on_spi(unsigned intid, uint64_t stamp)
{
	(void)intid;
	(void)stamp;
	moved[cpu_index()]++;
	__atomic_fetch_add(&moves, 1, __ATOMIC_RELEASE); /* pairs with wait_for */
}

/* Stays active until CPU 0 has looked, with interrupts masked. */
static void on_look(unsigned intid, uint64_t stamp)
{
	(void)intid;
	(void)stamp;
	__atomic_store_n(&hold, 1, __ATOMIC_RELEASE);
	lost += !wait_for(&looked, 1);
	__atomic_store_n(&hold, 2, __ATOMIC_RELEASE);
}

/* To each other CPU in turn, the next when the last was taken. */
static void send_to_all(unsigned self)
{
	for (uint32_t i = 0; i < SGI_ROUNDS; i++) {
		for (unsigned to = 0; to < cpus; to++) {
			gic_send_sgi(self, to);
			if (!wait_for(&got[self][to], i + 1)) {
				lost++;
				return;
			}
		}
	}
}

static uint32_t frame_word(unsigned cpu, unsigned reg)
{
	return mmio_read32(gic_redistributor(cpu) + GICR_SGI_OFFSET + reg);
}

/* Registers of the next CPU, while that does the same with those of its next: each has to leave its guest for another.
 */
static void cross(unsigned self)
{
	unsigned next = (self + 1) % cpus;
	uint32_t bit = 1U << (8 + self);

	for (uint32_t i = 0; i < CROSSINGS; i++) {
		gic_send_sgi(self, self); /* something is in this CPU's list registers */
		(void)frame_word(next, GICD_ISACTIVER);
		mmio_write32(gic_redistributor(next) + GICR_SGI_OFFSET + GICD_ISPENDR, bit);
		lost += (frame_word(next, GICD_ISPENDR) & bit) == 0;
		mmio_write32(gic_redistributor(next) + GICR_SGI_OFFSET + GICD_ICPENDR, bit);
		lost += (frame_word(next, GICD_ISPENDR) & bit) != 0;
	}
}

static void finish(enum phase which) { __atomic_store_n(&done[cpu_index()], which, __ATOMIC_RELEASE); }

static void attach(void)
{
	for (unsigned i = 0; i < cpus; i++)
		gic_attach(i, 0x80, on_sgi);
	irq_enable();
}

static void other(void *argument)
{
	unsigned self = cpu_index();

	(void)argument;
	test_start_secondary();
	attach();
	finish(PHASE_UP);
	lost += !wait_for(&phase, PHASE_SGIS);
	send_to_all(self);
	finish(PHASE_SGIS);
	lost += !wait_for(&phase, PHASE_CROSS);
	cross(self);
	finish(PHASE_CROSS);
	lost += !wait_for(&phase, PHASE_END);
	irq_disable();
	finish(PHASE_END);
}

static bool all_have(enum phase which)
{
	bool all = true;
	for (unsigned cpu = 1; cpu < cpus; cpu++)
		all &= wait_for(&done[cpu], which);
	return all;
}

static void begin(enum phase which) { __atomic_store_n(&phase, which, __ATOMIC_RELEASE); }

static void check_start(void)
{
	uint32_t refused = 0;
	uint32_t wrong = 0;

	for (unsigned cpu = 1; cpu < cpus; cpu++) {
		refused += runtime_start_cpu(cpu, other, NULL) != PSCI_SUCCESS;
		wrong += !wait_for(&done[cpu], PHASE_UP);
		wrong += (int64_t)smccc_hvc(PSCI_CPU_ON_64, cpu, 0, 0).x0 != PSCI_ALREADY_ON;
		wrong += smccc_hvc(PSCI_AFFINITY_INFO_64, cpu, 0, 0).x0 != 0;
	}
	tap_equal(refused, 0, "every other CPU starts");
	tap_equal(wrong, 0, "runs, and is said to be on");
}

static void check_sgis(void)
{
	uint32_t wrong = 0;

	begin(PHASE_SGIS);
	send_to_all(0);
	tap_ok(all_have(PHASE_SGIS), "each CPU has sent SGIs to each");
	for (unsigned from = 0; from < cpus; from++)
		for (unsigned to = 0; to < cpus; to++)
			wrong += got[from][to] != SGI_ROUNDS;
	tap_equal(wrong, 0, "every one was taken once");
	tap_equal(lost, 0, "and none was waited for in vain");
}

/* It fires, is sent elsewhere at once, and is taken once, wherever it was at the time. */
static void check_moves(void)
{
	uint32_t sum = 0;
	uint32_t i;

	gic_attach(SPI, 0x80, on_spi);
	for (i = 0; i < MOVES; i++) {
		gic_route(SPI, i % cpus);
		gic_set_pending(SPI);
		gic_route(SPI, (i + 1) % cpus);
		if (!wait_for(&moves, i + 1))
			break;
	}
	tap_equal(i, MOVES, "an SPI that moves while it fires is never lost");
	gic_route(SPI, 0);
	timer_delay_ns(1000000);
	for (unsigned cpu = 0; cpu < cpus; cpu++)
		sum += moved[cpu];
	tap_equal(sum, i, "and never comes twice");
}

static void check_active(void)
{
	uint32_t wrong = 0;

	gic_attach(SPI_LOOK, 0x80, on_look);
	for (uint32_t i = 0; i < LOOKS && wrong == 0; i++) {
		looked = 0;
		hold = 0;
		gic_route(SPI_LOOK, 1 + i % (cpus - 1));
		gic_set_pending(SPI_LOOK);
		wrong += !wait_for(&hold, 1);
		wrong += !gic_is_active(SPI_LOOK);
		wrong += gic_is_pending(SPI_LOOK);
		if (i % 2 != 0)
			gic_clear_active(SPI_LOOK);
		wrong += gic_is_active(SPI_LOOK) != (i % 2 == 0);
		__atomic_store_n(&looked, 1, __ATOMIC_RELEASE);
		wrong += !wait_for(&hold, 2);
		for (uint32_t turns = 0; gic_is_active(SPI_LOOK) && turns < 1000000; turns++)
			;
		wrong += gic_is_active(SPI_LOOK);
	}
	tap_equal(wrong, 0, "what is active on another CPU is seen, and ended, from here");
}

static void check_crossing(void)
{
	begin(PHASE_CROSS);
	cross(0);
	tap_ok(all_have(PHASE_CROSS), "all change each other's registers at once, and none waits for ever");
	tap_equal(lost, 0, "each finds what it wrote");
}

static void live(void *argument)
{
	(void)argument;
	lives++;
}

static bool is_off(unsigned cpu)
{
	uint64_t end = counter_read() + ticks_from_ns(PATIENCE_NS);
	while (smccc_hvc(PSCI_AFFINITY_INFO_64, cpu, 0, 0).x0 != 1)
		if (counter_read() > end)
			return false;
	return true;
}

static void check_restarts(void)
{
	uint32_t wrong = 0;
	uint32_t started = 0;

	begin(PHASE_END);
	tap_ok(all_have(PHASE_END), "the others are done");
	for (uint32_t i = 0; i < RESTARTS && wrong == 0; i++) {
		for (unsigned cpu = 1; cpu < cpus && wrong == 0; cpu++) {
			wrong += !is_off(cpu);
			wrong += runtime_start_cpu(cpu, live, NULL) != PSCI_SUCCESS;
			started++;
			wrong += !wait_for(&lives, started);
		}
	}
	tap_equal(wrong, 0, "CPUs that turn themselves off start again");
	tap_equal(lives, started, "each time once");
}

void guest_main(void)
{
	test_start();
	cpus = test_cpu_count();
	if (cpus > SMP_MAX)
		cpus = SMP_MAX;
	attach();
	check_start();
	check_sgis();
	check_moves();
	check_active();
	check_crossing();
	check_restarts();
	tap_end();
}
