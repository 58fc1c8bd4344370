/* SPDX-License-Identifier: Apache-2.0 */
/* Coroutines that the address sanitizer knows about: one executes, and says which other one goes on. */
#ifndef ARCH_HOST_FIBER_H
#define ARCH_HOST_FIBER_H

#include <stddef.h>
#include <ucontext.h>

struct fiber {
	ucontext_t context;
	void *own;         /* the stack made at the first start, kept for the next; NULL: it has the program's */
	const void *stack; /* its lowest byte, and size: of a fiber on the program's stack, once it has been left */
	size_t bytes;
	void *fake_stack;
	void (*entry)(void *argument);
	void *argument;
};

/* Begins anew with entry(argument), which never returns, when it next goes on; whatever it did is forgotten. Not of the
 * fiber that executes. */
void fiber_start(struct fiber *fiber, void (*entry)(void *argument), void *argument);
/* `from` executes this, and goes on behind it when some other fiber switches to it. */
void fiber_switch(struct fiber *from, struct fiber *to);

#endif
