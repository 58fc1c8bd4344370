/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building a bootable image from a system description.
 *
 * Beside IMAGE, three files are written: IMAGE.map, text that says what lies where; IMAGE.scr, by which U-Boot starts
 * it (media.h); and IMAGE.json for programs (`takt run`, `takt report`):
 *
 *     {
 *       "image": "system.img", "format": "image", "source": "systems/demo.dts", "load_pa": 1075838976,
 *       "image_bytes": 41943040, "arena_pa": 1121976320, "arena_bytes": 6291456,
 *       "counter_hz": 1000000000, "cpus": 1,
 *       "contexts": [
 *         {"name": "radio/0", "kind": "vcpu", "cpu": 0, "vm": "radio", "vcpu": 0, "band": 0},
 *         {"name": "uart", "kind": "driver", "cpu": 0, "vm": null, "vcpu": 0, "band": 1},
 *         {"name": "linux/0", "kind": "vcpu", "cpu": 0, "vm": "linux", "vcpu": 0, "band": 11}
 *       ],
 *       "vms": [
 *         {"name": "radio", "vcpus": 1, "context": [0], "console": "radio", "elf":
 * "/home/me/takt/build/guests/radio.elf", "memory_bytes": 1048576, "reservation": {"budget_ns": 300000, "period_ns":
 * 1000000, "deadline_ns": 300000}},
 *         {"name": "linux", "vcpus": 1, "context": [2], "console": "linux", "elf": null, "memory_bytes": 167772160,
 *          "reservation": null, "weight": 100}
 *       ],
 *       "lines": [{"line": 33, "vm": null, "throttled": false}, {"line": 79, "vm": "linux", "throttled": true}],
 *       "qemu": {"machine": "virt", "cpus": 1, "memory_mib": 512,
 *          "disks": [{"name": "root", "file": "/home/me/root.ext4", "keep_writes": false}],
 *          "arguments": ["-device", "virtio-blk-pci,drive=root"]}
 *     }
 *
 * "image" is relative to the directory of the JSON file. Contexts and lines are in the order of the blob, which is that
 * of struct stats; "context" holds indices into them. "console" is the prefix of the VM's lines, or null; "elf" the
 * file that it starts, if that has symbols.
 */
#ifndef TOOLS_TAKT_BUILD_H
#define TOOLS_TAKT_BUILD_H

#include <stdbool.h>
#include <stddef.h>

enum build_format {
	BUILD_IMAGE, /* as a Linux arm64 Image */
	BUILD_FIT,   /* for U-Boot's bootm */
};

/* Strings are borrowed for the call. A null or zero field takes its default. */
struct build_options {
	const char *source;       /* the description */
	const char *output;       /* the image to write */
	const char *el2;          /* EL2's ELF file; default EXEDIR/../el2/takt.elf */
	const char *services;     /* directory of pl011.elf, uart.elf and loader.elf; default EXEDIR/../services */
	const char *const *paths; /* -I: searched for what a description names, and by #include */
	size_t path_count;
	const char *const *defines; /* -D NAME=VALUE */
	size_t define_count;
	enum build_format format;
	bool quiet; /* say nothing on success */
};

/*
 * Checks the description and builds its image; messages go to stderr. Answers an enum exit_code. The image and what is
 * beside it appear whole or not at all, each by renaming a temporary file.
 */
int build_system(const struct build_options *options);

#endif
