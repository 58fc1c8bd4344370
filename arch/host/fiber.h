/* SPDX-License-Identifier: Apache-2.0 */
/* Coroutines that the address sanitizer knows about. The one that resumes and the one that yields take turns; EL2 is
 * the only one that resumes. */
#ifndef ARCH_HOST_FIBER_H
#define ARCH_HOST_FIBER_H

#include <stddef.h>
#include <ucontext.h>

struct fiber {
	ucontext_t context;
	void *stack; /* made at the first start, kept for the next */
	void *fake_stack;
	void (*entry)(void *argument);
	void *argument;
};

/* Begins anew with entry(argument), which never returns, when it is next resumed; whatever it did is forgotten. */
void fiber_start(struct fiber *fiber, void (*entry)(void *argument), void *argument);
/* Comes back when the fiber yields. */
void fiber_resume(struct fiber *fiber);
/* In the fiber that was resumed. */
void fiber_yield(struct fiber *fiber);

#endif
