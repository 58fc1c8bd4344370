/* SPDX-License-Identifier: Apache-2.0 */
/* Our own bugs: one record through the early console, then this CPU stops. A guest can't get here. */
#include "core/panic.h"

#include "base/assert.h"
#include "base/bound.h"
#include "port/cpu.h"

static void print_hex(uint64_t value)
{
	char text[19] = "0x";
	for (unsigned i = 0; i < 16; i++) {
		LOOP_BOUND(16);
		text[2 + i] = "0123456789abcdef"[(value >> (60 - 4 * i)) & 0xf];
	}
	text[18] = '\0';
	hw_early_print(text);
}

_Noreturn void panic(const char *what, uint64_t value)
{
	hw_early_print("takt: stopped: ");
	hw_early_print(what);
	hw_early_print(" ");
	print_hex(value);
	hw_early_print("\n");
	hw_halt();
}

_Noreturn void assert_failed(const char *condition, const char *file, int line)
{
	hw_early_print("takt: ");
	hw_early_print(file);
	hw_early_print(": ");
	panic(condition, (uint64_t)(unsigned)line);
}

_Noreturn void panic_exception(uint64_t vector, uint64_t syndrome, uint64_t pc, uint64_t address)
{
	hw_early_print("takt: exception in EL2: vector ");
	print_hex(vector);
	hw_early_print(" esr ");
	print_hex(syndrome);
	hw_early_print(" far ");
	print_hex(address);
	hw_early_print("\n");
	panic("pc", pc);
}
