/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which console may use the physical UART: whole lines with a prefix out, characters to the console in focus in. Pure:
 * the driver (main.c) moves the bytes.
 *
 *     [radio] frame 1000                 a line, or the beginning of one
 *     [linux] Booting Li                 a line that another console had to break
 *     [radio] frame 2000
 *     [linux]+nux on physical CPU        its continuation: '+' in place of the blank
 *
 * A line ends with CR LF, and where it is broken with CR CR LF: the same on a terminal, told apart by `takt run`.
 * A line is broken only when its console has nothing more to say at the moment and another one has a complete line,
 * half of a ring, or the focus; the beginning of a line without the focus waits MUX_PATIENCE rounds before it may do
 * so. A line of more than MUX_LINE_BYTES may be broken at any byte. Carriage returns before a newline are removed and a
 * newline goes out as CR LF; any other carriage return is followed by the prefix again, so that the text after it does
 * not cover it.
 *
 * EL2's own console carries records (abi/service.h), which become lines of "[takt]" as soon as another line can be
 * broken; so do the multiplexer's announcements and its counts of lost output. What the shell says (logic/vm_shell.h)
 * are lines of it too, which records do not break.
 *
 * Input: Ctrl-T gives the focus to the next console, that of the shell being the last, and says so. Directly after it,
 * another Ctrl-T takes that back and goes to the console as a character; where there are more than two, a digit chooses
 * the console, 0 the shell's. Whoever has the focus, VM_SHELL_PREFIX begins a line from a program to the shell;
 * directly after it, another one stands for itself.
 */
#ifndef SERVICES_UART_MUX_H
#define SERVICES_UART_MUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/service.h"
#include "logic/vm_shell.h"

#define MUX_PATIENCE 8U
#define MUX_LINE_BYTES 4096U
#define MUX_TEXT_BYTES 512U   /* of text of our own that waits to be written */
#define MUX_NOTICE_BYTES 160U /* the longest announcement: it is left out when it does not fit */
#define MUX_NONE BLOB_NONE
#define MUX_SWITCH 0x14U /* Ctrl-T */

struct mux_line {
	uint32_t searched; /* bytes ever taken from the ring or known not to be a newline */
	uint32_t dropped;  /* drops that were reported */
	uint32_t patience; /* rounds that the beginning of a line has waited */
	bool is_inside;    /* some of its line was written */
	bool has_cr;       /* a carriage return was taken, and not yet what follows it */
	bool was_full;     /* half of the ring was used: its model may be waiting for room */
};

/* A program's line to the shell. */
enum mux_request {
	MUX_REQUEST_NONE,
	MUX_REQUEST_BEGUN, /* its first byte comes next */
	MUX_REQUEST_INSIDE,
};

struct uart_mux {
	const struct service_config *config;
	const struct mux_el2 *el2;
	struct console *consoles;
	uint32_t count;       /* of consoles of VMs, below BLOB_CONSOLE_MAX; the shell's comes behind them */
	uint32_t el2_dropped; /* records of EL2 that were reported as lost */
	uint32_t open;        /* console whose line the terminal stands in, or MUX_NONE */
	uint32_t open_bytes;  /* of that line */
	uint32_t last;        /* console that wrote last */
	uint32_t focus;       /* console that gets the input */
	uint32_t before;      /* focus before the Ctrl-T that came last, or MUX_NONE: another byte came since */
	enum mux_request request;
	uint64_t notify;    /* consoles whose model must be told, by bit */
	uint32_t text_next; /* next byte of text to write */
	uint32_t text_bytes;
	char text[MUX_TEXT_BYTES];
	struct mux_line lines[BLOB_CONSOLE_MAX];
	struct ring shell_tx;
	struct vm_shell_port port;
	struct vm_shell shell;
};

/* What the shell needs of EL2: the calls of abi/service.h; reserve in ticks, with the generation known last. */
struct mux_el2 {
	int64_t (*vm_state)(uint32_t vm);
	int64_t (*vm_command)(uint32_t vm, uint32_t command);
	int64_t (*vm_reserve)(uint32_t vm, uint64_t budget, uint64_t period);
	int64_t (*mode)(uint32_t mode);
};

/* Begins with all lines closed and the focus on the first console. config, consoles and el2 stay in use. */
void mux_init(struct uart_mux *m, const struct service_config *config, struct console *consoles,
	      const struct mux_el2 *el2);

/*
 * Puts the next bytes for the UART into out, at most capacity of them, and answers how many; 0: nothing to write until
 * the next notification. Takes at most capacity bytes from the rings, or 2 * capacity carriage returns.
 */
size_t mux_output(struct uart_mux *m, uint8_t *out, size_t capacity);

/* Takes a byte from the UART. */
void mux_input(struct uart_mux *m, uint8_t byte);

/* The VM of a console whose model must be told that its rings changed, each once; BLOB_NONE: no more. */
uint32_t mux_take_notify(struct uart_mux *m);

#endif
