/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port/direct.h: this machine takes all physical interrupts to EL2, as a CPU does whose interface can't be shared. A
 * system with direct delivery ends at boot here.
 */
#include "port/direct.h"

#include "arch/host/machine.h"

bool hw_direct_is_possible(void) { return false; }

static void refuse(void) { host_fail("the physical interrupt controller is used for direct delivery"); }

void hw_direct_load(const struct hw_direct *interface)
{
	(void)interface;
	refuse();
}

void hw_direct_save(struct hw_direct *interface)
{
	(void)interface;
	refuse();
}

void hw_direct_clear(uint32_t word, uint32_t bits)
{
	(void)word;
	(void)bits;
	refuse();
}

volatile uint8_t *hw_direct_block(bool is_dist)
{
	(void)is_dist;
	refuse();
	return host_redistributors;
}

uint32_t hw_direct_read(const volatile uint8_t *block, uint32_t offset) { return block[offset]; }

void hw_direct_write(volatile uint8_t *block, uint32_t offset, uint32_t value)
{
	hw_direct_write_byte(block, offset, (uint8_t)value);
}

void hw_direct_write_byte(volatile uint8_t *block, uint32_t offset, uint8_t value)
{
	(void)block;
	(void)offset;
	(void)value;
	refuse();
}

void hw_direct_register_set(enum hw_direct_register which, uint64_t value)
{
	(void)which;
	(void)value;
	refuse();
}

uint64_t hw_direct_register(enum hw_direct_register which)
{
	(void)which;
	refuse();
	return 0;
}

void hw_direct_recall(void *redistributor)
{
	(void)redistributor;
	refuse();
}

void hw_direct_recalled(void) { refuse(); }

void hw_stage2_revoked(const struct hw_world *world)
{
	(void)world;
	refuse();
}
