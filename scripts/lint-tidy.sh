#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# clang-tidy over C files, each with the options that it is compiled with: code for the target freestanding, the rest
# for the host.
#
#     lint-tidy.sh FILE...
set -u

target="--target=aarch64-linux-gnu -ffreestanding -mgeneral-regs-only"
failures=0
for file in "$@"; do
	case $file in
	arch/host/*) options= ;;
	abi/* | base/* | logic/* | port/* | arch/* | drv/* | plat/* | core/* | services/*) options=$target ;;
	guests/* | tests/guest/*) options="--target=aarch64-linux-gnu -ffreestanding" ;;
	*) options=-D_GNU_SOURCE ;;
	esac
	clang-tidy --quiet "$file" -- -std=gnu11 -I. $options 2>/dev/null || {
		echo "$file: clang-tidy objects"
		failures=$((failures + 1))
	}
done
[ "$failures" -eq 0 ]
