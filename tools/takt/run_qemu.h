/* SPDX-License-Identifier: Apache-2.0 */
/* The QEMU process: its command line, its two connections (serial line and QMP), and its end on every way out. */
#ifndef TOOLS_TAKT_RUN_QEMU_H
#define TOOLS_TAKT_RUN_QEMU_H

#include <stdbool.h>
#include <sys/types.h>

#include "tools/takt/run_options.h"
#include "tools/takt/run_system.h"

/* Paths for one run; null: there is none. */
struct run_files {
	char *disk; /* directory whose files are a disk for the firmware */
	char *gdb;  /* socket on which QEMU waits for gdb, paused before its first instruction */
};

struct run_qemu {
	pid_t pid;     /* 0: not running */
	int serial_fd; /* -1: not open */
	int qmp_fd;
	int error_fd; /* what QEMU writes on its standard error */
};

/*
 * Starts QEMU, with the files of directory `disk` as a disk for the firmware, if there is one; paused or not as QEMU
 * does. One process at a time: it is killed at exit of this process, in whatever way. Answers an enum exit_code; what
 * is wrong was said on stderr.
 */
int run_qemu_start(struct run_qemu *qemu, const struct run_options *options, const struct run_system *system,
		   const struct run_files *files);

/* Whether the image and the firmware, or none, go together. Answers an enum exit_code, after a message. */
int run_check_firmware(const struct run_options *options, const struct run_system *system);

/* It has ended by itself. */
bool run_qemu_has_ended(struct run_qemu *qemu);

/* Ends it and closes the connections; may be called again. */
void run_qemu_stop(struct run_qemu *qemu);

#endif
