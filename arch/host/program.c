/* SPDX-License-Identifier: Apache-2.0 */
/* What programs can do: host.h's instructions. On the program's own stack. */
#include "arch/host/machine.h"

#include <stddef.h>
#include <string.h>

#include "abi/service.h"
#include "base/bits.h"
#include "logic/arm/decode.h"
#include "logic/arm/sysreg.h"
#include "logic/arm/vgic.h"

#define ESR_IL BIT64(25)
#define ESR_ISV BIT64(24)
#define ESR_SF BIT64(15)
#define ESR_WNR BIT64(6)
#define FSC_TRANSLATION 0x4U
#define FSC_PERMISSION 0xcU
#define RT 4U /* the register that loads, stores, MRS and MSR use */
#define FIRST_STIRRED 5U
#define PAGE_BYTES 4096U
#define COPY_BYTES_IN_TICK 64U

static uint64_t esr_of(enum esr_ec ec, uint64_t iss) { return (uint64_t)ec << 26 | ESR_IL | iss; }

/* One that doesn't trap. */
static void instruction(struct host_guest *g) { guest_spin(g, 1); }

uint32_t guest_vmid(const struct host_guest *g) { return g->vmid; }
uint32_t guest_vcpu(const struct host_guest *g) { return g->vcpu; }
uint64_t guest_argument(const struct host_guest *g, uint32_t reg) { return g->argument[reg]; }
uint64_t guest_reg_x(const struct host_guest *g, uint32_t reg) { return g->x[reg]; }
void guest_reg_x_set(struct host_guest *g, uint32_t reg, uint64_t value) { g->x[reg] = value; }
void guest_on_irq(struct host_guest *g, host_program *handler) { g->on_irq = handler; }
void guest_on_sync(struct host_guest *g, guest_sync_handler *handler) { g->on_sync = handler; }

void guest_mask(struct host_guest *g, bool masked)
{
	g->pstate = masked ? g->pstate | PSTATE_I : g->pstate & ~PSTATE_I;
	instruction(g);
}

/* Sleeps without EL2, as a dedicated CPU's vCPU does. */
static void sleep_here(struct host_guest *g)
{
	while (!host.has_ended && here->now < host.config->horizon && !host_irq_is_due(here) &&
	       !host_virtual_is_due()) {
		host_rest(UINT64_MAX);
		host_run_events();
	}
	instruction(g);
}

void guest_wfi(struct host_guest *g)
{
	if ((here->world.hcr & HW_WORLD_DEDICATED) != 0)
		sleep_here(g);
	else
		guest_trap(g, esr_of(ESR_EC_WFX, 0), 0, 0);
}

void guest_wfe(struct host_guest *g)
{
	if ((here->world.hcr & HW_WORLD_DEDICATED) != 0)
		instruction(g);
	else
		guest_trap(g, esr_of(ESR_EC_WFX, 1), 0, 0);
}

static void arguments(struct host_guest *g, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	g->x[0] = x0;
	g->x[1] = x1;
	g->x[2] = x2;
	g->x[3] = x3;
}

static uint64_t answers(const struct host_guest *g, uint64_t *out)
{
	if (out != NULL)
		memcpy(out, g->x, 4 * sizeof(*out));
	return g->x[0];
}

uint64_t guest_hvc(struct host_guest *g, uint32_t function, uint64_t a, uint64_t b, uint64_t c, uint64_t *out)
{
	guest_boundary(g);
	arguments(g, function, a, b, c);
	guest_call(g, esr_of(ESR_EC_HVC64, 0));
	return answers(g, out);
}

void guest_hvc_wide(struct host_guest *g, uint64_t x[7])
{
	guest_boundary(g);
	memcpy(g->x, x, 7 * sizeof(*x));
	guest_call(g, esr_of(ESR_EC_HVC64, 0));
	memcpy(x, g->x, 7 * sizeof(*x));
}

uint64_t guest_smc(struct host_guest *g, uint32_t function, uint64_t a, uint64_t b, uint64_t c, uint64_t *out)
{
	guest_boundary(g);
	arguments(g, function, a, b, c);
	guest_trap(g, esr_of(ESR_EC_SMC64, 0), 0, 0);
	return answers(g, out);
}

uint64_t service_svc(struct host_guest *g, uint32_t function, uint64_t a, uint64_t b, uint64_t c)
{
	arguments(g, a, b, c, 0);
	guest_call(g, esr_of(ESR_EC_SVC64, function));
	return g->x[0];
}

/* The data abort of an access that stage 2 doesn't allow. */
static void abort_data(struct host_guest *g, const struct host_walk *walk, uint64_t ipa, uint32_t bytes, bool is_write)
{
	uint64_t status = (walk->is_mapped ? FSC_PERMISSION : FSC_TRANSLATION) + walk->level;
	uint64_t iss = ESR_ISV | (uint64_t)bits_lowest(bytes) << 22 | RT << 16 | (bytes == 8 ? ESR_SF : 0) |
		       (is_write ? ESR_WNR : 0) | status;
	guest_trap(g, esr_of(ESR_EC_DABT_LOW, iss), ipa, ipa >> 12 << 4);
}

/* Where the access goes, or NULL: it has trapped, or is of a device that is not there. */
static void *access(struct host_guest *g, uint64_t ipa, uint32_t bytes, bool is_write)
{
	struct host_walk walk = host_translate(ipa);
	if (!walk.is_mapped || !(is_write ? walk.is_writable : walk.is_readable)) {
		abort_data(g, &walk, ipa, bytes, is_write);
		return NULL;
	}
	instruction(g);
	return walk.pa - HOST_RAM_PA < HOST_RAM_BYTES ? host_memory(walk.pa) : NULL;
}

uint64_t guest_load(struct host_guest *g, uint64_t ipa, uint32_t bytes)
{
	const void *at = access(g, ipa, bytes, false);
	if (at != NULL) {
		g->x[RT] = 0;
		memcpy(&g->x[RT], at, bytes);
	}
	return g->x[RT];
}

void guest_store(struct host_guest *g, uint64_t ipa, uint32_t bytes, uint64_t value)
{
	guest_boundary(g);
	g->x[RT] = value;
	void *at = access(g, ipa, bytes, true);
	if (at != NULL)
		memcpy(at, &value, bytes);
}

static uint64_t page_rest(uint64_t ipa) { return PAGE_BYTES - ipa % PAGE_BYTES; }

void guest_copy(struct host_guest *g, uint64_t to, uint64_t from, uint64_t bytes)
{
	while (bytes != 0) {
		uint64_t part = bytes < page_rest(to) ? bytes : page_rest(to);
		part = from != 0 && page_rest(from) < part ? page_rest(from) : part;
		guest_spin(g, part / COPY_BYTES_IN_TICK);
		const void *source = from != 0 ? access(g, from, 8, false) : NULL;
		void *at = access(g, to, 8, true);
		if (at != NULL && source != NULL)
			memcpy(at, source, part);
		else if (at != NULL && from == 0)
			memset(at, 0, part);
		bytes -= part;
		to += part;
		from += from != 0 ? part : 0;
	}
}

void service_loader(struct host_guest *g)
{
	uint64_t config = LOADER_IPA + SERVICE_CONFIG_IPA;
	uint64_t count = guest_load(g, config + offsetof(struct loader_config, count), 4);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = config + offsetof(struct loader_config, pieces) + i * sizeof(struct loader_piece);
		uint64_t to = guest_load(g, at + offsetof(struct loader_piece, to), 8);
		uint64_t from = guest_load(g, at + offsetof(struct loader_piece, from), 8);
		guest_copy(g, to, from, guest_load(g, at + offsetof(struct loader_piece, bytes), 8));
	}
	for (;;)
		service_svc(g, SVC_LOADED, 0, 0, 0);
}

static uint64_t sysreg_iss(uint16_t key, bool is_read)
{
	return bits_get(key, 15, 14) << 20 | bits_get(key, 2, 0) << 17 | bits_get(key, 13, 7) << 10 | RT << 5 |
	       bits_get(key, 6, 3) << 1 | (is_read ? 1 : 0);
}

uint64_t guest_mrs(struct host_guest *g, uint16_t key)
{
	guest_trap(g, esr_of(ESR_EC_SYSREG, sysreg_iss(key, true)), 0, 0);
	return g->x[RT];
}

void guest_msr(struct host_guest *g, uint16_t key, uint64_t value)
{
	guest_boundary(g);
	g->x[RT] = value;
	guest_trap(g, esr_of(ESR_EC_SYSREG, sysreg_iss(key, false)), 0, 0);
}

void guest_fp(struct host_guest *g)
{
	if ((here->world.hcr & HW_WORLD_NO_FP) != 0)
		guest_trap(g, esr_of(ESR_EC_FP, 0), 0, 0);
	else
		instruction(g);
}

void guest_raw(struct host_guest *g, uint64_t esr, uint64_t far, uint64_t hpfar, bool from_el0)
{
	uint64_t pstate = g->pstate;
	guest_boundary(g);
	if (from_el0)
		g->pstate &= ~UINT64_C(0xf);
	if (esr_ec(esr) == ESR_EC_HVC64 || esr_ec(esr) == ESR_EC_SVC64)
		guest_call(g, esr);
	else
		guest_trap(g, esr, far, hpfar);
	g->pstate = pstate;
}

void guest_serror(struct host_guest *g)
{
	instruction(g);
	guest_exit(g, HW_EXIT_SERROR);
}

void guest_stir(struct host_guest *g, uint64_t seed)
{
	instruction(g);
	for (uint32_t i = FIRST_STIRRED; i < 31; i++)
		g->x[i] = host_mix(&seed);
	for (uint32_t i = 0; i < EL1_COUNT; i++)
		if (i != EL1_VBAR && i != EL1_ELR && i != EL1_SPSR)
			here->registers.el1[i] = host_mix(&seed);
	for (uint32_t i = 0; i < 64 && (here->world.hcr & HW_WORLD_NO_FP) == 0; i++)
		here->registers.fp[i] = host_mix(&seed);
	g->sp_el0 = host_mix(&seed);
}

void guest_timer_set(struct host_guest *g, enum guest_timer timer, uint64_t control, uint64_t compare)
{
	struct hw_timers *t = &here->registers.timers;
	instruction(g);
	if (timer == GUEST_VIRTUAL) {
		t->virtual_compare = compare;
		t->virtual_control = control;
	} else {
		t->physical_compare = compare;
		t->physical_control = control;
	}
}

void guest_pmu_set(struct host_guest *g, bool is_on, uint64_t interrupting, uint64_t overflown, uint64_t count)
{
	struct hw_pmu *pmu = &here->registers.pmu;
	instruction(g);
	if ((here->world.hcr & HW_WORLD_PMU) == 0)
		host_fail("the PMU of VM %u, which has none, would trap", guest_vmid(g));
	pmu->control = is_on ? HOST_PMU_ON : 0;
	pmu->interrupting = interrupting;
	pmu->overflown = overflown;
	pmu->counters[0] = count;
}

void guest_gic_enable(struct host_guest *g, bool eoi_mode_1)
{
	instruction(g);
	here->registers.interface.vmcr = MASK64(31, 27) | ICH_VMCR_VENG1 | (eoi_mode_1 ? ICH_VMCR_VEOIM : 0);
}

void guest_gic_mask(struct host_guest *g, uint8_t priority)
{
	instruction(g);
	here->registers.interface.vmcr = bits_set(here->registers.interface.vmcr, 31, 24, priority & 0xf8U);
}

uint32_t guest_gic_acknowledge(struct host_guest *g)
{
	instruction(g);
	return host_virtual_acknowledge();
}

void guest_gic_eoi(struct host_guest *g, uint32_t intid)
{
	instruction(g);
	host_virtual_eoi(intid);
}

void guest_gic_dir(struct host_guest *g, uint32_t intid)
{
	instruction(g);
	if ((here->ich_hcr & ICH_HCR_TDIR) != 0)
		guest_msr(g, SYSREG_ICC_DIR_EL1, intid);
	else
		host_virtual_dir(intid);
}

void guest_gic_sgi(struct host_guest *g, uint32_t intid, uint32_t targets)
{
	guest_msr(g, SYSREG_ICC_SGI1R_EL1, (uint64_t)intid << 24 | targets);
}
