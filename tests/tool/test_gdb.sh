#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# takt gdb, unattended: breakpoints of EL2 and of one VM among two that run the same program at the same addresses, the commands
# that it adds, and what it says when something is missing. Run from the top of the tree; prints TAP.
set -u
takt=${TAKT:-build/bin/takt}
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
. tests/tool/tap.sh

# gdb EXPECTED-CODE SYSTEM TARGET ARGUMENT...
gdb() {
	local want=$1 code
	shift
	timeout 60 "$takt" gdb "$@" >"$work/out" 2>&1 </dev/null
	code=$?
	[ $code -eq "$want" ] || { echo "# exit code $code, expected $want"; return 1; }
}
has() { grep -qE -e "$1" "$work/out" || { echo "# lacks: $1"; return 1; }; }
times() { [ "$(grep -cE -e "$2" "$work/out")" -eq "$1" ] || { echo "# not $1 times: $2"; return 1; }; }

gdb 0 systems/first.dts el2 -- -nh -batch -ex 'break boot_main' -ex 'break vm_start' -ex takt-contexts -ex continue -ex continue -ex backtrace
has 'Breakpoint 1, boot_main' && has 'Breakpoint 2, vm_start'
ok "breakpoints of EL2 hold before and behind the start of its MMU"
has 'EL2 has not made its statistics yet'
ok "before EL2 counts, the commands say so"
times 1 '^#[0-9]+ .*boot_main \('
ok "a backtrace of EL2 ends"

gdb 0 systems/first.dts el2 -- -nh -batch -ex 'break model_access' -ex 'ignore 1 50' -ex continue -ex takt-cpus -ex takt-contexts -ex 'takt-trace 3'
has '^cpu0  EL2  pc 0x40[0-9a-f]+  loaded: radio/0  model_access'
ok "takt-cpus says where a CPU is"
has '^radio/0 +on +[1-9][0-9]* ticks' && has '^uart +on '
ok "takt-contexts lists what EL2 schedules"
has '^ +[0-9]+ cpu0 switch +radio/0 +from (idle|uart)' && times 3 '^ +[0-9]+ cpu0 '
ok "takt-trace prints the last records"

cat >"$work/two.dts" <<END
/dts-v1/;
#include "boards/qemu-virt.dtsi"
#define RADIO(name) name { \\
	compatible = "openamp,domain-v1"; \\
	cpus = <&cpus 0x1 1>; \\
	memory = <0x0 0x40000000 0x0 0x100000>; \\
	takt,kernel = "$PWD/build/guests/radio-short.elf"; \\
	takt,budget-ns = <300000>; \\
	takt,period-ns = <1000000>; \\
}
/ { domains { RADIO(first); RADIO(second); }; };
END
gdb 0 "$work/two.dts" second -- -nh -batch -ex 'break chain_run' -ex continue -ex backtrace -ex takt-cpus -ex continue -ex takt-cpus \
	-ex continue -ex takt-cpus
has '#1 .* in chain_task \(\) at guests/radio/radio.c' && times 3 '^Breakpoint 1, chain_run' &&
	times 3 'EL1 .* loaded: second/0  chain_run'
ok "a breakpoint of a VM is hit in that VM only"
gdb 0 "$work/two.dts" first --symbols build/guests/radio-short.elf -- -nh -batch -ex 'break chain_run if 1 + 1 == 2' -ex 'tbreak console_init' \
	-ex 'condition 1 2 + 2 == 4' -ex 'info breakpoints' -ex continue -ex takt-cpus
has 'stop only if \$_takt_here\(\) && \(2 \+ 2 == 4\)' && has 'loaded: first/0  console_init'
ok "conditions of the user's own come on top"
gdb 0 "$work/two.dts" second -- -nh -batch -ex 'break chain_run' -ex continue -ex 'print sizeof(long)' -ex 'x/i $pc' -ex stepi -ex 'info registers pc'
has '=> 0x4[0-9a-f]+ <chain_run>' && has '<chain_run\+4>'
ok "memory and registers are the guest's; an instruction is stepped"

gdb 1 "$work/two.dts" second -- -nh -batch -ex 'break put_byte' -ex continue -ex delete -ex next -ex next -ex next -ex takt-cpus -ex takt-return \
	-ex takt-cpus -ex takt-return
has '^cpu0  EL2 ' && has '^cpu0  EL1 .* loaded: second/0  console_put' && has 'the CPU is not in EL2'
ok "takt-return leads back from an exit"

"$takt" build -q "$work/two.dts" -o "$work/two.img"
gdb 7 "$work/two.img" el2 -- -nh -batch -ex 'quit 7'
ok "an image is taken too; the exit code is gdb's"
gdb 2 "$work/two.img" third && has 'there is no VM third in .*\(el2, first, second are possible\)'
ok "a VM that is not there"
gdb 2 "$work/two.img" && has 'needed are'
ok "no target"
gdb 2 "$work/two.img" el2 --symbols "$work/none.elf" && has 'there is no file'
ok "symbols that are not there"
gdb 3 "$work/two.img" el2 --gdb "$work/no-gdb" && has 'install the package gdb-multiarch'
ok "no gdb: its package is named"
gdb 3 "$work/two.img" el2 --qemu "$work/no-qemu" && has 'install the package qemu-system-arm'
ok "no QEMU: its package is named"
gdb 0 --help && has 'usage: takt gdb'
ok "help"
[ -z "$(ls "$TMPDIR")" ]
ok "nothing is left behind"

echo "1..$count"
[ $failed -eq 0 ]
