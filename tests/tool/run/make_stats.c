/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a struct stats for tests of `takt run`: one CPU, contexts radio/0, uart, linux/0, and a trace ring of four
 * records at 0x2000. Arguments: FILE, TRACE_FILE, then KEY=VALUE of: misses nothing here, "linux_state", "now",
 * "irq_count", "unpaid".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/stats.h"
#include "abi/trace.h"

static struct stats stats;

static uint64_t value_of(int argc, char **argv, const char *key, uint64_t otherwise)
{
	size_t length = strlen(key);

	for (int i = 3; i < argc; i++) {
		if (strncmp(argv[i], key, length) == 0 && argv[i][length] == '=')
			return strtoull(argv[i] + length + 1, NULL, 0);
	}
	return otherwise;
}

static void fill(int argc, char **argv)
{
	uint64_t now = value_of(argc, argv, "now", 11000);

	stats.magic = STATS_MAGIC;
	stats.version = STATS_VERSION;
	stats.bytes = sizeof(stats);
	stats.reset_ticks = 100;
	stats.cpu_count = 1;
	stats.context_count = 3;
	stats.cpus[0] = (struct stats_cpu){.start_ticks = 1000,
					   .now_ticks = now,
					   .start = {1, 122100},
					   .trace_head = 5,
					   .trace_pa = 0x2000,
					   .trace_records = 4};
	stats.cpus[0].idle.count = 3;
	stats.cpus[0].idle.longest_ticks = 55;
	stats.contexts[0].used_ticks = (now - 1000) / 4;
	stats.contexts[1].used_ticks = (now - 1000) / 10;
	stats.contexts[2].used_ticks = (now - 1000) / 2;
	stats.cpus[0].idle_ticks = now - 1000 - (now - 1000) / 4 - (now - 1000) / 10 - (now - 1000) / 2 -
				   value_of(argc, argv, "unpaid", 0);
	for (unsigned i = 0; i < 3; i++)
		stats.contexts[i].state = STATS_CONTEXT_ON;
	stats.contexts[0].state = value_of(argc, argv, "radio_state", STATS_CONTEXT_ON);
	stats.contexts[2].state = value_of(argc, argv, "linux_state", STATS_CONTEXT_ON);
	stats.contexts[0].exits[EXIT_IRQ] = (struct exit_stats){value_of(argc, argv, "irq_count", 10), 150};
	stats.contexts[2].exits[EXIT_IRQ] = (struct exit_stats){5, 170};
	stats.contexts[2].exits[EXIT_MMIO] = (struct exit_stats){20, 300};
	stats.contexts[2].fault_pc = 0xabc;
	stats.contexts[2].fault_esr = 0x96000010;
	stats.contexts[2].fault_address = 0x0a000000;
}

static const struct trace_record records[4] = {
	{4000, TRACE_SWITCH, 2, 0xffff},
	{1000, TRACE_SWITCH, 0, 2},
	{2000, TRACE_IRQ, 0, 27},
	{3000, TRACE_MODEL, 2, 0x18},
};

static int write_file(const char *path, const void *data, size_t bytes)
{
	FILE *file = fopen(path, "wb");

	if (file == NULL || fwrite(data, 1, bytes, file) != bytes || fclose(file) != 0) {
		perror(path);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	fill(argc, argv);
	return write_file(argv[1], &stats, sizeof(stats)) | write_file(argv[2], records, sizeof(records));
}
