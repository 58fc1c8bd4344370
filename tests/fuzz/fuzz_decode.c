/* SPDX-License-Identifier: Apache-2.0 */
/* links: logic/arm/decode.c logic/arm/sysreg.c */
/*
 * Any syndrome, addresses and register value: decoded values stay in their ranges, and no shift or index is out of
 * bounds.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "logic/arm/decode.h"
#include "logic/arm/sysreg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
	if (!ok)
		abort();
}

static void try_mmio(uint64_t esr, uint64_t value)
{
	struct mmio_access a = decode_mmio(esr);
	uint64_t loaded = mmio_load_value(a, value);
	uint64_t stored = mmio_store_value(a, value);

	require(a.size_bytes == 1 || a.size_bytes == 2 || a.size_bytes == 4 || a.size_bytes == 8);
	require(a.reg < 32 && a.kind <= FAULT_OTHER);
	require(a.is_64bit || loaded >> 32 == 0);
	require(a.size_bytes == 8 || stored >> (8 * a.size_bytes) == 0);
	/* storing what was loaded gives the device its value back, as far as the register holds it */
	if (a.is_64bit || a.size_bytes < 8)
		require(mmio_store_value(a, loaded) == stored);
}

static void try_sysreg(uint64_t esr, const struct sysreg_ids *ids)
{
	struct sysreg_access a = decode_sysreg(esr);
	struct sysreg_verdict v = sysreg_trapped(ids, a.key, a.is_read);

	require(a.rt < 32);
	require(v.kind != SYSREG_VALUE || a.is_read);
	require(v.kind != SYSREG_IGNORE || !a.is_read);
}

/* Sanitising is idempotent, and monotonous in nothing that is hidden. */
static void try_ids(const uint8_t *data, size_t size, struct sysreg_ids *out)
{
	struct sysreg_ids in = {.id = {0}};
	struct sysreg_ids again;

	memcpy(&in, data, size < sizeof(in) ? size : sizeof(in));
	sysreg_ids_sanitise(&in, 0, out);
	sysreg_ids_sanitise(out, 0, &again);
	require(memcmp(out, &again, sizeof(again)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t words[4];
	struct sysreg_ids ids;

	if (size < sizeof(words))
		return 0;
	memcpy(words, data, sizeof(words));
	require(esr_class(words[0]) < EXIT_CLASS_COUNT);
	require(decode_fault_ipa(words[1], words[2]).raw >> 52 == 0);
	require(esr_instruction_bytes(words[0]) == 2 || esr_instruction_bytes(words[0]) == 4);
	require(decode_condition_holds(words[0], words[1] & ~UINT64_C(0x10)));
	(void)decode_condition_holds(words[0], words[1]);
	try_mmio(words[0], words[3]);
	try_ids(data + sizeof(words), size - sizeof(words), &ids);
	try_sysreg(words[0], &ids);
	return 0;
}
