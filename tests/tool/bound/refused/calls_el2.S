/* SPDX-License-Identifier: Apache-2.0 */
/* HVC at EL2 is an exception to itself. refuse: instruction */
#include "../records.h"
	.text
function subject
	hvc	#0
	ret
done subject
