#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# `takt bound` on small programs: longest paths counted by hand, programs that it must refuse, a hypervisor in miniature made
# in several ways, and what programs take on the emulated machine, an instruction at a time, beside their bounds.
#
# Run from the top of the tree. TAKT names the command (default build/bin/takt); products go to build/tests/tool/bound.
set -u
cd "$(dirname "$0")/../.." || exit 3
TAKT=${TAKT:-build/bin/takt}
SRC=tests/tool/bound
OUT=build/tests/tool/bound
CROSS=${CROSS:-aarch64-linux-gnu-}
GCC="${CROSS}gcc"
CLANG="clang --target=aarch64-linux-gnu -fuse-ld=lld"
FLAGS="-g -std=c11 -O2 -ffreestanding -nostdlib -static -fno-jump-tables -mgeneral-regs-only -mno-outline-atomics
	-mstrict-align -Wl,--build-id=none -Wl,-Ttext=0x40100000 -I."
mkdir -p $OUT
count=0
failed=0

# ok STATUS TEXT: one line of TAP.
ok() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		failed=$((failed + 1))
		echo "not ok $count - $2"
	fi
}

# is GOT EXPECTED TEXT
is() {
	[ "$1" = "$2" ]
	ok $? "$3"
	[ "$1" = "$2" ] || echo "# got '$1', expected '$2'"
}

# assemble SOURCE ELF
assemble() {
	$GCC -c -I$SRC "$1" -o "$2.o" && "${CROSS}ld" -e 0 -Ttext=0x40000000 "$2.o" -o "$2"
}

bound_of() {
	$TAKT bound --function "$2" "$1" | awk -v name="$2" '$1 == name { print $2 }'
}

by_hand() {
	assemble $SRC/bounds.S $OUT/bounds.elf || ok 1 "bounds.S assembles"
	while read -r name bound; do
		is "$(bound_of $OUT/bounds.elf "$name")" "$bound" "$name: longest path as counted by hand"
	done <<-END
		$(sed -n 's/^ \* expect: //p' $SRC/bounds.S)
	END
}

refusals() {
	for source in "$SRC"/refused/*.S; do
		name=$(basename "$source" .S)
		rule=$(sed -n 's/.*refuse: \([a-z-]*\).*/\1/p' "$source")
		assemble "$source" "$OUT/$name.elf" || ok 1 "$name assembles"
		$TAKT bound --function subject "$OUT/$name.elf" >"$OUT/$name.out" 2>"$OUT/$name.err"
		is $? 1 "$name: exit code 1"
		rules=$(sed -n 's/.*error\[\([a-z-]*\)\].*/\1/p' "$OUT/$name.err" | sort -u)
		is "$rules" "$rule" "$name: refused as $rule"
		is "$(cat "$OUT/$name.out")" "" "$name: no bound is printed"
	done
}

class_of() {
	sed -n "/\"$2\"/,/}/s/.*\"bound\": \([0-9]*\).*/\1/p" "$1"
}

# classes NAME COMPILER: the miniature; handlers of 10 and 200 instructions, a loop of 100 rounds of 8 or some more.
classes() {
	# shellcheck disable=SC2086 # flags are words
	$2 $FLAGS -Wl,-e,cpu_run $SRC/classes.c -o "$OUT/$1.elf"
	ok $? "$1: built"
	$TAKT bound "$OUT/$1.elf" --json "$OUT/$1.json" >"$OUT/$1.out"
	is $? 0 "$1: every class has a bound"
	short=$(class_of "$OUT/$1.json" irq)
	long=$(class_of "$OUT/$1.json" hvc)
	loop=$(class_of "$OUT/$1.json" sysreg)
	is $((long - short)) 190 "$1: each class counts its own handler"
	is "$(class_of "$OUT/$1.json" mmio)" "$short" "$1: classes with one handler have one bound"
	[ "$loop" -ge $((short + 100 * 10)) ] && [ "$loop" -le $((short + 101 * 18)) ]
	ok $? "$1: the inlined loop counts 100 times ($loop)"
	[ "$(class_of "$OUT/$1.json" idle)" -gt "$short" ]
	ok $? "$1: behind WFI a step of its own begins"
	$TAKT bound --path sysreg "$OUT/$1.elf" | grep -q '^ *1  *10[01]  .*classes.c'
	ok $? "$1: the longest path names the loop"
}

# broken NAME SED-SCRIPT RULE: the miniature with one declaration taken out.
broken() {
	sed "$2" $SRC/classes.c >"$OUT/$1.c"
	# shellcheck disable=SC2086
	$GCC $FLAGS -Wl,-e,cpu_run "$OUT/$1.c" -o "$OUT/$1.elf" || ok 1 "$1: built"
	$TAKT bound "$OUT/$1.elf" >"$OUT/$1.out" 2>"$OUT/$1.err"
	is $? "$3" "$1: exit code $3"
	grep -q "$4" "$OUT/$1.err"
	ok $? "$1: says $4"
}

# The instructions of each run of the function at the address $2, callees included, by the trace of every instruction $1. A run is
# over when the flow is behind the call that began it.
runs_of() {
	awk -v entry="$2" '
		function number(hex, i, value) {
			value = 0
			for (i = 1; i <= length(hex); i++)
				value = value * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
			return value
		}
		/^Trace/ {
			split($0, part, "/")
			pc = number(part[2])
			if (inside && pc == back) { inside = 0; print n }
			if (!inside && part[2] == entry) { inside = 1; n = 0; back = last + 4 }
			n += inside
			last = pc
		}' "$1"
}

# measured NAME COMPILER
measured() {
	# shellcheck disable=SC2086
	$2 $FLAGS $SRC/start.S $SRC/measured.c -o "$OUT/$1.elf"
	ok $? "$1: built"
	rm -f "$OUT/$1.trace"
	timeout 60 qemu-system-aarch64 -M virt -cpu cortex-a53 -m 64 -nic none -display none -serial none -monitor none \
		-kernel "$OUT/$1.elf" -singlestep -d exec,nochain -D "$OUT/$1.trace"
	is $? 0 "$1: ran to its end"
	while read -r name percent; do
		entry=$("${CROSS}nm" "$OUT/$1.elf" | awk -v name="$name" '$3 == name { print $1 }')
		bound=$(bound_of "$OUT/$1.elf" "$name")
		longest=$(runs_of "$OUT/$1.trace" "$entry" | sort -n | tail -1)
		[ -n "$longest" ] && [ "$longest" -le "$bound" ]
		ok $? "$1: $name took ${longest:-nothing} at most, its bound is $bound"
		[ "${longest:-0}" -ge $((bound * percent / 100)) ]
		ok $? "$1: the bound of $name is not far above"
	done <<-END
		$(sed -n 's/^ \* measure: //p' $SRC/measured.c)
	END
	for name in $(sed -n 's/^ \* false: //p' $SRC/measured.c); do
		entry=$("${CROSS}nm" "$OUT/$1.elf" | awk -v name="$name" '$3 == name { print $1 }')
		bound=$(bound_of "$OUT/$1.elf" "$name")
		longest=$(runs_of "$OUT/$1.trace" "$entry" | sort -n | tail -1)
		[ "${longest:-0}" -gt "$bound" ]
		ok $? "$1: $name took ${longest:-nothing}, more than its bound of $bound: what it claims is false"
	done
}

# What no image shows: that each loop of EL2's sources has its bound. vm_shell.c and vm_text.c are for programs above EL2.
source_loops() {
	is "$(awk -f $SRC/loops.awk $SRC/loops.c)" \
		"$(awk '/named( \*\/)?$/ && !/must name/ { print FILENAME ":" FNR }' $SRC/loops.c)" "loops.awk names every loop without LOOP_BOUND"
	is "$(find base logic core drv arch/aarch64 -name '*.[ch]' ! -name 'vm_shell.c' ! -name 'vm_text.c' -exec awk -f $SRC/loops.awk {} + | sort -u)" "" \
		"every loop of EL2 begins with LOOP_BOUND"
}

bad_input() {
	$TAKT bound $OUT/there-is-none.elf >/dev/null 2>&1
	is $? 2 "a missing image is bad input"
	$TAKT bound $SRC/bounds.S >/dev/null 2>&1
	is $? 2 "a file that is no ELF is bad input"
	$TAKT bound $OUT/bounds.elf.o >/dev/null 2>&1
	is $? 2 "an object file is bad input"
	$TAKT bound $OUT/bounds.elf >/dev/null 2>&1
	is $? 2 "an image without vectors has no classes"
	$TAKT bound --function nobody $OUT/bounds.elf >/dev/null 2>&1
	is $? 2 "a function that is not there is bad input"
	printf '.include "records.h"\n.text\nfunction f\n\tstep_bound f, 1\n\tnop\n\tstep_bound f, 2\n\tret\ndone f\n' >$OUT/two.S
	assemble $OUT/two.S $OUT/two.elf
	is "$($TAKT bound --function f $OUT/two.elf 2>&1)" \
		"$OUT/two.elf: error[image] two STEP_BOUNDs of one name have different values" "two values of one claim are bad input"
	head -c 3000 $OUT/gcc.elf >$OUT/cut.elf
	$TAKT bound $OUT/cut.elf >/dev/null 2>&1
	is $? 2 "a file cut short is bad input"
	$TAKT bound --json /there/is/none $OUT/gcc.elf >/dev/null 2>&1
	is $? 3 "a result that can't be written is the environment's fault"
}

by_hand
refusals
classes gcc "$GCC"
classes gcc-lto "$GCC -flto"
broken no-loop-bound '/LOOP_BOUND/d' 1 'error\[loop-without-bound\].*(.*exit_loop\|work_off)'
broken no-handler '/\[EXIT_FP\]/s/\[EXIT_FP\] = exit_short,//' 1 'error\[handler\].*: fp'
broken one-target-missing '/CALL_TARGET(exit_long)/d' 2 'exit_handlers'
measured gcc-measured "$GCC"
if command -v clang >/dev/null && command -v ld.lld >/dev/null; then
	classes clang "$CLANG"
	measured clang-measured "$CLANG"
fi
source_loops
bad_input
echo "1..$count"
[ $failed -eq 0 ]
