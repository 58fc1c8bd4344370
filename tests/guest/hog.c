/* SPDX-License-Identifier: Apache-2.0 */
/* Takes all time that it can have, and asks EL2 for this and that meanwhile, for ever: what others are measured beside.
 */
#include "tests/guest/helper.h"

#include "abi/hypercall.h"
#include "guests/runtime/bootargs.h"

void guest_main(void)
{
	uint64_t ms = bootargs_number("ms", 0);
	uint64_t end = counter_read() + ticks_from_ns(ms * 1000000);

	while (ms == 0 || counter_read() < end) {
		(void)smccc_hvc(PSCI_FEATURES, PSCI_CPU_ON_64, 0, 0);
		for (unsigned i = 0; i < 50; i++)
			(void)counter_read();
	}
}
