/* SPDX-License-Identifier: Apache-2.0 */
/* Showing consoles: see struct console_view in console.h. */
#include <stdlib.h>
#include <string.h>

#include "tools/takt/console.h"
#include "tools/takt/util.h"

void view_init(struct console_view *view, FILE *out, const char *const *names, size_t count)
{
	*view = (struct console_view){.out = out, .names = names, .count = count, .only = count, .shown = count};
}

void view_end(struct console_view *view)
{
	if (view->shown != view->count)
		fputs(view->is_raw ? "\r\n" : "\n", view->out);
	view->shown = view->count;
	fflush(view->out);
}

void view_fini(struct console_view *view)
{
	view_end(view);
	free(view->kept);
	view->kept = NULL;
}

/* A line for programs, or what may become one. */
static bool is_report(const char *text, size_t bytes, bool is_complete)
{
	size_t length = strlen(CONSOLE_REPORT);

	if (bytes < length)
		return !is_complete && strncmp(text, CONSOLE_REPORT, bytes) == 0;
	return strncmp(text, CONSOLE_REPORT, length) == 0;
}

static void write_prefix(const struct console_view *view, size_t console)
{
	static const int colour[] = {36, 33, 32, 35, 34, 31};

	if (!view->has_colour)
		fprintf(view->out, "[%s] ", view->names[console]);
	else if (console + 1 == view->count)
		fprintf(view->out, "\033[2m[%s]\033[0m ", view->names[console]);
	else
		fprintf(view->out, "\033[%dm[%s]\033[0m ", colour[console % (sizeof(colour) / sizeof(colour[0]))],
			view->names[console]);
}

static void write_text(struct console_view *view, size_t console, const char *text, size_t bytes, bool is_complete)
{
	write_prefix(view, console);
	fwrite(text, 1, bytes, view->out);
	if (is_complete)
		fputs(view->is_raw ? "\r\n" : "\n", view->out);
}

/* The beginning of a line stands on the terminal. */
static void keep(struct console_view *view, size_t console, const char *text, size_t bytes)
{
	view->shown = console;
	view->shown_bytes = bytes;
	view->kept = util_resize(view->kept, bytes + 1, 1);
	memcpy(view->kept, text, bytes);
}

static bool continues(const struct console_view *view, size_t console, const char *text, size_t bytes)
{
	return view->shown == console && bytes >= view->shown_bytes && memcmp(view->kept, text, view->shown_bytes) == 0;
}

static void view_live(struct console_view *view, size_t console, const char *text, size_t bytes, bool is_complete)
{
	bool was_shown = view->shown != view->count;

	if (continues(view, console, text, bytes)) {
		fwrite(text + view->shown_bytes, 1, bytes - view->shown_bytes, view->out);
		if (is_complete)
			fputs(view->is_raw ? "\r\n" : "\n", view->out);
	} else {
		if (was_shown)
			fputs("\r\033[K", view->out);
		write_text(view, console, text, bytes, is_complete);
	}
	if (!is_complete) {
		keep(view, console, text, bytes);
	} else if (was_shown && view->shown != console) {
		write_text(view, view->shown, view->kept, view->shown_bytes, false);
	} else {
		view->shown = view->count;
	}
}

void view_text(struct console_view *view, size_t console, const char *text, size_t bytes, bool is_complete)
{
	if (view->only != view->count && console != view->only && console + 1 != view->count)
		return;
	if (is_report(text, bytes, is_complete))
		return;
	if (view->is_live)
		view_live(view, console, text, bytes, is_complete);
	else if (is_complete)
		write_text(view, console, text, bytes, true);
	fflush(view->out);
}
