/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules that config_check applies, one line each: enumerator, name in messages, what it demands. The names are
 * part of what users see (`takt check`, `--explain`), so they stay.
 */
#ifndef LOGIC_CONFIG_RULES_H
#define LOGIC_CONFIG_RULES_H

#define CONFIG_RULE_NAME_BYTES 28U

/* clang-format off */
#define CONFIG_RULES(X) \
	X(CONFIG_OK, "ok", "nothing is wrong") \
	X(CONFIG_BLOB_ALIGN, "blob-align", "the blob lies at a multiple of 8 bytes") \
	X(CONFIG_BLOB_MAGIC, "blob-magic", "the blob begins with BLOB_MAGIC") \
	X(CONFIG_BLOB_VERSION, "blob-version", "the blob is of the version that this build reads") \
	X(CONFIG_BLOB_SIZE, "blob-size", "the blob's size holds its header and lies within the bytes given") \
	X(CONFIG_BLOB_CRC, "blob-crc", "the checksum is that of the contents") \
	X(CONFIG_RESERVED, "reserved-zero", "reserved fields are zero") \
	X(CONFIG_TABLE_ALIGN, "table-align", "every table begins at a multiple of 8 bytes") \
	X(CONFIG_TABLE_ORDER, "table-order", "tables lie behind the header and one another, in the header's order") \
	X(CONFIG_TABLE_RANGE, "table-range", "every table ends within the blob") \
	X(CONFIG_TABLE_COUNT, "table-count", "a table has at most as many entries as EL2 holds, and at least one CPU and VM") \
	X(CONFIG_NAME, "name", "a name is 1 to 31 printable characters, padded with zeros") \
	X(CONFIG_FLAG, "flag", "a flag or enumeration has a value that is defined") \
	X(CONFIG_ADDRESS_ALIGN, "address-align", "an address or size has the alignment that its use asks for") \
	X(CONFIG_ADDRESS_RANGE, "address-range", "a range is not empty and ends within the address space") \
	X(CONFIG_COUNTER, "counter-frequency", "the counter's frequency is 1 kHz to 1 THz") \
	X(CONFIG_PLATFORM_OVERLAP, "platform-overlap", "image, arena and the interrupt controller lie apart") \
	X(CONFIG_IMAGE_PLACE, "image-place", "the image begins below 512 GiB, and not in the gibibyte at 256 GiB") \
	X(CONFIG_LOG_PLACE, "log-place", "EL2's console lies in the image behind the blob") \
	X(CONFIG_CPU_MPIDR, "cpu-mpidr", "a CPU's affinity has no other bits and is its alone") \
	X(CONFIG_CPU_CONTEXTS, "cpu-contexts", "the CPUs divide the context table among them, in order") \
	X(CONFIG_CONTEXT_OWNER, "context-owner", "a context belongs to a vCPU, driver or alarm, which names it and no other") \
	X(CONFIG_CONTEXT_WEIGHT, "context-weight", "weight is 1 to 1000 for best effort, 0 with a reservation") \
	X(CONFIG_CONTEXT_BAND, "context-band", "a band is 0 to 11") \
	X(CONFIG_CONTEXT_RESERVATION, "context-reservation", "a context's reservation exists, on its CPU; drivers have one") \
	X(CONFIG_CONTEXT_DEDICATED, "context-dedicated", "a dedicated context is a vCPU and its CPU's only context, beside the VM's alarm, and the CPU has no table") \
	X(CONFIG_RESERVATION_CPU, "reservation-cpu", "reservations are sorted by CPU, and the CPU exists") \
	X(CONFIG_RESERVATION_TIMES, "reservation-times", "0 < budget <= deadline <= period <= 2^40 ticks") \
	X(CONFIG_RESERVATION_SUM, "reservation-sum", "the sum of budget / deadline over a CPU's reservations is at most 1, in every mode") \
	X(CONFIG_RESERVATION_RANK, "reservation-rank", "a rank is 1 to 255 under fixed priorities, else 0") \
	X(CONFIG_WINDOW_DIVISION, "window-division", "CPUs with a table divide the windows among them, in order, 1 to 32 each; others have none") \
	X(CONFIG_WINDOW_COVER, "window-cover", "a table's windows cover its frame, of at most 2^40 ticks, in order, without gaps") \
	X(CONFIG_WINDOW_OWNER, "window-owner", "a window's owner is a reservation of its CPU, and each of these has a window") \
	X(CONFIG_MODE_SETS, "mode-sets", "each mode has every reservation once, on its CPU and with its rank; with a table it is the normal one") \
	X(CONFIG_VM_VCPUS, "vm-vcpus", "a VM has 1 to 8 vCPUs, each with a context") \
	X(CONFIG_VM_CONSOLE, "vm-console", "a VM's console is a model that belongs to it") \
	X(CONFIG_VM_LOADER, "vm-loader", "a VM that is restarted has a loader that belongs to it") \
	X(CONFIG_VM_ACTION, "vm-action", "what follows an event of a VM suits it: logic/config_event.h") \
	X(CONFIG_VM_ALARM, "vm-alarm", "a VM with a watchdog or a throttled or polled line, and no other, has an alarm beside its vCPU 0: on that CPU, with that share and band") \
	X(CONFIG_VM_DIRECT, "vm-direct", "a VM with direct delivery has one vCPU, on a dedicated CPU, without reservation, model or alarm") \
	X(CONFIG_VM_STOLEN, "vm-stolen", "a VM's page of stolen time is a segment of its own, a page of the image that it only reads") \
	X(CONFIG_SEGMENT_DIVISION, "segment-division", "VMs, then services, divide the segment table among them, in order, at most 32 each") \
	X(CONFIG_SEGMENT_ORDER, "segment-order", "an owner's segments are sorted by IPA") \
	X(CONFIG_SEGMENT_ATTR, "segment-attr", "a segment is readable, a device is not executable, a service's is not both writable and executable") \
	X(CONFIG_SEGMENT_IPA_OVERLAP, "segment-overlap", "an owner's segments are disjoint") \
	X(CONFIG_SEGMENT_PA_OVERLAP, "memory-two-owners", "memory is mapped once, unless all who map it share it") \
	X(CONFIG_SEGMENT_EL2, "memory-el2", "no segment holds memory of EL2 or the interrupt controller; EL2's console may be shared") \
	X(CONFIG_ENTRY, "entry", "the entry point is 4-aligned, in an executable segment") \
	X(CONFIG_STACK, "stack", "a service's stack pointer is 16-aligned, at most at the end of a writable segment") \
	X(CONFIG_DTB, "dtb", "the device tree is 8-aligned, in a segment that is no device") \
	X(CONFIG_VGIC_OVERLAP, "vgic-overlap", "the virtual interrupt controller's registers lie apart, and from the VM's segments") \
	X(CONFIG_SERVICE_VM, "service-vm", "a model has a VM, a loader its own, a driver has none") \
	X(CONFIG_LOADER_MAP, "loader-map", "a VM that can be restarted has nothing at 448 GiB or above, and its loader nothing below") \
	X(CONFIG_SERVICE_CONTEXT, "service-context", "a driver has a context") \
	X(CONFIG_MODEL_BOUND, "model-bound", "a model has a bound, at most 2^40 ticks") \
	X(CONFIG_MODEL_OVERLAP, "model-overlap", "a model's registers lie apart from the VM's segments, interrupt controller and other models") \
	X(CONFIG_MODEL_FLASH, "model-flash", "a flash is a 2 MiB block of memory that its VM, which is on one CPU, shares and only reads") \
	X(CONFIG_WATCHDOG_OVERLAP, "watchdog-overlap", "a watchdog's registers lie apart from the VM's segments, interrupt controller and models") \
	X(CONFIG_VIRQ, "virq", "a virtual interrupt is INTID 32 to 287, or bit 0 to 31 for a driver") \
	X(CONFIG_VIRQ_TWICE, "virq-twice", "one source drives a virtual interrupt") \
	X(CONFIG_LINE_INTID, "irq-intid", "a line is SPI 32 to 1019, a VM's 32 to 287") \
	X(CONFIG_LINE_DELIVERY, "irq-delivery", "a line's delivery is one that there is; a driver's line is prompt") \
	X(CONFIG_LINE_POLLED, "irq-polled", "a VM has at most 4 polled lines, and a reservation then") \
	X(CONFIG_LINE_THROTTLE, "irq-throttle", "a VM has at most 8 lines with a distance of 1 to 2^40 ticks and a burst of 1 to 1000, none of them polled") \
	X(CONFIG_LINE_ORDER, "irq-order", "lines are sorted by INTID") \
	X(CONFIG_LINE_TWO_OWNERS, "irq-two-owners", "a line has one owner") \
	X(CONFIG_LINE_OWNER, "irq-owner", "a line belongs to a VM or driver that exists")
/* clang-format on */

#define CONFIG_RULE_ENUMERATOR(rule, name, text) rule,
enum config_rule { CONFIG_RULES(CONFIG_RULE_ENUMERATOR) CONFIG_RULE_COUNT };
#undef CONFIG_RULE_ENUMERATOR

#endif
