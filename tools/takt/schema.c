/* SPDX-License-Identifier: Apache-2.0 */
/* The table itself. */
#include "tools/takt/schema.h"

#include <stddef.h>
#include <string.h>

#include "tools/takt/schedule.h"

#define NS_MAX UINT32_C(4294967295)

#define TIME(property, default_text, description)                                                            \
	{                                                                                                    \
		.name = (property), .type = SCHEMA_U32, .min = 1, .max = NS_MAX, .fallback = (default_text), \
		.text = (description)                                                                        \
	}
#define FLAG(property, description)                                                                  \
	{                                                                                            \
		.name = (property), .type = SCHEMA_FLAG, .fallback = "absent", .text = (description) \
	}
#define ONE_OF(property, strings, default_text, description)                                                 \
	{                                                                                                    \
		.name = (property), .type = SCHEMA_CHOICE, .choices = (strings), .fallback = (default_text), \
		.text = (description)                                                                        \
	}
#define ACTION(property, strings, default_text, description)                                                 \
	{                                                                                                    \
		.name = (property), .type = SCHEMA_ACTION, .choices = (strings), .fallback = (default_text), \
		.text = (description)                                                                        \
	}
#define NUMBER(property, lowest, highest, default_text, description)                                                   \
	{                                                                                                              \
		.name = (property), .type = SCHEMA_U32, .min = (lowest), .max = (highest), .fallback = (default_text), \
		.text = (description)                                                                                  \
	}
#define VALUE(property, kind, default_text, description)                                              \
	{                                                                                             \
		.name = (property), .type = (kind), .fallback = (default_text), .text = (description) \
	}
#define END                  \
	{                    \
		.name = NULL \
	}

static const struct schema_property board_properties[] = {
	VALUE("load-address", SCHEMA_ADDRESS, NULL,
	      "Where the boot loader puts the first byte of the image; 2 MiB-aligned. Memory below it is left alone."),
	NUMBER("counter-hz", 1000000, 1000000000, NULL, "Frequency of the system counter (CNTFRQ_EL0)."),
	NUMBER("switch-ns", 0, 1000000, "1000",
	       "Time of a switch of contexts on this board; a parameter of admission."),
	NUMBER("interrupt-ns", 0, 1000000, "500", "Time of an interrupt that makes a context ready; likewise."),
	NUMBER("longest-step-ns", 0, 1000000, "3000", "Longest time that EL2 runs with interrupts masked; likewise."),
	VALUE("console", SCHEMA_PHANDLE, "no console",
	      "The UART of the console driver, a node compatible with `arm,pl011`; it belongs to no domain."),
	END,
};

static const struct schema_property domains_properties[] = {
	NUMBER("#address-cells", 1, 2, "2", "Cells of an address in the domains' `memory`."),
	NUMBER("#size-cells", 1, 2, "2", "Cells of a size in the domains' `memory`."),
	END,
};

static const struct schema_property domain_properties[] = {
	ONE_OF("compatible", "openamp,domain-v1", NULL, "Says that this node is a domain: a VM."),
	NUMBER("id", 0, NS_MAX, "its position", "A number of its own, for humans and other tools."),
	VALUE("cpus", SCHEMA_CPUS, NULL,
	      "`<&cpus MASK MODE>`: the cluster, a bit for each of its CPUs that the VM may use, and the execution "
	      "mode, "
	      "which is 1 (EL1, non-secure) for every guest."),
	VALUE("memory", SCHEMA_RANGES, NULL,
	      "The guest's RAM: pairs of guest address and size, multiples of 4 KiB. Its place in physical memory is "
	      "chosen by `takt build`. A guest in the map of QEMU's `virt` board has it at 0x40000000. 2 MiB-aligned "
	      "RAM "
	      "gives large stage-2 blocks."),
	VALUE("access", SCHEMA_PHANDLES, "no device",
	      "Devices of the board that this VM has to itself, at their physical addresses, with their interrupts, "
	      "and "
	      "copies of their nodes and clocks in its device tree."),
	NUMBER("#access-flags-cells", 0, 0, "0", "Cells of flags behind each reference in `access`; only 0 is known."),
	VALUE("reserved-memory", SCHEMA_PHANDLES, "nothing shared",
	      "Regions of /reserved-memory that this VM sees; several domains may name the same region."),
	VALUE("os,type", SCHEMA_STRING, "unknown", "What runs in it, for the reader: `linux`, `zephyr`, `baremetal`."),
	VALUE("takt,kernel", SCHEMA_STRING, "none, with `takt,entry`",
	      "File to start: an arm64 Linux `Image` (may be compressed by gzip), an AArch64 ELF file, or anything "
	      "with "
	      "`takt,kernel-type = \"raw\"`. Relative to the file that says it, then to the -I directories."),
	ONE_OF("takt,kernel-type", "auto|linux|elf|raw", "auto",
	       "The kind of `takt,kernel`; `auto` looks at the file and never takes it for raw."),
	NUMBER("takt,load-offset", 0, NS_MAX, "0",
	       "Bytes from the start of RAM at which a raw kernel lies and starts."),
	VALUE("takt,entry", SCHEMA_ADDRESS, "the kernel's",
	      "Guest address at which the first virtual CPU starts (two cells): of firmware that lies in a node "
	      "rom-WORD, "
	      "without `takt,kernel`."),
	VALUE("takt,initrd", SCHEMA_STRING, "none", "Initial RAM disk of a Linux guest; found like `takt,kernel`."),
	NUMBER("takt,vcpus", 1, 8, "one for each bit of the mask in `cpus`",
	       "Number of virtual CPUs; they are dealt to the CPUs of the mask in turn."),
	FLAG("takt,identity-map",
	     "Guest addresses are physical addresses: `memory` must lie in the board's memory, behind the image."),
	FLAG("takt,unprotected-dma", "The VM may have devices that master the bus, with no SMMU between them and "
				     "memory: through them its software "
				     "can read and write all memory, EL2's and every other VM's too. Needs "
				     "`takt,identity-map`, since such devices "
				     "use physical addresses."),
	TIME("takt,budget-ns", "best effort, by `takt,weight`",
	     "CPU time that the VM gets in every period, on each of its CPUs, and no more. Needs `takt,period-ns`. "
	     "Rounded up "
	     "to a tick of the counter."),
	TIME("takt,period-ns", "no reservation; with `tasks`, half the shortest task period",
	     "Period of the budget. Rounded down to a tick."),
	TIME("takt,deadline-ns", "the period",
	     "Time from a replenishment by which the budget has been given; at least the budget, at most the period. "
	     "The "
	     "shorter, the more urgent. Rounded down to a tick."),
	NUMBER("takt,rank", 1, SCHEDULE_RANK_MAX, "none, but of a reservation under `fixed-priority`",
	       "Urgency of the reservation on CPUs with the policy `fixed-priority` (see /takt,schedule): 1 is the "
	       "most "
	       "urgent; equal ones do not preempt each other. The interrupt controller has as many levels."),
	NUMBER("takt,weight", 1, 1000, "100", "Share in the time that reservations leave, relative to other domains."),
	FLAG("takt,dedicated",
	     "Each vCPU has its CPU to itself, but for the looks of `takt,watchdog`: no scheduling there, "
	     "WFI and WFE are not trapped."),
	ONE_OF("takt,delivery", "virtual|direct", "virtual",
	       "How interrupts reach the VM: through EL2, or, to the one virtual CPU of a VM with `takt,dedicated`, "
	       "`direct`: it has the physical interrupt controller of its CPU and takes its interrupts without EL2. "
	       "Then it has no virtual ones: no virtual console, flash or watchdog, no reservation, no throttled "
	       "lines."),
	FLAG("takt,no-fp", "The guest uses no FP or SIMD register; what does is undefined, and switches are shorter."),
	FLAG("takt,pmu", "The guest has the CPU's performance monitors (PMUv3; `arm,armv8-pmuv3` in its device tree), "
			 "interrupt 23. "
			 "They count in the guest alone. Switches from and to it are longer."),
	FLAG("takt,stolen-time",
	     "The guest is told how long it could have run and did not (DEN0057A; Linux shows it as steal). Switches "
	     "from and to it are longer."),
	FLAG("takt,manager",
	     "The VM may stop, start, restart, pause and resume every VM, change reservations and the mode, "
	     "by hypercalls."),
	ONE_OF("takt,on-reset", "restart|stop|system", "restart",
	       "What follows when the guest asks for a reset: it alone is restarted, its memory as at first boot; it "
	       "alone stops; or the whole system is reset. To be restarted, a VM keeps a second copy of its images."),
	ACTION("takt,on-crash", "restart|stop|system", "stop",
	       "What follows when the VM is stopped for a fault; the same choices, or the system goes to a mode of "
	       "/takt,modes "
	       "(`\"normal\"` is the description itself) while the VM stays stopped."),
	ACTION("takt,on-watchdog", "restart|stop|system", "takt,on-crash",
	       "What follows when its watchdog expires; the same choices."),
	ACTION("takt,on-storm", "none|record|restart|stop|system", "none",
	       "What follows when a line of its own begins to be throttled: nothing, a record on the console, or one "
	       "of the choices above. When the system goes to a mode, the VM goes on."),
	ACTION("takt,on-overrun", "none|record|restart|stop|system", "none",
	       "What follows when a budget is used up and the VM has more to do; the same choices."),
	ACTION("takt,on-deadline-miss", "none|record|restart|stop|system", "none",
	       "What follows when it did not have a budget by its deadline though it was ready, or when the guest "
	       "reports by `TAKT_REPORT` (docs/guests.md) that a task of its own was late; the same choices."),
	FLAG("takt,watchdog",
	     "The guest has a Generic Watchdog (BSA; `arm,sbsa-gwdt` in its device tree), interrupt 42. When its "
	     "second "
	     "period ends without a refresh the VM is stopped: `takt,on-watchdog` says what follows."),
	ONE_OF("takt,console-full", "drop|wait", "drop",
	       "A full console buffer drops and counts characters, or shows the guest a full transmit FIFO."),
	TIME("takt,model-bound-ns", "1000000",
	     "Longest time of one call of a device model; a longer one stops the VM."),
	VALUE("takt,seed", SCHEMA_STRING, "the domain's name",
	      "From this text come the guest's `rng-seed` and the key of its TRNG calls, the same in every build."),
	END,
};

static const struct schema_property chosen_properties[] = {
	VALUE("bootargs", SCHEMA_STRING, "empty", "Command line of the guest, passed on in its device tree."),
	END,
};

static const struct schema_property image_properties[] = {
	VALUE("file", SCHEMA_STRING, NULL, "The file; found like `takt,kernel`. It is not unpacked."),
	VALUE("address", SCHEMA_ADDRESS, NULL,
	      "Guest address of its first byte (two cells), in the domain's `memory` and clear of everything else."),
	END,
};

static const struct schema_property rom_properties[] = {
	VALUE("address", SCHEMA_ADDRESS, NULL, "Guest address of its first byte (two cells), a multiple of 4 KiB."),
	NUMBER("size", 4096, 0x40000000, NULL, "Its bytes, a multiple of 4096."),
	VALUE("file", SCHEMA_STRING, "erased", "What it holds; found like `takt,kernel`. Bytes behind it are 0xff."),
	FLAG("writable", "The guest can write it too, for firmware that executes in place and stores where a flash "
			 "would ignore it. A "
			 "restart brings back what it held."),
	END,
};

static const struct schema_property flash_properties[] = {
	VALUE("address", SCHEMA_ADDRESS, NULL, "Guest address of its first byte (two cells), a multiple of 2 MiB."),
	VALUE("file", SCHEMA_STRING, "erased",
	      "What it holds when the system starts; found like `takt,kernel`. Bytes behind it are 0xff."),
	END,
};

static const struct schema_property irq_properties[] = {
	NUMBER("line", 32, 287, NULL,
	       "INTID of the line, which is 32 above the SPI number in the device's `interrupts`. A device in the "
	       "domain's `access` has it."),
	ONE_OF("delivery", "prompt|deferred|polled", "prompt",
	       "`prompt`: it interrupts, and wakes the VM, unless something more urgent runs. `deferred`: it "
	       "interrupts "
	       "only while the VM runs, and does not wake it: what comes meanwhile waits in the interrupt controller. "
	       "`polled`: it never interrupts; it is looked at when the VM begins to run, and once in each period of "
	       "its "
	       "reservation, when it wakes the VM."),
	TIME("min-distance-ns", "any",
	     "Shortest distance of two interrupts in the long run. When they come faster, the line is disabled until "
	     "one is "
	     "due, on the VM's time. Rounded up to a tick."),
	NUMBER("burst", 1, 1000, "1, with `min-distance-ns`",
	       "So many may come at any distance, when none has come for that often `min-distance-ns`."),
	END,
};

static const struct schema_property tasks_properties[] = {
	ONE_OF("scheduler", "edf|fixed-priority", "fixed-priority", "How the guest schedules the tasks."),
	END,
};

static const struct schema_property task_properties[] = {
	TIME("period-ns", NULL, "Shortest distance of two activations."),
	TIME("wcet-ns", NULL, "Longest execution time of one activation."),
	TIME("deadline-ns", "the period", "Time from activation to completion; at most the period."),
	NUMBER("jitter-ns", 0, NS_MAX, "0", "Longest delay from activation to readiness."),
	NUMBER("priority", 0, 255, "by deadline", "Under `fixed-priority`: 0 is the most urgent."),
	END,
};

static const struct schema_property uart_driver_properties[] = {
	NUMBER("cpu", 0, 15, "0", "CPU of the console driver."),
	TIME("budget-ns", "50000", "Its budget."),
	TIME("period-ns", "5000000", "Its period."),
	TIME("deadline-ns", "the period", "Its relative deadline."),
	NUMBER("rank", 1, SCHEDULE_RANK_MAX, "none, but under `fixed-priority`", "As `takt,rank` of a domain."),
	ONE_OF("status", "okay|disabled", "okay",
	       "`disabled`: no driver; consoles go nowhere and the UART may be given away."),
	END,
};

static const struct schema_property cpu_schedule_properties[] = {
	NUMBER("cpu", 0, 15, NULL, "The CPU whose schedule this is."),
	ONE_OF("policy", "edf|fixed-priority|table", "edf",
	       "Which of the CPU's reservations runs where several could: the one with the earliest deadline, the one "
	       "with the least `takt,rank`, or the one whose window it is in a time table. Best effort has what is "
	       "left."),
	TIME("frame-ns", "none, but of a table",
	     "Length of a table's major frame; its windows repeat with it. Frames begin at the multiples of this time "
	     "on "
	     "the system counter, on all CPUs alike. Rounded down to a tick, as the windows' begins are."),
	END,
};

static const struct schema_property window_properties[] = {
	NUMBER("start-ns", 0, NS_MAX, NULL,
	       "Its begin in the frame. The first is at 0, each begins where another one ends."),
	TIME("length-ns", NULL, "Its length. The last ends with the frame."),
	VALUE("owner", SCHEMA_PHANDLE, "best effort's",
	      "The domain whose window it is, on its virtual CPUs here, or the node /takt,uart-driver. A domain has no "
	      "budget "
	      "beside windows, and several of them if it likes."),
	FLAG("closed", "While the owner waits, nobody has the CPU; without this, best effort has it then."),
	END,
};

static const struct schema_property mode_properties[] = {END};

static const struct schema_property mode_reservation_properties[] = {
	VALUE("owner", SCHEMA_PHANDLE, NULL,
	      "The domain whose reservation it is, on each of its CPUs, or the node /takt,uart-driver. It has one in "
	      "the "
	      "description itself too, on CPUs without a time table."),
	TIME("budget-ns", NULL, "Its budget in this mode. Rounded up to a tick."),
	TIME("period-ns", "as in the description", "Its period in this mode. Rounded down to a tick."),
	TIME("deadline-ns", "the period if that is given here, else as in the description",
	     "Its relative deadline in this mode. Rounded down to a tick. Its rank, and that of its interrupts, "
	     "stays."),
	END,
};

static const struct schema_property shared_properties[] = {
	VALUE("reg", SCHEMA_RANGES, NULL, "Physical address and size, multiples of 4 KiB; one range."),
	VALUE("takt,guest-address", SCHEMA_ADDRESS, "the physical address",
	      "Where every domain that names it sees it."),
	FLAG("no-map", "As in the binding of reserved memory; implied."),
	VALUE("compatible", SCHEMA_ANY, "none", "Passed on to the guests."),
	VALUE("phandle", SCHEMA_ANY, "none", "Made by dtc."),
	END,
};

static const struct schema_property device_properties[] = {
	FLAG("takt,no-dma", "The device never reads or writes memory by itself. Without this, it is taken for a bus "
			    "master, which only a "
			    "domain with `takt,unprotected-dma` may have."),
	END,
};

static const struct schema_property qemu_properties[] = {
	VALUE("arguments", SCHEMA_STRINGS, "none",
	      "Arguments for QEMU, one string each, as on its command line; devices that use a disk name it by "
	      "`drive=`."),
	END,
};

static const struct schema_property disk_properties[] = {
	VALUE("file", SCHEMA_STRING, NULL, "A raw image of the disk; found like `takt,kernel`."),
	FLAG("keep-writes", "What is written goes into the file. Without it, a run leaves the file as it is."),
	END,
};

static const struct schema_node nodes[SCHEMA_KIND_COUNT] = {
	[SCHEMA_BOARD] =
		{"The board", "/takt,board",
		 "What Takt must know of a board and the device tree bindings do not say. Comes with the board's "
		 "file in systems/boards; a system may override it.",
		 board_properties},
	[SCHEMA_DOMAINS] = {"Domains", "/domains", "The VMs of the system, one child node each.", domains_properties},
	[SCHEMA_DOMAIN] =
		{"A domain", "/domains/NAME",
		 "One VM, after `openamp,domain-v1` of the system device tree specification. The node's name (up "
		 "to 31 characters) is the VM's name and the prefix of its console lines. Without budget and tasks, it "
		 "gets what reservations leave, by weight.",
		 domain_properties},
	[SCHEMA_CHOSEN] = {"Boot parameters", "/domains/NAME/chosen", "Goes into the guest's own /chosen.",
			   chosen_properties},
	[SCHEMA_IMAGE] = {"A file in memory", "/domains/NAME/image-WORD",
			  "A file that lies in the guest's memory, as it is, when it starts: what a boot loader that "
			  "runs as a guest is to start, a configuration, a table.",
			  image_properties},
	[SCHEMA_ROM] = {"Read-only memory", "/domains/NAME/rom-WORD",
			"Memory outside the guest's RAM that it can read and execute, as a flash that takes no "
			"commands: a write is an external abort. It is not in the guest's device tree. Files, "
			"read-only memories and a flash are up to 8 together.",
			rom_properties},
	[SCHEMA_FLASH] =
		{"Flash", "/domains/NAME/flash-WORD",
		 "A NOR flash of 2 MiB in blocks of 256 KiB that takes commands (`cfi-flash` in the guest's device "
		 "tree, Intel's command set), where firmware keeps its variables. What is written lasts over restarts "
		 "of the VM, not over one of the system. A domain has at most one, on one CPU, and the virtual PL011, "
		 "whose model answers for it.",
		 flash_properties},
	[SCHEMA_IRQ] = {"An interrupt line", "/domains/NAME/irq-WORD",
			"When the line of a device may interrupt. Lines without such a node are prompt. The rank of a "
			"line is that of its domain.",
			irq_properties},
	[SCHEMA_TASKS] =
		{"Task set", "/domains/NAME/tasks",
		 "The tasks of the guest, one child node each; the domain has one virtual CPU. Without "
		 "`takt,budget-ns`, the "
		 "smallest budget under which all meet their deadlines is computed; a given budget is checked.",
		 tasks_properties},
	[SCHEMA_TASK] = {"A task", "/domains/NAME/tasks/TASK", "One periodic or sporadic task.", task_properties},
	[SCHEMA_UART_DRIVER] =
		{"The console driver", "/takt,uart-driver",
		 "Reservation of the service that moves characters between the UART and the domains' consoles.",
		 uart_driver_properties},
	[SCHEMA_CPU_SCHEDULE] =
		{"The schedule of a CPU", "/takt,schedule/NAME",
		 "The policy of one CPU, where it is not earliest deadline first; of a table, one child node for each "
		 "window.",
		 cpu_schedule_properties},
	[SCHEMA_WINDOW] = {"A window", "/takt,schedule/NAME/WINDOW", "A part of the major frame, up to 32 of them.",
			   window_properties},
	[SCHEMA_MODE] = {"A mode", "/takt,modes/NAME",
			 "Another set of reservations: up to 8 modes beside `normal`, which is the description itself. "
			 "A manager "
			 "(TAKT_MODE, `takt vm mode NAME`) or an event (`takt,on-crash = \"mode\", \"NAME\"`) has the "
			 "system go "
			 "from one to another. Each child node is a reservation that differs; all others are as in the "
			 "description. Each mode is admitted before boot, and each change from one to another.",
			 mode_properties},
	[SCHEMA_MODE_RESERVATION] = {"A reservation in a mode", "/takt,modes/NAME/WORD",
				     "What somebody has while the system is in this mode.",
				     mode_reservation_properties},
	[SCHEMA_SHARED] = {"Shared memory", "/reserved-memory/NAME",
			   "Memory that domains name in `reserved-memory`: readable and writable by each of them.",
			   shared_properties},
	[SCHEMA_DEVICE] =
		{"A device of the board", "DEVICE",
		 "What a domain's `access` names. Its own properties are those of its binding; the board's file, "
		 "or the system (`&label { ... };`), adds what the bindings do not say.",
		 device_properties},
	[SCHEMA_QEMU] =
		{"The emulated board", "/takt,qemu",
		 "What `takt run` gives to QEMU's board beside CPUs, memory and the console. Of no meaning on a "
		 "real board. Each child node is a disk.",
		 qemu_properties},
	[SCHEMA_DISK] = {"A disk", "/takt,qemu/NAME",
			 "The image behind a disk; the device that shows it is in `arguments`, with `drive=NAME`.",
			 disk_properties},
};

const struct schema_node *schema_node(enum schema_kind kind) { return &nodes[kind]; }

const char *schema_unit(const struct schema_property *property)
{
	static const char *const units[] = {"ns", "hz"};
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		const char *dash = strrchr(property->name, '-');
		if (dash && strcmp(dash + 1, units[i]) == 0)
			return units[i];
	}
	return "";
}
