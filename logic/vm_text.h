/* SPDX-License-Identifier: Apache-2.0 */
/* The words for commands, states and answers of abi/hypercall.h, for services, guests and tools; EL2 has no use for
 * them. */
#ifndef LOGIC_VM_TEXT_H
#define LOGIC_VM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/hypercall.h"

#define VM_TEXT_USAGE \
	"takt vm list | start VM | stop VM | restart VM | pause VM | resume VM | reserve VM BUDGET PERIOD | mode NAME"

/* "running"; "unknown" for what is no state. */
const char *vm_text_state(int64_t state);
/* "start"; NULL for what is no command. */
const char *vm_text_command(uint32_t command);
/* The command of that name; TAKT_VM_COMMAND_COUNT: there is none. */
uint32_t vm_text_find(const char *name);
/* Why a command was refused, and what would be right, to follow "NAME: "; NULL: it was not. */
const char *vm_text_refusal(uint32_t command, int64_t answer);

/* The same for takt_vm_reserve and for takt_mode. */
const char *vm_text_reserve_refusal(int64_t answer);
const char *vm_text_mode_refusal(int64_t answer);

/*
 * Cuts a line into words at blanks, in place; words beyond `most` are counted, and not noted. Answers how many there
 * are.
 */
size_t vm_text_split(char *line, const char *words[], size_t most);
bool vm_text_is(const char *a, const char *b);
/* A decimal number of at most 10 digits, of nanoseconds; false: it is none. */
bool vm_text_ns(const char *word, uint64_t *ns);
/* In ticks of a counter of at most 1 GHz: a budget is rounded up, a period down, as in a description. */
static inline uint64_t vm_text_ticks(uint64_t ns, uint64_t hz, bool is_up)
{
	return (ns * hz + (is_up ? 999999999U : 0)) / 1000000000U;
}
/* A decimal number of at most 9 digits; false: it is none. */
bool vm_text_number(const char *word, uint32_t *number);

#endif
