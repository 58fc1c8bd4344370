/* links: @vgic */
/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual GIC, one rule of IHI 0069 or of logic/arm/vgic.h at a time, in the rig of the property test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/prop/vgic_model.h"

static struct rig rig;

static uint32_t zero(void *source)
{
	(void)source;
	return 0;
}

/* A VM whose interrupts are all in group 1 and enabled, with vCPU 0 running in the EOI mode. */
static void start(unsigned vcpus, unsigned lrs, unsigned eoi_mode, bool parallel)
{
	rig_init(&rig, vcpus, lrs, parallel, zero, NULL);
	for (unsigned c = 0; c < vcpus; c++) {
		rig.hw[c].vmcr = bits_set(rig.hw[c].vmcr, 9, 9, eoi_mode);
		rig.eoi_mode[c] = (uint8_t)eoi_mode;
		rig_switch_in(&rig, c);
		rig_access(&rig, c, c, 0x10080, 4, true, UINT32_MAX);
		rig_access(&rig, c, c, 0x10100, 4, true, UINT32_MAX);
	}
	rig_switch_in(&rig, 0);
	for (unsigned n = 1; n < 9; n++) {
		rig_access(&rig, 0, RIG_DIST, 0x080 + 4 * n, 4, true, UINT32_MAX);
		rig_access(&rig, 0, RIG_DIST, 0x100 + 4 * n, 4, true, UINT32_MAX);
	}
	rig_access(&rig, 0, RIG_DIST, 0, 4, true, 3);
}

static uint64_t dist_read(uint32_t offset, unsigned size)
{
	return rig_access(&rig, 0, RIG_DIST, offset, size, false, 0);
}
static uint64_t redist_read(unsigned owner, uint32_t offset, unsigned size)
{
	return rig_access(&rig, 0, owner, offset, size, false, 0);
}
static void dist_write(uint32_t offset, unsigned size, uint64_t value)
{
	rig_access(&rig, 0, RIG_DIST, offset, size, true, value);
}
static void redist_write(unsigned owner, uint32_t offset, unsigned size, uint64_t value)
{
	rig_access(&rig, 0, owner, offset, size, true, value);
}

/* The INTID that ICC_IAR1 of vCPU cpu answers, 1023 for none. */
static unsigned acknowledge(unsigned cpu)
{
	rig_settle(&rig);
	int i = hw_signal(&rig.hw[cpu]);
	if (i < 0)
		return 1023;
	hw_acknowledge(&rig.hw[cpu], (unsigned)i);
	return (unsigned)(rig.hw[cpu].lr[i] & ICH_LR_INTID_MASK);
}

static void end(unsigned cpu, unsigned intid)
{
	unsigned line = hw_eoi(&rig.hw[cpu], intid, 1);
	if (line != 0)
		rig_line_done(&rig, cpu, line - 1);
	if (rig.eoi_mode[cpu] != 0)
		rig_dir(&rig, cpu, intid);
	rig_settle(&rig);
}

static void set_priority(unsigned intid, uint8_t priority)
{
	if (intid < 32)
		redist_write(0, 0x10400 + intid, 1, priority);
	else
		dist_write(0x400 + intid, 1, priority);
}

static void raise_on(unsigned cpu, unsigned intid)
{
	rig_act(&rig, cpu);
	rig_fold(&rig, cpu);
	vgic_raise(&rig.vm, &rig.vcpus[cpu], intid);
	rig_finish(&rig, cpu);
}

static void set_level(unsigned intid, bool high)
{
	rig_act(&rig, 0);
	rig_fold(&rig, 0);
	vgic_set_level(&rig.vm, &rig.vcpus[0], intid, high);
	rig_finish(&rig, 0);
}

static void test_identification(void **state)
{
	(void)state;
	start(2, 4, 0, false);
	assert_int_equal(dist_read(0x0000, 4), 0x53); /* DS, ARE, both groups, RWP 0 */
	assert_int_equal(dist_read(0x0004, 4), 9 << 19 | 8);
	assert_int_equal(dist_read(0xffe8, 4) & 0xf0, 0x30);
	assert_int_equal(redist_read(0, 0xffe8, 4) & 0xf0, 0x30);
	assert_int_equal(redist_read(0, 0x08, 8), 0);
	assert_int_equal(redist_read(1, 0x08, 8), UINT64_C(1) << 32 | 1 << 8 | 1 << 4);
	assert_int_equal(redist_read(1, 0x0c, 4), 1);
	assert_int_equal(redist_read(1, 0x00, 4), 0);
}

static void test_reset_values(void **state)
{
	(void)state;
	rig_init(&rig, 1, 4, false, zero, NULL);
	rig_switch_in(&rig, 0);
	assert_int_equal(dist_read(0, 4), 0x50);
	assert_int_equal(dist_read(0x104, 4), 0);
	assert_int_equal(dist_read(0x420, 4), 0);
	assert_int_equal(redist_read(0, 0x10c00, 4), 0xaaaaaaaa);
	assert_int_equal(redist_read(0, 0x10c04, 4), 0);
	assert_int_equal(redist_read(0, 0x14, 4), 6);
	assert_int_equal(dist_read(0x6100, 8), 0);
}

static void test_what_does_not_exist(void **state)
{
	(void)state;
	start(1, 4, 0, false);
	dist_write(0x100, 4, UINT32_MAX); /* private interrupts are the redistributor's */
	assert_int_equal(dist_read(0x100, 4), 0);
	assert_int_equal(dist_read(0x124, 4), 0); /* beyond ITLinesNumber */
	assert_int_equal(dist_read(0x104, 1), 0); /* sizes that the architecture does not give */
	assert_int_equal(dist_read(0x104, 8), 0);
	assert_int_equal(dist_read(0x106, 2), 0);
	assert_int_equal(dist_read(0x420, 2), 0);
	assert_int_equal(dist_read(0xd04, 4), 0);
	assert_int_equal(dist_read(0xe00, 4), 0);
	assert_int_equal(redist_read(0, 0x10104, 4), 0);
	dist_write(0x40, 4, 40); /* no message-based SPIs */
	assert_int_equal(acknowledge(0), 1023);
}

static void test_priority_bits(void **state)
{
	(void)state;
	start(1, 4, 0, false);
	dist_write(0x420, 4, 0xffc3a57f);
	assert_int_equal(dist_read(0x420, 4), 0xf8c0a078);
	assert_int_equal(dist_read(0x421, 1), 0xa0);
	dist_write(0x422, 1, 0x1f);
	assert_int_equal(dist_read(0x420, 4), 0xf818a078);
}

static void test_most_urgent_first(void **state)
{
	(void)state;
	start(1, 2, 0, false);
	for (unsigned k = 0; k < 5; k++) {
		set_priority(32 + 60 * k, (uint8_t)(0xa0 - 0x20 * k));
		raise_on(0, 32 + 60 * k);
	}
	for (unsigned k = 5; k-- > 0;) {
		assert_int_equal(acknowledge(0), 32 + 60 * k);
		end(0, 32 + 60 * k);
	}
	assert_int_equal(acknowledge(0), 1023);
}

/* Six preempt one another with fewer list registers than that; all end, in order, none twice. */
static void nest(unsigned lrs, unsigned eoi_mode)
{
	start(1, lrs, eoi_mode, false);
	for (unsigned k = 0; k < 6; k++)
		set_priority(40 + k + (k < 3 ? 8 : 24), (uint8_t)(0xc0 - 0x20 * k));
	for (unsigned k = 0; k < 6; k++) {
		raise_on(0, 40 + k + (k < 3 ? 8 : 24));
		assert_int_equal(acknowledge(0), 40 + k + (k < 3 ? 8 : 24));
	}
	assert_int_equal(acknowledge(0), 1023);
	assert_int_equal(dist_read(0x304, 4), 7U << 16);
	assert_int_equal(dist_read(0x308, 4), 7U << 3);
	for (unsigned k = 6; k-- > 0;)
		end(0, 40 + k + (k < 3 ? 8 : 24));
	assert_int_equal(dist_read(0x304, 4), 0);
	assert_int_equal(dist_read(0x308, 4), 0);
	assert_int_equal(rig.hw[0].ap[1], 0);
	assert_int_equal(acknowledge(0), 1023);
	assert_int_equal(rig.vcpus[0].hcr, ICH_HCR_EN);
}

static void test_six_nested(void **state)
{
	(void)state;
	nest(4, 0);
	nest(4, 1);
	nest(1, 0);
	nest(1, 1);
}

static void test_edge_merges_until_acknowledged(void **state)
{
	(void)state;
	start(1, 4, 0, false);
	dist_write(0xc08, 4, UINT32_MAX);
	raise_on(0, 35);
	raise_on(0, 35);
	assert_int_equal(acknowledge(0), 35);
	raise_on(0, 35); /* again, behind the active one */
	assert_int_equal(dist_read(0x204, 4), 1U << 3);
	assert_int_equal(acknowledge(0), 1023);
	end(0, 35);
	assert_int_equal(acknowledge(0), 35);
	end(0, 35);
	assert_int_equal(acknowledge(0), 1023);
}

static void test_level_follows_its_input(void **state)
{
	(void)state;
	start(1, 4, 0, false);
	set_level(33, true);
	assert_int_equal(acknowledge(0), 33);
	end(0, 33);
	assert_int_equal(acknowledge(0), 33); /* still asserted */
	set_level(33, false);
	end(0, 33);
	assert_int_equal(acknowledge(0), 1023);
	set_level(33, true);
	set_level(33, false); /* fell before it was taken */
	assert_int_equal(acknowledge(0), 1023);
	set_level(33, true);
	dist_write(0x284, 4, 2); /* ICPENDR does not clear an asserted input */
	assert_int_equal(acknowledge(0), 33);
}

static void test_linked_line_is_deactivated_once(void **state)
{
	(void)state;
	start(1, 4, 0, false);
	struct model_irq *q = model_irq_of(&rig.model, 0, RIG_LEVEL_LINE);
	q->line = true;
	assert_int_equal(acknowledge(0), RIG_LEVEL_LINE);
	assert_true((rig.hw[0].lr[0] & ICH_LR_HW) != 0);
	assert_int_equal(rig.hw[0].lr[0] >> ICH_LR_PINTID_SHIFT & 0x1fff, RIG_LEVEL_LINE + RIG_PINTID);
	q->line = false;
	end(0, RIG_LEVEL_LINE);
	assert_false(q->line_active);
	assert_int_equal(acknowledge(0), 1023);
}

static void test_linked_line_is_resampled_on_enable(void **state)
{
	(void)state;
	start(1, 4, 0, false);
	struct model_irq *q = model_irq_of(&rig.model, 0, RIG_LEVEL_LINE);
	dist_write(0x184, 4, 1U << (RIG_LEVEL_LINE - 32));
	q->line = true;
	rig_settle(&rig);
	assert_true(q->line_active);
	assert_int_equal(dist_read(0x204, 4), 1U << (RIG_LEVEL_LINE - 32)); /* readable though disabled */
	q->line = false;
	dist_write(0x104, 4, 1U << (RIG_LEVEL_LINE - 32));
	assert_false(q->line_active);
	assert_int_equal(acknowledge(0), 1023);
}

static void test_clear_active_deactivates_the_line(void **state)
{
	(void)state;
	start(1, 4, 1, false);
	struct model_irq *q = model_irq_of(&rig.model, 0, RIG_EDGE_LINE);
	q->line_edge = true;
	assert_int_equal(acknowledge(0), RIG_EDGE_LINE);
	dist_write(0x384, 4, 1U << (RIG_EDGE_LINE - 32));
	assert_false(q->line_active);
	assert_int_equal(dist_read(0x304, 4), 0);
}

static void test_sgi_targets(void **state)
{
	(void)state;
	start(3, 4, 0, true);
	rig_act(&rig, 0);
	rig_fold(&rig, 0);
	vgic_sgi(&rig.vm, &rig.vcpus[0], UINT64_C(5) << 24 | BIT64(40), true);
	rig_finish(&rig, 0);
	assert_int_equal(acknowledge(0), 1023);
	assert_int_equal(acknowledge(1), 5);
	assert_int_equal(acknowledge(2), 5);
	rig_act(&rig, 0);
	rig_fold(&rig, 0);
	vgic_sgi(&rig.vm, &rig.vcpus[0], UINT64_C(6) << 24 | 1, false); /* group 0 only, but it is in group 1 */
	vgic_sgi(&rig.vm, &rig.vcpus[0], UINT64_C(6) << 24 | BIT64(16) | 1, true); /* Aff1 = 1 */
	rig_finish(&rig, 0);
	assert_int_equal(acknowledge(0), 1023);
}

static void test_route(void **state)
{
	(void)state;
	start(2, 4, 0, false);
	dist_write(0x6000 + 8 * 50, 8, 1);
	raise_on(0, 50);
	assert_int_equal(acknowledge(0), 1023);
	rig_switch_in(&rig, 1);
	assert_int_equal(acknowledge(1), 50);
	end(1, 50);
	rig_switch_in(&rig, 0);
	raise_on(0, 51);
	rig_switch_out(&rig, 0); /* pending in a list register of vCPU 0 */
	rig_switch_in(&rig, 1);
	rig_access(&rig, 1, RIG_DIST, 0x6000 + 8 * 51, 8, true, 1);
	assert_int_equal(acknowledge(1), 51);
}

static void test_one_of_n_leaves_the_sleeper(void **state)
{
	(void)state;
	start(2, 4, 0, true);
	redist_write(0, 0x14, 4, 0);
	redist_write(1, 0x14, 4, 0);
	dist_write(0x6000 + 8 * 50, 8, UINT64_C(1) << 31);
	raise_on(0, 50);
	redist_write(0, 0x14, 4, 2);
	assert_int_equal(acknowledge(0), 1023);
	assert_int_equal(acknowledge(1), 50);
}

static void test_remote_state_is_asked_for(void **state)
{
	(void)state;
	start(2, 4, 0, true);
	uint64_t value = 0;
	dist_write(0x6000 + 8 * 50, 8, 1);
	raise_on(0, 50);
	assert_int_equal(acknowledge(1), 50);
	rig_act(&rig, 0);
	assert_int_equal(vgic_dist_access(&rig.vm, &rig.vcpus[0], 0x304, 4, false, &value), 1U << 1);
	assert_int_equal(dist_read(0x304, 4), 1U << 18); /* the rig asks */
	raise_on(0, 50);                                 /* while it is live there */
	end(1, 50);
	assert_int_equal(acknowledge(1), 50);
}

static void test_reset_of_one_vcpu(void **state)
{
	(void)state;
	start(2, 1, 0, false);
	raise_on(0, 60);
	assert_int_equal(acknowledge(0), 60);
	raise_on(0, 61);
	rig_act(&rig, 0);
	rig_fold(&rig, 0);
	vgic_vcpu_reset(&rig.vm, &rig.vcpus[0]);
	rig_finish(&rig, 0);
	assert_int_equal(dist_read(0x304, 4), 0);
	assert_int_equal(dist_read(0x204, 4), 1U << 29);
	assert_int_equal(redist_read(0, 0x10100, 4), 0);
}

/* Ends that a fold has not handled yet are of a life that is over. */
static void test_ends_of_a_former_life(void **state)
{
	(void)state;
	start(1, 4, 0, false);
	struct vgic_vcpu *v = &rig.vcpus[0];
	vgic_fold(&rig.vm, v, UINT64_MAX, VGIC_EOI_MAX + 2, rig.hw[0].vmcr);
	vgic_vcpu_reset(&rig.vm, v);
	vgic_plan(&rig.vm, v, 0);
	assert_true(v->hcr >> ICH_HCR_EOI_COUNT_SHIFT == 0);
	assert_true((v->hcr & ICH_HCR_LRENPIE) == 0);
}

static void test_deliverable(void **state)
{
	(void)state;
	start(1, 4, 0, false);
	set_priority(40, 0x80);
	raise_on(0, 40);
	uint64_t vmcr = rig.hw[0].vmcr;
	assert_true(vgic_has_deliverable(&rig.vm, &rig.vcpus[0], vmcr, 0, 0));
	assert_false(vgic_has_deliverable(&rig.vm, &rig.vcpus[0], bits_set(vmcr, 31, 24, 0x80), 0, 0));
	assert_false(vgic_has_deliverable(&rig.vm, &rig.vcpus[0], vmcr & ~ICH_VMCR_VENG1, 0, 0));
	assert_false(vgic_has_deliverable(&rig.vm, &rig.vcpus[0], vmcr, 0, BIT32(0x80 / 8)));
	assert_true(vgic_has_deliverable(&rig.vm, &rig.vcpus[0], vmcr, 0, BIT32(0xa0 / 8)));
	dist_write(0x184, 4, 1U << 8);
	assert_false(vgic_has_deliverable(&rig.vm, &rig.vcpus[0], vmcr, 0, 0));
}

static void test_fast_path(void **state)
{
	(void)state;
	start(1, 2, 0, false);
	struct model_irq *q = model_irq_of(&rig.model, 0, 27);
	for (unsigned n = 0; n < 4; n++) {
		q->line = true;
		assert_int_equal(acknowledge(0), 27);
		q->line = false;
		end(0, 27);
		assert_int_equal(rig.fast, n + 1);
	}
	redist_write(0, 0x10180, 4, BIT32(27));
	q->line = true;
	assert_int_equal(acknowledge(0), 1023);
	assert_int_equal(rig.fast, 4); /* disabled: not by the fast path */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identification),
		cmocka_unit_test(test_reset_values),
		cmocka_unit_test(test_what_does_not_exist),
		cmocka_unit_test(test_priority_bits),
		cmocka_unit_test(test_most_urgent_first),
		cmocka_unit_test(test_six_nested),
		cmocka_unit_test(test_edge_merges_until_acknowledged),
		cmocka_unit_test(test_level_follows_its_input),
		cmocka_unit_test(test_linked_line_is_deactivated_once),
		cmocka_unit_test(test_linked_line_is_resampled_on_enable),
		cmocka_unit_test(test_clear_active_deactivates_the_line),
		cmocka_unit_test(test_sgi_targets),
		cmocka_unit_test(test_route),
		cmocka_unit_test(test_one_of_n_leaves_the_sleeper),
		cmocka_unit_test(test_remote_state_is_asked_for),
		cmocka_unit_test(test_reset_of_one_vcpu),
		cmocka_unit_test(test_ends_of_a_former_life),
		cmocka_unit_test(test_deliverable),
		cmocka_unit_test(test_fast_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
