/* SPDX-License-Identifier: Apache-2.0 */
/* A loop without a bound. refuse: loop-without-bound */
#include "../records.h"
	.text
function subject
	nop
1:	subs	x0, x0, #1
	b.ne	1b
	ret
done subject
