/* SPDX-License-Identifier: Apache-2.0 */
/* What the core claims of each step by STEP_BOUND (base/bound.h), counted on each CPU: from one entry, wait or cut to
 * the next. Boot is no step. */
#include "arch/host/machine.h"

#include <string.h>

#include "base/bound.h"

static struct host_claim *claim_of(const char *name)
{
	uint32_t i = 0;
	while (i < here->claim_count && strcmp(here->claims[i].name, name) != 0)
		i++;
	if (i == HOST_CLAIM_MAX) {
		host_fail("more than %u names have a STEP_BOUND", HOST_CLAIM_MAX);
		host_finish(HOST_FAILED);
	}
	if (i == here->claim_count)
		here->claims[here->claim_count++].name = name;
	return &here->claims[i];
}

void step_bound_passed(const char *name, unsigned n)
{
	if (!here->has_stepped)
		return;
	struct host_claim *claim = claim_of(name);
	if (++claim->passes <= n)
		return;
	host_fail("STEP_BOUND(%s, %u) is wrong: a step passed it %u times", name, n, claim->passes);
	host_finish(HOST_FAILED);
}

void host_begin_step(void)
{
	here->has_stepped = true;
	for (uint32_t i = 0; i < here->claim_count; i++)
		here->claims[i].passes = 0;
}
