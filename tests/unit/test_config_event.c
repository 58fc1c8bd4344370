/* SPDX-License-Identifier: Apache-2.0 */
/* links: logic/config_event.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "logic/config_event.h"

/* What an event may be followed by, in the order of enum blob_vm_action. */
static const char *const suiting[BLOB_ON_COUNT] = {
	[BLOB_ON_RESET] = "--xxx", [BLOB_ON_CRASH] = "--xxx",   [BLOB_ON_WATCHDOG] = "--xxx",
	[BLOB_ON_STORM] = "xxxxx", [BLOB_ON_OVERRUN] = "xxxxx", [BLOB_ON_MISS] = "xxxxx",
};

static void actions_suit_events(void **state)
{
	(void)state;
	for (uint32_t event = 0; event < BLOB_ON_COUNT; event++) {
		for (uint32_t action = 0; action <= BLOB_ACTION_SYSTEM; action++)
			assert_true(config_event_suits((enum blob_vm_event)event, action, 1) ==
				    (suiting[event][action] == 'x'));
		for (uint32_t action = BLOB_ACTION_SYSTEM + 1; action < BLOB_ACTION_MODE; action++)
			assert_false(config_event_suits((enum blob_vm_event)event, action, BLOB_MODE_MAX + 1));
		for (uint32_t modes = 1; modes <= BLOB_MODE_MAX + 1; modes++)
			for (uint32_t action = BLOB_ACTION_MODE; action < 300; action++)
				assert_true(config_event_suits((enum blob_vm_event)event, action, modes) ==
					    (event != BLOB_ON_RESET && action < BLOB_ACTION_MODE + modes));
	}
}

static void any_restart_needs_a_loader(void **state)
{
	(void)state;
	for (uint32_t event = 0; event < BLOB_ON_COUNT; event++) {
		uint8_t on[BLOB_EVENT_ROOM] = {0};
		on[event] = BLOB_ACTION_STOP;
		assert_false(config_event_needs_loader(on));
		on[event] = BLOB_ACTION_RESTART;
		assert_true(config_event_needs_loader(on));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(actions_suit_events),
		cmocka_unit_test(any_restart_needs_a_loader),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
