/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host port objects: an EL2 of a few lines runs a program, spoils one thing between two entries, and must not get
 * away with it.
 *
 * links: @port logic/arm/exception.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "arch/host/host.h"
#include "base/bits.h"
#include "base/bound.h"
#include "port/boot.h"
#include "port/irq.h"

#define ENTRY UINT64_C(0x40080000)
#define LR_OF(intid) (BIT64(62) | BIT64(60) | (intid))

static struct hw_frame frame;
static struct hw_vcpu vcpu;
static struct hw_world world;
static void (*spoil)(void);

static void program(struct host_guest *g)
{
	guest_stir(g, 1);
	guest_timer_set(g, GUEST_VIRTUAL, TIMER_CONTROL_ENABLE, 5000);
	guest_gic_enable(g, false);
	guest_hvc(g, 1, 2, 3, 4, NULL);
	guest_hvc(g, 1, 2, 3, 4, NULL);
	guest_hvc(g, 1, 2, 3, 4, NULL);
}

static host_program *program_of(uint32_t vmid, uint32_t index) { return vmid == 1 && index == 0 ? program : NULL; }

static void el2(uint64_t image, uint64_t reset)
{
	const struct hw_timers timers = {0};
	const struct hw_vgic interface = {0};
	(void)image;
	(void)reset;
	hw_irq_init_cpu(hw_map_redistributors(pa(0), 0));
	hw_timer_arm(TICKS_NEVER);
	hw_world_init(&world, pa(HOST_RAM_PA), 1, 0);
	hw_vcpu_reset(&vcpu, &frame, 0, ENTRY, 7);
	hw_vcpu_load(&vcpu);
	hw_timers_load(&timers);
	hw_vgic_load(&interface);
	hw_world_load(&world);
	hw_frame_resume(&frame);
	hw_enter(&frame);
	if (hw_exit_syndrome() >> 26 != 0x16)
		host_fail("the first exit is no HVC");
	spoil();
	hw_enter(&frame);
	hw_system_off();
}

static void (*second)(void);

static void start_second(void (*what)(void))
{
	second = what;
	if (hw_cpu_start(host_affinity(1), 1) != 0)
		host_fail("the second CPU does not start");
}

static void el2_second(uint32_t index)
{
	if (index != 1 || hw_cpu_affinity() != host_affinity(1))
		host_fail("another CPU was started");
	second();
	for (;;)
		hw_wait();
}

static enum host_end run(void (*what)(void))
{
	const struct host_config config = {.boot = el2,
					   .boot_secondary = el2_second,
					   .load_pa = HOST_RAM_PA,
					   .horizon = 100000,
					   .step_ticks = 10,
					   .program = program_of};
	spoil = what;
	host_reset();
	return host_run(&config);
}

static void spoil_nothing(void) {}
static void spoil_answer(void) { frame.x[0] = 99; }
static void spoil_general(void) { frame.x[20]++; }
static void spoil_pc(void) { hw_exit_skip(); }

static void spoil_pstate(void)
{
	hw_frame_park(&frame);
	frame.pstate ^= BIT64(29);
	hw_frame_resume(&frame);
}

static void spoil_el1(void)
{
	hw_vcpu_save(&vcpu);
	vcpu.el1[2]++;
	hw_vcpu_load(&vcpu);
}

static void spoil_fp(void)
{
	hw_vcpu_save(&vcpu);
	vcpu.fp[63]++;
	hw_vcpu_load(&vcpu);
}

static void spoil_timer(void)
{
	struct hw_timers timers;
	hw_timers_save(&timers);
	timers.virtual_control = 0;
	hw_timers_load(&timers);
}

static void spoil_interface(void)
{
	struct hw_vgic interface;
	hw_vgic_save(&interface);
	interface.ap1r0 = 1;
	hw_vgic_load(&interface);
}

static void spoil_vmid(void)
{
	hw_world_init(&world, pa(HOST_RAM_PA), 2, 0);
	hw_world_load(&world);
}

static void spoil_rights(void)
{
	hw_world_init(&world, pa(HOST_RAM_PA), 1, HW_WORLD_SERVICE);
	hw_world_load(&world);
}

static void spoil_list_registers(void)
{
	hw_lr_write(0, LR_OF(40));
	hw_lr_write(1, LR_OF(40));
}

static void spoil_drop(void) { hw_irq_drop(40); }

/* A deadline that is always past: every entry is an exit. */
static void spoil_progress(void)
{
	hw_timer_arm(ticks(0));
	for (;;)
		hw_enter(&frame);
}

static void pass(unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		STEP_BOUND(port_test, 2);
}

/* As often as it was claimed, and again in the next step. */
static void spoil_nothing_twice(void)
{
	pass(2);
	frame.x[0] = 99;
	hw_enter(&frame);
	pass(2);
}

static void spoil_claim(void) { pass(3); }

/* A CPU that is off; an event that nobody sends. */
static void spoil_kick(void) { hw_irq_kick(host_affinity(1), 0); }
static void spoil_event(void) { hw_event_wait(); }

static void *redistributor(uint32_t index)
{
	return (uint8_t *)hw_map_redistributors(pa(0), 0) + (uint64_t)index * 0x20000;
}

static void wait_for_kick(void)
{
	hw_irq_init_cpu(redistributor(1));
	hw_timer_arm(TICKS_NEVER);
	hw_wait();
	if (hw_irq_acknowledge() != 3)
		host_fail("another interrupt than the kick");
	hw_irq_drop(3);
	hw_irq_deactivate(3);
}

static void kick_second(void)
{
	start_second(wait_for_kick);
	hw_now(); /* the other one comes to its sleep */
	hw_irq_kick(host_affinity(1), 3);
}

static void enter_same(void)
{
	hw_irq_init_cpu(redistributor(1));
	hw_enter(&frame);
}

static void init_same(void) { hw_irq_init_cpu(redistributor(0)); }

static void spoil_frame(void) { start_second(enter_same); }
static void spoil_redistributor(void) { start_second(init_same); }

static void spoil_start(void)
{
	start_second(wait_for_kick);
	start_second(wait_for_kick);
}

/* EL2 of two CPUs: one that waits for an event lets the other one act, which sends it. */
static uint64_t word;

static void send_event(void)
{
	hw_irq_init_cpu(redistributor(1));
	word = 1;
	hw_event_send();
}

static void await_second(void)
{
	word = 0;
	start_second(send_event);
	while (word == 0)
		hw_event_wait();
}

static void test_objections(void **state)
{
	void (*const bad[])(void) = {
		spoil_general, spoil_pc,        spoil_pstate,       spoil_el1,    spoil_fp,
		spoil_timer,   spoil_interface, spoil_vmid,         spoil_rights, spoil_list_registers,
		spoil_drop,    spoil_progress,  spoil_claim,        spoil_kick,   spoil_event,
		spoil_frame,   spoil_start,     spoil_redistributor};
	(void)state;
	assert_int_equal(run(spoil_nothing), HOST_OFF);
	assert_int_equal(run(spoil_answer), HOST_OFF);
	assert_int_equal(run(spoil_nothing_twice), HOST_OFF);
	assert_int_equal(run(kick_second), HOST_OFF);
	assert_int_equal(run(await_second), HOST_OFF);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (run(bad[i]) != HOST_FAILED)
			fail_msg("mistake %zu was not seen", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objections),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
