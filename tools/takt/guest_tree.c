/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a guest's device tree: the machine that Takt shows it (the map of QEMU's virt board), its memory, what it
 * shares, and the devices that it was given, after the bindings in the Linux tree.
 */
#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/takt/check.h"
#include "tools/takt/command.h"
#include "tools/takt/guest.h"
#include "tools/takt/writer.h"

#define TREE_BYTES 65536

#define GIC_SPI 0U
#define GIC_PPI 1U
#define TRIGGER_LEVEL 4U
#define FLASH_BANK_WIDTH 4U /* bytes: two chips of 16 bits */

#define PPI_PMU 7U
#define PPI_TIMER_SECURE 13U
#define PPI_TIMER_PHYSICAL 14U
#define PPI_TIMER_VIRTUAL 11U
#define PPI_TIMER_HYPERVISOR 10U

#define UART_CLOCK_HZ 24000000U
#define SEED_WORDS 8U

static void put_cell_counts(struct writer *w)
{
	writer_u32(w, "#address-cells", 2);
	writer_u32(w, "#size-cells", 2);
}

static void put_chosen(struct writer *w, const struct guest *guest, const struct system_domain *domain)
{
	uint64_t seed[SEED_WORDS];
	for (uint64_t i = 0; i < SEED_WORDS; i++)
		seed[i] = util_siphash(guest->seed, &i, sizeof(i));
	writer_begin(w, "chosen");
	if (domain->bootargs)
		writer_string(w, "bootargs", domain->bootargs);
	if (check_has_console(domain))
		writer_string(w, "stdout-path", "/pl011@9000000");
	if (guest->initrd_bytes) {
		writer_u64(w, "linux,initrd-start", guest->initrd_ipa);
		writer_u64(w, "linux,initrd-end", guest->initrd_ipa + guest->initrd_bytes);
	}
	writer_bytes(w, "rng-seed", seed, sizeof(seed));
	writer_end(w);
}

static void put_memory(struct writer *w, const struct system *system, const struct system_domain *domain)
{
	for (uint32_t i = 0; i < domain->memory_count; i++) {
		writer_begin_format(w, "memory@%" PRIx64, domain->memory[i].base);
		writer_string(w, "device_type", "memory");
		writer_ranges(w, &domain->memory[i], 1);
		writer_end(w);
	}
	if (domain->shared_count == 0)
		return;
	writer_begin(w, "reserved-memory");
	put_cell_counts(w);
	writer_flag(w, "ranges");
	for (uint32_t i = 0; i < domain->shared_count; i++) {
		const struct system_shared *shared = &system->shared[domain->shared[i]];
		struct range range = {shared->ipa, shared->range.bytes};
		const char *name = fdt_get_name(system->tree->fdt, shared->node, NULL);
		writer_begin_format(w, "%.*s@%" PRIx64, (int)strcspn(name, "@"), name, shared->ipa);
		int bytes;
		const void *compatible = fdt_getprop(system->tree->fdt, shared->node, "compatible", &bytes);
		if (compatible)
			writer_bytes(w, "compatible", compatible, (size_t)bytes);
		writer_ranges(w, &range, 1);
		writer_flag(w, "no-map");
		writer_end(w);
	}
	writer_end(w);
}

static void put_cpus(struct writer *w, const struct system_domain *domain)
{
	writer_begin(w, "cpus");
	writer_u32(w, "#address-cells", 1);
	writer_u32(w, "#size-cells", 0);
	for (uint32_t i = 0; i < domain->vcpu_count; i++) {
		writer_begin_format(w, "cpu@%" PRIx32, i);
		writer_string(w, "device_type", "cpu");
		writer_string(w, "compatible", "arm,armv8");
		writer_string(w, "enable-method", "psci");
		writer_u32(w, "reg", i);
		writer_end(w);
	}
	writer_end(w);
	writer_begin(w, "psci");
	writer_bytes(w, "compatible", "arm,psci-1.0\0arm,psci-0.2", sizeof("arm,psci-1.0\0arm,psci-0.2"));
	writer_string(w, "method", "hvc");
	writer_end(w);
}

static void put_timer(struct writer *w)
{
	static const uint32_t interrupts[] = {
		GIC_PPI, PPI_TIMER_SECURE,  TRIGGER_LEVEL, GIC_PPI, PPI_TIMER_PHYSICAL,   TRIGGER_LEVEL,
		GIC_PPI, PPI_TIMER_VIRTUAL, TRIGGER_LEVEL, GIC_PPI, PPI_TIMER_HYPERVISOR, TRIGGER_LEVEL,
	};
	writer_begin(w, "timer");
	writer_bytes(w, "compatible", "arm,armv8-timer\0arm,armv7-timer", sizeof("arm,armv8-timer\0arm,armv7-timer"));
	writer_cells(w, "interrupts", interrupts, sizeof(interrupts) / sizeof(interrupts[0]));
	writer_flag(w, "always-on");
	writer_end(w);
}

static void put_pmu(struct writer *w)
{
	static const uint32_t interrupt[] = {GIC_PPI, PPI_PMU, TRIGGER_LEVEL};
	writer_begin(w, "pmu");
	writer_string(w, "compatible", "arm,armv8-pmuv3");
	writer_cells(w, "interrupts", interrupt, 3);
	writer_end(w);
}

static void put_gic(struct writer *w, const struct system_domain *domain)
{
	struct range registers[] = {
		{GUEST_GICD_IPA, GUEST_GICD_BYTES},
		{GUEST_GICR_IPA, GUEST_GICR_BYTES * domain->vcpu_count},
	};
	writer_begin_format(w, "intc@%" PRIx64, GUEST_GICD_IPA);
	writer_string(w, "compatible", "arm,gic-v3");
	writer_u32(w, "#address-cells", 0);
	writer_u32(w, "#interrupt-cells", 3);
	writer_flag(w, "interrupt-controller");
	writer_u32(w, "#redistributor-regions", 1);
	writer_ranges(w, registers, 2);
	writer_u32(w, "phandle", w->gic);
	writer_end(w);
}

/* Not named like the board's clock, of which there may be a copy. */
static void put_uart_clock(struct writer *w)
{
	writer_begin(w, "takt,uart-clock");
	writer_string(w, "compatible", "fixed-clock");
	writer_u32(w, "#clock-cells", 0);
	writer_u32(w, "clock-frequency", UART_CLOCK_HZ);
	writer_u32(w, "phandle", w->uart_clock);
	writer_end(w);
}

static void put_uart(struct writer *w)
{
	static const uint32_t interrupt[] = {GIC_SPI, GUEST_UART_INTID - 32, TRIGGER_LEVEL};
	const uint32_t clocks[] = {w->uart_clock, w->uart_clock};
	struct range registers = {GUEST_UART_IPA, GUEST_UART_BYTES};
	writer_begin_format(w, "pl011@%" PRIx64, GUEST_UART_IPA);
	writer_bytes(w, "compatible", "arm,pl011\0arm,primecell", sizeof("arm,pl011\0arm,primecell"));
	writer_ranges(w, &registers, 1);
	writer_cells(w, "interrupts", interrupt, 3);
	writer_cells(w, "clocks", clocks, 2);
	writer_bytes(w, "clock-names", "uartclk\0apb_pclk", sizeof("uartclk\0apb_pclk"));
	writer_end(w);
}

/* The control frame comes first in the binding; the interrupt is the first stage's. */
static void put_watchdog(struct writer *w)
{
	static const uint32_t interrupt[] = {GIC_SPI, GUEST_WATCHDOG_INTID - 32, TRIGGER_LEVEL};
	const struct range registers[] = {
		{GUEST_WATCHDOG_CONTROL_IPA, GUEST_WATCHDOG_BYTES},
		{GUEST_WATCHDOG_REFRESH_IPA, GUEST_WATCHDOG_BYTES},
	};
	writer_begin_format(w, "watchdog@%" PRIx64, GUEST_WATCHDOG_CONTROL_IPA);
	writer_string(w, "compatible", "arm,sbsa-gwdt");
	writer_ranges(w, registers, 2);
	writer_cells(w, "interrupts", interrupt, 3);
	writer_end(w);
}

static void put_flash(struct writer *w, const struct system_image *flash)
{
	const struct range range = {flash->ipa, BLOB_FLASH_BYTES};
	writer_begin_format(w, "flash@%" PRIx64, flash->ipa);
	writer_string(w, "compatible", "cfi-flash");
	writer_ranges(w, &range, 1);
	writer_u32(w, "bank-width", FLASH_BANK_WIDTH);
	writer_end(w);
}

static void put_all(struct writer *w, const struct guest *guest, const struct system *system,
		    const struct system_domain *domain)
{
	writer_begin(w, "");
	writer_string(w, "compatible", "linux,dummy-virt");
	writer_string(w, "model", "takt,virt");
	put_cell_counts(w);
	writer_u32(w, "interrupt-parent", w->gic);
	put_chosen(w, guest, domain);
	put_memory(w, system, domain);
	put_cpus(w, domain);
	put_timer(w);
	if (domain->pmu)
		put_pmu(w);
	put_gic(w, domain);
	if (check_has_console(domain)) {
		put_uart_clock(w);
		put_uart(w);
	}
	if (domain->watchdog)
		put_watchdog(w);
	if (check_flash_of(domain) != NULL)
		put_flash(w, check_flash_of(domain));
	guest_put_devices(w, system, domain);
	writer_end(w);
}

struct bytes guest_make_tree(const struct guest *guest, const struct system *system, const struct system_domain *domain)
{
	uint32_t phandle = 0;
	fdt_find_max_phandle(system->tree->fdt, &phandle);
	struct writer w = {.fdt = util_alloc(1, TREE_BYTES), .gic = phandle + 1, .uart_clock = phandle + 2};
	w.error = fdt_create(w.fdt, TREE_BYTES);
	if (w.error == 0)
		w.error = fdt_finish_reservemap(w.fdt);
	put_all(&w, guest, system, domain);
	if (w.error == 0)
		w.error = fdt_finish(w.fdt);
	if (w.error) {
		fprintf(stderr, "takt: the device tree of %s can't be made: %s\n", domain->name, fdt_strerror(w.error));
		exit(EXIT_ENVIRONMENT);
	}
	return (struct bytes){.data = w.fdt, .size = fdt_totalsize(w.fdt)};
}
