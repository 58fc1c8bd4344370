/* SPDX-License-Identifier: Apache-2.0 */
/* The consoles in the serial stream: see console.h. */
#include <stdlib.h>
#include <string.h>

#include "tools/takt/console.h"
#include "tools/takt/util.h"

void console_init(struct console_stream *stream, const char *const *names, size_t count, size_t plain,
		  console_sink *sink, void *arg)
{
	*stream = (struct console_stream){.names = names,
					  .count = count,
					  .plain = plain,
					  .sink = sink,
					  .arg = arg,
					  .current = plain,
					  .at_start = true};
}

void console_fini(struct console_stream *stream)
{
	for (size_t c = 0; c < stream->count; c++)
		free(stream->texts[c].text);
}

static void pass_text(struct console_stream *stream, size_t c, bool is_complete)
{
	struct console_text *t = &stream->texts[c];

	stream->sink(stream->arg, c, t->text != NULL ? t->text : "", t->bytes, is_complete);
	t->is_new = false;
	if (is_complete)
		t->bytes = 0;
}

static void add_char(struct console_stream *stream, char byte)
{
	struct console_text *t = &stream->texts[stream->current];

	if (t->bytes >= CONSOLE_LINE_BYTES)
		pass_text(stream, stream->current, true);
	if (t->bytes + 2 > t->room) {
		t->room = t->room == 0 ? 256 : 2 * t->room;
		t->text = util_resize(t->text, t->room, 1);
	}
	t->text[t->bytes++] = byte;
	t->text[t->bytes] = '\0';
	t->is_new = true;
}

/* The prefix is of console c: 1; may become one: 0; can't: -1. */
static int match_prefix(const struct console_stream *stream, size_t c)
{
	size_t length = strlen(stream->names[c]);
	size_t bytes = stream->prefix_bytes;

	for (size_t i = 0; i < bytes; i++) {
		char byte = stream->prefix[i];
		bool fits = i == 0            ? byte == '['
			    : i <= length     ? byte == stream->names[c][i - 1]
			    : i == length + 1 ? byte == ']'
					      : byte == ' ' || byte == '+';
		if (!fits)
			return -1;
	}
	return bytes == length + 3 ? 1 : 0;
}

/* What stood at the start of the line is no prefix: it is text of who writes without. */
static void drop_prefix(struct console_stream *stream)
{
	size_t bytes = stream->prefix_bytes;

	stream->at_start = false;
	stream->prefix_bytes = 0;
	stream->current = stream->plain;
	for (size_t i = 0; i < bytes; i++)
		add_char(stream, stream->prefix[i]);
}

static void enter_line(struct console_stream *stream, size_t c)
{
	bool goes_on = stream->prefix[stream->prefix_bytes - 1] == '+';

	stream->at_start = false;
	stream->prefix_bytes = 0;
	stream->current = c;
	if (!goes_on && stream->texts[c].bytes != 0)
		pass_text(stream, c, true);
}

static void take_prefix(struct console_stream *stream, char byte)
{
	bool is_open = false;

	stream->prefix[stream->prefix_bytes++] = byte;
	for (size_t c = 0; c < stream->count; c++) {
		int match = match_prefix(stream, c);

		if (match > 0) {
			enter_line(stream, c);
			return;
		}
		is_open |= match == 0;
	}
	if (!is_open || stream->prefix_bytes == CONSOLE_PREFIX_BYTES)
		drop_prefix(stream);
}

/* CR LF ends the line; CR CR LF leaves it, to be continued. */
static void end_line(struct console_stream *stream)
{
	if (stream->at_start)
		drop_prefix(stream);
	if (stream->cr_count < 2)
		pass_text(stream, stream->current, true);
	stream->cr_count = 0;
	stream->at_start = true;
}

static void take_char(struct console_stream *stream, char byte)
{
	if (byte == '\n') {
		end_line(stream);
		return;
	}
	if (byte == '\r') {
		stream->cr_count++;
		return;
	}
	if (stream->cr_count != 0) {
		/* A carriage return alone: the line is written again from its prefix on. */
		stream->cr_count = 0;
		stream->texts[stream->current].bytes = 0;
		stream->at_start = true;
		stream->prefix_bytes = 0;
	}
	if (stream->at_start)
		take_prefix(stream, byte);
	else
		add_char(stream, byte);
}

void console_feed(struct console_stream *stream, const char *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		take_char(stream, data[i]);
	for (size_t c = 0; c < stream->count; c++) {
		if (stream->texts[c].is_new && stream->texts[c].bytes != 0)
			pass_text(stream, c, false);
	}
}

void console_end(struct console_stream *stream)
{
	if (stream->at_start && stream->prefix_bytes != 0)
		drop_prefix(stream);
	for (size_t c = 0; c < stream->count; c++) {
		if (stream->texts[c].bytes != 0)
			pass_text(stream, c, true);
	}
}
