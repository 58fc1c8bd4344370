/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every CPU of this machine keeps values of its own in all FP registers and in all system registers that it may write,
 * and looks at them again and again while others run. Several VMs with this guest on one CPU, or one VM with two vCPUs,
 * must never see each other's: each seeds its values from its counter and number.
 */
#include "tests/guest/helper.h"

#include "guests/runtime/random.h"
#include "tests/guest/leak.h"

#define ROUNDS 4000U
#define NARROW(bits) (UINT64_MAX >> (64 - (bits)))

/* Name and the bits that may have any value without effect on a guest with its MMU on and interrupts masked. */
#define FOR_REGISTERS(each)											\
	each(tpidr_el0, UINT64_MAX)										\
	each(tpidrro_el0, UINT64_MAX)										\
	each(tpidr_el1, UINT64_MAX)										\
	each(sp_el0, ~UINT64_C(15))										\
	each(contextidr_el1, NARROW(32))									\
	each(elr_el1, NARROW(48))										\
	each(far_el1, NARROW(48))										\
	each(esr_el1, NARROW(25))										\
	each(afsr0_el1, NARROW(32))										\
	each(afsr1_el1, NARROW(32))										\
	each(amair_el1, UINT64_MAX)										\
	each(ttbr1_el1, NARROW(48) & ~UINT64_C(0xfff))								\
	each(mair_el1, UINT64_C(0x4444444444440000))								\
	each(csselr_el1, UINT64_C(1))										\
	each(spsr_el1, UINT64_C(0xf0000000))									\
	each(cntkctl_el1, UINT64_C(0xf0))									\
	each(cntv_cval_el0, NARROW(56))										\
	each(cntp_cval_el0, NARROW(56))										\
	each(cpacr_el1, UINT64_C(0x10000000))									\
	each(par_el1, NARROW(48) & ~UINT64_C(0xfff))

#define COUNT_ONE(name, mask) +1
#define REGISTER_COUNT (0 FOR_REGISTERS(COUNT_ONE))

struct state {
	uint64_t registers[REGISTER_COUNT];
	struct leak_fp fp;
};

struct bits {
	const char *name;
	uint64_t mask;
};

#define NAME_AND_MASK(name, mask) {#name, mask},
static const struct bits registers[REGISTER_COUNT] = {FOR_REGISTERS(NAME_AND_MASK)};

static struct {
	struct state expected;
	struct state seen;
	uint32_t wrong_fp;
	uint32_t wrong[REGISTER_COUNT];
	volatile uint32_t rounds;
} cpus[RUNTIME_CPU_MAX];

static void load_registers(const uint64_t *values)
{
	unsigned i = 0;

#define LOAD_ONE(name, mask)                                                                                           \
	sysreg_write(name, (sysreg_read(name) & ~(mask)) | (values[i] & (mask)));                                      \
	i++;
	FOR_REGISTERS(LOAD_ONE)
	isb();
}

static void store_registers(uint64_t *values)
{
	unsigned i = 0;

#define STORE_ONE(name, mask) values[i++] = sysreg_read(name);
	FOR_REGISTERS(STORE_ONE)
}

static void fill(struct state *s, uint64_t seed)
{
	for (unsigned i = 0; i < REGISTER_COUNT; i++)
		s->registers[i] = random_next(&seed);
	for (unsigned i = 0; i < 64; i++)
		s->fp.q[i] = random_next(&seed);
	s->fp.fpcr = random_next(&seed) & 0x03c00000; /* rounding mode, flush to zero, default NaN */
	s->fp.fpsr = random_next(&seed) & 0x0800009f; /* sticky flags */
	load_registers(s->registers);
	leak_fp_load(&s->fp);
	store_registers(s->registers); /* as they read back: some bits may not exist here */
}

static void check_once(unsigned cpu)
{
	const struct state *expected = &cpus[cpu].expected;
	struct state *seen = &cpus[cpu].seen;
	uint64_t difference = 0;

	store_registers(seen->registers);
	leak_fp_store(&seen->fp);
	for (unsigned i = 0; i < REGISTER_COUNT; i++)
		cpus[cpu].wrong[i] += seen->registers[i] != expected->registers[i];
	for (unsigned i = 0; i < 64; i++)
		difference |= seen->fp.q[i] ^ expected->fp.q[i];
	difference |= (seen->fp.fpcr ^ expected->fp.fpcr) | (seen->fp.fpsr ^ expected->fp.fpsr);
	cpus[cpu].wrong_fp += difference != 0;
}

static void run(void *argument)
{
	unsigned cpu = cpu_index();

	(void)argument;
	/* The event stream would end each WFE at once on a machine of its own; here only others shall. */
	fill(&cpus[cpu].expected, counter_read() << 8 | (cpu + 1));
	for (uint32_t i = 0; i < ROUNDS; i++) {
		check_once(cpu);
		cpus[cpu].rounds++;
		if (i % 4 == 0)
			wfe(); /* lets the others run at once, where they share this CPU; else a slice ends somewhere */
	}
}

static void report(unsigned cpu)
{
	unsigned wrong = 0;

	print("# CPU %u\n", cpu);
	tap_equal(cpus[cpu].rounds, ROUNDS, "all rounds have run");
	tap_equal(cpus[cpu].wrong_fp, 0, "FP registers keep their values");
	for (unsigned i = 0; i < REGISTER_COUNT; i++) {
		wrong += cpus[cpu].wrong[i];
		if (cpus[cpu].wrong[i] != 0)
			print("# %s differed %u times, by 0x%lx at last\n", registers[i].name, cpus[cpu].wrong[i],
			      cpus[cpu].seen.registers[i] ^ cpus[cpu].expected.registers[i]);
	}
	tap_equal(wrong, 0, "system registers keep theirs");
}

void guest_main(void)
{
	unsigned count;

	test_start();
	count = test_cpu_count();
	for (unsigned cpu = 1; cpu < count; cpu++)
		tap_equal((uint64_t)runtime_start_cpu(cpu, run, NULL), PSCI_SUCCESS, "another CPU starts");
	run(NULL);
	sysreg_write(cntkctl_el1, 1U << 2 | 9U << 4); /* events again, for the waits */
	for (unsigned cpu = 1; cpu < count; cpu++)
		tap_ok(test_wait(&cpus[cpu].rounds, ROUNDS), "another CPU has done its rounds");
	for (unsigned cpu = 0; cpu < count; cpu++)
		report(cpu);
	tap_end();
}
