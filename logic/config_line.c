/* SPDX-License-Identifier: Apache-2.0 */
/* config_check, how lines are delivered: what a line's owner must have for that. */
#include "base/bound.h"
#include "logic/config_checker.h"

struct counts {
	uint8_t polled[BLOB_VM_MAX];
	uint8_t throttled[BLOB_VM_MAX];
};

static bool has_period(const struct config_checker *c, const struct blob_vm *vm)
{
	return c->contexts[vm->vcpu_context[0]].reservation != BLOB_NONE;
}

static bool check_delivery(struct config_checker *c, uint32_t i, struct counts *counts)
{
	const struct blob_line *line = &c->lines[i];
	bool is_polled = line->delivery == BLOB_DELIVERY_POLLED;

	if (is_polled && (!has_period(c, &c->vms[line->owner]) || ++counts->polled[line->owner] > BLOB_VM_POLLED_MAX))
		return config_fail(c, CONFIG_LINE_POLLED, CONFIG_LINES, i, "delivery", line->delivery);
	if ((line->distance_ticks | line->burst) == 0)
		return true;
	if (line->kind != BLOB_LINE_VM || is_polled || line->distance_ticks - 1 >= BLOB_DISTANCE_MAX ||
	    line->burst - 1 >= BLOB_BURST_MAX || ++counts->throttled[line->owner] > BLOB_VM_THROTTLED_MAX)
		return config_fail(c, CONFIG_LINE_THROTTLE, CONFIG_LINES, i, "burst", line->burst);
	return true;
}

bool config_check_deliveries(struct config_checker *c)
{
	struct counts counts = {0};

	for (uint32_t i = 0; i < c->header->lines.count; i++) {
		LOOP_BOUND(BLOB_LINE_MAX);
		if (!check_delivery(c, i, &counts))
			return false;
	}
	return true;
}
