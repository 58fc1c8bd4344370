/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The blob: the compiled system description. `takt build` writes it into the image, EL2 reads it in
 * place and never changes it. Little-endian, all offsets in bytes from the start of the blob, every
 * table 8-aligned, in the order of the header's fields, without overlap. All times are counter ticks.
 *
 * logic/config checks a blob, with the same code in the tool and at boot; whoever holds a blob
 * that it accepted may use every index and range in it without looking again.
 */
#ifndef ABI_BLOB_H
#define ABI_BLOB_H

#include <stdint.h>

#define BLOB_MAGIC UINT64_C(0x424f4c42544b4154) /* "TAKTBLOB" */
#define BLOB_VERSION 4U

/* What one build of EL2 can hold at most. */
#define BLOB_CPU_MAX 16U
#define BLOB_VM_MAX 32U
#define BLOB_VM_VCPU_MAX 8U
#define BLOB_CONTEXT_MAX 128U    /* vCPUs, drivers and alarms, on all CPUs */
#define BLOB_CPU_CONTEXT_MAX 64U /* the same, on one CPU */
#define BLOB_RESERVATION_MAX 64U /* on all CPUs */
#define BLOB_WINDOW_MAX 128U     /* of time tables, on all CPUs */
#define BLOB_CPU_WINDOW_MAX 32U  /* the same, on one CPU */
#define BLOB_MODE_MAX 8U         /* beside the normal one */
#define BLOB_SEGMENT_MAX 512U
#define BLOB_VM_SEGMENT_MAX 32U
#define BLOB_LINE_MAX 256U
#define BLOB_SERVICE_MAX 72U
#define BLOB_CONSOLE_MAX 33U     /* one for each VM, and EL2's own as the last */
#define BLOB_VM_LINE_END 288U    /* a VM's physical lines are INTID 32 to BLOB_VM_LINE_END - 1 */
#define BLOB_VM_THROTTLED_MAX 8U /* a VM's lines with a shortest distance */
#define BLOB_VM_POLLED_MAX 4U    /* a VM's lines that are polled */
#define BLOB_DISTANCE_MAX (UINT64_C(1) << 40)
#define BLOB_BURST_MAX 1000U
#define BLOB_VIRQ_END 288U                  /* virtual SPIs are INTID 32 to BLOB_VIRQ_END - 1 */
#define BLOB_FLASH_BYTES UINT64_C(0x200000) /* of a VM's flash: one block of stage 2 */
#define BLOB_NAME_BYTES 32U                 /* a name, NUL-terminated and NUL-padded */

#define BLOB_NONE UINT32_C(0xffffffff) /* no index */

struct blob_table {
	uint32_t offset;
	uint32_t count;
};

struct blob_header {
	uint64_t magic;
	uint32_t version;
	uint32_t size;           /* bytes of the whole blob */
	uint32_t crc32;          /* IEEE CRC-32 of the blob with this field zero */
	uint32_t way_back_ticks; /* of an interrupt and a switch, at most (logic/sched.h) */
	uint64_t load_pa;        /* where the first byte of the image must lie; 2 MiB-aligned */
	uint64_t image_bytes;    /* of the whole image file: EL2, services, blob, guests' images */
	uint64_t arena_pa;       /* memory for EL2's own objects, 2 MiB-aligned; contents undefined at reset */
	uint64_t arena_bytes;    /* a multiple of 2 MiB; its first bytes hold struct stats (abi/stats.h) */
	uint64_t log_pa;         /* two pages: the struct console (abi/service.h) of EL2 itself; in the image, zero */
	uint64_t counter_hz;     /* of CNTPCT_EL0, as the ticks in this blob assume */
	uint64_t gicd_pa;        /* physical GICv3 distributor, 64 KiB */
	uint64_t gicr_pa;        /* physical redistributors, 128 KiB each, in the order of the CPUs */
	uint64_t uart_pa;        /* PL011 for what EL2 must say before services run; 0: none */
	struct blob_table cpus;  /* struct blob_cpu */
	struct blob_table vms;   /* struct blob_vm */
	struct blob_table services;     /* struct blob_service */
	struct blob_table contexts;     /* struct blob_context, sorted by CPU */
	struct blob_table reservations; /* struct blob_reservation, sorted by CPU */
	struct blob_table segments; /* struct blob_segment, by owner: VMs first, then services; of one owner by IPA */
	struct blob_table lines;    /* struct blob_line, sorted by intid */
	struct blob_table windows;  /* struct blob_window, sorted by CPU, then by time */
	struct blob_table modes;    /* struct blob_mode; mode 0 is the normal one, mode i + 1 is entry i */
	struct blob_table mode_reservations; /* struct blob_reservation: those of mode 1, in the order of reservations,
						then those of mode 2, and so on */
};

struct blob_cpu {
	uint64_t mpidr;         /* affinity fields as in MPIDR_EL1, Aff0 below 16, other bits zero */
	uint32_t first_context; /* into contexts */
	uint32_t context_count;
	uint32_t policy; /* enum blob_policy */
	uint32_t reserved;
	uint32_t first_window; /* into windows */
	uint32_t window_count; /* 1 to BLOB_CPU_WINDOW_MAX of a table, else 0 */
	uint64_t frame_ticks;  /* of a table; frames begin at its multiples of the counter; else 0 */
};

/* Which of a CPU's reservations runs; best effort has what is left. */
enum blob_policy {
	BLOB_POLICY_EDF = 0,   /* the one with the earliest deadline */
	BLOB_POLICY_FIXED = 1, /* the one with the least rank */
	BLOB_POLICY_TABLE = 2, /* the one whose window it is, whatever its budget and period; each has a window */
};

enum blob_vm_flags {
	BLOB_VM_NO_FP = 1U << 0,     /* declared free of FP and SIMD: their use is UNDEFINED to it */
	BLOB_VM_AUTOSTART = 1U << 1, /* its vCPU 0 runs from boot */
	BLOB_VM_MANAGER = 1U << 2,   /* it may make a manager's calls (abi/hypercall.h) */
	BLOB_VM_PMU = 1U << 3,       /* it has the CPU's performance monitors, their interrupt as INTID 23 */
	BLOB_VM_DIRECT = 1U << 4, /* physical interrupts of its dedicated CPU reach it without EL2: no virtual ones */
};

/* What can happen to a VM that its description says what follows of. */
enum blob_vm_event {
	BLOB_ON_RESET = 0,    /* it asks for one */
	BLOB_ON_CRASH = 1,    /* it is stopped for a fault */
	BLOB_ON_WATCHDOG = 2, /* its watchdog has expired */
	BLOB_ON_STORM = 3,    /* a line of its own exceeds its rate */
	BLOB_ON_OVERRUN = 4,  /* a budget is used up, and it has more to do */
	BLOB_ON_MISS = 5,     /* a budget was not had by its deadline, or the guest reports a deadline of its own */
	BLOB_ON_COUNT
};

/* Which of them suit which event says logic/config_event.h. */
enum blob_vm_action {
	BLOB_ACTION_NONE = 0,
	BLOB_ACTION_RECORD = 1,  /* a record on EL2's console; the VM goes on */
	BLOB_ACTION_STOP = 2,    /* the VM stays stopped, the others go on */
	BLOB_ACTION_RESTART = 3, /* its loader restores its memory, and it begins again */
	BLOB_ACTION_SYSTEM = 4,  /* the system is reset */
	BLOB_ACTION_MODE = 16,   /* and up: the system goes to mode 0 and up; a VM that crashed stays stopped, else it
				  goes on */
};

#define BLOB_EVENT_ROOM 8U

struct blob_vm {
	char name[BLOB_NAME_BYTES];
	uint32_t flags;
	uint32_t vcpu_count;      /* 1 to BLOB_VM_VCPU_MAX; vCPU i has affinity Aff0 = i, other fields zero */
	uint32_t first_context;   /* its vCPUs' contexts are vcpu_context[0 .. vcpu_count) */
	uint32_t console_service; /* index of its PL011 model in services, or BLOB_NONE */
	uint32_t vcpu_context[BLOB_VM_VCPU_MAX]; /* index into contexts; BLOB_NONE past vcpu_count */
	uint32_t first_segment;
	uint32_t segment_count;
	uint8_t on[BLOB_EVENT_ROOM]; /* enum blob_vm_action of each enum blob_vm_event; past BLOB_ON_COUNT: 0 */
	uint64_t entry_ipa;          /* first instruction of vCPU 0, at EL1h with the MMU off, all interrupts masked */
	uint64_t dtb_ipa;            /* in x0 at entry; 0: none */
	uint64_t gicd_ipa;           /* virtual distributor, 64 KiB */
	uint64_t gicr_ipa;           /* virtual redistributors, 128 KiB for each vCPU */
	uint64_t trng_seed[2];       /* of the VM's random numbers */
	uint32_t loader;             /* index of its loader in services, or BLOB_NONE: it can't be restarted */
	uint32_t alarm;              /* index of its alarm in contexts, or BLOB_NONE: nothing of it waits for a time */
	uint64_t watchdog_refresh_ipa; /* its watchdog's two frames of registers, a page each; these three are 0 without
					  one */
	uint64_t watchdog_control_ipa;
	uint32_t watchdog_virq;  /* the SPI (INTID 32 up) of its first stage; level-sensitive */
	uint32_t stolen_segment; /* index of its page of stolen time in segments (docs/guests.md), or BLOB_NONE */
};

/* Another set of reservations: the same ones on the same CPUs, with the same ranks, of other budgets and times. */
struct blob_mode {
	char name[BLOB_NAME_BYTES];
};

enum blob_service_kind {
	BLOB_SERVICE_MODEL = 0,  /* called by a VM's accesses, on the vCPU's budget; no context of its own */
	BLOB_SERVICE_DRIVER = 1, /* a context with a reservation */
	BLOB_SERVICE_LOADER = 2, /* restores a VM's memory, in the context of its vCPU 0 */
};

struct blob_service {
	char name[BLOB_NAME_BYTES];
	uint32_t kind; /* enum blob_service_kind */
	uint32_t vm;   /* a model's or loader's VM; BLOB_NONE for a driver */
	uint32_t first_segment;
	uint32_t segment_count;
	uint64_t entry_ipa; /* of each call of a model or loader; once, of a driver */
	uint64_t stack_ipa; /* SP at entry; 16-aligned */
	uint64_t mmio_ipa;  /* a model: the guest range it answers for; in the VM's map */
	uint64_t mmio_bytes;
	uint64_t bound_ticks; /* a model: longest time of one call; longer stops the VM. These four are 0 in others */
	uint32_t virq;        /* a model: the SPI (INTID 32 up) that it drives in its VM; level-sensitive */
	uint32_t has_flash;   /* a model: 1: it answers for a flash too, in the VM's map at: */
	uint64_t flash_ipa;   /* a segment of BLOB_FLASH_BYTES that the VM only reads, shared with the model; else 0 */
};

enum blob_context_kind {
	BLOB_CONTEXT_VCPU = 0,
	BLOB_CONTEXT_DRIVER = 1,
	BLOB_CONTEXT_ALARM = 2, /* waits for times on behalf of a VM; on the CPU and in the reservation of its vCPU 0 */
};

struct blob_context {
	uint32_t kind;  /* enum blob_context_kind */
	uint32_t owner; /* index of the VM or service */
	uint32_t vcpu;  /* index in its VM; 0 for others */
	uint32_t cpu;
	uint32_t reservation; /* index into reservations, on the same CPU; BLOB_NONE: best effort */
	uint32_t weight;      /* 1 to 1000, best effort only; else 0 */
	uint32_t band;        /* 0 most urgent to 11; of its lines' physical priority */
	uint32_t dedicated;   /* 1: the only context of its CPU; WFI and WFE are not trapped */
};

struct blob_reservation {
	uint32_t cpu;
	uint32_t rank;           /* 1, the most urgent, to 255 under fixed priorities; else 0 */
	uint64_t budget_ticks;   /* Q, 1 to P */
	uint64_t period_ticks;   /* P */
	uint64_t deadline_ticks; /* D, Q to P: relative deadline of each budget */
};

/* Of a time table. A CPU's windows cover its frame in order. */
struct blob_window {
	uint64_t start_ticks; /* from the frame's begin */
	uint64_t end_ticks;
	uint32_t reservation; /* whose it is, on the same CPU; BLOB_NONE: best effort's */
	uint32_t closed;      /* 1: the CPU idles while the owner waits, 0: best effort has it then */
};

/* The VMID of a VM in VTTBR_EL2, by its index: for a debugger. Those of services are above BLOB_VM_MAX. */
#define BLOB_VM_VMID(vm) ((vm) + 1U)

enum blob_segment_attr {
	BLOB_SEGMENT_R = 1U << 0,
	BLOB_SEGMENT_W = 1U << 1,
	BLOB_SEGMENT_X = 1U << 2,
	BLOB_SEGMENT_DEVICE = 1U << 3, /* Device-nGnRE; else Normal write-back, as far as stage 2 says */
};

/* A piece of a VM's or service's address map. Page-aligned; disjoint in IPA within its owner. */
struct blob_segment {
	uint64_t ipa;
	uint64_t pa;
	uint64_t bytes;
	uint32_t attr;
	uint32_t shared; /* 1: other owners may map the same PA */
};

enum blob_line_kind {
	BLOB_LINE_VM = 0,     /* to a VM: virq is the INTID it sees */
	BLOB_LINE_DRIVER = 1, /* to a driver service: virq is the bit in what svc_wait answers, 0 to 31 */
};

/* When a VM's line may interrupt. */
enum blob_delivery {
	BLOB_DELIVERY_PROMPT = 0,   /* when nothing more urgent than its owner runs; it wakes its owner */
	BLOB_DELIVERY_DEFERRED = 1, /* while its owner runs */
	BLOB_DELIVERY_POLLED =
		2, /* never: it is looked at when its owner begins to run, and wakes it once in a period */
};

struct blob_line {
	uint32_t intid; /* physical SPI, 32 to 1019 */
	uint32_t kind;  /* enum blob_line_kind */
	uint32_t owner; /* index of the VM or service */
	uint32_t virq;
	uint32_t edge;           /* 1: rising edge; 0: level-sensitive, high */
	uint32_t delivery;       /* enum blob_delivery; a driver's line is prompt */
	uint64_t distance_ticks; /* shortest one of two interrupts in the long run, to BLOB_DISTANCE_MAX; 0: any */
	uint32_t burst;          /* so many may come at once, to BLOB_BURST_MAX; 0 where any may */
	uint32_t reserved;
};

#endif
