/* SPDX-License-Identifier: Apache-2.0 */
/* The console multiplexer: see uart_mux.h. */
#include "services/uart/uart_mux.h"

#include "logic/vm_text.h"

/* The rings of consoles 0 to count, the shell's among them; EL2's own has records, and is not one of them. */
static struct ring *tx_of(struct uart_mux *m, uint32_t c) { return c < m->count ? &m->consoles[c].tx : &m->shell_tx; }

static uint32_t unread(struct uart_mux *m, uint32_t c) { return ring_used(tx_of(m, c)); }

static uint32_t total(const struct uart_mux *m) { return m->count + 1; }

static const char *vm_name(const struct uart_mux *m, uint32_t vm)
{
	return vm < m->config->vm_count && vm < BLOB_VM_MAX ? m->config->vm_name[vm] : NULL;
}

static const char *name_of(const struct uart_mux *m, uint32_t c)
{
	const char *name = c < m->count ? vm_name(m, m->config->console_vm[c]) : NULL;
	return name != NULL ? name : "takt";
}

static void text_char(struct uart_mux *m, char byte)
{
	if (m->text_bytes < MUX_TEXT_BYTES)
		m->text[m->text_bytes++] = byte;
}

static void text_string(struct uart_mux *m, const char *s)
{
	while (*s != '\0')
		text_char(m, *s++);
}

static void text_number(struct uart_mux *m, uint32_t value)
{
	char digits[10];
	uint32_t n = 0;

	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	while (n != 0)
		text_char(m, digits[--n]);
}

/* Text of our own begins when the one before was written. */
static void text_begin(struct uart_mux *m)
{
	m->text_next = 0;
	m->text_bytes = 0;
}

static void text_prefix(struct uart_mux *m, uint32_t c, char separator)
{
	text_char(m, '[');
	text_string(m, name_of(m, c));
	text_char(m, ']');
	text_char(m, separator);
}

/* Ends the line that the terminal stands in; its console goes on with '+'. */
static void text_break(struct uart_mux *m)
{
	if (m->open != MUX_NONE)
		text_string(m, "\r\r\n");
	m->open = MUX_NONE;
}

static void shell_put(void *arg, char c)
{
	struct uart_mux *m = arg;

	if (!ring_put(&m->shell_tx, (uint8_t)c))
		ring_drop(&m->shell_tx);
}

static const char *shell_name(void *arg, uint32_t vm)
{
	const char *name = vm_name(arg, vm);

	return name != NULL ? name : "";
}

static int64_t shell_state(void *arg, uint32_t vm)
{
	const struct uart_mux *m = arg;

	return m->el2->vm_state(vm);
}

static int64_t shell_command(void *arg, uint32_t vm, uint32_t command)
{
	const struct uart_mux *m = arg;

	return m->el2->vm_command(vm, command);
}

static int64_t shell_reserve(void *arg, uint32_t vm, uint64_t budget_ns, uint64_t period_ns)
{
	const struct uart_mux *m = arg;
	uint64_t hz = m->config->counter_hz;

	return m->el2->vm_reserve(vm, vm_text_ticks(budget_ns, hz, true), vm_text_ticks(period_ns, hz, false));
}

static const char *mode_name(const struct uart_mux *m, uint32_t mode)
{
	return mode < m->config->mode_count && mode <= BLOB_MODE_MAX ? m->config->mode_name[mode] : "?";
}

static const char *shell_mode_name(void *arg, uint32_t mode) { return mode_name(arg, mode); }

static int64_t shell_mode(void *arg, uint32_t mode)
{
	const struct uart_mux *m = arg;

	return m->el2->mode(mode);
}

void mux_init(struct uart_mux *m, const struct service_config *config, struct console *consoles,
	      const struct mux_el2 *el2)
{
	uint32_t mapped = config->console_count < BLOB_CONSOLE_MAX ? config->console_count : BLOB_CONSOLE_MAX;

	*m = (struct uart_mux){.config = config,
			       .el2 = el2,
			       .consoles = consoles,
			       .count = mapped == 0 ? 0 : mapped - 1,
			       .open = MUX_NONE,
			       .before = MUX_NONE};
	m->port = (struct vm_shell_port){.arg = m,
					 .vm_count = config->vm_count,
					 .name = shell_name,
					 .state = shell_state,
					 .command = shell_command,
					 .reserve = shell_reserve,
					 .mode_count = config->mode_count,
					 .mode_name = shell_mode_name,
					 .mode = shell_mode,
					 .put = shell_put};
	vm_shell_init(&m->shell, &m->port);
	for (uint32_t c = 0; c < m->count; c++)
		m->lines[c].searched = tx_of(m, c)->tail;
}

/* The ring holds the end of a line, or so much that it can't wait for it. Each byte is searched once. */
static bool has_line(struct uart_mux *m, uint32_t c)
{
	const struct ring *tx = tx_of(m, c);
	struct mux_line *line = &m->lines[c];
	uint32_t used = unread(m, c);
	uint32_t known = line->searched - tx->tail;

	if (used >= RING_DATA_BYTES / 2)
		return true;
	for (known = known > used ? 0 : known; known < used; known++) {
		if (tx->data[(tx->tail + known) % RING_DATA_BYTES] == '\n')
			break;
	}
	line->searched = tx->tail + known;
	return known < used;
}

/* Another console with a whole line, in turn after the one that wrote last; MUX_NONE: there is none. */
static uint32_t find_line(struct uart_mux *m)
{
	for (uint32_t step = 1; step <= total(m); step++) {
		uint32_t c = (m->last + step) % total(m);

		if (c != m->open && has_line(m, c))
			return c;
	}
	return MUX_NONE;
}

/* A console with the beginning of a line that may be written now; while a line is open it must have waited. */
static uint32_t find_beginning(struct uart_mux *m)
{
	for (uint32_t step = 1; step <= total(m); step++) {
		uint32_t c = (m->last + step) % total(m);

		if (c == m->open || unread(m, c) == 0)
			continue;
		if (m->open == MUX_NONE || c == m->focus || m->lines[c].patience >= MUX_PATIENCE)
			return c;
	}
	return MUX_NONE;
}

/* The console that writes next, or MUX_NONE. */
static uint32_t choose(struct uart_mux *m)
{
	bool goes_on = m->open != MUX_NONE && unread(m, m->open) != 0;

	if (goes_on && m->open_bytes < MUX_LINE_BYTES)
		return m->open;
	uint32_t c = find_line(m);
	if (c == MUX_NONE && goes_on)
		c = m->open;
	return c != MUX_NONE ? c : find_beginning(m);
}

/* A line of the multiplexer's own is begun and ended. */
static void notice_begin(struct uart_mux *m)
{
	text_break(m);
	text_string(m, "[takt] ");
}

static void notice_end(struct uart_mux *m) { text_string(m, "\r\n"); }

/* Says how many bytes a console has lost since it was last said. */
static void report_drops(struct uart_mux *m, uint32_t c)
{
	uint32_t dropped = tx_of(m, c)->dropped;

	text_begin(m);
	notice_begin(m);
	text_string(m, name_of(m, c));
	text_string(m, ": ");
	text_number(m, dropped - m->lines[c].dropped);
	text_string(m, " bytes of output lost");
	notice_end(m);
	m->lines[c].dropped = dropped;
}

static void text_vm(struct uart_mux *m, uint32_t vm)
{
	const char *name = vm_name(m, vm);

	if (name != NULL) {
		text_string(m, name);
		return;
	}
	text_string(m, "VM ");
	text_number(m, vm);
}

static void text_field(struct uart_mux *m, const char *name, uint64_t value)
{
	static const char digit[] = "0123456789abcdef";
	int shift = 60;

	text_string(m, name);
	text_string(m, " 0x");
	while (shift > 0 && value >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		text_char(m, digit[(value >> shift) & 15]);
}

/* What happened, for a record without a place; null: it has one. */
static const char *event_text(uint32_t reason)
{
	switch (reason) {
	case LOG_VM_STARTED:
		return "started";
	case LOG_VM_OFF:
		return "off";
	case LOG_VM_RESET:
		return "off: it asked for a reset";
	case LOG_VM_RESTARTED:
		return "restarted";
	case LOG_VM_STOPPED:
		return "off: told to stop";
	case LOG_VM_PAUSED:
		return "paused";
	case LOG_VM_RESUMED:
		return "resumed";
	case LOG_WATCHDOG:
		return "stopped: its watchdog has expired";
	case LOG_STORM:
		return "a line of its own exceeds its rate";
	case LOG_OVERRUN:
		return "has used up its budget";
	case LOG_MISS:
		return "has missed a deadline";
	case LOG_MODE_BEGUN:
		return "begins";
	case LOG_MODE_COMPLETE:
		return "is complete";
	default:
		return NULL;
	}
}

static const char *fault_text(uint32_t reason)
{
	switch (reason) {
	case LOG_NO_VECTOR:
		return "its exception vector can't be executed";
	case LOG_MODEL_FAILED:
		return "its device model has failed";
	case LOG_MODEL_LATE:
		return "its device model exceeded its bound";
	case LOG_DRIVER_FAILED:
		return "a driver has failed";
	case LOG_SERROR:
		return "SError";
	case LOG_LOADER_FAILED:
		return "its loader has failed";
	default:
		return "unknown reason";
	}
}

static void text_record(struct uart_mux *m, const struct log_record *record)
{
	const char *event = event_text(record->reason);

	if (record->reason == LOG_DRIVER_FAILED) {
		text_string(m, "driver ");
		text_number(m, record->vm);
	} else if (record->vm == LOG_SYSTEM) {
		text_string(m, "mode ");
		text_string(m, mode_name(m, record->vcpu));
	} else {
		text_vm(m, record->vm);
	}
	text_string(m, record->vm == LOG_SYSTEM ? " " : ": ");
	if (event != NULL) {
		text_string(m, event);
		return;
	}
	text_string(m, "stopped: ");
	text_string(m, fault_text(record->reason));
	text_string(m, ": vCPU ");
	text_number(m, record->vcpu);
	text_field(m, " pc", record->pc);
	text_field(m, " syndrome", record->syndrome);
	text_field(m, " address", record->address);
	text_field(m, " ipa", record->ipa);
}

/* Records that do not come: beyond a VM's quota, and those of anybody that found no room. */
static void text_missing(struct uart_mux *m, uint32_t refused, uint32_t lost)
{
	if (refused != 0) {
		text_string(m, " (before it, ");
		text_number(m, refused);
		text_string(m, " more in a second were left out)");
	}
	if (lost != 0) {
		text_string(m, " (and ");
		text_number(m, lost);
		text_string(m, " records lost)");
	}
}

/* A record ends the line that a person types in, which is shown once more behind it. */
static void record_begin(struct uart_mux *m)
{
	bool is_typing = m->open == m->count;

	if (is_typing) {
		notice_end(m);
		m->open = MUX_NONE;
		m->lines[m->count].is_inside = false;
		vm_shell_redraw(&m->shell);
	}
	notice_begin(m);
}

/* Puts the next record of EL2 into words. False: there is none. */
static bool report_record(struct uart_mux *m)
{
	struct ring *tx = &m->consoles[m->count].tx;
	uint32_t lost = tx->dropped - m->el2_dropped;
	union {
		struct log_record record;
		uint8_t bytes[LOG_RECORD_BYTES];
	} u;

	if (ring_used(tx) < LOG_RECORD_BYTES || (m->open == m->count && unread(m, m->count) != 0))
		return false;
	for (uint32_t i = 0; i < LOG_RECORD_BYTES; i++)
		(void)ring_take(tx, &u.bytes[i]);
	text_begin(m);
	record_begin(m);
	text_record(m, &u.record);
	text_missing(m, u.record.refused, lost);
	m->el2_dropped += lost;
	notice_end(m);
	return true;
}

/* Puts the terminal into the line of console c. */
static void enter_line(struct uart_mux *m, uint32_t c)
{
	text_begin(m);
	text_break(m);
	text_prefix(m, c, m->lines[c].is_inside ? '+' : ' ');
	m->lines[c].is_inside = true;
	m->lines[c].patience = 0;
	m->open = c;
	m->open_bytes = 0;
	m->last = c;
}

/* What goes out for a byte of the console whose line is open; the answer is false when it is in m->text instead. */
static bool translate(struct uart_mux *m, uint8_t byte)
{
	struct mux_line *line = &m->lines[m->open];
	bool had_cr = line->has_cr;

	line->has_cr = byte == '\r';
	if (line->has_cr)
		return false;
	m->open_bytes++;
	if (byte != '\n' && !had_cr)
		return true;
	text_begin(m);
	if (byte == '\n') {
		text_string(m, "\r\n");
		line->is_inside = false;
		m->open = MUX_NONE;
		return false;
	}
	text_char(m, '\r');
	text_prefix(m, m->open, ' ');
	text_char(m, (char)byte);
	return false;
}

/* Notes that the ring of c was so full that its model may be waiting, and when it no longer is. */
static void watch_room(struct uart_mux *m, uint32_t c)
{
	bool is_full = unread(m, c) > RING_DATA_BYTES / 2;

	if (m->lines[c].was_full && !is_full && c < m->count)
		m->notify |= UINT64_C(1) << c;
	m->lines[c].was_full = is_full;
}

/* Moves bytes of console c, whose line is open, to out, until its line ends, its ring is empty, or capacity is used. */
static size_t copy_line(struct uart_mux *m, uint32_t c, uint8_t *out, size_t capacity)
{
	size_t n = 0;
	uint8_t byte;

	watch_room(m, c);
	for (size_t taken = 0; n < capacity && taken < 2 * capacity && ring_take(tx_of(m, c), &byte); taken++) {
		if (translate(m, byte))
			out[n++] = byte;
		else if (m->text_next != m->text_bytes)
			break;
	}
	/* Orders the tail that we wrote before the heads that we read; pairs with the fence in the model's transmit. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	watch_room(m, c);
	return n;
}

/* What waits is one round older; and our tails are ordered before the heads that the next round reads, as in copy_line.
 */
static void end_round(struct uart_mux *m)
{
	for (uint32_t c = 0; c < total(m); c++) {
		if (unread(m, c) != 0 && m->lines[c].patience < MUX_PATIENCE)
			m->lines[c].patience++;
	}
}

static size_t copy_text(struct uart_mux *m, uint8_t *out, size_t capacity)
{
	size_t n = 0;

	while (n < capacity && m->text_next < m->text_bytes)
		out[n++] = (uint8_t)m->text[m->text_next++];
	return n;
}

/* The shell's list goes on as long as there is room for its lines. */
static void advance_shell(struct uart_mux *m)
{
	while (ring_room(&m->shell_tx) >= VM_SHELL_ANSWER_BYTES && vm_shell_continue(&m->shell))
		;
}

/* Prepares the next step: text of our own, or an open line with something to copy. False: nothing to do. */
static bool advance(struct uart_mux *m)
{
	if (report_record(m))
		return true;
	advance_shell(m);
	uint32_t c = choose(m);
	if (c == MUX_NONE)
		return false;
	if (!m->lines[c].is_inside && tx_of(m, c)->dropped != m->lines[c].dropped)
		report_drops(m, c);
	else if (c != m->open)
		enter_line(m, c);
	return true;
}

size_t mux_output(struct uart_mux *m, uint8_t *out, size_t capacity)
{
	size_t n = copy_text(m, out, capacity);

	while (n == 0) {
		if (!advance(m)) {
			end_round(m);
			return 0;
		}
		n = copy_text(m, out, capacity);
		if (n == 0 && m->open != MUX_NONE)
			n = copy_line(m, m->open, out, capacity);
		if (n == 0)
			n = copy_text(m, out, capacity);
	}
	return n;
}

/* With a choice of two, Ctrl-T alone chooses. */
static bool has_digits(const struct uart_mux *m) { return total(m) > 2; }

static void announce_focus(struct uart_mux *m)
{
	notice_begin(m);
	text_string(m, "input to ");
	text_string(m, name_of(m, m->focus));
	if (m->focus == m->count) {
		text_string(m, ": " VM_TEXT_USAGE);
	} else if (has_digits(m)) {
		text_string(m, " (");
		text_number(m, m->focus + 1);
		text_string(m, " of ");
		text_number(m, m->count);
		text_string(m, "; a digit now chooses, 0 is takt)");
	}
	notice_end(m);
}

static void set_focus(struct uart_mux *m, uint32_t c)
{
	m->focus = c;
	if (m->text_next == m->text_bytes)
		text_begin(m);
	if (m->text_bytes + MUX_NOTICE_BYTES <= MUX_TEXT_BYTES)
		announce_focus(m);
}

static void deliver(struct uart_mux *m, uint8_t byte)
{
	struct ring *rx = &m->consoles[m->focus].rx;

	if (m->focus == m->count) {
		vm_shell_type(&m->shell, (char)byte);
		return;
	}
	if (!ring_put(rx, byte))
		ring_drop(rx);
	m->notify |= UINT64_C(1) << m->focus;
}

/* A program's line goes to the shell, whoever has the focus. False: the byte is input. */
static bool take_request(struct uart_mux *m, uint8_t byte)
{
	enum mux_request was = m->request;

	if (was == MUX_REQUEST_NONE && byte != VM_SHELL_PREFIX)
		return false;
	if (was == MUX_REQUEST_NONE || (was == MUX_REQUEST_INSIDE && byte == VM_SHELL_PREFIX)) {
		vm_shell_forget(&m->shell); /* whoever sent a part of one has gone */
		m->request = MUX_REQUEST_BEGUN;
		return true;
	}
	bool is_literal = was == MUX_REQUEST_BEGUN && byte == VM_SHELL_PREFIX;
	bool is_over = is_literal || vm_shell_request(&m->shell, (char)byte);
	m->request = is_over ? MUX_REQUEST_NONE : MUX_REQUEST_INSIDE;
	return !is_literal;
}

/* The digit after Ctrl-T. */
static void choose_focus(struct uart_mux *m, uint8_t digit)
{
	uint32_t c = digit == '0' ? m->count : digit - (uint32_t)'1';

	if (c <= m->count)
		set_focus(m, c);
}

void mux_input(struct uart_mux *m, uint8_t byte)
{
	uint32_t before = m->before;

	if (take_request(m, byte))
		return;
	m->before = MUX_NONE;
	if (byte == MUX_SWITCH && before == MUX_NONE) {
		m->before = m->focus;
		set_focus(m, (m->focus + 1) % total(m));
		return;
	}
	if (byte == MUX_SWITCH)
		set_focus(m, before);
	if (before != MUX_NONE && has_digits(m) && byte >= '0' && byte <= '9') {
		choose_focus(m, byte);
		return;
	}
	deliver(m, byte);
}

uint32_t mux_take_notify(struct uart_mux *m)
{
	if (m->notify == 0)
		return BLOB_NONE;
	uint32_t c = (uint32_t)__builtin_ctzll(m->notify);
	m->notify &= m->notify - 1;
	return m->config->console_vm[c];
}
