/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of a guest: /chosen/bootargs of its device tree, words of the form name=value. */
#ifndef GUESTS_RUNTIME_BOOTARGS_H
#define GUESTS_RUNTIME_BOOTARGS_H

#include <stdbool.h>
#include <stdint.h>

/* The decimal number of the first word name=..., up to its first other character; without such a word: otherwise. */
uint64_t bootargs_number(const char *name, uint64_t otherwise);
/* Whether there is the word name=value. */
bool bootargs_is(const char *name, const char *value);

#endif
