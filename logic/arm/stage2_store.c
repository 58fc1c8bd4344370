/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that writes stage-2 descriptors, in a file of its own so that a test can watch every store. */
#include "logic/arm/stage2.h"

void stage2_store(uint64_t *slot, uint64_t descriptor)
{
	/* Release: a table's zeroes are written before the descriptor that links it. Pairs with the table walk, ordered
	 * by address dependency. */
	__atomic_store_n(slot, descriptor, __ATOMIC_RELEASE);
}
