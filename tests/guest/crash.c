/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that can't go on: its vectors are where there is no memory, and then it jumps there too, so that each abort
 * aborts again. It must be stopped with one record, or may loop for ever; either way all others go on. It prints no TAP
 * of its own: whoever runs it looks for what it must not print.
 */
#include "tests/guest/helper.h"

#define NOWHERE 0xf0000000UL

void guest_main(void)
{
	void (*nowhere)(void) = (void (*)(void))NOWHERE;

	runtime_enable_mmu();
	print("# crash: leaves for nowhere\n");
	console_drain();
	sysreg_write(vbar_el1, NOWHERE);
	isb();
	nowhere();
	print("not ok 1 - came back from nowhere\n");
}
