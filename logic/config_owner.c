/* SPDX-License-Identifier: Apache-2.0 */
/* config_check, what belongs to whom: VMs, services, and lines with the virtual interrupts that they drive. */
#include "abi/service.h"
#include "base/bits.h"
#include "base/bound.h"
#include "base/checked.h"
#include "logic/config_checker.h"
#include "logic/config_event.h"

#define VM_FLAGS_ALL ((uint32_t)(BLOB_VM_NO_FP | BLOB_VM_AUTOSTART | BLOB_VM_MANAGER | BLOB_VM_PMU | BLOB_VM_DIRECT))
#define VGIC_ALIGN UINT64_C(0x10000)
#define MMIO_ALIGN UINT64_C(8) /* so that no access can leave the range half-way */
#define SPI_FIRST 32U
#define SPI_LAST 1019U
#define DRIVER_BITS 32U
#define VIRQ_WORDS ((BLOB_VIRQ_END + 63U) / 64U)

static bool check_vm_loader(struct config_checker *c, uint32_t i)
{
	const struct blob_vm *vm = &c->vms[i];

	if (vm->loader == BLOB_NONE && !config_event_needs_loader(vm->on))
		return true;
	if (vm->loader >= c->header->services.count || c->services[vm->loader].kind != BLOB_SERVICE_LOADER ||
	    c->services[vm->loader].vm != i)
		return config_fail(c, CONFIG_VM_LOADER, CONFIG_VMS, i, "loader", vm->loader);
	return true;
}

static bool is_entry(struct config_map map, uint64_t ipa)
{
	const struct blob_segment *s = config_map_find(map, ipa);
	return is_aligned(ipa, 4) && s != NULL && (s->attr & BLOB_SEGMENT_X) != 0;
}

static bool check_vm_fields(struct config_checker *c, uint32_t i)
{
	const struct blob_vm *vm = &c->vms[i];

	if ((vm->flags & ~VM_FLAGS_ALL) != 0)
		return config_fail(c, CONFIG_FLAG, CONFIG_VMS, i, "flags", vm->flags);
	for (uint32_t e = 0; e < BLOB_EVENT_ROOM; e++) {
		LOOP_BOUND(BLOB_EVENT_ROOM);
		bool is_event = e < BLOB_ON_COUNT;
		if (is_event ? !config_event_suits((enum blob_vm_event)e, vm->on[e], c->header->modes.count + 1)
			     : vm->on[e] != 0)
			return config_fail(c, CONFIG_VM_ACTION, CONFIG_VMS, i, "on", vm->on[e]);
	}
	if (vm->console_service == BLOB_NONE)
		return true;
	if (vm->console_service >= c->header->services.count ||
	    c->services[vm->console_service].kind != BLOB_SERVICE_MODEL || c->services[vm->console_service].vm != i)
		return config_fail(c, CONFIG_VM_CONSOLE, CONFIG_VMS, i, "console_service", vm->console_service);
	return true;
}

static bool is_context_of(const struct config_checker *c, uint32_t index, uint32_t vm, uint32_t vcpu)
{
	if (index >= c->header->contexts.count)
		return false;
	const struct blob_context *context = &c->contexts[index];
	return context->kind == BLOB_CONTEXT_VCPU && context->owner == vm && context->vcpu == vcpu;
}

static bool check_vm_vcpus(struct config_checker *c, uint32_t i)
{
	const struct blob_vm *vm = &c->vms[i];

	if (vm->vcpu_count == 0 || vm->vcpu_count > BLOB_VM_VCPU_MAX)
		return config_fail(c, CONFIG_VM_VCPUS, CONFIG_VMS, i, "vcpu_count", vm->vcpu_count);
	if (vm->first_context != vm->vcpu_context[0])
		return config_fail(c, CONFIG_VM_VCPUS, CONFIG_VMS, i, "first_context", vm->first_context);
	for (uint32_t v = 0; v < BLOB_VM_VCPU_MAX; v++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		uint32_t context = vm->vcpu_context[v];
		bool is_ok = v < vm->vcpu_count ? is_context_of(c, context, i, v) : context == BLOB_NONE;
		if (!is_ok)
			return config_fail(c, CONFIG_VM_VCPUS, CONFIG_VMS, i, "vcpu_context", context);
	}
	return true;
}

/* It has no virtual interrupt, and EL2 gets none on its CPU. */
static bool check_vm_direct(struct config_checker *c, uint32_t i)
{
	const struct blob_vm *vm = &c->vms[i];
	const struct blob_context *context = &c->contexts[vm->vcpu_context[0]];

	if ((vm->flags & BLOB_VM_DIRECT) == 0)
		return true;
	bool is_alone = vm->vcpu_count == 1 && context->dedicated != 0 && context->reservation == BLOB_NONE &&
			vm->alarm == BLOB_NONE;
	for (uint32_t j = 0; j < c->header->services.count; j++) {
		LOOP_BOUND(BLOB_SERVICE_MAX);
		is_alone &= c->services[j].vm != i || c->services[j].kind != BLOB_SERVICE_MODEL;
	}
	return is_alone || config_fail(c, CONFIG_VM_DIRECT, CONFIG_VMS, i, "flags", vm->flags);
}

static bool check_vm_start(struct config_checker *c, uint32_t i)
{
	const struct blob_vm *vm = &c->vms[i];
	struct config_map map = config_vm_map(c, vm);

	if (!is_entry(map, vm->entry_ipa))
		return config_fail(c, CONFIG_ENTRY, CONFIG_VMS, i, "entry_ipa", vm->entry_ipa);
	if (vm->dtb_ipa == 0)
		return true;
	const struct blob_segment *s = config_map_find(map, vm->dtb_ipa);
	if (!is_aligned(vm->dtb_ipa, 8) || s == NULL || (s->attr & BLOB_SEGMENT_DEVICE) != 0)
		return config_fail(c, CONFIG_DTB, CONFIG_VMS, i, "dtb_ipa", vm->dtb_ipa);
	return true;
}

static uint64_t vgicr_bytes(const struct blob_vm *vm) { return CONFIG_GICR_BYTES * vm->vcpu_count; }

/* Shares a byte with what every VM has: its segments and its interrupt controller. */
static bool overlaps_vm(const struct config_checker *c, const struct blob_vm *vm, uint64_t base, uint64_t bytes)
{
	return config_map_overlaps(config_vm_map(c, vm), base, bytes) ||
	       ranges_overlap(base, bytes, vm->gicd_ipa, CONFIG_GICD_BYTES) ||
	       ranges_overlap(base, bytes, vm->gicr_ipa, vgicr_bytes(vm));
}

static bool check_vm_gic(struct config_checker *c, uint32_t i)
{
	const struct blob_vm *vm = &c->vms[i];
	struct config_map map = config_vm_map(c, vm);

	if (!is_aligned(vm->gicd_ipa, VGIC_ALIGN))
		return config_fail(c, CONFIG_ADDRESS_ALIGN, CONFIG_VMS, i, "gicd_ipa", vm->gicd_ipa);
	if (!is_aligned(vm->gicr_ipa, VGIC_ALIGN))
		return config_fail(c, CONFIG_ADDRESS_ALIGN, CONFIG_VMS, i, "gicr_ipa", vm->gicr_ipa);
	if (!range_within(vm->gicd_ipa, CONFIG_GICD_BYTES, BIT64(CONFIG_IPA_BITS)))
		return config_fail(c, CONFIG_ADDRESS_RANGE, CONFIG_VMS, i, "gicd_ipa", vm->gicd_ipa);
	if (!range_within(vm->gicr_ipa, vgicr_bytes(vm), BIT64(CONFIG_IPA_BITS)))
		return config_fail(c, CONFIG_ADDRESS_RANGE, CONFIG_VMS, i, "gicr_ipa", vm->gicr_ipa);
	if (config_map_overlaps(map, vm->gicd_ipa, CONFIG_GICD_BYTES))
		return config_fail(c, CONFIG_VGIC_OVERLAP, CONFIG_VMS, i, "gicd_ipa", vm->gicd_ipa);
	if (config_map_overlaps(map, vm->gicr_ipa, vgicr_bytes(vm)) ||
	    ranges_overlap(vm->gicd_ipa, CONFIG_GICD_BYTES, vm->gicr_ipa, vgicr_bytes(vm)))
		return config_fail(c, CONFIG_VGIC_OVERLAP, CONFIG_VMS, i, "gicr_ipa", vm->gicr_ipa);
	return true;
}

static bool check_watchdog_frame(struct config_checker *c, uint32_t i, const char *field, uint64_t base)
{
	if (!is_aligned(base, CONFIG_PAGE_BYTES))
		return config_fail(c, CONFIG_ADDRESS_ALIGN, CONFIG_VMS, i, field, base);
	if (!range_within(base, CONFIG_PAGE_BYTES, BIT64(CONFIG_IPA_BITS)))
		return config_fail(c, CONFIG_ADDRESS_RANGE, CONFIG_VMS, i, field, base);
	if (overlaps_vm(c, &c->vms[i], base, CONFIG_PAGE_BYTES))
		return config_fail(c, CONFIG_WATCHDOG_OVERLAP, CONFIG_VMS, i, field, base);
	for (uint32_t j = 0; j < c->header->services.count; j++) {
		LOOP_BOUND(BLOB_SERVICE_MAX);
		const struct blob_service *model = &c->services[j];
		if (model->kind == BLOB_SERVICE_MODEL && model->vm == i &&
		    ranges_overlap(base, CONFIG_PAGE_BYTES, model->mmio_ipa, model->mmio_bytes))
			return config_fail(c, CONFIG_WATCHDOG_OVERLAP, CONFIG_VMS, i, field, base);
	}
	return true;
}

static bool needs_alarm(const struct config_checker *c, uint32_t i)
{
	bool needs = c->vms[i].watchdog_virq != 0;

	for (uint32_t n = 0; n < c->header->lines.count; n++) {
		LOOP_BOUND(BLOB_LINE_MAX);
		const struct blob_line *line = &c->lines[n];
		needs |= line->kind == BLOB_LINE_VM && line->owner == i &&
			 (line->distance_ticks != 0 || line->delivery == BLOB_DELIVERY_POLLED);
	}
	return needs;
}

static bool is_alarm_ok(const struct config_checker *c, uint32_t i)
{
	const struct blob_vm *vm = &c->vms[i];

	if (!needs_alarm(c, i))
		return vm->alarm == BLOB_NONE;
	if (vm->alarm >= c->header->contexts.count)
		return false;
	const struct blob_context *own = &c->contexts[vm->alarm];
	const struct blob_context *first = &c->contexts[vm->vcpu_context[0]];
	return own->kind == BLOB_CONTEXT_ALARM && own->owner == i && own->cpu == first->cpu &&
	       own->reservation == first->reservation && own->weight == first->weight && own->band == first->band;
}

static bool check_vm_alarm(struct config_checker *c, uint32_t i)
{
	return is_alarm_ok(c, i) || config_fail(c, CONFIG_VM_ALARM, CONFIG_VMS, i, "alarm", c->vms[i].alarm);
}

static bool check_vm_watchdog(struct config_checker *c, uint32_t i)
{
	const struct blob_vm *vm = &c->vms[i];

	if ((vm->watchdog_refresh_ipa | vm->watchdog_control_ipa | vm->watchdog_virq) == 0)
		return true;
	if (vm->watchdog_virq < SPI_FIRST || vm->watchdog_virq >= BLOB_VIRQ_END)
		return config_fail(c, CONFIG_VIRQ, CONFIG_VMS, i, "watchdog_virq", vm->watchdog_virq);
	if (vm->watchdog_refresh_ipa == vm->watchdog_control_ipa)
		return config_fail(c, CONFIG_WATCHDOG_OVERLAP, CONFIG_VMS, i, "watchdog_refresh_ipa",
				   vm->watchdog_refresh_ipa);
	return check_watchdog_frame(c, i, "watchdog_refresh_ipa", vm->watchdog_refresh_ipa) &&
	       check_watchdog_frame(c, i, "watchdog_control_ipa", vm->watchdog_control_ipa);
}

/* EL2 writes it: memory, and nobody else's. That it is not EL2's own is config_check_memory's. */
static bool is_stolen_ok(const struct config_checker *c, const struct blob_vm *vm)
{
	const struct blob_header *h = c->header;
	uint32_t place = vm->stolen_segment - vm->first_segment; /* far beyond for an index below */

	if (vm->stolen_segment == BLOB_NONE)
		return true;
	if (place >= vm->segment_count)
		return false;
	const struct blob_segment *s = &c->segments[vm->stolen_segment];
	return s->attr == BLOB_SEGMENT_R && s->shared == 0 && s->bytes == CONFIG_PAGE_BYTES && s->pa >= h->load_pa &&
	       range_within(s->pa, s->bytes, h->load_pa + h->image_bytes);
}

static bool check_vm_stolen(struct config_checker *c, uint32_t i)
{
	const struct blob_vm *vm = &c->vms[i];

	return is_stolen_ok(c, vm) ||
	       config_fail(c, CONFIG_VM_STOLEN, CONFIG_VMS, i, "stolen_segment", vm->stolen_segment);
}

bool config_check_vms(struct config_checker *c)
{
	for (uint32_t i = 0; i < c->header->vms.count; i++) {
		LOOP_BOUND(BLOB_VM_MAX);
		if (!check_vm_fields(c, i) || !check_vm_loader(c, i) || !check_vm_vcpus(c, i) ||
		    !check_vm_direct(c, i) || !check_vm_start(c, i) || !check_vm_gic(c, i) || !check_vm_alarm(c, i) ||
		    !check_vm_watchdog(c, i) || !check_vm_stolen(c, i))
			return false;
	}
	return true;
}

/* The stack grows down from stack_ipa, which may be the first address behind its segment. */
static bool is_stack(struct config_map map, uint64_t stack_ipa)
{
	const struct blob_segment *s = config_map_find(map, stack_ipa - 1);
	const uint32_t bad = BLOB_SEGMENT_DEVICE;
	return is_aligned(stack_ipa, 16) && s != NULL && (s->attr & BLOB_SEGMENT_W) != 0 && (s->attr & bad) == 0;
}

static bool check_model_place(struct config_checker *c, uint32_t i)
{
	const struct blob_service *model = &c->services[i];
	const struct blob_vm *vm = &c->vms[model->vm];
	uint64_t base = model->mmio_ipa;
	uint64_t bytes = model->mmio_bytes;

	if (!is_aligned(base | bytes, MMIO_ALIGN))
		return config_fail(c, CONFIG_ADDRESS_ALIGN, CONFIG_SERVICES, i, "mmio_ipa", base);
	if (bytes == 0 || !range_within(base, bytes, BIT64(CONFIG_IPA_BITS)))
		return config_fail(c, CONFIG_ADDRESS_RANGE, CONFIG_SERVICES, i, "mmio_ipa", base);
	if (overlaps_vm(c, vm, base, bytes))
		return config_fail(c, CONFIG_MODEL_OVERLAP, CONFIG_SERVICES, i, "mmio_ipa", base);
	for (uint32_t j = 0; j < i; j++) {
		LOOP_BOUND(BLOB_SERVICE_MAX);
		const struct blob_service *other = &c->services[j];
		if (other->kind == BLOB_SERVICE_MODEL && other->vm == model->vm &&
		    ranges_overlap(base, bytes, other->mmio_ipa, other->mmio_bytes))
			return config_collide(c, CONFIG_MODEL_OVERLAP, CONFIG_SERVICES, i, "mmio_ipa", base, j);
	}
	return true;
}

/* One descriptor of stage 2 maps it, and one CPU's TLB holds it. */
static bool check_flash(struct config_checker *c, uint32_t i)
{
	const struct blob_service *model = &c->services[i];
	const struct blob_vm *vm = &c->vms[model->vm];
	if (model->has_flash == 0)
		return true;
	const struct blob_segment *s = config_map_find(config_vm_map(c, vm), model->flash_ipa);
	if (s == NULL || s->ipa != model->flash_ipa || s->bytes != BLOB_FLASH_BYTES || s->attr != BLOB_SEGMENT_R ||
	    s->shared == 0 || !is_aligned(s->ipa | s->pa, BLOB_FLASH_BYTES))
		return config_fail(c, CONFIG_MODEL_FLASH, CONFIG_SERVICES, i, "flash_ipa", model->flash_ipa);
	for (uint32_t v = 1; v < vm->vcpu_count; v++) {
		LOOP_BOUND(BLOB_VM_VCPU_MAX);
		if (c->contexts[vm->vcpu_context[v]].cpu != c->contexts[vm->vcpu_context[0]].cpu)
			return config_fail(c, CONFIG_MODEL_FLASH, CONFIG_SERVICES, i, "vm", model->vm);
	}
	return true;
}

static bool check_model(struct config_checker *c, uint32_t i)
{
	const struct blob_service *model = &c->services[i];

	if (model->vm >= c->header->vms.count)
		return config_fail(c, CONFIG_SERVICE_VM, CONFIG_SERVICES, i, "vm", model->vm);
	if (model->bound_ticks == 0 || model->bound_ticks > CONFIG_TICKS_MAX)
		return config_fail(c, CONFIG_MODEL_BOUND, CONFIG_SERVICES, i, "bound_ticks", model->bound_ticks);
	if (model->virq < SPI_FIRST || model->virq >= BLOB_VIRQ_END)
		return config_fail(c, CONFIG_VIRQ, CONFIG_SERVICES, i, "virq", model->virq);
	return check_model_place(c, i) && check_flash(c, i);
}

/* What the VM may write is mapped at its own addresses for the loader, whose own map lies above. */
static bool check_loader(struct config_checker *c, uint32_t i)
{
	const struct blob_service *loader = &c->services[i];
	if (loader->vm >= c->header->vms.count || c->vms[loader->vm].loader != i)
		return config_fail(c, CONFIG_SERVICE_VM, CONFIG_SERVICES, i, "vm", loader->vm);
	struct config_map own = config_service_map(c, loader);
	struct config_map map = config_vm_map(c, &c->vms[loader->vm]);
	for (uint32_t j = 0; j < own.count; j++) {
		LOOP_BOUND(BLOB_VM_SEGMENT_MAX);
		if (own.segments[j].ipa < LOADER_COPY_IPA)
			return config_fail(c, CONFIG_LOADER_MAP, CONFIG_SERVICES, i, "segment", own.segments[j].ipa);
	}
	for (uint32_t j = 0; j < map.count; j++) {
		LOOP_BOUND(BLOB_VM_SEGMENT_MAX);
		const struct blob_segment *s = &map.segments[j];
		if (s->ipa + s->bytes > LOADER_COPY_IPA)
			return config_fail(c, CONFIG_LOADER_MAP, CONFIG_SERVICES, i, "vm", s->ipa);
	}
	return true;
}

static bool check_service(struct config_checker *c, uint32_t i)
{
	const struct blob_service *service = &c->services[i];
	struct config_map map = config_service_map(c, service);

	if (service->kind > BLOB_SERVICE_LOADER)
		return config_fail(c, CONFIG_FLAG, CONFIG_SERVICES, i, "kind", service->kind);
	if (service->has_flash > 1 || (service->has_flash != 0 && service->kind != BLOB_SERVICE_MODEL))
		return config_fail(c, CONFIG_FLAG, CONFIG_SERVICES, i, "has_flash", service->has_flash);
	if (service->has_flash == 0 && service->flash_ipa != 0)
		return config_fail(c, CONFIG_RESERVED, CONFIG_SERVICES, i, "flash_ipa", service->flash_ipa);
	if (!is_entry(map, service->entry_ipa))
		return config_fail(c, CONFIG_ENTRY, CONFIG_SERVICES, i, "entry_ipa", service->entry_ipa);
	if (!is_stack(map, service->stack_ipa))
		return config_fail(c, CONFIG_STACK, CONFIG_SERVICES, i, "stack_ipa", service->stack_ipa);
	if (service->kind == BLOB_SERVICE_MODEL)
		return check_model(c, i);
	if (service->kind == BLOB_SERVICE_LOADER)
		return check_loader(c, i);
	if (service->vm != BLOB_NONE)
		return config_fail(c, CONFIG_SERVICE_VM, CONFIG_SERVICES, i, "vm", service->vm);
	return true;
}

bool config_check_services(struct config_checker *c)
{
	for (uint32_t i = 0; i < c->header->services.count; i++) {
		LOOP_BOUND(BLOB_SERVICE_MAX);
		if (!check_service(c, i))
			return false;
	}
	return true;
}

static bool check_line_owner(struct config_checker *c, uint32_t i)
{
	const struct blob_line *line = &c->lines[i];
	bool is_vm = line->kind == BLOB_LINE_VM;
	uint32_t owners = is_vm ? c->header->vms.count : c->header->services.count;
	bool is_virq = is_vm ? line->virq >= SPI_FIRST && line->virq < BLOB_VIRQ_END : line->virq < DRIVER_BITS;

	if (line->owner >= owners || (!is_vm && c->services[line->owner].kind != BLOB_SERVICE_DRIVER))
		return config_fail(c, CONFIG_LINE_OWNER, CONFIG_LINES, i, "owner", line->owner);
	if (!is_virq)
		return config_fail(c, CONFIG_VIRQ, CONFIG_LINES, i, "virq", line->virq);
	return true;
}

static bool check_line(struct config_checker *c, uint32_t i)
{
	const struct blob_line *line = &c->lines[i];

	if (line->intid < SPI_FIRST || line->intid > (line->kind == BLOB_LINE_VM ? BLOB_VM_LINE_END - 1 : SPI_LAST))
		return config_fail(c, CONFIG_LINE_INTID, CONFIG_LINES, i, "intid", line->intid);
	if (i != 0 && line->intid == line[-1].intid)
		return config_collide(c, CONFIG_LINE_TWO_OWNERS, CONFIG_LINES, i, "intid", line->intid, i - 1);
	if (i != 0 && line->intid < line[-1].intid)
		return config_collide(c, CONFIG_LINE_ORDER, CONFIG_LINES, i, "intid", line->intid, i - 1);
	if (line->kind > BLOB_LINE_DRIVER)
		return config_fail(c, CONFIG_FLAG, CONFIG_LINES, i, "kind", line->kind);
	if (line->edge > 1)
		return config_fail(c, CONFIG_FLAG, CONFIG_LINES, i, "edge", line->edge);
	if (line->delivery > (line->kind == BLOB_LINE_VM ? BLOB_DELIVERY_POLLED : BLOB_DELIVERY_PROMPT))
		return config_fail(c, CONFIG_LINE_DELIVERY, CONFIG_LINES, i, "delivery", line->delivery);
	if (line->reserved != 0)
		return config_fail(c, CONFIG_RESERVED, CONFIG_LINES, i, "reserved", line->reserved);
	return check_line_owner(c, i);
}

/* Marks the interrupt as driven; false when it was already. */
static bool claim(uint64_t *driven, uint32_t virq)
{
	uint64_t bit = BIT64(virq % 64);
	bool is_free = (driven[virq / 64] & bit) == 0;

	driven[virq / 64] |= bit;
	return is_free;
}

static bool claim_lines(struct config_checker *c, uint32_t kind, uint32_t owner, uint64_t *driven)
{
	for (uint32_t i = 0; i < c->header->lines.count; i++) {
		LOOP_BOUND(BLOB_LINE_MAX);
		const struct blob_line *line = &c->lines[i];
		if (line->kind == kind && line->owner == owner && !claim(driven, line->virq))
			return config_fail(c, CONFIG_VIRQ_TWICE, CONFIG_LINES, i, "virq", line->virq);
	}
	return true;
}

static bool check_vm_virqs(struct config_checker *c, uint32_t vm)
{
	uint64_t driven[VIRQ_WORDS] = {0};

	if (c->vms[vm].watchdog_virq != 0)
		(void)claim(driven, c->vms[vm].watchdog_virq);
	for (uint32_t i = 0; i < c->header->services.count; i++) {
		LOOP_BOUND(BLOB_SERVICE_MAX);
		const struct blob_service *service = &c->services[i];
		if (service->vm == vm && service->kind == BLOB_SERVICE_MODEL && !claim(driven, service->virq))
			return config_fail(c, CONFIG_VIRQ_TWICE, CONFIG_SERVICES, i, "virq", service->virq);
	}
	return claim_lines(c, BLOB_LINE_VM, vm, driven);
}

bool config_check_lines(struct config_checker *c)
{
	for (uint32_t i = 0; i < c->header->lines.count; i++) {
		LOOP_BOUND(BLOB_LINE_MAX);
		if (!check_line(c, i))
			return false;
	}
	for (uint32_t i = 0; i < c->header->vms.count; i++) {
		LOOP_BOUND(BLOB_VM_MAX);
		if (!check_vm_virqs(c, i))
			return false;
	}
	for (uint32_t i = 0; i < c->header->services.count; i++) {
		LOOP_BOUND(BLOB_SERVICE_MAX);
		uint64_t driven = 0;
		if (!claim_lines(c, BLOB_LINE_DRIVER, i, &driven))
			return false;
	}
	return true;
}
