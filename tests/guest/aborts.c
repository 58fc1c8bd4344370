/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses to where there is nothing are synchronous external aborts, with the address and syndrome that belong to
 * them. */
#include "tests/guest/helper.h"

#define DEVICE_HOLE 0x0e000000UL /* nothing there on QEMU's board either */
#define NORMAL_HOLE 0xf0000000UL
#define ESR_WNR (1U << 6)

static void check_abort(struct exception_caught caught, unsigned class, uint64_t address, bool is_write,
			const char *what)
{
	bool write_right = class == ESR_CLASS_FETCH_SAME || ((caught.esr & ESR_WNR) != 0) == is_write;

	tap_ok(caught.count == 1 && esr_class_of(caught.esr) == class && (caught.esr & 0x3f) == ESR_FSC_EXTERNAL &&
		       caught.far == address && write_right,
	       what);
	if (caught.count != 1 || caught.far != address)
		print("# %u exceptions, esr 0x%lx far 0x%lx\n", caught.count, caught.esr, caught.far);
}

static void check_data(uintptr_t address)
{
	exception_catch();
	(void)mmio_read32(address);
	check_abort(exception_caught(), ESR_CLASS_DATA_SAME, address, false, "a read is an external abort");
	exception_catch();
	mmio_write64(address + 8, 1);
	check_abort(exception_caught(), ESR_CLASS_DATA_SAME, address + 8, true, "a write is");
	exception_catch();
	(void)mmio_read8(address + 0xfff);
	check_abort(exception_caught(), ESR_CLASS_DATA_SAME, address + 0xfff, false, "a read of a byte is");
}

static void check_pair(void)
{
	uint64_t low = 0, high = 0;
	struct exception_caught caught;

	exception_catch();
	__asm__ volatile("ldp %w0, %w1, [%2]" : "=&r"(low), "=&r"(high) : "r"(GICD_BASE + GICD_ISENABLER) : "memory");
	caught = exception_caught();
	check_abort(caught, ESR_CLASS_DATA_SAME, GICD_BASE + GICD_ISENABLER, false,
		    "a pair access to an emulated register is an external abort");
}

void guest_main(void)
{
	void (*nowhere)(void) = (void (*)(void))NORMAL_HOLE;

	test_start();
	print("# Device memory\n");
	check_data(DEVICE_HOLE);
	print("# Normal memory\n");
	check_data(NORMAL_HOLE);
	exception_catch();
	nowhere();
	check_abort(exception_caught(), ESR_CLASS_FETCH_SAME, NORMAL_HOLE, false, "an instruction fetch is");
	if (tap_on_takt())
		check_pair();
	else
		tap_skip("pair access", "not on Takt");
	for (unsigned i = 0; i < 1000; i++) {
		exception_catch();
		(void)mmio_read32(DEVICE_HOLE);
		if (exception_caught().count != 1)
			break;
	}
	tap_ok(true, "a thousand aborts leave the guest running");
	tap_end();
}
