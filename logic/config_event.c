/* SPDX-License-Identifier: Apache-2.0 */
/* Events and actions: see config_event.h. */
#include "logic/config_event.h"

#include "base/bits.h"
#include "base/bound.h"

#define IS(action) BIT32(BLOB_ACTION_##action)
#define ENDS (IS(STOP) | IS(RESTART) | IS(SYSTEM))
#define GOES_ON (IS(NONE) | IS(RECORD))
#define TO_MODE BIT32(BLOB_ACTION_MODE)

static const uint32_t suits[BLOB_ON_COUNT] = {
	[BLOB_ON_RESET] = ENDS,
	[BLOB_ON_CRASH] = ENDS | TO_MODE,
	[BLOB_ON_WATCHDOG] = ENDS | TO_MODE,
	[BLOB_ON_STORM] = GOES_ON | ENDS | TO_MODE,
	[BLOB_ON_OVERRUN] = GOES_ON | ENDS | TO_MODE,
	[BLOB_ON_MISS] = GOES_ON | ENDS | TO_MODE,
};

bool config_event_suits(enum blob_vm_event event, uint32_t action, uint32_t mode_count)
{
	bool is_mode = action >= BLOB_ACTION_MODE && action - BLOB_ACTION_MODE < mode_count;
	if (is_mode)
		action = BLOB_ACTION_MODE;
	return (is_mode || action < BLOB_ACTION_MODE) && (suits[event] & BIT32(action)) != 0;
}

bool config_event_needs_loader(const uint8_t on[BLOB_EVENT_ROOM])
{
	bool is_needed = false;
	for (uint32_t i = 0; i < BLOB_ON_COUNT; i++) {
		LOOP_BOUND(BLOB_ON_COUNT);
		is_needed |= on[i] == BLOB_ACTION_RESTART;
	}
	return is_needed;
}
