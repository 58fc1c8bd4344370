/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hypervisor in miniature, for `takt bound`: the vectors go on behind an ERET in the middle of the loop's function,
 * exits are dispatched through exit_handlers, no context means WFI, and much work that the step ends before. The bodies
 * of two handlers differ by a known number of instructions.
 */
#include "abi/stats.h"
#include "base/bound.h"

typedef void exit_handler(uint64_t *work);

extern exit_handler *const exit_handlers[EXIT_CLASS_COUNT];
extern _Noreturn void panic(void);

#define NOPS_TEXT(n) #n
#define NOPS(n) __asm__ volatile(".rept " NOPS_TEXT(n) "\n\tnop\n\t.endr")
#define HANDLER(name, n)                                           \
	static __attribute__((noinline)) void name(uint64_t *work) \
	{                                                          \
		NOPS(n);                                           \
		*work = n;                                         \
	}

HANDLER(exit_short, 10)
HANDLER(exit_long, 200)
HANDLER(exit_idle, 30)

/* Inlined, or not: its loop costs 100 rounds of 8 NOPs and a little. */
static void work_off(uint64_t *work)
{
	for (uint64_t i = 0; i < 100 && *work != 0; i++) {
		LOOP_BOUND(100);
		NOPS(8);
		*work -= 1;
	}
}

static __attribute__((noinline)) void exit_loop(uint64_t *work)
{
	if (*work > 1000)
		panic();
	work_off(work);
}

exit_handler *const exit_handlers[EXIT_CLASS_COUNT] = {
	[EXIT_IRQ] = exit_short,    [EXIT_HVC] = exit_long,     [EXIT_SMC] = exit_short,     [EXIT_WFX] = exit_short,
	[EXIT_SYSREG] = exit_loop,  [EXIT_MMIO] = exit_short,   [EXIT_FETCH] = exit_short,   [EXIT_FP] = exit_short,
	[EXIT_DEBUG] = exit_short,  [EXIT_SVC] = exit_short,    [EXIT_SERVICE] = exit_short, [EXIT_UNDEF] = exit_short,
	[EXIT_SERROR] = exit_short, [EXIT_DIRECT] = exit_short, [EXIT_IDLE] = exit_idle,
};

static inline uint64_t enter(uint64_t *frame)
{
	register uint64_t x0 __asm__("x0") = (uint64_t)frame;
	__asm__ volatile("eret\n"
			 ".global enter_return\n"
			 "enter_return:"
			 : "+r"(x0)::"x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
			   "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26",
			   "x27", "x28", "x30", "cc", "memory");
	return x0;
}

_Noreturn void cpu_run(uint64_t *work);

_Noreturn void cpu_run(uint64_t *work)
{
	CALL_TARGET(exit_short);
	CALL_TARGET(exit_long);
	CALL_TARGET(exit_loop);
	CALL_TARGET(exit_idle);
	for (;;) {
		uint64_t kind = EXIT_IDLE;
		if (work[0] > 500)
			STEP_ENDS();
		else if (work[1] != 0)
			kind = enter(work + 2);
		else
			__asm__ volatile("wfi" ::: "memory");
		exit_handlers[kind % EXIT_CLASS_COUNT](work);
	}
}

__asm__(".macro vector name\n"
	"	.balign 0x80\n"
	"	.global \\name\n"
	"\\name:\n"
	"	nop\n"
	"	b enter_return\n"
	".endm\n"
	"	.text\n"
	"vector vector_guest_sync\n"
	"vector vector_guest_irq\n"
	"	.global panic\n"
	"	.type panic, %function\n"
	"panic:	wfe\n"
	"	b panic\n");
