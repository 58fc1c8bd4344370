/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `takt vm`: a line comes in, VMs are commanded, lines go out. The same in the console driver, where a person types or
 * the host's `takt vm` asks, and in a guest that is a manager. Pure but for its port.
 *
 * A person's line is edited (backspace, Ctrl-U) and echoed, and ends with CR or LF:
 *     takt vm list                     a line for each VM: number, name, state
 *     takt vm stop|start|restart|pause|resume VM      a name, or a number
 *     takt vm reserve VM BUDGET PERIOD                in nanoseconds; on the CPU of its vCPU 0
 *     takt vm mode NAME
 * A program's line is "ID list", "ID COMMAND VM", "ID reserve VM BUDGET PERIOD" or "ID mode NAME", without echo; ID is
 * a decimal number of its own, in each line of the answer:
 *     @takt {"id":7,"vm":"radio","state":"running"}     one for each VM of a list
 *     @takt {"id":7,"result":0,"count":2}               ends a list
 *     @takt {"id":7,"result":-17,"state":"off"}         ends another: the answer of takt_vm_command, the state then
 *     @takt {"id":7,"result":-16}                       ends a reserve or mode: the answer of takt_vm_reserve or
 * takt_mode A line that has no number first is left without an answer.
 */
#ifndef LOGIC_VM_SHELL_H
#define LOGIC_VM_SHELL_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/hypercall.h"

/* On a line that people use too, this byte begins a program's line, and two of them are one that is typed; no text in
 * UTF-8 has it. */
#define VM_SHELL_PREFIX 0xfeU
#define VM_SHELL_LINE_BYTES 80U    /* of a line that comes in, with its end; of a longer one the rest is left out */
#define VM_SHELL_ANSWER_BYTES 256U /* one call puts at most so many bytes, and those of the line */

struct vm_shell_port {
	void *arg;
	uint32_t vm_count;
	const char *(*name)(void *arg, uint32_t vm);
	int64_t (*state)(void *arg, uint32_t vm);                     /* enum takt_vm_state, or an error */
	int64_t (*command)(void *arg, uint32_t vm, uint32_t command); /* 0, or an error */
	/* The reservation of its vCPU 0, with the deadline at the period's end: 0, or an error. */
	int64_t (*reserve)(void *arg, uint32_t vm, uint64_t budget_ns, uint64_t period_ns);
	uint32_t mode_count;
	const char *(*mode_name)(void *arg, uint32_t mode);
	int64_t (*mode)(void *arg, uint32_t mode); /* 0, or an error */
	void (*put)(void *arg, char c);
};

struct vm_shell_line {
	uint32_t bytes;
	char text[VM_SHELL_LINE_BYTES];
};

struct vm_shell {
	const struct vm_shell_port *port;
	struct vm_shell_line typed;
	struct vm_shell_line request;
	bool is_listing; /* lines of a list are due */
	bool is_for_program;
	uint32_t list_id;
	uint32_t list_next;
};

/* The port stays in use. */
void vm_shell_init(struct vm_shell *shell, const struct vm_shell_port *port);
/* A byte that a person typed. */
void vm_shell_type(struct vm_shell *shell, char byte);
/* A byte of a program's line, to its CR. True: that was it. */
bool vm_shell_request(struct vm_shell *shell, char byte);
/* Its line so far is void. */
void vm_shell_forget(struct vm_shell *shell);
/* Puts the next line of a list, if one is due: false: none is. To be called until then, as there is room. */
bool vm_shell_continue(struct vm_shell *shell);
/* Something else was written: shows what a person has typed so far once more. */
void vm_shell_redraw(struct vm_shell *shell);

#endif
