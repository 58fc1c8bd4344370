/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage-2 translation tables: VMSAv8-64, 4 KiB granule, 39-bit IPA, first lookup at level 1 (DDI 0487, D8.2, D8.3).
 * The largest leaf that alignment allows is used: 1 GiB and 2 MiB blocks, 4 KiB pages.
 *
 *   level 1 (root)  512 x 1 GiB     level 2  512 x 2 MiB     level 3  512 x 4 KiB
 *
 * Order of stores. Another CPU may walk the tables at any moment, so every store goes through stage2_store and leaves
 * the tables in a legal state: a new table is empty when it is linked, is linked for good, and a leaf changes only
 * between invalid and valid or in its write permission. So no valid entry ever changes its address, type or size, and
 * break-before-make (D8.14.1) is kept without an invalid moment. Unmapping never frees a table; a later map fills it
 * with smaller leaves. stage2_validate alone makes a linked table invalid, and links the same one again.
 *
 * Each command checks everything first; when it does not answer STATUS_OK, no mapping has changed (empty tables may
 * have been linked). The caller makes the stores visible (DSB ISHST) and, after unmap and protect, invalidates the
 * TLBs. For boot, the builder and VM lifecycle: loops are bounded by the size of the map. The caller serialises
 * commands on one struct stage2.
 */
#ifndef LOGIC_ARM_STAGE2_H
#define LOGIC_ARM_STAGE2_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/blob.h"
#include "base/status.h"
#include "base/types.h"

#define STAGE2_PAGE_BYTES UINT64_C(4096)
#define STAGE2_PAGE_WORDS 512U
#define STAGE2_IPA_BITS 39U
#define STAGE2_PA_BITS 48U

/* Tables live in a run of pages; the root is the first one. */
struct stage2 {
	uint64_t *pages; /* where they are mapped for the caller */
	pa_t pages_pa;
	uint32_t page_count;
	uint32_t used_pages; /* root and linked tables are pages [0, used_pages) */
};

/*
 * Writes one descriptor. The target's is a single 64-bit store; a test may link another. Never called for a slot that
 * the store would leave unchanged in a valid state.
 */
void stage2_store(uint64_t *slot, uint64_t descriptor);

/* An empty map in page_count (1 up) pages, which must be zero and page-aligned. */
void stage2_init(struct stage2 *s2, uint64_t *pages, pa_t pages_pa, uint32_t page_count);

/*
 * Maps [ipa, ipa + bytes) to pa. attr: enum blob_segment_attr, with R, and X only without DEVICE. STATUS_INVALID: not
 * page-aligned, empty, or attr; STATUS_RANGE: past 39 or 48 bits; STATUS_CONFLICT: some of it is mapped;
 * STATUS_NO_SPACE: no page left for a table.
 */
enum status stage2_map(struct stage2 *s2, ipa_t ipa, pa_t pa, uint64_t bytes, uint32_t attr);

/*
 * Unmaps [ipa, ipa + bytes): all of it must be mapped, by leaves that lie inside (what was mapped by one call always
 * does), else STATUS_CONFLICT. STATUS_INVALID, STATUS_RANGE as for map.
 */
enum status stage2_unmap(struct stage2 *s2, ipa_t ipa, uint64_t bytes);

/* Allows or forbids writes in [ipa, ipa + bytes); errors as for unmap. */
enum status stage2_protect(struct stage2 *s2, ipa_t ipa, uint64_t bytes, bool writable);

/*
 * The slot of the leaf that maps [ipa, ipa + bytes) and no more, or NULL: for one who maps and unmaps that leaf all the
 * time, by stage2_store of 0 and of what it holds now.
 */
uint64_t *stage2_leaf(const struct stage2 *s2, ipa_t ipa, uint64_t bytes);

/*
 * Takes all that is mapped away at once, for a while, and gives it back: the root's entries become invalid, but keep
 * what else they say. While they are, nothing else is done to the map. One takes it on any CPU, and gives it back on
 * the one that uses it: the caller keeps the two apart, makes the stores visible, and behind the first invalidates the
 * TLBs.
 */
void stage2_validate(const struct stage2 *s2, bool is_valid);

struct stage2_mapping {
	pa_t pa;        /* of the address asked for */
	uint64_t bytes; /* of the leaf; 0: nothing is mapped */
	uint32_t attr;  /* enum blob_segment_attr */
};

struct stage2_mapping stage2_lookup(const struct stage2 *s2, ipa_t ipa);

/*
 * Pages that stage2_map takes for these segments, root included: exact for an empty map. Segments are as config_check
 * accepts them: sorted by IPA, disjoint.
 */
uint32_t stage2_pages_needed(const struct blob_segment *segments, uint32_t count);

/* VTCR_EL2 for these tables; parange is ID_AA64MMFR0_EL1.PARange, at least 2 (40 bits), else IPAs would exceed PAs. */
uint64_t stage2_vtcr(uint32_t parange);

/* VTTBR_EL2 with an 8-bit VMID. */
static inline uint64_t stage2_vttbr(const struct stage2 *s2, uint32_t vmid)
{
	return (uint64_t)(vmid & 0xffU) << 48 | s2->pages_pa.raw;
}

#endif
