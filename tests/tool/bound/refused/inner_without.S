/* SPDX-License-Identifier: Apache-2.0 */
/* The outer loop has a bound, the inner one none. refuse: loop-without-bound */
#include "../records.h"
	.text
function subject
1:	nop
	loop_bound 4, outer
	nop
2:	subs	x0, x0, #1
	b.ne	2b
	subs	x1, x1, #1
	b.ne	1b
	ret
done subject
