/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worst customer of a reservation or a window: it never waits, and knows from the counter when it was taken away
 * and given back. Either what it gets are the windows of a time table, each begun and ended within 1,000 ticks of it;
 * or a budget in every period, never 1,000 more, over all periods together neither, and never less than the budget
 * without what switches take. Several vCPUs share one reservation: what they get together counts, and each has its
 * turns.
 *
 *     frame=F windows=N from0=.. till0=.. ..         or        budget=Q period=P lost=L
 *     rounds=R frames or periods
 */
#include "tests/guest/helper.h"

#include "guests/runtime/bootargs.h"

#define APART 2500U /* longer than any step of EL2: somebody else ran */
#define SLACK 1000U
#define STRETCH_MAX 4096U
#define WINDOW_MAX 4U
#define CPU_MAX 8U

struct stretch {
	uint64_t from, to;
};

static struct stretch stretches[CPU_MAX][STRETCH_MAX];
static volatile unsigned counts[CPU_MAX];
static uint64_t begin, end;

/* When this vCPU ran between begin and end. */
static void record(unsigned cpu)
{
	struct stretch *s = stretches[cpu];
	unsigned n = 0;
	uint64_t last = counter_read();
	uint64_t now;

	s[0].from = last;
	while ((now = counter_read()) < end && n < STRETCH_MAX - 1) {
		if (now - last > APART) {
			s[n++].to = last;
			s[n].from = now;
		}
		last = now;
	}
	s[n].to = last;
	counts[cpu] = n + 1;
}

static volatile unsigned ready, go;

static void secondary(void *cpu)
{
	ready++; /* one starts at a time */
	while (go == 0)
		wfe();
	record((unsigned)(uintptr_t)cpu);
}

static uint64_t parameter(const char *name, unsigned index)
{
	char text[] = {name[0], name[1], name[2], name[3], name[4], 0};

	for (unsigned i = 0; text[i] != 0; i++)
		if (text[i] == '?')
			text[i] = (char)('0' + index);
	return bootargs_number(text, 0);
}

static uint64_t distance(uint64_t a, uint64_t b) { return a > b ? a - b : b - a; }

/* The first and the last stretch may be parts of windows. */
static void check_windows(uint64_t frame)
{
	unsigned windows = (unsigned)bootargs_number("windows", 1);
	unsigned seen[WINDOW_MAX] = {0};
	unsigned strange = 0;
	uint64_t late = 0, over = 0;

	for (unsigned k = 1; k + 1 < counts[0]; k++) {
		const struct stretch *s = &stretches[0][k];
		uint64_t from = s->from % frame;
		unsigned i = 0;
		while (i + 1 < windows && from >= parameter("till?", i))
			i++;
		uint64_t start = parameter("from?", i);
		uint64_t stop = parameter("till?", i);
		if (from < start || from >= stop) {
			strange++;
			continue;
		}
		seen[i]++;
		if (from - start > late)
			late = from - start;
		if (distance(s->to % frame, stop) > over)
			over = distance(s->to % frame, stop);
	}
	print("# latest begin of a window %lu ticks, farthest end %lu\n", late, over);
	tap_equal(strange, 0, "it never runs out of its windows");
	for (unsigned i = 0; i < windows; i++)
		tap_ok(seen[i] + 2 >= bootargs_number("rounds", 100), "a window in each frame");
	tap_ok(late <= SLACK, "windows begin within 1,000 instructions");
	tap_ok(over <= SLACK, "and end within 1,000");
}

/* What all vCPUs got in [from, to). */
static uint64_t supplied(uint64_t from, uint64_t to, unsigned cpus)
{
	uint64_t sum = 0;

	for (unsigned cpu = 0; cpu < cpus; cpu++) {
		for (unsigned k = 0; k < counts[cpu]; k++) {
			uint64_t a = stretches[cpu][k].from > from ? stretches[cpu][k].from : from;
			uint64_t b = stretches[cpu][k].to < to ? stretches[cpu][k].to : to;
			sum += b > a ? b - a : 0;
		}
	}
	return sum;
}

/* When a budget was released behind a time in which nobody had the CPU. */
static uint64_t first_release(uint64_t budget, uint64_t period, unsigned cpus)
{
	uint64_t first = UINT64_MAX;

	for (unsigned cpu = 0; cpu < cpus; cpu++) {
		for (unsigned k = 1; k < counts[cpu]; k++) {
			uint64_t from = stretches[cpu][k].from;
			if (from < first && from > begin + period &&
			    supplied(from - (period - budget) / 2, from, cpus) == 0)
				first = from;
		}
	}
	return first;
}

static void check_budget(uint64_t budget, uint64_t period, unsigned cpus)
{
	uint64_t lost = bootargs_number("lost", 2000);
	uint64_t rounds = bootargs_number("rounds", 100);
	uint64_t most = 0, least = UINT64_MAX;
	uint64_t first = first_release(budget, period, cpus);

	for (uint64_t i = 0; i < rounds; i++) {
		uint64_t got = supplied(first + i * period, first + (i + 1) * period, cpus);
		most = got > most ? got : most;
		least = got < least ? got : least;
	}
	uint64_t total = supplied(first, first + rounds * period, cpus);
	print("# of %lu ticks in %lu: %lu to %lu, %lu in %lu periods\n", budget, period, least, most, total, rounds);
	tap_ok(most <= budget + SLACK, "no period gives 1,000 more than the budget");
	tap_ok(total <= rounds * budget + SLACK, "nor all periods together");
	tap_ok(least + lost >= budget, "each gives the budget, but for the switches");
	for (unsigned cpu = 0; cpu < cpus; cpu++) {
		uint64_t own = supplied(first, first + rounds * period, cpu + 1) -
			       supplied(first, first + rounds * period, cpu);
		tap_ok(own * cpus + 2 * ticks_from_ns(1000000) * cpus >= total &&
			       own * cpus <= total + 2 * ticks_from_ns(1000000) * cpus,
		       "a vCPU has its share, but for two turns of a millisecond");
	}
}

void guest_main(void)
{
	uint64_t frame = bootargs_number("frame", 0);
	uint64_t period = bootargs_number("period", frame);
	unsigned cpus = (unsigned)bootargs_number("cpus", 1);

	test_start();
	irq_disable();
	for (unsigned cpu = 1; cpu < cpus; cpu++) {
		(void)runtime_start_cpu(cpu, secondary, (void *)(uintptr_t)cpu);
		while (ready < cpu)
			wfe();
	}
	begin = counter_read();
	end = begin + (bootargs_number("rounds", 100) + 3) * period;
	go = 1;
	record(0);
	for (unsigned cpu = 1; cpu < cpus; cpu++)
		while (counts[cpu] == 0)
			wfe();
	if (frame != 0)
		check_windows(frame);
	else
		check_budget(bootargs_number("budget", 0), period, cpus);
	tap_end();
}
