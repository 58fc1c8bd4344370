/* SPDX-License-Identifier: Apache-2.0 */
/* Offsets into struct hw_frame (port/cpu.h) for assembly; cpu.c asserts that they hold. Also the virtual map of EL2. */
#ifndef ARCH_AARCH64_FRAME_H
#define ARCH_AARCH64_FRAME_H

#define FRAME_EL2_SP 248
#define LOCAL_PANIC_STACK 0 /* into struct local (arch/aarch64/local.h) */
#define LOCAL_BYTES_SHIFT 5

/*
 * EL2's virtual address map: one gibibyte, so that one level-2 table spans it.
 *
 *     EL2_VA_IMAGE    text r-x, rodata r--, data rw-, each stack between unmapped pages
 *     EL2_VA_BLOB     the blob, r--
 *     EL2_VA_DEVICE   distributor, UART, EL2's console pages
 *     EL2_VA_REDIST   redistributors, 128 KiB each
 *     EL2_VA_STACKS   the stacks of CPUs 1 up, EL2_STACK_SLOT for each, between unmapped pages:
 *                     [ - | panic | - - - - | stack, 2 pages ]
 *     EL2_VA_ARENA    EL2's objects, rw-, in 2 MiB blocks
 */
#define EL2_VA_IMAGE 0x4000000000
#define EL2_VA_BLOB 0x4000200000
#define EL2_VA_DEVICE 0x4000400000
#define EL2_VA_REDIST 0x4000600000
#define EL2_VA_STACKS 0x4000800000
#define EL2_STACK_SLOT_SHIFT 15
#define EL2_VA_ARENA 0x4001000000
#define EL2_VA_END 0x4040000000

#endif
