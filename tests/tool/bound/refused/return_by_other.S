/* SPDX-License-Identifier: Apache-2.0 */
/* A return by another register than X30 may go anywhere. refuse: instruction */
#include "../records.h"
	.text
function subject
	nop
	ret	x1
done subject
