/* SPDX-License-Identifier: Apache-2.0 */
/* The invariants of the core: see audit.h. */
#include "tests/sim/audit.h"

#include "arch/host/host.h"
#include "core/cpu/cpu.h"
#include "core/mail.h"
#include "logic/config.h"

static uint64_t looked;

uint64_t audit_count(void) { return looked; }

static void hold(bool is_so, const char *what, uint64_t where)
{
	if (!is_so)
		host_fail("at %llu: %s (%llu)", (unsigned long long)host_now(), what, (unsigned long long)where);
}

static bool is_on(const struct context *context) { return context->stats->state == STATS_CONTEXT_ON; }
static bool has_mail(const struct context *context, uint64_t bits) { return (context->mail & bits) != 0; }
static uint32_t sched_state_of(const struct context *context)
{
	return (uint32_t)sched_state(&context->cpu->sched, context->local);
}

static void audit_current(const struct cpu *cpu)
{
	const struct context *current = cpu->current;
	hold(current->cpu == cpu && sched_running(&cpu->sched) == current->local, "another one runs", current->index);
	hold(cpu->resident == current, "who runs is not in the registers", current->index);
	hold(cpu->frame == current->active && cpu->classes == current->classes && cpu->exits == current->stats->exits,
	     "what is at hand is another one's", current->index);
	hold(is_on(current), "one that is off runs", current->index);
	if (current->kind != BLOB_CONTEXT_VCPU)
		return;
	const struct vcpu *vcpu = (const struct vcpu *)current;
	hold(cpu->loaded == vcpu, "the vCPU that runs is not loaded", current->index);
	hold(vcpu->access.kind == ACCESS_NONE, "it runs, and waits for others", current->index);
}

/* A context with mail is known to its CPU, and its CPU is kicked. */
static void audit_mail(const struct cpu *cpu, const struct context *context)
{
	uint64_t bit = BIT64(context->local);
	hold(context->mail == 0 || (cpu->mail[context->kick] & bit) != 0, "mail that nobody opens", context->index);
}

static void audit_cpu(const struct cpu *cpu)
{
	hold(cpu->work == 0 && cpu->folded == NULL && cpu->emptied == NULL, "a step has left work", cpu->index);
	if (cpu->current != NULL)
		audit_current(cpu);
	else
		hold(sched_running(&cpu->sched) == SCHED_IDLE, "idle, and somebody is chosen", cpu->index);
	hold(cpu->loaded == NULL || cpu->loaded->context.cpu == cpu, "another CPU's vCPU is loaded", cpu->index);
	for (uint32_t i = 0; i < config_cpu(machine.blob, cpu->index)->context_count; i++)
		audit_mail(cpu, cpu->contexts[i]);
	for (uint32_t i = 0; i < IRQ_KICKS; i++)
		hold(cpu->mail[i] == 0 || host_kick_is_pending(cpu->index, i), "mail without a kick", cpu->index);
}

static bool is_loader_on(const struct vm *vm)
{
	return vm->vcpus[0]->context.call == MODEL_CALL_LOADER && is_on(&vm->vcpus[0]->context);
}

static void audit_power(const struct vm *vm, const struct vcpu *vcpu)
{
	const struct context *context = &vcpu->context;
	bool is_loader = vcpu->index == 0 && is_loader_on(vm);
	uint32_t power = vm->calls.power[vcpu->index];
	hold((power == PSCI_POWER_ON) == (is_on(context) && !is_loader), "power and state differ", context->index);
	hold(power != PSCI_POWER_ON_PENDING || has_mail(context, MAIL_START), "nobody starts it", context->index);
	hold(is_on(context) || sched_state_of(context) == SCHED_OFF, "off, and scheduled", context->index);
	if (vm->state == VM_STOPPING)
		hold((power == PSCI_POWER_OFF && !is_loader) || has_mail(context, MAIL_STOP), "nobody stops it",
		     context->index);
}

static void audit_vm_state(const struct vm *vm)
{
	uint32_t on = 0;
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++)
		on += vm->calls.power[i] != PSCI_POWER_OFF;
	switch (vm->state) {
	case VM_OFF:
	case VM_FAILED:
		hold(on == 0 && !is_loader_on(vm), "off, and a vCPU is not", vm->index);
		break;
	case VM_RUNNING:
		hold(on != 0, "running, and all vCPUs are off", vm->index);
		break;
	case VM_STOPPING:
		break;
	case VM_LOADING:
		hold(on == 0, "loading, and a vCPU is on", vm->index);
		hold(is_loader_on(vm) || has_mail(&vm->vcpus[0]->context, MAIL_LOAD), "nobody loads", vm->index);
		break;
	}
}

/* Of accesses that wait for other vCPUs (core/remote.h). */
static void audit_access(const struct vm *vm, const struct vcpu *vcpu)
{
	const struct context *context = &vcpu->context;
	bool is_coming = false;
	if (vm->state == VM_STOPPING)
		return; /* each forgets what it asked when it goes off */
	if (vm->state != VM_RUNNING)
		hold((vcpu->asked | vcpu->held_by) == 0, "off, and held", context->index);
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
		const struct vcpu *other = vm->vcpus[i];
		bool is_asked = (vcpu->asked & BIT32(i)) != 0;
		hold(is_asked == ((other->held_by & BIT32(vcpu->index)) != 0), "asked and held differ", context->index);
		is_coming = is_coming || (is_asked && has_mail(&other->context, MAIL_ASIDE));
	}
	bool is_aside = context->cpu->loaded != vcpu && sched_state_of(context) == SCHED_OFF;
	if (vcpu->access.kind != ACCESS_NONE) {
		hold(is_aside, "it waits for others in the CPU", context->index);
		hold(is_coming || has_mail(context, MAIL_REPLY | MAIL_STOP), "nobody answers it", context->index);
	} else {
		hold(vcpu->asked == 0, "it asks for nothing", context->index);
	}
	if (vcpu->held_by != 0 && is_on(context))
		hold(is_aside || has_mail(context, MAIL_ASIDE), "held, and in the CPU", context->index);
}

/* One that could run is in the scheduler's hands; one that sleeps has nothing that would wake it. */
static void audit_wakes(const struct vm *vm, const struct vcpu *vcpu)
{
	const struct context *context = &vcpu->context;
	if (vm->calls.power[vcpu->index] != PSCI_POWER_ON || vcpu_is_barred(vcpu) ||
	    has_mail(context, MAIL_WAKE | MAIL_STOP | MAIL_ASIDE))
		return;
	hold(sched_state_of(context) != SCHED_OFF, "nobody wakes it", context->index);
	bool is_asleep = sched_state_of(context) == SCHED_BLOCKED && context->call == MODEL_CALL_NONE;
	if (is_asleep && context->cpu->loaded != vcpu)
		hold(!vgic_has_deliverable(&vm->gic, vcpu->gic, vcpu->interface.vmcr, (uint32_t)vcpu->interface.ap0r0,
					   (uint32_t)vcpu->interface.ap1r0),
		     "asleep, with an interrupt", context->index);
}

static void audit_model(const struct vm *vm)
{
	const struct model *model = vm->model;
	bool is_inside = false;
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
		const struct vcpu *vcpu = vm->vcpus[i];
		bool is_waiting = (model->waiting & BIT32(i)) != 0;
		if (!is_on(&vcpu->context))
			continue;
		hold(!is_waiting || vcpu->context.call == MODEL_CALL_WAITING, "its turn, and it does not wait",
		     vcpu->context.index);
		hold(vcpu->context.call != MODEL_CALL_WAITING || is_waiting || model->caller == vcpu,
		     "it waits, and has no turn", vcpu->context.index);
		hold(!is_inside || vcpu->context.call != MODEL_CALL_INSIDE, "two in the model", vcpu->context.index);
		is_inside = is_inside || vcpu->context.call == MODEL_CALL_INSIDE;
		hold(vcpu->context.call != MODEL_CALL_INSIDE || model->caller == vcpu, "in another one's model",
		     vcpu->context.index);
	}
	hold(model->waiting == 0 || model->caller != NULL, "they wait for a free model", vm->index);
}

/* Each interrupt that the books hold stands in one list register, and the other way round. */
static void audit_list_registers(const struct vm *vm, const struct vcpu *vcpu)
{
	const struct vgic_vcpu *gic = vcpu->gic;
	uint64_t found[VGIC_BANKS] = {0};
	for (uint32_t rest = gic->live; rest != 0; rest &= rest - 1) {
		uint32_t intid = (uint32_t)(gic->lr[bits_lowest(rest)] & ICH_LR_INTID_MASK);
		uint32_t bank = intid < 32 ? 0 : 1 + (intid - 32) / 64;
		uint32_t bit = intid < 32 ? intid : (intid - 32) % 64;
		hold(bank < VGIC_BANKS && (found[bank] & BIT64(bit)) == 0, "twice in list registers", intid);
		found[bank % VGIC_BANKS] |= BIT64(bit);
	}
	hold(found[0] == gic->bank.held, "private ones held", vcpu->context.index);
	for (uint32_t w = 1; w < VGIC_BANKS; w++) {
		hold(found[w] == gic->held[w], "shared ones held", vcpu->context.index);
		hold((gic->held[w] & ~vm->gic.spi[w - 1].held) == 0, "held here, and not by the VM",
		     vcpu->context.index);
	}
	hold(gic->remote == (vm->is_spread && vcpu->context.cpu->loaded == vcpu), "remote", vcpu->context.index);
}

static void audit_shared(const struct vm *vm)
{
	for (uint32_t w = 1; w < VGIC_BANKS; w++) {
		uint64_t held = 0;
		for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
			hold((held & vm->gics[i].held[w]) == 0, "held by two vCPUs", vm->index);
			held |= vm->gics[i].held[w];
		}
		hold(held == vm->gic.spi[w - 1].held, "held by nobody", vm->index);
	}
}

/* A line is enabled as its delivery wants it. */
static void audit_enable(const struct vm *vm, const struct blob_line *line)
{
	const struct context *current = vm->vcpus[0]->context.cpu->current;
	bool is_here =
		current != NULL && current->kind == BLOB_CONTEXT_VCPU && vcpu_of((struct context *)current)->vm == vm;
	const struct line_word *word = vm->lines->words;
	while (word->index != line->intid / 32)
		word++;
	bool is_closed = (word->closed >> line->intid % 32 & 1) != 0;
	bool is_wanted =
		line->delivery == BLOB_DELIVERY_PROMPT || (line->delivery == BLOB_DELIVERY_DEFERRED && is_here);
	is_wanted = is_wanted && !is_closed;
	hold(!is_closed || vm->alarm->looks_at.raw != UINT64_MAX, "a line is closed for ever", line->intid);
	hold(host_line_is_enabled(line->intid) == is_wanted, "a line's enable", line->intid);
}

/* A line is active exactly when it is on somebody's behalf; one that a guest can still end itself may have ended. */
static void audit_line(const struct blob_line *line)
{
	const struct vm *vm = machine.vms[line->owner];
	uint32_t w = 1 + (line->virq - 32) / 64;
	uint64_t bit = BIT64((line->virq - 32) % 64);
	const struct vgic_bank *bank = &vm->gic.spi[w - 1];
	bool is_leaving = false;
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++)
		is_leaving = is_leaving || (vm->gics[i].deactivate[w] & bit) != 0;
	bool is_active = host_line_is_active(line->intid);
	if (vm->state != VM_RUNNING) {
		bool is_off = vm->state != VM_STOPPING;
		hold(!is_off || !host_line_is_enabled(line->intid), "a line of a VM that is off", line->intid);
		return;
	}
	audit_enable(vm, line);
	hold(!is_active || (bank->phys & bit) != 0 || is_leaving, "a line is active for ever", line->intid);
	hold(is_active || (bank->phys & bit) == 0 || (bank->held & bit) != 0, "a line is not active", line->intid);
}

static void audit_vm(const struct vm *vm)
{
	hold(vm->lock.next == vm->lock.served, "a lock was not left", vm->index);
	audit_vm_state(vm);
	audit_shared(vm);
	for (uint32_t i = 0; i < vm->config->vcpu_count; i++) {
		audit_power(vm, vm->vcpus[i]);
		audit_access(vm, vm->vcpus[i]);
		audit_wakes(vm, vm->vcpus[i]);
		audit_list_registers(vm, vm->vcpus[i]);
	}
	if (vm->model != NULL)
		audit_model(vm);
}

void audit(void)
{
	uint32_t not_off = 0;
	looked++;
	for (uint32_t i = 0; i < machine.blob->cpus.count; i++)
		audit_cpu(machine.cpus[i]);
	for (uint32_t i = 0; i < machine.blob->vms.count; i++) {
		audit_vm(machine.vms[i]);
		not_off += machine.vms[i]->state != VM_OFF;
		not_off += machine.vms[i]->command != 0;
	}
	for (uint32_t i = 0; i < machine.blob->lines.count; i++)
		if (config_line(machine.blob, i)->kind == BLOB_LINE_VM)
			audit_line(config_line(machine.blob, i));
	hold(machine.log_lock.next == machine.log_lock.served, "the log's lock was not left", 0);
	hold(machine.vms_not_off == not_off, "the count of VMs that are not off", machine.vms_not_off);
}
