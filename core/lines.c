/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of VMs: see lines.h. */
#include "core/lines.h"

#include "base/bound.h"
#include "core/alarm.h"
#include "core/arena.h"
#include "core/gic.h"
#include "core/vm.h"
#include "logic/config.h"

/* A VM has a line in it. */
static struct line_word *word_of(struct lines *lines, uint32_t intid)
{
	uint32_t i = 0;
	while (i < lines->word_count && lines->words[i].index != intid / 32) {
		LOOP_BOUND(VM_LINE_WORDS);
		i++;
	}
	return &lines->words[i];
}

/* Of the vCPUs of the CPU that the lines interrupt. */
static void set_care(const struct vm *vm)
{
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		if (vm->vcpus[i]->context.cpu == vm->vcpus[0]->context.cpu)
			vm->vcpus[i]->context.care |= CARE_LINES;
	}
}

static uint16_t add_gate(struct lines *lines, const struct blob_line *config, uint32_t index)
{
	if (config->distance_ticks == 0)
		return 0;
	lines->gates[lines->gate_count] = (struct gate){
		.throttle = throttle_make(config->distance_ticks, config->burst),
		.episodes = &machine.stats->throttled[index],
		.intid = config->intid,
	};
	lines->gate_count++;
	return (uint16_t)lines->gate_count;
}

uint16_t lines_add(struct vm *vm, uint32_t index)
{
	const struct blob_line *config = config_line(machine.blob, index);
	uint32_t bit = BIT32(config->intid % 32);
	if (vm->lines == NULL)
		vm->lines = arena_alloc(sizeof(struct lines));
	struct lines *lines = vm->lines;
	struct line_word *word = word_of(lines, config->intid);
	if (word->all == 0)
		lines->word_count++;
	word->index = config->intid / 32;
	word->all |= bit;
	if (config->delivery == BLOB_DELIVERY_PROMPT)
		word->prompt |= bit;
	else
		set_care(vm);
	if (config->delivery == BLOB_DELIVERY_DEFERRED)
		word->deferred |= bit;
	else if (config->delivery == BLOB_DELIVERY_POLLED)
		lines->polled[lines->polled_count++] = config->intid;
	return add_gate(lines, config, index);
}

void lines_set(const struct vm *vm, bool is_on)
{
	struct lines *lines = vm->lines;
	if (lines == NULL)
		return;
	lines->are_open = is_on;
	for (uint32_t i = 0; i < lines->gate_count; i++) {
		LOOP_BOUND(BLOB_VM_THROTTLED_MAX);
		lines->gates[i].throttle.full = 0;
	}
	for (uint32_t i = 0; i < lines->word_count; i++) {
		LOOP_BOUND(VM_LINE_WORDS);
		struct line_word *word = &lines->words[i];
		word->closed = 0;
		hw_irq_lines_disable(word->index, word->all);
		hw_irq_lines_clear(word->index, word->all);
		if (is_on)
			hw_irq_lines_enable(word->index, word->prompt);
	}
}

bool lines_poll(struct cpu *cpu, struct vm *vm, ticks_t now)
{
	const struct lines *lines = vm->lines;
	if (lines == NULL || !lines->are_open)
		return false;
	for (uint32_t i = 0; i < lines->polled_count; i++) {
		LOOP_BOUND(BLOB_VM_POLLED_MAX);
		if (hw_irq_line_take(lines->polled[i]))
			gic_raise_line(cpu, vm, machine.lines[lines->polled[i]].virq, now);
	}
	return lines->polled_count != 0;
}

void lines_come(struct cpu *cpu, struct vm *vm, ticks_t now)
{
	const struct lines *lines = vm->lines;
	(void)lines_poll(cpu, vm, now);
	for (uint32_t i = 0; lines->are_open && i < lines->word_count; i++) { /* unless it is its loader that comes */
		LOOP_BOUND(VM_LINE_WORDS);
		const struct line_word *word = &lines->words[i];
		hw_irq_lines_enable(word->index, word->deferred & ~word->closed);
	}
}

void lines_leave(const struct vm *vm)
{
	const struct lines *lines = vm->lines;
	for (uint32_t i = 0; i < lines->word_count; i++) {
		LOOP_BOUND(VM_LINE_WORDS);
		hw_irq_lines_disable(lines->words[i].index, lines->words[i].deferred);
	}
}

/* Locked. True: it was open. One that was closed has interrupted late. */
static bool close_gate(struct lines *lines, struct gate *gate)
{
	struct line_word *word = word_of(lines, gate->intid);
	uint32_t bit = BIT32(gate->intid % 32);
	bool was_open = (word->closed & bit) == 0;
	hw_irq_lines_disable(word->index, bit);
	word->closed |= bit;
	*gate->episodes += was_open;
	return was_open;
}

void lines_throttle(struct cpu *cpu, struct vm *vm, uint32_t index, ticks_t now)
{
	struct gate *gate = &vm->lines->gates[index];
	gic_lock(cpu, vm);
	gate->opens_at = throttle_take(&gate->throttle, now);
	bool is_empty = vm->lines->are_open && ticks_before(now, gate->opens_at);
	bool is_episode = is_empty && close_gate(vm->lines, gate);
	bool is_earlier = is_empty && alarm_set(vm->alarm, gate->opens_at);
	gic_unlock(cpu, vm);
	if (is_earlier)
		alarm_hasten(cpu, vm->alarm, now);
	if (is_episode)
		vm_error(cpu, vm, BLOB_ON_STORM, now);
}

ticks_t lines_reopen(const struct vm *vm, ticks_t now)
{
	struct lines *lines = vm->lines;
	ticks_t next = TICKS_NEVER;
	for (uint32_t i = 0; lines != NULL && i < lines->gate_count; i++) {
		LOOP_BOUND(BLOB_VM_THROTTLED_MAX);
		const struct gate *gate = &lines->gates[i];
		struct line_word *word = word_of(lines, gate->intid);
		uint32_t bit = BIT32(gate->intid % 32) & word->closed;
		if (bit != 0 && ticks_before(now, gate->opens_at)) {
			next = ticks_min(next, gate->opens_at);
			continue;
		}
		word->closed &= ~bit;
		if (lines->are_open)
			hw_irq_lines_enable(word->index, bit & word->prompt);
	}
	return next;
}
