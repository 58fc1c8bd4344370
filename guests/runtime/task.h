/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks that run to completion on the stack of what they preempt, by fixed priority (Baker's stack resource policy
 * without resources). An interrupt handler activates a task; it runs when the handler has ended, if nothing as urgent
 * is running. guest_main() is below all of them. One CPU only.
 *
 *   idle --activate--> pending --run--> running --returns--> idle      activated while running: pending again
 */
#ifndef GUESTS_RUNTIME_TASK_H
#define GUESTS_RUNTIME_TASK_H

#define TASK_COUNT 8U

/* Priority 0 is the most urgent; one task for each. */
void task_create(unsigned priority, void (*body)(void));
/* With interrupts masked. Activating a pending task again has no effect. */
void task_activate(unsigned priority);
/* Runs every pending task more urgent than the running one. Called and returns with interrupts masked. */
void task_run(void);

#endif
