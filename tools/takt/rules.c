/* SPDX-License-Identifier: Apache-2.0 */
/* The text of each rule, for `takt check --explain`. */
#include <string.h>

#include "tools/takt/diag.h"

static const struct rule_text texts[RULE_COUNT] = {
	[RULE_SYNTAX] = {"syntax", "the preprocessor or dtc can't read the description",
			 "A description is a device tree source that the C preprocessor reads first. The message is "
			 "that of cpp or "
			 "dtc; a missing semicolon shows at the line behind it."},
	[RULE_UNKNOWN_PROPERTY] =
		{"unknown-property", "a property that Takt does not know",
		 "A property without a meaning is most often a misspelt one, and would silently have no effect. "
		 "`takt help properties` lists all of them."},
	[RULE_UNKNOWN_NODE] = {"unknown-node", "a node that Takt does not know",
			       "Like a property without a meaning, a node without one is most often misspelt."},
	[RULE_PROPERTY_TYPE] = {"property-type", "a value of the wrong type",
				"Each property has a type: one number in <>, a string in \"\", references as <&label>, "
				"addresses of as many "
				"cells as #address-cells says."},
	[RULE_VALUE_RANGE] =
		{"value-range", "a value out of range",
		 "The number or word is none that the property may have. The message says which ones are possible."},
	[RULE_MISSING_PROPERTY] =
		{"missing-property", "a property that must be there is missing",
		 "Some properties have no sensible default: what to start, in which memory, on which CPUs."},
	[RULE_MISSING_NODE] = {"missing-node", "the board or the domains are missing",
			       "A description includes a board (`#include \"boards/qemu-virt.dtsi\"`) and has /domains "
			       "with a node for each "
			       "VM. `takt new qemu-virt` prints one to begin with."},
	[RULE_NAME_LENGTH] = {"name-length", "a name that is too long",
			      "The name of a domain has at most 31 characters."},
	[RULE_ID_TWICE] = {"id-twice", "two domains have the same id",
			   "The id names a domain for other tools. Without one, a domain's id is its position."},
	[RULE_LIMIT] = {"limit", "more than one build of EL2 can hold",
			"EL2 allocates nothing at run time: its tables have sizes that are fixed when it is built "
			"(abi/blob.h)."},
	[RULE_BOARD] = {"board", "the board's description does not suffice",
			"Takt needs memory, CPUs, a GICv3, and an address to which the boot loader puts the image. "
			"They are in the "
			"board's file."},
	[RULE_CPU_MISSING] =
		{"cpu-missing", "a CPU that does not exist",
		 "Bit n of the mask in `cpus` is the board's CPU n, in the order of the nodes below /cpus."},
	[RULE_CPU_MODE] = {"cpu-mode", "an execution mode that a guest can't have",
			   "The third cell of `cpus` is the execution mode of the system device tree specification. "
			   "Guests run at EL1, "
			   "non-secure, which is 1."},
	[RULE_CPU_DEDICATED] = {"cpu-dedicated", "a dedicated CPU has another context",
				"With `takt,dedicated` a vCPU is alone on its CPU: nothing is scheduled there. So no "
				"other vCPU, and not the "
				"console driver, may be on it (see `cpu` of /takt,uart-driver)."},
	[RULE_DIRECT] =
		{"direct-delivery", "what a VM that has its interrupts directly can't have",
		 "With `takt,delivery = \"direct\"` physical interrupts of the CPU go to the guest, and EL2 "
		 "takes none there. So the CPU is the VM's alone, nothing is scheduled, charged or throttled on it, "
		 "and nothing has an interrupt for it that is not a physical one: no device model, no virtual "
		 "console, no watchdog, no second virtual CPU."},
	[RULE_MEMORY_ALIGN] = {"memory-align", "memory that is not made of whole pages",
			       "Stage-2 translation works in pages of 4 KiB; a Linux kernel wants its memory to begin "
			       "at a multiple of "
			       "2 MiB, and other guests get shorter table walks from it."},
	[RULE_MEMORY_OVERLAP] =
		{"memory-overlap", "ranges overlap",
		 "What a guest sees must be disjoint: its memory, what it shares, its devices and the virtual devices "
		 "at "
		 "the addresses of QEMU's virt board; and so must kernel, initial RAM disk, device tree and other "
		 "files in its memory. So must physical ranges that are described, not chosen."},
	[RULE_MEMORY_OUTSIDE] = {"memory-outside", "memory where there is none",
				 "A guest address has 39 bits. Identity-mapped and shared memory is physical: it must "
				 "lie in the board's "
				 "memory, behind the load address."},
	[RULE_MEMORY_FULL] = {"memory-full", "the board has not enough memory",
			      "All domains' memory, Takt itself and its tables must find room, each range of a domain "
			      "in one piece."},
	[RULE_IMAGE_MISSING] = {"image-missing", "a file that is not there",
				"Files are looked for beside the file that names them, then in the -I directories."},
	[RULE_IMAGE_KIND] = {"image-kind", "a file of the wrong kind",
			     "`takt,kernel` is an arm64 Linux Image (plain or gzip), or a linked 64-bit little-endian "
			     "AArch64 ELF file; "
			     "anything else is loaded only on `takt,kernel-type = \"raw\"`."},
	[RULE_IMAGE_TOO_BIG] =
		{"image-too-big", "a file that does not fit into the domain's memory",
		 "Kernel (with its zeroed data), initial RAM disk and device tree must fit into the domain's memory."},
	[RULE_IMAGE_OUTSIDE] = {"image-outside", "a kernel linked to where the domain has no memory",
				"An ELF file says where it wants to be; the domain's `memory` must cover it. Ports for "
				"QEMU's virt board "
				"are linked to 0x40000000 or above."},
	[RULE_DEVICE_UNKNOWN] =
		{"device-unknown", "what `access` names is no device that can be given away",
		 "A device has registers (`reg`) that the CPU can reach, and interrupts that are SPIs of "
		 "the GIC, up to INTID 287."},
	[RULE_DEVICE_TWO_OWNERS] = {"device-two-owners", "two owners of one device",
				    "A device belongs to one domain, or to the console driver. `status = \"disabled\"` "
				    "in /takt,uart-driver "
				    "frees the UART."},
	[RULE_DEVICE_PAGE] =
		{"device-page", "a device that is not alone on its pages",
		 "Devices are given away in pages of 4 KiB. Who gets one device of a page would get the others "
		 "too; and what "
		 "lies beside registers that fill half a page nobody can know, so their `reg` must say the "
		 "whole page."},
	[RULE_DEVICE_CLOCK] =
		{"device-clock", "a device whose clock the VM does not have",
		 "The guest's device tree has copies of a device's clocks. Of a fixed clock a copy is enough; a clock "
		 "controller has registers, which must be the same VM's, or the clock be described as fixed: "
		 "`&device { clocks = <&some_fixed_clock>; };`."},
	[RULE_DEVICE_DMA] = {"device-dma", "a device that can reach all memory",
			     "A device that masters the bus reads and writes physical memory by itself. Stage-2 "
			     "translation does not "
			     "hold it, and this build drives no SMMU: what programs the device can read and write EL2 "
			     "and every other "
			     "VM. "
			     "A domain with `takt,identity-map` (the device uses physical addresses) may say "
			     "`takt,unprotected-dma`: then its software is trusted like the hypervisor. A device that "
			     "masters no bus "
			     "has `takt,no-dma`."},
	[RULE_FLASH] =
		{"flash", "a flash that nobody answers for",
		 "The flash of a domain is answered for by the model of its virtual PL011, and read through one entry "
		 "of its memory map, which changes on one CPU."},
	[RULE_PMU] = {"pmu", "performance monitors that the board does not have",
		      "With `takt,pmu` a guest uses the CPU's performance monitors themselves. The board's description "
		      "says that "
		      "it has them, and EL2 takes their interrupt as PPI 7 (INTID 23), as Arm's server and base "
		      "architectures "
		      "have it; the monitors of a board with other lines for it can't be given to guests."},
	[RULE_IRQ_TWO_OWNERS] =
		{"irq-two-owners", "two owners of one interrupt line",
		 "Two devices on one line must have the same owner: an interrupt has one owner, who pays for it."},
	[RULE_IRQ_TWICE] = {"irq-twice", "two ranks for one interrupt line",
			    "A line is delivered in one way: what a domain says of it stands in one node irq-WORD."},
	[RULE_IRQ_UNKNOWN] =
		{"irq-unknown", "a line that the domain does not have",
		 "A domain gets the lines of the devices in its `access`. A node irq-WORD says more of one "
		 "of them, by its INTID: SPI n of a device tree is INTID 32 + n."},
	[RULE_IRQ_POLLED] =
		{"irq-polled", "a polled line of a domain without a period",
		 "A polled line is looked at once in each period of its domain's reservation, so there must be one."},
	[RULE_IRQ_THROTTLE] =
		{"irq-throttle", "a shortest distance that means nothing",
		 "`burst` says how many interrupts may come closer than `min-distance-ns`. A polled line has "
		 "neither: it is taken once in a period."},
	[RULE_RESERVATION] = {"reservation", "a reservation that makes no sense",
			      "A reservation is a budget in every period, given by a deadline: budget <= deadline <= "
			      "period. A domain has "
			      "either a reservation or a weight."},
	[RULE_ERROR_ACTION] = {"error-action", "what follows an error that can't happen",
			       "A watchdog expires where there is one, a budget is overrun where there is one. Actions "
			       "for other errors are most often meant for another domain."},
	[RULE_CPU_OVERLOAD] =
		{"cpu-overload", "reservations that do not fit on their CPU",
		 "EL2 admits a set when the sum of budget / deadline over its CPU is at most 1, so that the check "
		 "takes "
		 "constant time; the tool also tests the exact demand of EDF with the hypervisor's costs."},
	[RULE_RANK] = {"rank", "a rank without fixed priorities, or fixed priorities without one",
		       "On a CPU with the policy fixed-priority each reservation has a rank, 1 to 11, for it is also "
		       "what its "
		       "interrupts have in the interrupt controller. On other CPUs urgency follows from deadlines or "
		       "windows."},
	[RULE_TABLE] =
		{"time-table", "a time table that is not one",
		 "The windows of a table cover its frame without gaps and overlaps; time for nobody in particular is a "
		 "window without owner. On a CPU with a table windows take the place of budgets: who is not best "
		 "effort there, the console driver as well, has at least one."},
	[RULE_MODE] =
		{"mode", "a mode that is none, or that can't be entered",
		 "A mode gives another budget, period or deadline to who has a reservation in the description "
		 "too; ranks stay, and time tables. Each mode must fit on its CPUs like the description itself. So "
		 "must each change: first those reservations change whose part of the CPU gets no greater, each when "
		 "its next budget is due, then the others. On the way the denser of both modes may meet the shortest "
		 "deadline of both, which must have room for it with the hypervisor's costs; and tasks meet their "
		 "deadlines with the least budget, and the longest period and deadline, of both modes."},
	[RULE_TASKS_INFEASIBLE] = {"tasks-infeasible", "tasks that would miss deadlines",
				   "In the worst case a budget comes late. The tasks are tested against the least "
				   "supply that the reservation "
				   "guarantees (Shin and Lee 2003; Easwaran et al. 2007)."},
	[RULE_CONFIG] = {"config", "EL2 would refuse the system",
			 "The compiled description did not pass the check that EL2 makes at boot. If no other rule "
			 "explains it, this is "
			 "an error of takt itself."},
};

const struct rule_text *rule_text(enum rule rule) { return &texts[rule]; }

enum rule rule_find(const char *name)
{
	for (int i = 0; i < RULE_COUNT; i++) {
		if (strcmp(texts[i].name, name) == 0)
			return (enum rule)i;
	}
	return RULE_COUNT;
}
