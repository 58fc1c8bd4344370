/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing but a halt: there is no path to bound. refuse: no-end */
#include "../records.h"
	.text
function subject
1:	wfe
	b	1b
done subject
