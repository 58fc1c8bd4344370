/* SPDX-License-Identifier: Apache-2.0 */
/* A loop that is entered at two places. refuse: loop-irreducible */
#include "../records.h"
	.text
function subject
	cbz	x0, 2f
1:	nop
	loop_bound 4, first
2:	nop
	loop_bound 4, second
	subs	x1, x1, #1
	b.ne	1b
	ret
done subject
