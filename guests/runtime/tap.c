/* SPDX-License-Identifier: Apache-2.0 */
/* TAP output of the guests that are tests. */
#include "guests/runtime/tap.h"

#include "guests/runtime/exception.h"
#include "guests/runtime/print.h"
#include "guests/runtime/smccc.h"

static unsigned count;

void tap_ok(bool passed, const char *what) { print("%s %u - %s\n", passed ? "ok" : "not ok", ++count, what); }

void tap_equal(uint64_t got, uint64_t expected, const char *what)
{
	tap_ok(got == expected, what);
	if (got != expected)
		print("# got 0x%lx, expected 0x%lx\n", got, expected);
}

void tap_skip(const char *what, const char *why) { print("ok %u - %s # SKIP %s\n", ++count, what, why); }

_Noreturn void tap_end(void)
{
	print("1..%u\n# end\n", count);
	console_drain();
	psci_system_off();
}

bool tap_on_takt(void)
{
	struct smccc_result uid;

	exception_catch(); /* a machine may know no call of this range, or no HVC at all */
	uid = smccc_hvc(VENDOR_HYP_CALL_UID, 0, 0, 0);
	return exception_caught().count == 0 && uid.x0 == TAKT_UID_0 && uid.x1 == TAKT_UID_1 && uid.x2 == TAKT_UID_2 &&
	       uid.x3 == TAKT_UID_3;
}
