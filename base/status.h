/* SPDX-License-Identifier: Apache-2.0 */
/* What a command may answer. Zero is success; a caller never ignores the rest. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum status {
	STATUS_OK = 0,
	STATUS_INVALID,   /* an argument is not one that the contract allows */
	STATUS_RANGE,     /* a value is outside its range */
	STATUS_NO_SPACE,  /* a bounded object is full */
	STATUS_CONFLICT,  /* it would overlap or contradict what is there */
	STATUS_NOT_FOUND, /* no such object */
	STATUS_BUSY,      /* not now; the state is unchanged */
	STATUS_DENIED     /* the caller has no right to it */
};

#endif
