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

#define TREE_BYTES 65536

#define PHANDLE_GIC 1U
#define PHANDLE_CLOCK 2U

#define GIC_SPI 0U
#define GIC_PPI 1U
#define TRIGGER_EDGE 1U
#define TRIGGER_LEVEL 4U

#define PPI_TIMER_SECURE 13U
#define PPI_TIMER_PHYSICAL 14U
#define PPI_TIMER_VIRTUAL 11U
#define PPI_TIMER_HYPERVISOR 10U

#define APB_CLOCK_HZ 24000000U
#define SEED_WORDS 8U

/* A tree under construction; the first error of libfdt's sequential writer is kept. */
struct writer {
	void *fdt;
	int error;
};

static void note(struct writer *w, int error)
{
	if (error < 0 && w->error == 0)
		w->error = error;
}

static void begin(struct writer *w, const char *name) { note(w, fdt_begin_node(w->fdt, name)); }

__attribute__((format(printf, 2, 3))) static void begin_format(struct writer *w, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *name = util_vformat(format, args);
	va_end(args);
	begin(w, name);
	free(name);
}

static void end(struct writer *w) { note(w, fdt_end_node(w->fdt)); }

static void put_bytes(struct writer *w, const char *name, const void *data, size_t bytes)
{
	note(w, fdt_property(w->fdt, name, data, (int)bytes));
}

static void put_string(struct writer *w, const char *name, const char *text)
{
	put_bytes(w, name, text, strlen(text) + 1);
}

static void put_flag(struct writer *w, const char *name) { put_bytes(w, name, NULL, 0); }

static void put_cells(struct writer *w, const char *name, const uint32_t *cells, size_t count)
{
	fdt32_t raw[4 * SYSTEM_RANGE_MAX * 4];
	for (size_t i = 0; i < count; i++)
		raw[i] = cpu_to_fdt32(cells[i]);
	put_bytes(w, name, raw, count * sizeof(raw[0]));
}

static void put_u32(struct writer *w, const char *name, uint32_t value) { put_cells(w, name, &value, 1); }

static void put_u64(struct writer *w, const char *name, uint64_t value)
{
	put_cells(w, name, (const uint32_t[]){(uint32_t)(value >> 32), (uint32_t)value}, 2);
}

static void put_ranges(struct writer *w, const struct range *ranges, uint32_t count)
{
	uint32_t cells[4 * SYSTEM_RANGE_MAX];
	for (uint32_t i = 0; i < count; i++) {
		cells[4 * i] = (uint32_t)(ranges[i].base >> 32);
		cells[4 * i + 1] = (uint32_t)ranges[i].base;
		cells[4 * i + 2] = (uint32_t)(ranges[i].bytes >> 32);
		cells[4 * i + 3] = (uint32_t)ranges[i].bytes;
	}
	put_cells(w, "reg", cells, 4 * (size_t)count);
}

static void put_cell_counts(struct writer *w)
{
	put_u32(w, "#address-cells", 2);
	put_u32(w, "#size-cells", 2);
}

static void put_chosen(struct writer *w, const struct guest *guest, const struct system_domain *domain)
{
	uint64_t seed[SEED_WORDS];
	for (uint64_t i = 0; i < SEED_WORDS; i++)
		seed[i] = util_siphash(guest->seed, &i, sizeof(i));
	begin(w, "chosen");
	if (domain->bootargs)
		put_string(w, "bootargs", domain->bootargs);
	if (check_has_console(domain))
		put_string(w, "stdout-path", "/pl011@9000000");
	if (guest->initrd_bytes) {
		put_u64(w, "linux,initrd-start", guest->initrd_ipa);
		put_u64(w, "linux,initrd-end", guest->initrd_ipa + guest->initrd_bytes);
	}
	put_bytes(w, "rng-seed", seed, sizeof(seed));
	end(w);
}

static void put_memory(struct writer *w, const struct system *system, const struct system_domain *domain)
{
	for (uint32_t i = 0; i < domain->memory_count; i++) {
		begin_format(w, "memory@%" PRIx64, domain->memory[i].base);
		put_string(w, "device_type", "memory");
		put_ranges(w, &domain->memory[i], 1);
		end(w);
	}
	if (domain->shared_count == 0)
		return;
	begin(w, "reserved-memory");
	put_cell_counts(w);
	put_flag(w, "ranges");
	for (uint32_t i = 0; i < domain->shared_count; i++) {
		const struct system_shared *shared = &system->shared[domain->shared[i]];
		struct range range = {shared->ipa, shared->range.bytes};
		const char *name = fdt_get_name(system->tree->fdt, shared->node, NULL);
		begin_format(w, "%.*s@%" PRIx64, (int)strcspn(name, "@"), name, shared->ipa);
		int bytes;
		const void *compatible = fdt_getprop(system->tree->fdt, shared->node, "compatible", &bytes);
		if (compatible)
			put_bytes(w, "compatible", compatible, (size_t)bytes);
		put_ranges(w, &range, 1);
		put_flag(w, "no-map");
		end(w);
	}
	end(w);
}

static void put_cpus(struct writer *w, const struct system_domain *domain)
{
	begin(w, "cpus");
	put_u32(w, "#address-cells", 1);
	put_u32(w, "#size-cells", 0);
	for (uint32_t i = 0; i < domain->vcpu_count; i++) {
		begin_format(w, "cpu@%" PRIx32, i);
		put_string(w, "device_type", "cpu");
		put_string(w, "compatible", "arm,armv8");
		put_string(w, "enable-method", "psci");
		put_u32(w, "reg", i);
		end(w);
	}
	end(w);
	begin(w, "psci");
	put_bytes(w, "compatible", "arm,psci-1.0\0arm,psci-0.2", sizeof("arm,psci-1.0\0arm,psci-0.2"));
	put_string(w, "method", "hvc");
	end(w);
}

static void put_timer(struct writer *w)
{
	static const uint32_t interrupts[] = {
		GIC_PPI, PPI_TIMER_SECURE,  TRIGGER_LEVEL, GIC_PPI, PPI_TIMER_PHYSICAL,   TRIGGER_LEVEL,
		GIC_PPI, PPI_TIMER_VIRTUAL, TRIGGER_LEVEL, GIC_PPI, PPI_TIMER_HYPERVISOR, TRIGGER_LEVEL,
	};
	begin(w, "timer");
	put_bytes(w, "compatible", "arm,armv8-timer\0arm,armv7-timer", sizeof("arm,armv8-timer\0arm,armv7-timer"));
	put_cells(w, "interrupts", interrupts, sizeof(interrupts) / sizeof(interrupts[0]));
	put_flag(w, "always-on");
	end(w);
}

static void put_gic(struct writer *w, const struct system_domain *domain)
{
	struct range registers[] = {
		{GUEST_GICD_IPA, GUEST_GICD_BYTES},
		{GUEST_GICR_IPA, GUEST_GICR_BYTES * domain->vcpu_count},
	};
	begin_format(w, "intc@%" PRIx64, GUEST_GICD_IPA);
	put_string(w, "compatible", "arm,gic-v3");
	put_u32(w, "#interrupt-cells", 3);
	put_flag(w, "interrupt-controller");
	put_u32(w, "#redistributor-regions", 1);
	put_ranges(w, registers, 2);
	put_u32(w, "phandle", PHANDLE_GIC);
	end(w);
}

static void put_clock(struct writer *w)
{
	begin(w, "apb-pclk");
	put_string(w, "compatible", "fixed-clock");
	put_u32(w, "#clock-cells", 0);
	put_u32(w, "clock-frequency", APB_CLOCK_HZ);
	put_string(w, "clock-output-names", "clk24mhz");
	put_u32(w, "phandle", PHANDLE_CLOCK);
	end(w);
}

static void put_uart(struct writer *w)
{
	static const uint32_t interrupt[] = {GIC_SPI, GUEST_UART_INTID - 32, TRIGGER_LEVEL};
	static const uint32_t clocks[] = {PHANDLE_CLOCK, PHANDLE_CLOCK};
	struct range registers = {GUEST_UART_IPA, GUEST_UART_BYTES};
	begin_format(w, "pl011@%" PRIx64, GUEST_UART_IPA);
	put_bytes(w, "compatible", "arm,pl011\0arm,primecell", sizeof("arm,pl011\0arm,primecell"));
	put_ranges(w, &registers, 1);
	put_cells(w, "interrupts", interrupt, 3);
	put_cells(w, "clocks", clocks, 2);
	put_bytes(w, "clock-names", "uartclk\0apb_pclk", sizeof("uartclk\0apb_pclk"));
	end(w);
}

/* Copies of what the board says of a device; every clock is the fixed one, the only one a guest sees. */
static void put_device(struct writer *w, const struct system *system, const struct system_device *device)
{
	static const char *const copied[] = {"compatible", "clock-names", "reg-io-width", "reg-shift"};
	const void *fdt = system->tree->fdt;
	int bytes;
	begin(w, fdt_get_name(fdt, device->node, NULL));
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
		const void *value = fdt_getprop(fdt, device->node, copied[i], &bytes);
		if (value)
			put_bytes(w, copied[i], value, (size_t)bytes);
	}
	put_ranges(w, device->ranges, device->range_count);
	uint32_t cells[3 * SYSTEM_DEVICE_LINE_MAX];
	for (uint32_t i = 0; i < device->line_count; i++) {
		cells[3 * i] = GIC_SPI;
		cells[3 * i + 1] = device->lines[i].intid - 32;
		cells[3 * i + 2] = device->lines[i].edge ? TRIGGER_EDGE : TRIGGER_LEVEL;
	}
	if (device->line_count)
		put_cells(w, "interrupts", cells, 3 * (size_t)device->line_count);
	const uint32_t *unused = NULL;
	int clocks = tree_cells(system->tree, device->node, "clocks", &unused);
	for (int i = 0; i < clocks && i < 4; i++)
		cells[i] = PHANDLE_CLOCK;
	if (clocks > 0)
		put_cells(w, "clocks", cells, clocks < 4 ? (size_t)clocks : 4);
	end(w);
}

static void put_all(struct writer *w, const struct guest *guest, const struct system *system,
		    const struct system_domain *domain)
{
	begin(w, "");
	put_string(w, "compatible", "linux,dummy-virt");
	put_string(w, "model", "takt,virt");
	put_cell_counts(w);
	put_u32(w, "interrupt-parent", PHANDLE_GIC);
	put_chosen(w, guest, domain);
	put_memory(w, system, domain);
	put_cpus(w, domain);
	put_timer(w);
	put_gic(w, domain);
	put_clock(w);
	if (check_has_console(domain))
		put_uart(w);
	for (uint32_t i = 0; i < domain->device_count; i++)
		put_device(w, system, &domain->devices[i]);
	end(w);
}

struct bytes guest_make_tree(const struct guest *guest, const struct system *system, const struct system_domain *domain)
{
	struct writer w = {.fdt = util_alloc(1, TREE_BYTES)};
	note(&w, fdt_create(w.fdt, TREE_BYTES));
	note(&w, fdt_finish_reservemap(w.fdt));
	put_all(&w, guest, system, domain);
	note(&w, fdt_finish(w.fdt));
	if (w.error) {
		fprintf(stderr, "takt: the device tree of %s can't be made: %s\n", domain->name, fdt_strerror(w.error));
		exit(EXIT_ENVIRONMENT);
	}
	return (struct bytes){.data = w.fdt, .size = fdt_totalsize(w.fdt)};
}
