/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server's worst customer: vcpus=N vCPUs that share a reservation of budget=Q in period=P (in ns) never wait, and
 * note when each of them had the CPU, by reading the counter all the time. Afterwards: there is a phase at which in
 * each period all of them together had at most Q + TOLERANCE, and at least Q less what a switch to them may cost for
 * each time that they got the CPU. It is one phase for all of periods=N: a period or budget that were wrong by a tick
 * would be out of step at the end of thousands. A tick is an instruction.
 */
#include "guests/runtime/bootargs.h"
#include "tests/guest/helper.h"

#define VCPU_MAX 8U
#define BURST_MAX 8192U
#define TOLERANCE 1000U
#define GAP_TICKS 50U     /* the loop takes fewer: it was away, in EL2 at least */
#define SETTLE_PERIODS 4U /* until all vCPUs spin */

struct burst {
	uint64_t start, end;
};

struct supply {
	uint64_t least, most; /* of one period */
	uint64_t most_lost;   /* budget less supply, over the times that they got the CPU */
};

static struct burst bursts[VCPU_MAX][BURST_MAX];
static volatile unsigned counts[VCPU_MAX];
static volatile unsigned done;
static volatile uint64_t from, until; /* 0 until all spin */
static uint64_t budget, period;
static unsigned vcpus;

static void spin(unsigned cpu)
{
	unsigned n = 0;
	uint64_t last = counter_read();
	uint64_t start = last;

	while (until == 0 || last < until) {
		uint64_t now = counter_read();

		if (now - last > GAP_TICKS) {
			if (from != 0 && start >= from && n < BURST_MAX)
				bursts[cpu][n++] = (struct burst){start, last};
			start = now;
		}
		last = now;
	}
	counts[cpu] = n;
}

static void spin_secondary(void *argument)
{
	(void)argument;
	spin(cpu_index());
	dsb(); /* the bursts are there before it is said so */
	__atomic_fetch_add(&done, 1, __ATOMIC_RELEASE);
}

/* What all had in the period that begins at `begin`, and how often one of them got the CPU. */
static uint64_t supplied(uint64_t begin, unsigned next[VCPU_MAX], unsigned *times)
{
	uint64_t sum = 0;

	*times = 1;
	for (unsigned cpu = 0; cpu < vcpus; cpu++) {
		for (; next[cpu] < counts[cpu]; next[cpu]++) {
			struct burst b = bursts[cpu][next[cpu]];

			if (b.end <= begin)
				continue;
			if (b.start >= begin + period)
				break;
			sum += (b.end < begin + period ? b.end : begin + period) - (b.start > begin ? b.start : begin);
			++*times;
			if (b.end > begin + period)
				break;
		}
	}
	return sum;
}

static bool is_kept(struct supply s) { return s.most <= budget + TOLERANCE && s.most_lost <= TOLERANCE; }

/* Of all whole periods from this phase on, up to the first in which the budget is not kept. */
static struct supply supply_at(uint64_t begin, uint64_t end)
{
	struct supply s = {.least = UINT64_MAX};
	unsigned next[VCPU_MAX] = {0};
	unsigned times;

	for (; begin + period <= end && is_kept(s); begin += period) {
		uint64_t sum = supplied(begin, next, &times);

		if (sum < s.least)
			s.least = sum;
		if (sum > s.most)
			s.most = sum;
		if (sum < budget && (budget - sum) / times > s.most_lost)
			s.most_lost = (budget - sum) / times;
	}
	return s;
}

/* The start of some burst as a phase at which the budget is kept; or else the one at which least is too much. */
static struct supply supply_best(uint64_t end)
{
	struct supply best = {.most = UINT64_MAX};

	for (unsigned cpu = 0; cpu < vcpus; cpu++) {
		for (unsigned i = 0; i < counts[cpu]; i++) {
			struct supply s = supply_at(from + (bursts[cpu][i].start - from) % period, end);

			if (is_kept(s))
				return s;
			if (s.most < best.most)
				best = s;
		}
	}
	return best;
}

void guest_main(void)
{
	uint64_t periods = bootargs_number("periods", 100);
	uint64_t end;
	bool is_complete = true;
	struct supply s;

	vcpus = (unsigned)bootargs_number("vcpus", 1);
	budget = ticks_from_ns(bootargs_number("budget", 0));
	period = ticks_from_ns(bootargs_number("period", 1));
	test_start();
	for (unsigned cpu = 1; cpu < vcpus; cpu++)
		tap_ok(runtime_start_cpu(cpu, spin_secondary, NULL) == 0, "a vCPU starts");
	from = counter_read() + SETTLE_PERIODS * period;
	end = from + (periods + 2) * period;
	until = end;
	spin(0);
	while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) != vcpus - 1)
		wfe();
	for (unsigned cpu = 0; cpu < vcpus; cpu++)
		is_complete = is_complete && counts[cpu] < BURST_MAX;
	tap_ok(is_complete, "all was noted");
	s = supply_best(end - period);
	print("# budget %lu: %lu to %lu in a period, lost at most %lu each time\n", budget, s.least, s.most,
	      s.most_lost);
	tap_ok(s.most <= budget + TOLERANCE, "never more than the budget in a period");
	tap_ok(s.most_lost <= TOLERANCE, "never less than the budget, but for the switches");
	console_drain(); /* who waits for this VM's end has read all that matters by then */
	tap_end();
}
