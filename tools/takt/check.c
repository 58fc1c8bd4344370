/* SPDX-License-Identifier: Apache-2.0 */
/* Rules on memory and identities across nodes. */
#include "tools/takt/check.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/checked.h"
#include "logic/arm/stage2.h"
#include "tools/takt/util.h"

/* A range of somebody's address space, with the words to name it. */
struct claim {
	struct range range;
	const char *what;
	const char *property; /* that claims it */
};

#define CLAIM_MAX \
	(3 * SYSTEM_RANGE_MAX + SYSTEM_IMAGE_MAX + SYSTEM_DEVICE_MAX * (SYSTEM_RANGE_MAX + SYSTEM_WINDOW_MAX) + 6)

bool check_overlap(struct range a, struct range b) { return ranges_overlap(a.base, a.bytes, b.base, b.bytes); }

static bool inside_board_memory(const struct system_board *board, struct range range)
{
	for (uint32_t i = 0; i < board->memory_count; i++) {
		struct range m = board->memory[i];
		if (range.base >= m.base && range_within(range.base - m.base, range.bytes, m.bytes))
			return true;
	}
	return false;
}

static bool is_page_range(struct range range)
{
	return range.bytes != 0 && is_aligned(range.base | range.bytes, PAGE_BYTES);
}

bool check_has_console(const struct system_domain *domain)
{
	struct range uart = {GUEST_UART_IPA, GUEST_UART_BYTES};
	if (domain->direct)
		return false;
	for (uint32_t i = 0; i < domain->device_count; i++) {
		for (uint32_t j = 0; j < domain->devices[i].range_count; j++) {
			if (check_overlap(domain->devices[i].ranges[j], uart))
				return false;
		}
	}
	return true;
}

const struct system_image *check_flash_of(const struct system_domain *domain)
{
	for (uint32_t i = 0; i < domain->image_count; i++) {
		if (domain->images[i].is_flash)
			return &domain->images[i];
	}
	return NULL;
}

static void check_memory_shape(const struct system *system, const struct system_domain *domain, struct diag *diag)
{
	struct place place = tree_place(system->tree, domain->path, "memory");
	for (uint32_t i = 0; i < domain->memory_count; i++) {
		struct range m = domain->memory[i];
		if (!is_page_range(m))
			diag_add(diag, RULE_MEMORY_ALIGN, place, domain->path,
				 "memory 0x%" PRIx64 " of 0x%" PRIx64
				 " bytes is not made of whole pages (use multiples of "
				 "0x1000; 0x200000 is better)",
				 m.base, m.bytes);
		else if (!range_within(m.base, m.bytes, UINT64_C(1) << STAGE2_IPA_BITS))
			diag_add(diag, RULE_MEMORY_OUTSIDE, place, domain->path,
				 "memory 0x%" PRIx64 " of 0x%" PRIx64
				 " bytes ends behind the guest's address space of %u bits",
				 m.base, m.bytes, STAGE2_IPA_BITS);
		else if (domain->identity &&
			 (!inside_board_memory(&system->board, m) || m.base < system->board.load_address))
			diag_add(diag, RULE_MEMORY_OUTSIDE, place, domain->path,
				 "memory 0x%" PRIx64 " of 0x%" PRIx64
				 " bytes is not in the board's memory behind 0x%" PRIx64
				 ", as takt,identity-map needs (change it, or remove takt,identity-map)",
				 m.base, m.bytes, system->board.load_address);
	}
}

static void check_rom_shape(const struct system *system, const struct system_image *image, struct diag *diag)
{
	struct place place = tree_place(system->tree, image->path, "address");
	if (!is_page_range((struct range){image->ipa, image->rom_bytes}))
		diag_add(diag, RULE_MEMORY_ALIGN, place, image->path,
			 "read-only memory 0x%" PRIx64 " of 0x%" PRIx64
			 " bytes is not made of whole pages (use multiples of 0x1000)",
			 image->ipa, image->rom_bytes);
	else if (!range_within(image->ipa, image->rom_bytes, UINT64_C(1) << STAGE2_IPA_BITS))
		diag_add(diag, RULE_MEMORY_OUTSIDE, place, image->path,
			 "read-only memory at 0x%" PRIx64 " ends behind the guest's address space of %u bits",
			 image->ipa, STAGE2_IPA_BITS);
}

static void check_flash(const struct system *system, const struct system_domain *domain,
			const struct system_image *flash, struct diag *diag)
{
	struct place place = tree_place(system->tree, flash->path, "address");
	if (!is_aligned(flash->ipa, BLOB_FLASH_BYTES))
		diag_add(diag, RULE_MEMORY_ALIGN, place, flash->path,
			 "the flash at 0x%" PRIx64 " does not begin at a multiple of 2 MiB (0x%" PRIx64 " would do)",
			 flash->ipa, align_up(flash->ipa, BLOB_FLASH_BYTES));
	if (flash != check_flash_of(domain))
		diag_add(diag, RULE_LIMIT, place, flash->path,
			 "a domain has at most one flash, and this one has %s too (remove one of them)",
			 check_flash_of(domain)->path);
	if (!check_has_console(domain) && !domain->direct)
		diag_add(diag, RULE_FLASH, place, flash->path,
			 "the model of the virtual PL011 answers for a flash, and the domain has a device in its place "
			 "(remove that from access, or the flash)");
	for (uint32_t i = 1; i < domain->vcpu_count; i++) {
		if (domain->vcpu_cpu[i] != domain->vcpu_cpu[0]) {
			diag_add(diag, RULE_FLASH, place, flash->path,
				 "a domain with a flash runs on one CPU, and this one on %" PRIu32 " and %" PRIu32
				 " (one bit in the mask of cpus; takt,vcpus says how many virtual ones it has there)",
				 domain->vcpu_cpu[0], domain->vcpu_cpu[i]);
			break;
		}
	}
}

static void check_pmu(const struct system *system, const struct system_domain *domain, struct diag *diag)
{
	if (domain->pmu && !system->board.has_pmu)
		diag_add(diag, RULE_PMU, tree_place(system->tree, domain->path, "takt,pmu"), domain->path,
			 "the board describes no performance monitors that interrupt by PPI 7 (leave takt,pmu out, or, "
			 "if it "
			 "has them, describe them: pmu { compatible = \"arm,armv8-pmuv3\"; interrupts = <1 7 4>; };)");
}

static void refuse_direct(const struct system *system, const struct system_domain *domain, const char *property,
			  const char *text, struct diag *diag)
{
	diag_add(diag, RULE_DIRECT, tree_place(system->tree, domain->path, property), domain->path,
		 "takt,delivery = \"direct\": %s", text);
}

/* What EL2 could not give it: a virtual interrupt, a second context on its CPU, a look at its interrupts. */
static const char *const not_direct[][2] = {
	{"takt,watchdog", "a watchdog's interrupt would be virtual (remove takt,watchdog)"},
	{"takt,console-full", "the VM has no virtual console (remove takt,console-full)"},
	{"takt,model-bound-ns", "the VM has no device model (remove takt,model-bound-ns)"},
};

static void check_direct(const struct system *system, const struct system_domain *domain, struct diag *diag)
{
	if (!domain->direct)
		return;
	if (!domain->dedicated)
		refuse_direct(system, domain, "takt,delivery",
			      "its CPU must be its own, since EL2 takes no interrupt there (add takt,dedicated)", diag);
	if (domain->vcpu_count != 1)
		refuse_direct(system, domain, "cpus",
			      "interrupts between virtual CPUs would be virtual (one bit in the mask of cpus, and no "
			      "takt,vcpus)",
			      diag);
	if (domain->reservation.present || domain->task_count > 0)
		refuse_direct(system, domain, domain->reservation.present ? "takt,budget-ns" : NULL,
			      "nothing is charged on its CPU (remove the reservation, or tasks)", diag);
	for (size_t i = 0; i < sizeof(not_direct) / sizeof(not_direct[0]); i++) {
		if (fdt_getprop(system->tree->fdt, domain->node, not_direct[i][0], NULL) != NULL)
			refuse_direct(system, domain, not_direct[i][0], not_direct[i][1], diag);
	}
	for (uint32_t i = 0; i < domain->irq_count; i++)
		diag_add(diag, RULE_DIRECT, tree_place(system->tree, domain->irqs[i].path, NULL), domain->irqs[i].path,
			 "takt,delivery = \"direct\": EL2 sees no interrupt of the VM, so no line of it is deferred, "
			 "polled "
			 "or throttled (remove the node)");
	const struct system_image *flash = check_flash_of(domain);
	if (flash != NULL)
		diag_add(diag, RULE_DIRECT, tree_place(system->tree, flash->path, NULL), flash->path,
			 "takt,delivery = \"direct\": the VM has no device model to answer for a flash (rom-WORD needs "
			 "none)");
}

static void add_claim(struct claim *claims, uint32_t *count, uint64_t base, uint64_t bytes, const char *what,
		      const char *property)
{
	if (*count < CLAIM_MAX)
		claims[(*count)++] = (struct claim){{base, bytes}, what, property};
}

static uint32_t collect_claims(const struct system *system, const struct system_domain *domain, struct claim *claims)
{
	uint32_t count = 0;
	add_claim(claims, &count, GUEST_GICD_IPA, GUEST_GICD_BYTES, "the virtual GIC distributor", NULL);
	add_claim(claims, &count, GUEST_GICR_IPA, GUEST_GICR_BYTES * domain->vcpu_count,
		  "the virtual GIC redistributors", NULL);
	if (check_has_console(domain))
		add_claim(claims, &count, GUEST_UART_IPA, GUEST_UART_BYTES, "the virtual PL011", NULL);
	if (domain->watchdog) {
		add_claim(claims, &count, GUEST_WATCHDOG_REFRESH_IPA, GUEST_WATCHDOG_BYTES,
			  "the watchdog's refresh frame", "takt,watchdog");
		add_claim(claims, &count, GUEST_WATCHDOG_CONTROL_IPA, GUEST_WATCHDOG_BYTES,
			  "the watchdog's control frame", "takt,watchdog");
	}
	if (domain->stolen_time)
		add_claim(claims, &count, GUEST_STOLEN_IPA, GUEST_STOLEN_BYTES, "the account of stolen time",
			  "takt,stolen-time");
	for (uint32_t i = 0; i < domain->memory_count; i++)
		add_claim(claims, &count, domain->memory[i].base, domain->memory[i].bytes, "memory", "memory");
	for (uint32_t i = 0; i < domain->image_count; i++) {
		const struct system_image *image = &domain->images[i];
		if (image->rom_bytes)
			add_claim(claims, &count, image->ipa, image->rom_bytes, image->path, NULL);
	}
	for (uint32_t i = 0; i < domain->shared_count; i++) {
		const struct system_shared *shared = &system->shared[domain->shared[i]];
		add_claim(claims, &count, shared->ipa, shared->range.bytes, shared->path, "reserved-memory");
	}
	for (uint32_t i = 0; i < domain->device_count; i++) {
		const struct system_device *device = &domain->devices[i];
		for (uint32_t j = 0; j < device->range_count; j++)
			add_claim(claims, &count, device->ranges[j].base, device->ranges[j].bytes, device->path,
				  "access");
		for (uint32_t j = 0; j < device->window_count; j++)
			add_claim(claims, &count, device->windows[j].range.base, device->windows[j].range.bytes,
				  device->path, "access");
	}
	return count;
}

/* What a guest sees must be disjoint. Ranges that are no whole pages have had their message. */
static void check_guest_map(const struct system *system, const struct system_domain *domain, struct diag *diag)
{
	struct claim claims[CLAIM_MAX];
	uint32_t count = collect_claims(system, domain, claims);
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < i; j++) {
			if (!check_overlap(claims[i].range, claims[j].range))
				continue;
			diag_add(diag, RULE_MEMORY_OVERLAP, tree_place(system->tree, domain->path, claims[i].property),
				 domain->path,
				 "%s at 0x%" PRIx64 " overlaps %s at 0x%" PRIx64 " (which takes 0x%" PRIx64
				 " to 0x%" PRIx64 ")",
				 claims[i].what, claims[i].range.base, claims[j].what, claims[j].range.base,
				 claims[j].range.base, claims[j].range.base + claims[j].range.bytes - 1);
		}
	}
}

static void check_shared(const struct system *system, struct diag *diag)
{
	for (uint32_t i = 0; i < system->shared_count; i++) {
		const struct system_shared *shared = &system->shared[i];
		struct place place = tree_place(system->tree, shared->path, "reg");
		if (!is_page_range(shared->range) || !is_aligned(shared->ipa, PAGE_BYTES))
			diag_add(diag, RULE_MEMORY_ALIGN, place, shared->path,
				 "shared memory 0x%" PRIx64 " of 0x%" PRIx64
				 " bytes is not made of whole pages (use multiples of 0x1000)",
				 shared->range.base, shared->range.bytes);
		else if (!inside_board_memory(&system->board, shared->range) ||
			 shared->range.base < system->board.load_address)
			diag_add(diag, RULE_MEMORY_OUTSIDE, place, shared->path,
				 "shared memory at 0x%" PRIx64 " is not in the board's memory behind 0x%" PRIx64,
				 shared->range.base, system->board.load_address);
		for (uint32_t j = 0; j < i; j++) {
			if (check_overlap(shared->range, system->shared[j].range))
				diag_add(diag, RULE_MEMORY_OVERLAP, place, shared->path, "shared memory overlaps %s",
					 system->shared[j].path);
		}
	}
}

/* Identity maps are the only domains whose physical place is said and not chosen. */
static void check_identity(const struct system *system, const struct system_domain *domain, struct range mine,
			   struct diag *diag)
{
	struct place place = tree_place(system->tree, domain->path, "memory");
	for (const struct system_domain *other = system->domains; other < domain; other++) {
		for (uint32_t i = 0; other->identity && i < other->memory_count; i++) {
			if (check_overlap(mine, other->memory[i]))
				diag_add(diag, RULE_MEMORY_OVERLAP, place, domain->path,
					 "memory at 0x%" PRIx64 " overlaps that of %s at 0x%" PRIx64
					 " (both have takt,identity-map: move one of them)",
					 mine.base, other->path, other->memory[i].base);
		}
	}
	for (uint32_t i = 0; i < system->shared_count; i++) {
		if (check_overlap(mine, system->shared[i].range))
			diag_add(diag, RULE_MEMORY_OVERLAP, place, domain->path, "memory at 0x%" PRIx64 " overlaps %s",
				 mine.base, system->shared[i].path);
	}
}

static void check_id(const struct system *system, const struct system_domain *domain, struct diag *diag)
{
	for (const struct system_domain *other = system->domains; other < domain; other++) {
		if (other->id == domain->id)
			diag_add(diag, RULE_ID_TWICE, tree_place(system->tree, domain->path, "id"), domain->path,
				 "id %" PRIu32 " is that of %s too (each domain has its own)", domain->id, other->path);
	}
}

static void check_board(const struct system *system, struct diag *diag)
{
	const struct system_board *board = &system->board;
	struct range first = {board->load_address, BLOCK_BYTES};
	if (!is_aligned(board->load_address, BLOCK_BYTES) || !inside_board_memory(board, first))
		diag_add(diag, RULE_BOARD, tree_place(system->tree, "/takt,board", "load-address"), "/takt,board",
			 "load-address 0x%" PRIx64 " is not a 2 MiB-aligned place in the board's memory",
			 board->load_address);
	if (system->driver.enabled && system->driver.cpu >= board->cpu_count)
		diag_add(diag, RULE_CPU_MISSING, tree_place(system->tree, system->driver.path, "cpu"),
			 system->driver.path, "there is no CPU %" PRIu32 " (the board has %" PRIu32 ")",
			 system->driver.cpu, board->cpu_count);
}

void check_system(const struct system *system, struct diag *diag)
{
	check_board(system, diag);
	check_shared(system, diag);
	for (uint32_t i = 0; i < system->domain_count; i++) {
		const struct system_domain *domain = &system->domains[i];
		check_id(system, domain, diag);
		check_memory_shape(system, domain, diag);
		for (uint32_t j = 0; j < domain->image_count; j++) {
			if (domain->images[j].rom_bytes)
				check_rom_shape(system, &domain->images[j], diag);
			if (domain->images[j].is_flash)
				check_flash(system, domain, &domain->images[j], diag);
		}
		check_guest_map(system, domain, diag);
		for (uint32_t j = 0; domain->identity && j < domain->memory_count; j++)
			check_identity(system, domain, domain->memory[j], diag);
		check_devices(system, domain, diag);
		check_pmu(system, domain, diag);
		check_direct(system, domain, diag);
	}
}
