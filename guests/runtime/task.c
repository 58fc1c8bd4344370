/* SPDX-License-Identifier: Apache-2.0 */
/* Run-to-completion tasks. All state is touched with interrupts masked. */
#include "guests/runtime/task.h"

#include "guests/runtime/sysreg.h"

static void (*bodies[TASK_COUNT])(void);
static unsigned pending;
static unsigned running = TASK_COUNT; /* priority of the running task; TASK_COUNT: none */

void task_create(unsigned priority, void (*body)(void)) { bodies[priority] = body; }

void task_activate(unsigned priority) { pending |= 1U << priority; }

void task_run(void)
{
	unsigned preempted = running;

	while (pending != 0 && (unsigned)__builtin_ctz(pending) < preempted) {
		running = (unsigned)__builtin_ctz(pending);
		pending &= pending - 1;
		irq_enable();
		bodies[running]();
		irq_disable();
		running = preempted;
	}
}
