/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entry of a VM's model, the PL011 and the flash: EL2 calls it for each access of the guest (abi/service.h). Its
 * state outlives the call, its stack does not.
 */
#include "services/flash/flash.h"
#include "services/pl011/pl011.h"
#include "services/runtime/cache.h"
#include "services/runtime/svc.h"

_Noreturn void service_entry(uint64_t op, uint64_t offset, uint64_t size, uint64_t value);

static struct pl011 state = PL011_RESET_STATE;
static struct flash flash;

/* The guest reads what is behind the caches: its own map of the flash is that of a device. */
static _Noreturn void serve_flash(uint64_t op, uint64_t offset, uint64_t size, uint64_t value)
{
	uint8_t *contents = (uint8_t *)SERVICE_FLASH_IPA;
	uint64_t answer = 0;
	if (op == MODEL_FLASH_READ) {
		answer = flash_read(&flash, contents, (uint32_t)offset, (uint32_t)size);
	} else {
		struct flash_change change = flash_write(&flash, contents, (uint32_t)offset, (uint32_t)size, value);
		uint64_t at = SERVICE_FLASH_IPA + change.offset;
		if (change.bytes != 0)
			cache_clean(at, at + change.bytes, cache_line_bytes());
		cache_wait();
	}
	svc_model_return(answer, flash_is_array(&flash) ? MODEL_FLASH_ARRAY : MODEL_FLASH_COMMAND, 0);
}

/* All but accesses of the PL011: out of line, so that those have no registers to save. */
static __attribute__((noinline)) _Noreturn void serve_others(uint64_t op, uint64_t offset, uint64_t size,
							     uint64_t value)
{
	if (op >= MODEL_FLASH_READ)
		serve_flash(op, offset, size, value);
	if (op == MODEL_EVENT) {
		pl011_event(&state, service_consoles(), (service_config()->flags & SERVICE_CONSOLE_WAIT) != 0);
	} else {
		pl011_reset(&state);
		flash = (struct flash){0};
	}
	svc_model_return(0, pl011_line(&state), 0);
}

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
	else
		serve_others(op, offset, size, value);
	svc_model_return(answer, pl011_line(&state), notify);
}
