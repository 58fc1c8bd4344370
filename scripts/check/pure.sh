#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# logic/ is pure: compiled for the target by gcc and by clang without a warning, it calls nothing but itself and
# the memory functions that compilers emit, and has no writable data.
#
#     pure.sh ROOT BUILD
set -u

root=$1
build=$2
warnings="-Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Wvla -Wmissing-prototypes -Werror"
target="-std=c11 -O2 -fno-pic -fno-pie -ffreestanding -mgeneral-regs-only -mno-outline-atomics -fno-jump-tables"
objections=0

object() {
	echo "$*"
	objections=$((objections + 1))
}

# check COMPILER NAME: compiles all of logic/ and looks at the symbols of the whole.
check() {
	rm -rf "${build:?}/$2"
	mkdir -p "$build/$2"
	sources=$(cd "$root" && find logic -name '*.c' | sort)
	[ -n "$sources" ] || object "no source in $root/logic"
	for source in $sources; do
		output=$build/$2/$(echo "$source" | tr / _).o
		(cd "$root" && $1 $target $warnings -I. -c "$source" -o "$output") >"$output.log" 2>&1 || {
			cat "$output.log"
			object "$source: $2 objects"
			rm -f "$output"
		}
	done
	aarch64-linux-gnu-nm "$build/$2"/*.o >"$build/$2/symbols" 2>/dev/null
	for symbol in $(awk '
		NF == 3 { defined[$3] = 1 }
		NF == 2 && $1 == "U" { used[$2] = 1 }
		END { for (s in used) if (!(s in defined) && s !~ /^mem(cpy|set|move|cmp)$/) print s }' "$build/$2/symbols"); do
		object "logic/ calls $symbol, which is not in it ($2)"
	done
	for symbol in $(awk 'NF == 3 && $2 ~ /^[dDbBC]$/ { print $3 }' "$build/$2/symbols"); do
		object "logic/ has writable data: $symbol ($2)"
	done
}

mkdir -p "$build"
build=$(cd "$build" && pwd)
check aarch64-linux-gnu-gcc gcc
check "clang --target=aarch64-linux-gnu" clang
[ "$objections" -eq 0 ]
