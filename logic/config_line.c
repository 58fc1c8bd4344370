/* SPDX-License-Identifier: Apache-2.0 */
/* config_check, how lines are delivered: what a line's owner must have for that. */
#include "base/bound.h"
#include "logic/config_checker.h"

static bool is_throttled(const struct blob_line *line) { return (line->distance_ticks | line->burst) != 0; }

static bool check_throttle(struct config_checker *c, uint32_t i)
{
	const struct blob_line *line = &c->lines[i];

	if (!is_throttled(line))
		return true;
	if (line->kind != BLOB_LINE_VM || line->delivery == BLOB_DELIVERY_POLLED || line->distance_ticks == 0 ||
	    line->distance_ticks > BLOB_DISTANCE_MAX)
		return config_fail(c, CONFIG_LINE_THROTTLE, CONFIG_LINES, i, "distance_ticks", line->distance_ticks);
	if (line->burst == 0 || line->burst > BLOB_BURST_MAX)
		return config_fail(c, CONFIG_LINE_THROTTLE, CONFIG_LINES, i, "burst", line->burst);
	return true;
}

/* The owner begins to run at the begin of a period only if it is kept from running at the end of one. */
static bool check_polled(struct config_checker *c, uint32_t i)
{
	const struct blob_line *line = &c->lines[i];

	if (line->delivery != BLOB_DELIVERY_POLLED)
		return true;
	const struct blob_context *owner = &c->contexts[c->vms[line->owner].vcpu_context[0]];
	if (owner->reservation == BLOB_NONE ||
	    c->reservations[owner->reservation].budget_ticks == c->reservations[owner->reservation].period_ticks)
		return config_fail(c, CONFIG_LINE_POLLED, CONFIG_LINES, i, "delivery", line->delivery);
	return true;
}

static bool check_vm(struct config_checker *c, uint32_t vm)
{
	uint32_t polled = 0, throttled = 0;

	for (uint32_t i = 0; i < c->header->lines.count; i++) {
		LOOP_BOUND(BLOB_LINE_MAX);
		const struct blob_line *line = &c->lines[i];
		if (line->kind != BLOB_LINE_VM || line->owner != vm)
			continue;
		polled += line->delivery == BLOB_DELIVERY_POLLED;
		throttled += is_throttled(line);
		if (polled > BLOB_VM_POLLED_MAX)
			return config_fail(c, CONFIG_LINE_POLLED, CONFIG_LINES, i, "delivery", line->delivery);
		if (throttled > BLOB_VM_THROTTLED_MAX)
			return config_fail(c, CONFIG_LINE_THROTTLE, CONFIG_LINES, i, "burst", line->burst);
	}
	bool needs_alarm = throttled != 0 || c->vms[vm].watchdog_virq != 0;
	if (needs_alarm != (c->vms[vm].alarm != BLOB_NONE))
		return config_fail(c, CONFIG_VM_ALARM, CONFIG_VMS, vm, "alarm", c->vms[vm].alarm);
	return true;
}

bool config_check_deliveries(struct config_checker *c)
{
	for (uint32_t i = 0; i < c->header->lines.count; i++) {
		LOOP_BOUND(BLOB_LINE_MAX);
		if (!check_throttle(c, i) || !check_polled(c, i))
			return false;
	}
	for (uint32_t i = 0; i < c->header->vms.count; i++) {
		LOOP_BOUND(BLOB_VM_MAX);
		if (!check_vm(c, i))
			return false;
	}
	return true;
}
