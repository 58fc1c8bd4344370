/* SPDX-License-Identifier: Apache-2.0 */
/* Coroutines by ucontext, each switch told to the address sanitizer, which must know whose stack is in use. */
#include "arch/host/fiber.h"

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define STACK_BYTES (64U * 1024U)
#define GUARD_BYTES 4096U

/* The switch under way. */
static struct {
	struct fiber *from, *to;
} under_way;

/* On the new stack: the sanitizer says what the old one was, which for the program's own is the only way to know. */
static void arrive(void *fake_stack)
{
	__sanitizer_finish_switch_fiber(fake_stack, &under_way.from->stack, &under_way.from->bytes);
}

static void begin(void)
{
	struct fiber *self = under_way.to;
	arrive(NULL);
	self->entry(self->argument);
	abort();
}

/* Below it is a page that nobody may touch. */
static void *make_stack(void)
{
	uint8_t *at = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED || mprotect(at, GUARD_BYTES, PROT_NONE) != 0)
		abort();
	return at + GUARD_BYTES;
}

void fiber_start(struct fiber *fiber, void (*entry)(void *argument), void *argument)
{
	if (fiber->own == NULL)
		fiber->own = make_stack();
	if (getcontext(&fiber->context) != 0)
		abort();
	ASAN_UNPOISON_MEMORY_REGION(fiber->own, STACK_BYTES);
	fiber->stack = fiber->own;
	fiber->bytes = STACK_BYTES;
	fiber->fake_stack = NULL;
	fiber->context.uc_stack.ss_sp = fiber->own;
	fiber->context.uc_stack.ss_size = STACK_BYTES;
	fiber->context.uc_link = NULL;
	fiber->entry = entry;
	fiber->argument = argument;
	makecontext(&fiber->context, begin, 0);
	fiber->context.uc_stack = (stack_t){0}; /* else the sanitizer's swapcontext unpoisons all of it each time */
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
	under_way.from = from;
	under_way.to = to;
	__sanitizer_start_switch_fiber(&from->fake_stack, to->stack, to->bytes);
	swapcontext(&from->context, &to->context);
	arrive(from->fake_stack);
}
