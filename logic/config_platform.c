/* SPDX-License-Identifier: Apache-2.0 */
/* config_check, first part: the header's addresses, and the names. */
#include "abi/image.h"
#include "base/bits.h"
#include "base/bound.h"
#include "base/checked.h"
#include "logic/config_checker.h"

#define BLOCK_BYTES UINT64_C(0x200000)
#define GIC_ALIGN UINT64_C(0x10000)
#define COUNTER_HZ_MIN UINT64_C(1000)
#define COUNTER_HZ_MAX UINT64_C(1000000000000)

/* A physical range of the header: base aligned, not empty, within the address space. */
static bool check_range(struct config_checker *c, struct config_range range, uint64_t align, const char *field)
{
	if (!is_aligned(range.base, align))
		return config_fail(c, CONFIG_ADDRESS_ALIGN, CONFIG_HEADER, 0, field, range.base);
	if (range.bytes == 0 || !range_within(range.base, range.bytes, BIT64(CONFIG_PA_BITS)))
		return config_fail(c, CONFIG_ADDRESS_RANGE, CONFIG_HEADER, 0, field, range.base);
	return true;
}

static bool check_apart(struct config_checker *c, struct config_range a, struct config_range b, const char *field)
{
	if (ranges_overlap(a.base, a.bytes, b.base, b.bytes))
		return config_fail(c, CONFIG_PLATFORM_OVERLAP, CONFIG_HEADER, 0, field, a.base);
	return true;
}

static bool check_log(struct config_checker *c)
{
	const struct blob_header *h = c->header;

	if (!is_aligned(h->log_pa, CONFIG_PAGE_BYTES))
		return config_fail(c, CONFIG_ADDRESS_ALIGN, CONFIG_HEADER, 0, "log_pa", h->log_pa);
	if (h->log_pa < h->load_pa + c->el2_bytes ||
	    !range_within(h->log_pa, CONFIG_LOG_BYTES, h->load_pa + h->image_bytes))
		return config_fail(c, CONFIG_LOG_PLACE, CONFIG_HEADER, 0, "log_pa", h->log_pa);
	return true;
}

bool config_check_platform(struct config_checker *c)
{
	const struct blob_header *h = c->header;
	const struct config_range image = {h->load_pa, h->image_bytes};
	const struct config_range arena = {h->arena_pa, h->arena_bytes};
	const struct config_range gicd = {h->gicd_pa, CONFIG_GICD_BYTES};
	const struct config_range gicr = {h->gicr_pa, CONFIG_GICR_BYTES * h->cpus.count};
	const struct config_range uart = {h->uart_pa, CONFIG_PAGE_BYTES};

	if (!check_range(c, image, BLOCK_BYTES, "load_pa") || !check_range(c, arena, BLOCK_BYTES, "arena_pa") ||
	    !check_range(c, gicd, GIC_ALIGN, "gicd_pa") || !check_range(c, gicr, GIC_ALIGN, "gicr_pa") ||
	    !check_range(c, uart, CONFIG_PAGE_BYTES, "uart_pa"))
		return false;
	if (!IMAGE_PA_IS_OK(h->load_pa))
		return config_fail(c, CONFIG_IMAGE_PLACE, CONFIG_HEADER, 0, "load_pa", h->load_pa);
	if (!is_aligned(h->arena_bytes, BLOCK_BYTES))
		return config_fail(c, CONFIG_ADDRESS_ALIGN, CONFIG_HEADER, 0, "arena_bytes", h->arena_bytes);
	if (h->counter_hz < COUNTER_HZ_MIN || h->counter_hz > COUNTER_HZ_MAX)
		return config_fail(c, CONFIG_COUNTER, CONFIG_HEADER, 0, "counter_hz", h->counter_hz);
	if (!check_apart(c, arena, image, "arena_pa") || !check_apart(c, gicd, image, "gicd_pa") ||
	    !check_apart(c, gicd, arena, "gicd_pa") || !check_apart(c, gicr, image, "gicr_pa") ||
	    !check_apart(c, gicr, arena, "gicr_pa") || !check_apart(c, gicr, gicd, "gicr_pa"))
		return false;
	if (h->uart_pa != 0 && (!check_apart(c, uart, image, "uart_pa") || !check_apart(c, uart, arena, "uart_pa") ||
				!check_apart(c, uart, gicd, "uart_pa") || !check_apart(c, uart, gicr, "uart_pa")))
		return false;
	c->platform[PLATFORM_EL2] = (struct config_range){h->load_pa, c->el2_bytes};
	c->platform[PLATFORM_ARENA] = arena;
	c->platform[PLATFORM_GICD] = gicd;
	c->platform[PLATFORM_GICR] = gicr;
	return check_log(c);
}

/* 1 to 31 printable characters, and zeros up to the end. */
static bool is_name(const char name[BLOB_NAME_BYTES])
{
	uint32_t length = 0;
	uint64_t words[BLOB_NAME_BYTES / 8];

	while (length < BLOB_NAME_BYTES && name[length] != '\0') {
		LOOP_BOUND(BLOB_NAME_BYTES);
		if (name[length] < ' ' || name[length] > '~')
			return false;
		length++;
	}
	if (length == 0 || length == BLOB_NAME_BYTES)
		return false;
	__builtin_memcpy(words, name, sizeof(words));
	if (words[length / 8] >> 8 * (length % 8) != 0)
		return false;
	for (uint32_t i = length / 8 + 1; i < BLOB_NAME_BYTES / 8; i++) {
		LOOP_BOUND(BLOB_NAME_BYTES / 8);
		if (words[i] != 0)
			return false;
	}
	return true;
}

bool config_check_names(struct config_checker *c)
{
	for (uint32_t i = 0; i < c->header->vms.count; i++) {
		LOOP_BOUND(BLOB_VM_MAX);
		if (!is_name(c->vms[i].name))
			return config_fail(c, CONFIG_NAME, CONFIG_VMS, i, "name", (uint8_t)c->vms[i].name[0]);
	}
	for (uint32_t i = 0; i < c->header->services.count; i++) {
		LOOP_BOUND(BLOB_SERVICE_MAX);
		if (!is_name(c->services[i].name))
			return config_fail(c, CONFIG_NAME, CONFIG_SERVICES, i, "name", (uint8_t)c->services[i].name[0]);
	}
	for (uint32_t i = 0; i < c->header->modes.count; i++) {
		LOOP_BOUND(BLOB_MODE_MAX);
		if (!is_name(c->modes[i].name))
			return config_fail(c, CONFIG_NAME, CONFIG_MODES, i, "name", (uint8_t)c->modes[i].name[0]);
	}
	return true;
}
