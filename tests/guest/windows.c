/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever has windows of a time table and never waits: it knows from the counter when it was taken away and given back.
 * It runs in its windows and at no other time, each begins within 1,000 ticks of the table and ends within 1,000. A
 * tick is an instruction.
 *
 *     frame=F windows=N from0=.. till0=.. ..     in ns, which are ticks of the counter
 *     rounds=R                                   frames
 */
#include "tests/guest/helper.h"

#include "guests/runtime/bootargs.h"

#define APART 2500U /* longer than any step of EL2: somebody else ran */
#define SLACK 1000U
#define STRETCH_MAX 4096U
#define WINDOW_MAX 4U

struct stretch {
	uint64_t from, to;
};

static struct stretch stretches[STRETCH_MAX];
static unsigned count;

/* When it ran until `end`. */
static void record(uint64_t end)
{
	struct stretch *s = stretches;
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
	count = n + 1;
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

	for (unsigned k = 1; k + 1 < count; k++) {
		const struct stretch *s = &stretches[k];
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

void guest_main(void)
{
	uint64_t frame = bootargs_number("frame", 1000000);

	test_start();
	irq_disable();
	record(counter_read() + (bootargs_number("rounds", 100) + 3) * frame);
	check_windows(frame);
	tap_end();
}
