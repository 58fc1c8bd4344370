/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loader: brings a VM's memory to what it was at first boot, piece by piece as its configuration says (struct
 * loader_config), then hands over to EL2. It runs in the place of the VM, on its budget, and may be preempted at any
 * instruction; it begins anew when it is called anew.
 *
 * The VM begins with its MMU off, so its accesses go past the caches: each line that was written is cleaned to the
 * point of coherency (DDI 0487, B2.4.6 and D5.10.2). Instructions are EL2's business.
 */
#include "services/runtime/cache.h"
#include "services/runtime/svc.h"

#define DCZID_DZP (UINT64_C(1) << 4)
#define WORD_BYTES 4U

_Noreturn void service_entry(void);

/* What DC ZVA clears at once; 0: it must not be used. */
static uint64_t block_bytes(void)
{
	uint64_t dczid;
	__asm__("mrs %0, dczid_el0" : "=r"(dczid));
	return (dczid & DCZID_DZP) != 0 ? 0 : (uint64_t)WORD_BYTES << (dczid & 15);
}

static void clear(uint64_t at, uint64_t end, uint64_t block)
{
	while (at < end) {
		if (block != 0 && at % block == 0 && end - at >= block) {
			__asm__ volatile("dc zva, %0" ::"r"(at) : "memory");
			at += block;
		} else {
			__asm__ volatile("stp xzr, xzr, [%0]" ::"r"(at) : "memory");
			at += 16;
		}
	}
}

static void copy(uint64_t at, uint64_t end, uint64_t from)
{
	for (; at < end; at += 16, from += 16) {
		const uint64_t *source = (const uint64_t *)from;
		uint64_t *to = (uint64_t *)at;
		to[0] = source[0];
		to[1] = source[1];
	}
}

__attribute__((section(".text.entry"))) _Noreturn void service_entry(void)
{
	const struct loader_config *config = loader_config();
	uint64_t line = cache_line_bytes();
	uint64_t block = block_bytes();
	for (uint32_t i = 0; i < config->count && i < LOADER_PIECE_MAX; i++) {
		const struct loader_piece *piece = &config->pieces[i];
		uint64_t end = piece->to + piece->bytes;
		if (piece->from != 0)
			copy(piece->to, end, piece->from);
		else
			clear(piece->to, end, block);
		cache_clean(piece->to, end, line); /* also what the guest's own cached stores left there */
	}
	cache_wait(); /* all of that before the VM's first access */
	for (;;)
		svc_loaded();
}
