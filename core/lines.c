/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that are more than enabled: see lines.h. */
#include "core/lines.h"

#include "base/bound.h"
#include "core/arena.h"

static struct line_word *word_of(struct lines *lines, uint32_t index)
{
	uint32_t i = 0;
	while (i < lines->word_count && lines->words[i].index != index) {
		LOOP_BOUND(VM_LINE_WORDS);
		i++;
	}
	if (i == lines->word_count) {
		lines->words[i].index = index;
		lines->word_count++;
	}
	return &lines->words[i];
}

void lines_add(struct vm *vm, const struct blob_line *config)
{
	if (vm->lines == NULL)
		vm->lines = arena_alloc(sizeof(struct lines));
	struct line_word *word = word_of(vm->lines, config->intid / 32);
	uint32_t bit = BIT32(config->intid % 32);
	word->all |= bit;
	if (config->delivery == BLOB_DELIVERY_PROMPT)
		return;
	word->deferred |= bit;
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		if (vm->vcpus[i]->context.cpu == vm->vcpus[0]->context.cpu)
			vm->vcpus[i]->context.care |= CARE_LINES;
	}
}

void lines_open(const struct vm *vm)
{
	struct lines *lines = vm->lines;
	if (lines == NULL)
		return;
	lines->are_open = true;
	for (uint32_t i = 0; i < lines->word_count; i++) {
		LOOP_BOUND(VM_LINE_WORDS);
		const struct line_word *word = &lines->words[i];
		hw_irq_lines_clear(word->index, word->all);
		hw_irq_lines_enable(word->index, word->all & ~word->deferred);
	}
}

void lines_close(const struct vm *vm)
{
	struct lines *lines = vm->lines;
	if (lines == NULL)
		return;
	lines->are_open = false;
	for (uint32_t i = 0; i < lines->word_count; i++) {
		LOOP_BOUND(VM_LINE_WORDS);
		const struct line_word *word = &lines->words[i];
		hw_irq_lines_disable(word->index, word->all);
		hw_irq_lines_clear(word->index, word->all);
	}
}

void lines_leave(const struct vm *vm)
{
	const struct lines *lines = vm->lines;
	for (uint32_t i = 0; i < lines->word_count; i++) {
		LOOP_BOUND(VM_LINE_WORDS);
		if (lines->words[i].deferred != 0)
			hw_irq_lines_disable(lines->words[i].index, lines->words[i].deferred);
	}
}

void lines_come(const struct vm *vm)
{
	const struct lines *lines = vm->lines;
	for (uint32_t i = 0; lines->are_open && i < lines->word_count; i++) {
		LOOP_BOUND(VM_LINE_WORDS);
		if (lines->words[i].deferred != 0)
			hw_irq_lines_enable(lines->words[i].index, lines->words[i].deferred);
	}
}
