/* SPDX-License-Identifier: Apache-2.0 */
/* Coroutines by ucontext, each switch told to the address sanitizer, which must know whose stack is in use. */
#include "arch/host/fiber.h"

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <stdlib.h>
#include <sys/mman.h>

#define STACK_BYTES (256U * 1024U)

static struct {
	ucontext_t context;
	void *fake_stack;
	const void *bottom;
	size_t bytes;
	struct fiber *resumed; /* what a first switch begins with */
} resumer;

static void begin(void)
{
	__sanitizer_finish_switch_fiber(NULL, &resumer.bottom, &resumer.bytes);
	resumer.resumed->entry(resumer.resumed->argument);
	abort();
}

void fiber_start(struct fiber *fiber, void (*entry)(void *argument), void *argument)
{
	if (fiber->stack == NULL)
		fiber->stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ASAN_UNPOISON_MEMORY_REGION(fiber->stack, STACK_BYTES);
	fiber->fake_stack = NULL;
	if (fiber->stack == MAP_FAILED || getcontext(&fiber->context) != 0)
		abort();
	fiber->context.uc_stack.ss_sp = fiber->stack;
	fiber->context.uc_stack.ss_size = STACK_BYTES;
	fiber->context.uc_link = NULL;
	fiber->entry = entry;
	fiber->argument = argument;
	makecontext(&fiber->context, begin, 0);
}

void fiber_resume(struct fiber *fiber)
{
	resumer.resumed = fiber;
	__sanitizer_start_switch_fiber(&resumer.fake_stack, fiber->stack, STACK_BYTES);
	swapcontext(&resumer.context, &fiber->context);
	__sanitizer_finish_switch_fiber(resumer.fake_stack, NULL, NULL);
}

void fiber_yield(struct fiber *fiber)
{
	__sanitizer_start_switch_fiber(&fiber->fake_stack, resumer.bottom, resumer.bytes);
	swapcontext(&fiber->context, &resumer.context);
	__sanitizer_finish_switch_fiber(fiber->fake_stack, &resumer.bottom, &resumer.bytes);
}
