/* SPDX-License-Identifier: Apache-2.0 */
/* Commands for VMs: see vm_command.h. */
#include "logic/vm_command.h"

#include "base/bits.h"

#define IN(state) BIT32(TAKT_VM_##state)

static const uint8_t suits[TAKT_VM_COMMAND_COUNT] = {
	[TAKT_VM_STOP] = IN(RUNNING) | IN(PAUSED) | IN(LOADING), /* a loader is of use to nobody but its VM */
	[TAKT_VM_START] = IN(OFF) | IN(FAILED),
	[TAKT_VM_RESTART] = IN(RUNNING) | IN(PAUSED),
	[TAKT_VM_PAUSE] = IN(RUNNING),
	[TAKT_VM_RESUME] = IN(PAUSED),
};

/* States that end by themselves, soon. */
#define PASSING (IN(STOPPING) | IN(LOADING))

int64_t vm_command_judge(uint64_t command, enum takt_vm_state state, bool has_loader)
{
	if (command >= TAKT_VM_COMMAND_COUNT)
		return SMCCC_INVALID_PARAMETER;
	if ((command == TAKT_VM_START || command == TAKT_VM_RESTART) && !has_loader)
		return TAKT_VM_NOT_RESTARTABLE;
	if ((suits[command] & BIT32(state)) != 0)
		return SMCCC_OK;
	return (PASSING & BIT32(state)) != 0 ? TAKT_VM_BUSY : TAKT_VM_WRONG_STATE;
}
