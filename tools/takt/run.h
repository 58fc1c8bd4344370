/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run of a system in QEMU: `takt run` (run.c) drives it, run_session.c moves bytes between QEMU, terminal and logs
 * and asks QEMU for the memory of EL2.
 *
 * While QEMU has a command to answer, the serial line must be read on: QEMU may be blocked on it. So everything that
 * waits goes through session_pump, and what consoles print only sets marks here, which the main loop acts on.
 *
 * The moment at which a run is stopped depends on the host: marks are looked at after each piece of output, limits
 * every SESSION_POLL_S. Figures come from the guests and from EL2's counters, which do not depend on it.
 */
#ifndef TOOLS_TAKT_RUN_H
#define TOOLS_TAKT_RUN_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "abi/stats.h"
#include "tools/takt/console.h"
#include "tools/takt/qmp.h"
#include "tools/takt/run_control.h"
#include "tools/takt/run_options.h"
#include "tools/takt/run_qemu.h"
#include "tools/takt/run_system.h"

#define SESSION_POLL_S 0.1

struct run_session {
	const struct run_options *options;
	const struct run_system *system;
	struct run_qemu qemu;
	struct run_control control;
	struct qmp qmp;
	struct console_stream stream;
	struct console_view view;
	FILE *logs[CONSOLE_MAX];
	char *directory;        /* temporary, for the memory that QEMU writes */
	struct run_files files; /* in it */
	json_t *figures;        /* as report_collect fills them */
	json_t *vms;
	bool until_seen[RUN_TEXT_MAX];
	size_t until_console[RUN_TEXT_MAX]; /* whose line it was, while that is not complete; else CONSOLE_MAX */
	const char *failed;                 /* text of --fail-on that was seen, or null */
	bool is_marked;                     /* --mark was seen */
	bool has_bad_report;                /* a line for programs was none */
	bool has_quit;                      /* Ctrl-A x */
	bool has_escape;                    /* Ctrl-A was typed */
	size_t sent;                        /* --send done so far */
	size_t answered;                    /* console whose line so far was answered by the last one, or CONSOLE_MAX */
	char last_line[160];                /* of any console, with its prefix */
	double last_output_s;
	double progress_s; /* when progress was last shown; 0: nothing stands there */
};

/* Opens logs and connections. Answers an enum exit_code; what is wrong was said on stderr. */
int session_init(struct run_session *session, const struct run_options *options, const struct run_system *system);
/* Ends QEMU and releases everything. */
void session_fini(struct run_session *session);

/* Waits at most this long for something to come, and takes it. */
void session_pump(struct run_session *session, double seconds);

/* Sends a QMP command, waits for its answer. Null: QEMU is gone or has refused; else borrowed until the next command.
 */
const json_t *session_command(struct run_session *session, const char *command, json_t *arguments);

/* Reads physical memory into data. False: it could not be read. */
bool session_read_memory(struct run_session *session, uint64_t pa, void *data, size_t bytes);

/* Reads the statistics of EL2. False: they are not (yet) there, and stats is as before. */
bool session_read_stats(struct run_session *session, struct stats *stats);

/* Pauses QEMU and takes what it has still printed. */
void session_pause(struct run_session *session);

/* The name of an enum trace_event, or null. */
const char *trace_event_name(unsigned event);

/* Writes the trace rings as text to DIR/trace.txt. Answers an enum exit_code. */
int trace_write(struct run_session *session, const struct stats *stats);

#endif
