/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of accesses. Those to the interrupt controller use whole words of interrupts that nobody uses, all bits
 * set: the worst that one store can ask for. SGI 15 and the SPIs from 64 on stay disabled, or have nothing pending.
 */
#include "guests/probe/access.h"

#include "guests/runtime/gic.h"
#include "guests/runtime/mmio.h"
#include "guests/runtime/print.h"
#include "guests/runtime/smccc.h"
#include "guests/runtime/sysreg.h"
#include "guests/runtime/timer.h"

#define SPI_WORD 2U /* SPIs 64 to 95: on QEMU's board only unused virtio slots */
#define ALL 0xffffffffU
#define SGI_UNUSED 15U
#define PL011_IMSC 0x38U

#define READ32(name, address) \
	static void name(void) { (void)mmio_read32(address); }
#define WRITE32(name, address, value) \
	static void name(void) { mmio_write32(address, value); }
#define READ_SYSREG(name, reg) \
	static void name(void) { (void)sysreg_read(reg); }
#define CALL(name, function, a1, a2) \
	static void name(void) { (void)smccc_hvc(function, a1, a2, 0); }

#define GICD_WORD(reg) (GICD_BASE + (reg) + 4UL * SPI_WORD)
#define GICR_SGI_WORD(reg) (GICR_BASE + GICR_SGI_OFFSET + (reg))

READ32(gicd_typer_read, GICD_BASE + GICD_TYPER)
WRITE32(gicd_ctlr_write, GICD_BASE + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE_GRP1)
READ32(gicd_isenabler_read, GICD_WORD(GICD_ISENABLER))
WRITE32(gicd_isenabler_write, GICD_WORD(GICD_ISENABLER), ALL)
WRITE32(gicd_icenabler_write, GICD_WORD(GICD_ICENABLER), ALL)
WRITE32(gicd_igroupr_write, GICD_WORD(GICD_IGROUPR), ALL)
WRITE32(gicd_ispendr_write, GICD_WORD(GICD_ISPENDR), ALL)
READ32(gicd_ispendr_read, GICD_WORD(GICD_ISPENDR))
WRITE32(gicd_icpendr_write, GICD_WORD(GICD_ICPENDR), ALL)
WRITE32(gicd_isactiver_write, GICD_WORD(GICD_ISACTIVER), ALL)
READ32(gicd_isactiver_read, GICD_WORD(GICD_ISACTIVER))
WRITE32(gicd_icactiver_write, GICD_WORD(GICD_ICACTIVER), ALL)
WRITE32(gicd_ipriorityr_write, GICD_BASE + GICD_IPRIORITYR + 32 * SPI_WORD, 0x80a0c0e0U)
READ32(gicd_ipriorityr_read, GICD_BASE + GICD_IPRIORITYR + 32 * SPI_WORD)
WRITE32(gicd_icfgr_write, GICD_BASE + GICD_ICFGR + 8 * SPI_WORD, 0xaaaaaaaaU)
READ32(gicd_icfgr_read, GICD_BASE + GICD_ICFGR + 8 * SPI_WORD)
READ32(gicd_reserved_read, GICD_BASE + 0x0500c)
WRITE32(gicr_isenabler_write, GICR_SGI_WORD(GICD_ISENABLER), 0x08007ffeU)
WRITE32(gicr_icenabler_write, GICR_SGI_WORD(GICD_ICENABLER), 0x00008000U)
READ32(gicr_ispendr_read, GICR_SGI_WORD(GICD_ISPENDR))
WRITE32(gicr_icpendr_write, GICR_SGI_WORD(GICD_ICPENDR), 0xf7ff0000U)
READ32(gicr_isactiver_read, GICR_SGI_WORD(GICD_ISACTIVER))
WRITE32(gicr_icactiver_write, GICR_SGI_WORD(GICD_ICACTIVER), 0xf7ff0000U)
WRITE32(gicr_ipriorityr_write, GICR_SGI_WORD(GICD_IPRIORITYR) + 12, 0x80a0c0e0U)
WRITE32(gicr_icfgr_write, GICR_SGI_WORD(GICD_ICFGR) + 4, 0)
READ32(gicr_typer_read, GICR_BASE + GICR_TYPER)
READ32(pl011_fr_read, PL011_BASE + PL011_FR)
WRITE32(pl011_imsc_write, PL011_BASE + PL011_IMSC, 0)
READ_SYSREG(id_pfr0_read, id_aa64pfr0_el1)
READ_SYSREG(id_dfr0_read, id_aa64dfr0_el1)
READ_SYSREG(actlr_read, actlr_el1)
CALL(psci_version_call, PSCI_VERSION, 0, 0)
CALL(psci_features_call, PSCI_FEATURES, PSCI_CPU_ON_64, 0)
CALL(psci_affinity_call, PSCI_AFFINITY_INFO_64, 0, 0)
CALL(psci_cpu_on_call, PSCI_CPU_ON_64, 0, 0)
CALL(trng_call, TRNG_RND_64, 192, 0)
CALL(exit_stats_call, TAKT_EXIT_STATS, 0, 0)
CALL(unknown_call, 0xc600ffffU, 0, 0)

static void gicd_irouter_write(void) { mmio_write64(GICD_BASE + GICD_IROUTER + 8UL * 32 * SPI_WORD, 0); }
static void gicd_irouter_read(void) { (void)mmio_read64(GICD_BASE + GICD_IROUTER + 8UL * 32 * SPI_WORD); }
static void sgi_disabled_send(void) { sysreg_write(ICC_SGI1R, (uint64_t)SGI_UNUSED << 24 | 1); }
static void sgi_others_send(void) { sysreg_write(ICC_SGI1R, UINT64_C(1) << 40 | (uint64_t)SGI_UNUSED << 24); }
static void cntp_ctl_write(void) { sysreg_write(cntp_ctl_el0, 0); }
static void wfe_sleep(void)
{
	sev();
	wfe();
}

const struct access accesses[] = {
	{"gicd_typer_read", gicd_typer_read},
	{"gicd_ctlr_write", gicd_ctlr_write},
	{"gicd_isenabler_read", gicd_isenabler_read},
	{"gicd_isenabler_write", gicd_isenabler_write},
	{"gicd_icenabler_write", gicd_icenabler_write},
	{"gicd_igroupr_write", gicd_igroupr_write},
	{"gicd_ispendr_write", gicd_ispendr_write},
	{"gicd_ispendr_read", gicd_ispendr_read},
	{"gicd_icpendr_write", gicd_icpendr_write},
	{"gicd_isactiver_write", gicd_isactiver_write},
	{"gicd_isactiver_read", gicd_isactiver_read},
	{"gicd_icactiver_write", gicd_icactiver_write},
	{"gicd_ipriorityr_write", gicd_ipriorityr_write},
	{"gicd_ipriorityr_read", gicd_ipriorityr_read},
	{"gicd_icfgr_write", gicd_icfgr_write},
	{"gicd_icfgr_read", gicd_icfgr_read},
	{"gicd_irouter_write", gicd_irouter_write},
	{"gicd_irouter_read", gicd_irouter_read},
	{"gicd_reserved_read", gicd_reserved_read},
	{"gicr_isenabler_write", gicr_isenabler_write},
	{"gicr_icenabler_write", gicr_icenabler_write},
	{"gicr_ispendr_read", gicr_ispendr_read},
	{"gicr_icpendr_write", gicr_icpendr_write},
	{"gicr_isactiver_read", gicr_isactiver_read},
	{"gicr_icactiver_write", gicr_icactiver_write},
	{"gicr_ipriorityr_write", gicr_ipriorityr_write},
	{"gicr_icfgr_write", gicr_icfgr_write},
	{"gicr_typer_read", gicr_typer_read},
	{"icc_sgi1r_disabled", sgi_disabled_send},
	{"icc_sgi1r_others", sgi_others_send},
	{"cntp_ctl_write", cntp_ctl_write},
	{"wfe", wfe_sleep},
	{"id_aa64pfr0_read", id_pfr0_read},
	{"id_aa64dfr0_read", id_dfr0_read},
	{"actlr_read", actlr_read},
	{"psci_version", psci_version_call},
	{"psci_features", psci_features_call},
	{"psci_affinity_info", psci_affinity_call},
	{"psci_cpu_on_refused", psci_cpu_on_call},
	{"trng_rnd64", trng_call},
	{"takt_exit_stats", exit_stats_call},
	{"unknown_call", unknown_call},
	{"pl011_fr_read", pl011_fr_read},
	{"pl011_imsc_write", pl011_imsc_write},
};

const unsigned access_count = sizeof(accesses) / sizeof(accesses[0]);

uint64_t access_time(void (*perform)(void))
{
	uint64_t start = counter_read();

	perform();
	return counter_read() - start;
}

uint64_t access_time_hypercall(void)
{
	register uint64_t x0 __asm__("x0") = TAKT_VERSION;
	uint64_t start, end;

	__asm__ volatile("mrs %0, cntvct_el0\n\thvc #0\n\tmrs %1, cntvct_el0"
			 : "=&r"(start), "=&r"(end), "+r"(x0)::"x1", "x2", "x3", "memory");
	return end - start;
}

uint64_t access_time_load(uintptr_t address)
{
	uint64_t start, end;
	uint32_t value;

	__asm__ volatile("mrs %0, cntvct_el0\n\tldr %w2, [%3]\n\tmrs %1, cntvct_el0"
			 : "=&r"(start), "=&r"(end), "=&r"(value)
			 : "r"(address)
			 : "memory");
	return end - start;
}
