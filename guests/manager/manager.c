/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A manager: `takt vm` on its console (logic/vm_shell.h), carried out by hypercalls. It begins with a list, and ends at
 * an end-of-transmission, Ctrl-D.
 */
#include "guests/runtime/gic.h"
#include "guests/runtime/print.h"
#include "guests/runtime/runtime.h"
#include "guests/runtime/sleep.h"
#include "guests/runtime/takt.h"
#include "guests/runtime/timer.h"
#include "logic/vm_shell.h"
#include "logic/vm_text.h"

#define END_OF_TRANSMISSION 0x04
#define LOOK_NS 5000000U /* at the keyboard */

static struct takt_vm named;

static const char *name_of(void *arg, uint32_t vm)
{
	(void)arg;
	takt_vm_info(vm, &named);
	return named.answer == SMCCC_OK ? named.name : "";
}

static int64_t state_of(void *arg, uint32_t vm)
{
	struct takt_vm info;

	(void)arg;
	takt_vm_info(vm, &info);
	return info.answer == SMCCC_OK ? (int64_t)info.state : info.answer;
}

static int64_t obey(void *arg, uint32_t vm, uint32_t command)
{
	(void)arg;
	return takt_vm_command(vm, command);
}

static int64_t reserve(void *arg, uint32_t vm, uint64_t budget_ns, uint64_t period_ns)
{
	struct takt_reservation r;
	int64_t answer = takt_vm_reservation(vm, 0, &r);

	(void)arg;
	if (answer != SMCCC_OK)
		return answer;
	r.budget = vm_text_ticks(budget_ns, counter_hz(), true);
	r.period = vm_text_ticks(period_ns, counter_hz(), false);
	r.deadline = r.period;
	return takt_vm_reserve(vm, 0, &r);
}

static const char *mode_name(void *arg, uint32_t mode)
{
	(void)arg;
	takt_mode_info(mode, &named);
	return named.answer == SMCCC_OK ? named.name : "";
}

static int64_t change_mode(void *arg, uint32_t mode)
{
	(void)arg;
	return takt_mode(mode);
}

static void put(void *arg, char c)
{
	(void)arg;
	console_put(c);
}

static uint32_t count_vms(void)
{
	struct takt_vm info;
	uint32_t count = 0;

	for (takt_vm_info(0, &info); info.answer == SMCCC_OK; takt_vm_info(count, &info))
		count++;
	if (count == 0)
		print("manager: %s\n", vm_text_refusal(TAKT_VM_COMMAND_COUNT, info.answer));
	return count;
}

static uint32_t count_modes(void)
{
	struct takt_vm info;
	uint32_t count = 0;

	for (takt_mode_info(0, &info); info.answer == SMCCC_OK; takt_mode_info(count, &info))
		count++;
	return count;
}

void guest_main(void)
{
	const struct vm_shell_port port = {.vm_count = count_vms(),
					   .name = name_of,
					   .state = state_of,
					   .command = obey,
					   .reserve = reserve,
					   .mode_count = count_modes(),
					   .mode_name = mode_name,
					   .mode = change_mode,
					   .put = put};
	struct vm_shell shell;
	int key = 0;

	gic_init();
	gic_init_cpu();
	gic_enable(TIMER_VIRTUAL_INTID);
	vm_shell_init(&shell, &port);
	print("manager: " VM_TEXT_USAGE "\n");
	while (port.vm_count != 0 && key != END_OF_TRANSMISSION) {
		key = console_get();
		if (key < 0)
			sleep_until(counter_read() + ticks_from_ns(LOOK_NS));
		else
			vm_shell_type(&shell, (char)key);
		while (vm_shell_continue(&shell))
			;
	}
}
