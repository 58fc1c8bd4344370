/* SPDX-License-Identifier: Apache-2.0 */
/* One head, two ways around, and a bound on one of them only. refuse: loop-uncounted */
#include "../records.h"
	.text
function subject
1:	nop
	tbnz	x0, #0, 1b
	sub	x1, x1, #1
	loop_bound 4, outer
	nop
	cbnz	x1, 1b
	ret
done subject
