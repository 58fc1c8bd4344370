/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The consoles in what comes from the serial line: the UART driver's prefixes are taken off again
 * (services/uart/uart_mux.h), lines that were broken are put together, and what has no prefix (EL2 before the driver
 * runs, or a VM that has the UART) belongs to one console.
 */
#ifndef TOOLS_TAKT_CONSOLE_H
#define TOOLS_TAKT_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CONSOLE_MAX 33
#define CONSOLE_LINE_BYTES (1U << 20) /* a longer line is ended there */
#define CONSOLE_PREFIX_BYTES 40

/* The beginning of a line that is meant for programs: a JSON object follows. */
#define CONSOLE_REPORT "@takt "

/* Text of a console: a whole line without its end, or the beginning of one so far. NUL-terminated, valid for the call.
 */
typedef void console_sink(void *arg, size_t console, const char *text, size_t bytes, bool is_complete);

struct console_text {
	char *text;
	size_t bytes;
	size_t room;
	bool is_new; /* something was added that the sink has not seen */
};

struct console_stream {
	const char *const *names;
	size_t count;
	size_t plain;
	console_sink *sink;
	void *arg;
	size_t current;
	size_t cr_count;     /* carriage returns directly before */
	bool at_start;       /* a prefix may come */
	size_t prefix_bytes; /* of what may be one */
	char prefix[CONSOLE_PREFIX_BYTES];
	struct console_text texts[CONSOLE_MAX];
};

/* names: of the consoles, the last one EL2's; borrowed. count: 1 to CONSOLE_MAX. plain: the one of what has no prefix.
 */
void console_init(struct console_stream *stream, const char *const *names, size_t count, size_t plain,
		  console_sink *sink, void *arg);
void console_fini(struct console_stream *stream);

/* Takes bytes as they come; every complete line, then every beginning that grew, goes to the sink. */
void console_feed(struct console_stream *stream, const char *data, size_t bytes);

/* Nothing more comes: beginnings of lines go to the sink as lines. */
void console_end(struct console_stream *stream);

/*
 * Shows consoles on a terminal or in a file: every line behind its prefix. Live: the beginning of a line is shown as it
 * comes, and shown again when another console's line had to come between. Lines for programs (CONSOLE_REPORT) are not
 * shown.
 */
struct console_view {
	FILE *out;
	const char *const *names;
	size_t count;
	size_t only; /* the one console to show beside EL2's; count: all */
	bool is_live;
	bool has_colour;
	bool is_raw;        /* the terminal needs CR LF */
	size_t shown;       /* console whose beginning of a line stands on the terminal; count: none */
	size_t shown_bytes; /* of it */
	char *kept;         /* that beginning */
};

void view_init(struct console_view *view, FILE *out, const char *const *names, size_t count);
/* Leaves the line that the terminal stands in. */
void view_end(struct console_view *view);
void view_fini(struct console_view *view);
void view_text(struct console_view *view, size_t console, const char *text, size_t bytes, bool is_complete);

#endif
