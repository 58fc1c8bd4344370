/* SPDX-License-Identifier: Apache-2.0 */
/* Which mode is entered: see mode.h. What a CPU does for it is core/reserve.c. */
#include "core/mode.h"

#include "base/atomic.h"
#include "base/bound.h"
#include "core/log.h"
#include "core/mail.h"
#include "logic/config.h"

/* `entering` is set by the caller, and nobody else sets it before this is over. */
static void begin(struct cpu *cpu, uint32_t mode, ticks_t now)
{
	struct stats_mode *stats = &machine.stats->mode;
	uint64_t cpus = 0;
	stats->entering = mode;
	stats->begun_ticks = now.raw;
	stats->changes++;
	log_mode(cpu, mode, LOG_MODE_BEGUN, now);
	for (uint32_t i = 0; i < machine.blob->reservations.count; i++) {
		LOOP_BOUND(BLOB_RESERVATION_MAX);
		cpus |= BIT64(config_reservation(machine.blob, i)->cpu);
	}
	__atomic_store_n(&machine.mode.cpus, cpus, __ATOMIC_RELEASE); /* the mode first; pairs with mode_is_due */
	while (cpus != 0) {
		LOOP_BOUND(BLOB_CPU_MAX);
		mail_post(machine.cpus[bits_lowest(cpus)]->least_urgent, MAIL_RESERVE);
		cpus &= cpus - 1;
	}
}

static int64_t enter(struct cpu *cpu, uint32_t mode, bool is_event, ticks_t now)
{
	lock_take(&machine.mode.lock);
	uint32_t entering = machine.mode.entering;
	bool is_there = (entering != 0 ? entering - 1 : machine.mode.now) == mode;
	bool is_begun = entering == 0 && !(is_event && is_there);
	if (is_begun)
		machine.mode.entering = mode + 1;
	else if (is_event)
		machine.mode.wanted = is_there ? 0 : mode + 1;
	lock_leave(&machine.mode.lock);
	if (!is_begun)
		return TAKT_VM_BUSY;
	begin(cpu, mode, now);
	return SMCCC_OK;
}

int64_t mode_request(struct cpu *cpu, uint64_t mode, ticks_t now)
{
	if (mode >= config_mode_count(machine.blob) || machine.blob->reservations.count == 0)
		return SMCCC_INVALID_PARAMETER;
	return enter(cpu, (uint32_t)mode, false, now);
}

void mode_want(struct cpu *cpu, uint32_t mode, ticks_t now) { (void)enter(cpu, mode, true, now); }

bool mode_is_due(const struct cpu *cpu, uint32_t *mode)
{
	uint64_t cpus = __atomic_load_n(&machine.mode.cpus, __ATOMIC_ACQUIRE);
	*mode = machine.mode.entering - 1;
	return (cpus & BIT64(cpu->index)) != 0;
}

void mode_arrive(struct cpu *cpu, ticks_t now)
{
	if (atomic_clear_bits(&machine.mode.cpus, BIT64(cpu->index)) != 0)
		return;
	uint32_t mode = machine.mode.entering - 1; /* until it is set below, nobody else does */
	machine.stats->mode.now = mode;
	machine.stats->mode.complete_ticks = now.raw;
	log_mode(cpu, mode, LOG_MODE_COMPLETE, now);
	lock_take(&machine.mode.lock);
	uint32_t wanted = machine.mode.wanted;
	machine.mode.now = mode;
	machine.mode.wanted = 0;
	machine.mode.entering = wanted;
	lock_leave(&machine.mode.lock);
	if (wanted != 0)
		begin(cpu, wanted - 1, now);
}

const char *mode_show(uint64_t mode, enum takt_mode_state *state)
{
	static const char normal[BLOB_NAME_BYTES] __attribute__((aligned(8))) = "normal";
	if (mode >= config_mode_count(machine.blob))
		return NULL;
	lock_take(&machine.mode.lock);
	*state = machine.mode.now == mode ? TAKT_MODE_NOW : TAKT_MODE_OTHER;
	if (machine.mode.entering == mode + 1)
		*state = TAKT_MODE_ENTERING;
	lock_leave(&machine.mode.lock);
	return mode == 0 ? normal : config_mode(machine.blob, (uint32_t)mode)->name;
}
