/* SPDX-License-Identifier: Apache-2.0 */
/* The producer's side of EL2's console ring, which all CPUs share. */
#include "core/log.h"

#include "base/bound.h"
#include "core/driver.h"
#include "logic/arm/decode.h"

/* A VM has a quota. What it was refused is said with its next record; a driver fails once. */
static bool is_allowed(struct log_record *record)
{
	if (record->reason == LOG_DRIVER_FAILED)
		return true;
	struct quota *quota = &machine.log_quotas[record->vm];
	if (!quota_take(quota, LOG_QUOTA_RECORDS, ticks(machine.blob->counter_hz), ticks(record->time_ticks)))
		return false;
	record->refused = quota_refused(quota);
	return true;
}

/* The log's lock is held for one record. */
static void put_locked(struct log_record *record)
{
	struct ring *ring = &machine.log->tx;
	if (!is_allowed(record))
		return;
	if (ring_room(ring) < LOG_RECORD_BYTES) {
		ring_drop(ring);
		return;
	}
	const uint64_t *from = (const uint64_t *)record;
	uint64_t *to = (uint64_t *)&ring->data[ring->head % RING_DATA_BYTES];
	for (unsigned i = 0; i < LOG_RECORD_BYTES / 8; i++) {
		LOOP_BOUND(LOG_RECORD_BYTES / 8);
		to[i] = from[i];
	}
	__atomic_store_n(&ring->head, ring->head + LOG_RECORD_BYTES,
			 __ATOMIC_RELEASE); /* record before head; pairs with ring_used */
}

/* What a record says of a place in a guest or service. */
struct place {
	uint64_t pc, syndrome, address, ipa;
};

static void log_put(struct cpu *cpu, uint32_t vm, uint32_t vcpu, enum log_reason reason, const struct place *place,
		    ticks_t now)
{
	struct log_record record;
	record.reason =
		reason; /* one after the other: a loop that clears the record first is as long as all the rest */
	record.vm = vm;
	record.vcpu = vcpu;
	record.refused = 0;
	record.pc = place->pc;
	record.syndrome = place->syndrome;
	record.address = place->address;
	record.ipa = place->ipa;
	record.time_ticks = now.raw;
	record.padding = 0;
	lock_take(&machine.log_lock);
	put_locked(&record);
	lock_leave(&machine.log_lock);
	driver_notify(cpu, machine.console_driver, CONSOLE_WAIT_OUTPUT, now);
}

void log_event(struct cpu *cpu, uint32_t vm, uint32_t vcpu, enum log_reason reason, ticks_t now)
{
	static const struct place nowhere;
	log_put(cpu, vm, vcpu, reason, &nowhere, now);
}

void log_mode(struct cpu *cpu, uint32_t mode, enum log_reason reason, ticks_t now)
{
	log_event(cpu, LOG_SYSTEM, mode, reason, now);
}

void log_fault(struct cpu *cpu, uint32_t vm, uint32_t vcpu, enum log_reason reason, ticks_t now)
{
	uint64_t syndrome = hw_exit_syndrome();
	uint64_t address = hw_exit_address();
	uint64_t ipa_of_fault = decode_has_fault_ipa(syndrome) ? decode_fault_ipa(hw_exit_ipa_page(), address).raw : 0;
	struct place place = {hw_exit_pc(), syndrome, address, ipa_of_fault};
	log_put(cpu, vm, vcpu, reason, &place, now);
}
