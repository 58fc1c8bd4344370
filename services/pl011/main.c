/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entry of the PL011 model: EL2 calls it for each access of the guest (abi/service.h). Its state outlives the call,
 * its stack does not.
 */
#include "services/pl011/pl011.h"
#include "services/runtime/svc.h"

_Noreturn void service_entry(uint64_t op, uint64_t offset, uint64_t size, uint64_t value);

static struct pl011 state = PL011_RESET_STATE;

__attribute__((section(".text.entry"))) _Noreturn void service_entry(uint64_t op, uint64_t offset, uint64_t size,
								     uint64_t value)
{
	struct console *console = service_consoles();
	bool wait = (service_config()->flags & SERVICE_CONSOLE_WAIT) != 0;
	uint64_t answer = 0;
	uint32_t notify = 0;

	if (op == MODEL_WRITE)
		notify = pl011_write(&state, console, wait, offset, value);
	else if (op == MODEL_READ)
		answer = pl011_read(&state, console, wait, offset, size);
	else if (op == MODEL_EVENT)
		pl011_event(&state, console, wait);
	else
		pl011_reset(&state);
	svc_model_return(answer, pl011_line(&state), notify);
}
