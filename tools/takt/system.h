/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system as described: what the nodes of a tree say, in C. Filled by system_read; every value is inside the range
 * of its property, names fit, references are resolved. What the parts mean together is looked at by check_system.
 */
#ifndef TOOLS_TAKT_SYSTEM_H
#define TOOLS_TAKT_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/blob.h"
#include "tools/takt/diag.h"
#include "tools/takt/tree.h"

#define SYSTEM_RANGE_MAX 8U
#define SYSTEM_DEVICE_MAX 32U
#define SYSTEM_DEVICE_LINE_MAX 16U
#define SYSTEM_DOMAIN_LINE_MAX (SYSTEM_DEVICE_MAX * SYSTEM_DEVICE_LINE_MAX)
#define SYSTEM_WINDOW_MAX 4U
#define SYSTEM_PCI_ADDRESS_CELLS 3
#define SYSTEM_DISK_MAX 8U
#define SYSTEM_ARGUMENT_MAX 32U
#define SYSTEM_TASK_MAX 64U
#define SYSTEM_IMAGE_MAX 8U
#define SYSTEM_IRQ_MAX 64U

struct range {
	uint64_t base;
	uint64_t bytes;
};

struct system_line {
	uint32_t intid; /* SPI, 32 up */
	bool edge;
	enum blob_delivery delivery;
	uint64_t distance_ns; /* 0: any */
	uint32_t burst;       /* 0: any */
};

/* What a domain says of one of its devices' lines. */
struct system_irq {
	char *path; /* of its node */
	uint32_t intid;
	enum blob_delivery delivery;
	uint64_t distance_ns; /* 0: not said */
	uint32_t burst;       /* 0: not said */
};

/* What the CPU sees of a PCI bus. */
struct system_window {
	uint32_t bus[SYSTEM_PCI_ADDRESS_CELLS]; /* its address there */
	struct range range;                     /* at the CPU's addresses */
};

/* A device of the board that a domain, or the console driver, has to itself. */
struct system_device {
	int node;
	char *path;
	struct range ranges[SYSTEM_RANGE_MAX]; /* registers, at the CPU's addresses */
	uint32_t range_count;
	struct system_window windows[SYSTEM_WINDOW_MAX]; /* of a PCI host */
	uint32_t window_count;
	struct system_line lines[SYSTEM_DEVICE_LINE_MAX];
	uint32_t line_count;      /* those of `interrupts` first, then others of an interrupt-map */
	uint32_t interrupt_count; /* how many come from `interrupts` */
	bool has_no_dma;          /* the board says that it masters no bus */
};

/* An interrupt-map that leads to the GIC: entries of stride cells, key cells of bus address and pin first. */
struct system_map {
	const uint32_t *cells;
	int count; /* entries; 0: there is no map */
	int stride;
	int key;
	int line; /* where in an entry the GIC's cells begin */
};

/* What the emulated board has beside CPUs, memory and what QEMU gives it by itself. */
struct system_disk {
	char *name;
	char *file; /* found file, or null with a message given */
	bool keep_writes;
};

struct system_qemu {
	struct system_disk disks[SYSTEM_DISK_MAX];
	uint32_t disk_count;
	const char *arguments[SYSTEM_ARGUMENT_MAX];
	uint32_t argument_count;
};

/* Memory that several domains see. */
struct system_shared {
	int node;
	char *path;
	struct range range; /* physical */
	uint64_t ipa;
};

struct system_task {
	char *path;
	uint64_t period_ns, wcet_ns, deadline_ns, jitter_ns;
	uint32_t priority;
	bool has_priority;
};

/* A file that lies in a guest's memory from the start, or read-only memory of its own. */
struct system_image {
	char *path; /* of its node */
	char *file; /* found; null: none, or a message was given */
	uint64_t ipa;
	uint64_t rom_bytes; /* 0: it lies in RAM */
	bool is_writable, is_flash;
};

struct system_reservation {
	bool present;
	uint64_t budget_ns; /* 0: to be derived from the tasks */
	uint64_t period_ns;
	uint64_t deadline_ns;
	uint32_t rank; /* 0: none */
};

/* Of a time table. */
struct system_slot {
	char *path;
	uint64_t start_ns, length_ns;
	uint32_t owner; /* index of a domain, SYSTEM_OWNER_DRIVER, or BLOB_NONE: best effort */
	bool closed;
};

#define SYSTEM_OWNER_DRIVER (BLOB_NONE - 1)

struct system_cpu {
	char *path; /* null: not described */
	enum blob_policy policy;
	uint64_t frame_ns;
	struct system_slot slots[BLOB_CPU_WINDOW_MAX]; /* in the order of their begins */
	uint32_t slot_count;
};

/* What somebody has in a mode. */
struct system_mode_reservation {
	char *path;
	uint32_t owner; /* index of a domain, or SYSTEM_OWNER_DRIVER */
	struct system_reservation reservation;
};

struct system_mode {
	char *path;
	char name[BLOB_NAME_BYTES];
	struct system_mode_reservation *reservations;
	uint32_t reservation_count;
};

enum system_kernel_type {
	KERNEL_AUTO,
	KERNEL_LINUX,
	KERNEL_ELF,
	KERNEL_RAW,
};

struct system_domain {
	int node;
	char *path;
	char name[BLOB_NAME_BYTES];
	uint32_t id;
	uint64_t cpu_mask; /* of indices into the board's CPUs */
	uint32_t vcpu_count;
	uint32_t vcpu_cpu[BLOB_VM_VCPU_MAX];
	struct range memory[SYSTEM_RANGE_MAX];
	uint32_t memory_count;
	bool identity, unprotected_dma, dedicated, no_fp, console_wait, is_manager, watchdog, pmu, direct, stolen_time;
	struct system_reservation reservation;
	uint32_t weight;
	uint8_t on[BLOB_EVENT_ROOM]; /* enum blob_vm_action */
	uint64_t model_bound_ns;
	char *kernel; /* found file, or null with a message given */
	enum system_kernel_type kernel_type;
	uint64_t load_offset;
	bool has_entry; /* of its own: else the kernel's */
	uint64_t entry;
	char *initrd; /* null: none */
	struct system_image images[SYSTEM_IMAGE_MAX];
	uint32_t image_count;
	const char *bootargs;
	const char *seed;
	struct system_device devices[SYSTEM_DEVICE_MAX];
	uint32_t device_count;
	struct system_irq irqs[SYSTEM_IRQ_MAX];
	uint32_t irq_count;
	uint32_t shared[SYSTEM_RANGE_MAX]; /* indices into system.shared */
	uint32_t shared_count;
	struct system_task tasks[SYSTEM_TASK_MAX];
	uint32_t task_count;
	bool tasks_edf;
};

struct system_board {
	uint64_t load_address;
	uint64_t counter_hz;
	uint64_t switch_ns, interrupt_ns, longest_step_ns; /* of the hypervisor on this board */
	struct range memory[SYSTEM_RANGE_MAX];
	uint32_t memory_count;
	uint64_t mpidr[BLOB_CPU_MAX];
	uint32_t cpu_count;
	uint32_t cpus_phandle;
	uint64_t gicd, gicr;
	bool has_pmu; /* whose interrupt is where EL2 takes it */
	bool has_console;
	struct system_device console;
	uint32_t console_clock_hz;
};

struct system_driver {
	bool enabled;
	char *path; /* whether it is described or not */
	uint32_t cpu;
	struct system_reservation reservation;
};

struct system {
	const struct tree *tree;
	const char *const *paths; /* searched for files */
	size_t path_count;
	struct system_board board;
	struct system_driver driver;
	struct system_qemu qemu;
	struct system_shared *shared;
	uint32_t shared_count;
	struct system_domain *domains;
	uint32_t domain_count;
	struct system_cpu cpus[BLOB_CPU_MAX];    /* their schedules */
	struct system_mode modes[BLOB_MODE_MAX]; /* beside the normal one */
	uint32_t mode_count;
};

/*
 * Reads a tree. What is wrong goes to diag; when diag->count grew, the system holds what could be read and is fit for
 * no more than system_fini. The tree must outlive it.
 */
void system_read(struct system *system, const struct tree *tree, const char *const *paths, size_t path_count,
		 struct diag *diag);
void system_fini(struct system *system);

/* The board's part (system_board.c). */
void system_read_board(struct system *system, struct diag *diag);
/* The CPUs' schedules (system_schedule.c); after the domains. */
void system_read_schedule(struct system *system, struct diag *diag);
void system_fini_schedule(struct system *system);
/*
 * The domain that the reference in a node's `owner` names, or SYSTEM_OWNER_DRIVER; BLOB_NONE: it has none. False, with
 * a message by the rule: it is something else.
 */
bool system_read_owner(const struct system *system, int node, const char *path, enum rule rule, uint32_t *owner,
		       struct diag *diag);
/* The modes (system_mode.c); after the domains. */
void system_read_modes(struct system *system, struct diag *diag);
void system_fini_modes(struct system *system);
/* Number of the mode of that name, 0: "normal"; BLOB_NONE: there is none. Reads the tree. */
uint32_t system_find_mode(const struct system *system, const char *name);
/* What somebody has in a mode; NULL: as in the description. */
const struct system_reservation *system_in_mode(const struct system_mode *mode, uint32_t owner);
/* What `takt run` adds to the emulated board (system_qemu.c). */
void system_read_qemu(struct system *system, struct diag *diag);
void system_fini_qemu(struct system_qemu *qemu);

/*
 * A device (system_device.c), which the property of the node `user` names. False, with a message, when it can't be
 * given to anybody; its path is due to be freed in every case.
 */
bool system_read_device(const struct system *system, struct system_device *device, int node, const char *user,
			const char *property, struct diag *diag);
/* `reg` of a node at the CPU's addresses, at most SYSTEM_RANGE_MAX; 0 when there is none, or it can't be reached. */
uint32_t system_read_registers(const struct system *system, int node, struct range *ranges);
/* The lines of a domain's devices, as the domain wants them, each once: devices of one owner may share one. Answers
 * their number. */
uint32_t system_domain_lines(const struct system_domain *domain, struct system_line *lines);
/* The domain waits for times: of its watchdog, or of lines with a shortest distance or that are polled. */
bool system_needs_alarm(const struct system_domain *domain);
/* False: the node has an interrupt-map that does not lead to the GIC. */
bool system_read_map(const struct system *system, int node, struct system_map *map);
/* The node of the clock at cell *at of `clocks`, and moves *at behind it; negative when there is no more. */
int system_clock_provider(const struct system *system, int node, int *at);

/* One domain (system_domain.c). */
void system_read_domain(struct system *system, struct system_domain *domain, struct diag *diag);
void system_fini_domain(struct system_domain *domain);
/*
 * A file that a property of a node names: beside the file in which the property stands, then in the search directories.
 * To be freed; null with a message when it is not there, null without one when there is no such property.
 */
char *system_find_file(const struct system *system, int node, const char *property, struct diag *diag);
/* A number property, or `fallback` when it is absent. */
uint64_t system_number(const struct system *system, int node, const char *property, uint64_t fallback);
/* budget-ns, period-ns and deadline-ns behind a prefix ("takt," or ""). */
void system_read_reservation(const struct system *system, int node, const char *prefix,
			     struct system_reservation *reservation, struct diag *diag);
/* How many address-size pairs a property has. */
uint32_t system_count_ranges(const struct system *system, int node, const char *property);
/* Those pairs; answers the number read, at most SYSTEM_RANGE_MAX. */
uint32_t system_read_ranges(const struct system *system, int node, const char *property, struct range *ranges);

#endif
