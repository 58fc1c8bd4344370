/* SPDX-License-Identifier: Apache-2.0 */
/* See flash.h. */
#include "core/flash.h"

#include "base/assert.h"
#include "core/model.h"
#include "logic/arm/decode.h"

void flash_init(struct model *model, const struct stage2 *stage2)
{
	model->flash = stage2_leaf(stage2, ipa(model->config->flash_ipa), BLOB_FLASH_BYTES);
	ASSERT(model->flash != NULL);
	model->flash_leaf = *model->flash;
}

static void map(struct model *model, uint64_t descriptor)
{
	stage2_store(model->flash, descriptor);
	hw_stage2_changed();
}

static bool translation_fault(struct cpu *cpu, struct vm *vm, uint64_t syndrome, bool is_store, ticks_t now)
{
	struct model *model = vm->model;
	ipa_t at = decode_fault_ipa(hw_exit_ipa_page(), hw_exit_address());
	uint64_t offset = at.raw - model->config->flash_ipa;
	if (offset >= BLOB_FLASH_BYTES)
		return false;
	if (!is_store && !model->is_command) {
		map(model, model->flash_leaf);
		return true;
	}
	if (!decode_is_emulable(syndrome))
		return false;
	model_flash_access(cpu, vm, offset, syndrome, now);
	return true;
}

bool flash_fault(struct cpu *cpu, struct vm *vm, uint64_t syndrome, ticks_t now)
{
	struct mmio_access access = decode_mmio(syndrome);
	struct model *model = vm->model;
	if (model == NULL || model->flash == NULL || access.is_cache_maintenance || access.is_s1ptw)
		return false;
	if (access.kind == FAULT_TRANSLATION)
		return translation_fault(cpu, vm, syndrome, access.is_write, now);
	if (access.kind != FAULT_PERMISSION || !access.is_write || *model->flash == 0)
		return false;
	map(model, 0);
	return true;
}
