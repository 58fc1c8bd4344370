#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `takt vm`: with a system in QEMU by its control socket, with a board's serial line that a stand-in plays. Prints TAP.
# Environment: TAKT (the program, default build/bin/takt), CC.
cd "$(dirname "$0")/../.." || exit 1
takt=${TAKT:-build/bin/takt}
work=$(mktemp -d)
export TMPDIR=$work NO_COLOR=1
socket=$work/control
. tests/tool/tap.sh
system=
trap 'kill $system 2>/dev/null; rm -rf "$work"' EXIT

vm() { # EXPECTED_CODE ARGUMENT...
	local expected=$1 code
	shift
	timeout 60 "$takt" vm "$@" >"$work/out" 2>"$work/err" </dev/null
	code=$?
	[ $code -eq "$expected" ] || { echo "# exit code $code, expected $expected"; return 1; }
}

has() { grep -qF -- "$2" "$work/$1" || { echo "# $1 lacks: $2"; return 1; }; }
state() { # VM STATE: reaches it
	local i
	for i in $(seq 100); do
		vm 0 list --control "$socket" && grep -qE "^ *[0-9]+ +$1 +$2\$" "$work/out" && return
		sleep 0.1
	done
	echo "# $1 does not become $2"
	return 1
}

# --- a system in QEMU: three that go on for ever, of which the last one keeps no copy of its images
cat >"$work/system.dts" <<'DTS'
/dts-v1/;
#include "tests/guest/system.dtsi"
#define DOMAIN(name, ...) name { \
	compatible = "openamp,domain-v1"; \
	cpus = <&cpus 0x1 1>; \
	memory = <0x0 0x40000000 0x0 0x200000>; \
	takt,kernel = "build/tests/guest/neighbour.elf"; \
	__VA_ARGS__ };
/ {
	takt,modes {
		limp-home {
			one { owner = <&one>; budget-ns = <300000>; };
		};
	};
	domains {
		one: DOMAIN(one, takt,budget-ns = <100000>; takt,period-ns = <1000000>;)
		DOMAIN(two)
		DOMAIN(fixed, takt,on-reset = "stop";)
	};
};
DTS
"$takt" run "$work/system.dts" -I . -o "$work/system.img" --control "$socket" --timeout 120 >"$work/run" 2>&1 </dev/null &
system=$!
for _ in $(seq 300); do
	grep -q "fixed. # neighbour started" "$work/run" && break
	sleep 0.1
done

vm 0 list --control "$socket" && has out " 0  one" && has out " 2  fixed"
ok "a list by the control socket"
[ "$(stat -c %a "$socket")" = 600 ]
ok "the socket is its owner's"
vm 0 list --json --control "$socket" && [ "$(tr -d ' \n' <"$work/out")" = \
	'[{"vm":"one","state":"running"},{"vm":"two","state":"running"},{"vm":"fixed","state":"running"}]' ]
ok "the same as JSON"
vm 0 pause one --control "$socket" && [ ! -s "$work/out" ] && state one paused && state two running
ok "pause"
vm 1 pause 0 --control "$socket" && has err "0 can't be told to pause: it does not run, or is paused already"
ok "pause of one that is paused is refused"
vm 0 resume one --control "$socket" && state one running
ok "resume"
vm 0 restart two --control "$socket" && state two running && grep -q "^.takt. two: restarted" "$work/run"
ok "restart"
vm 0 stop two --control "$socket" && state two off && vm 1 stop two --control "$socket" && has err "nothing to stop"
ok "stop"
vm 0 start two --control "$socket" && state two running
ok "start"
vm 1 restart fixed --control "$socket" && has err "takt,on-reset"
ok "restart of one without a copy of its images is refused"
vm 2 stop three --control "$socket" && has err "no such VM" && has err "three"
ok "a VM that is not there"
vm 2 stop 3 --control "$socket"
ok "a number that is not there"
vm 0 reserve one 200000 1000000 --control "$socket" && [ ! -s "$work/out" ]
ok "reserve"
vm 1 reserve one 999000 1000000 --control "$socket" && has err "does not fit on its CPU"
ok "a budget that does not fit"
vm 1 reserve two 1000 1000000 --control "$socket" && has err "two: it has no budget"
ok "a budget for best effort"
vm 2 reserve one 2000000 1000000 --control "$socket" && has err "not 0 < budget <= period" &&
	vm 2 reserve one 0 1000000 --control "$socket" && vm 2 reserve nobody 1 2 --control "$socket"
ok "a budget that is none"
vm 2 reserve one 20us 1000000 --control "$socket" && has err "not a number of nanoseconds" &&
	vm 2 reserve one 1 --control "$socket" && vm 2 reserve one 1 2 3 --control "$socket"
ok "words that are no times"
mode() { # NAME: is complete
	local i
	for i in $(seq 100); do
		grep -q "^.takt. mode $1 is complete" "$work/run" && return
		sleep 0.1
	done
}
vm 0 mode limp-home --control "$socket" && mode limp-home && vm 0 mode normal --control "$socket" && mode normal
ok "mode"
vm 2 mode limp --control "$socket" && has err "no such mode" && vm 2 mode 1 --control "$socket" &&
	vm 2 mode --control "$socket"
ok "a mode that is not there"
pids=
for i in 1 2 3 4 5 6; do
	"$takt" vm list --control "$socket" >"$work/list$i" 2>&1 </dev/null &
	pids="$pids $!"
done
wait $pids
[ "$(cat "$work"/list? | sort | uniq -c | awk '{ print $1 }' | sort -u)" = 6 ] && [ "$(wc -l <"$work/list1")" = 3 ]
ok "several programs at once each have their answer"
timeout 60 "$takt" run "$work/system.img" --control "$socket" >"$work/out" 2>"$work/err" </dev/null
[ $? -eq 3 ] && has err "another run's"
ok "a second run does not take the socket"
printf '\3767 sto' | timeout 5 "$takt" vm list --control "$socket" >"$work/out" 2>&1
state one running
ok "the system goes on"
kill $system
wait $system 2>/dev/null
system=
[ ! -e "$socket" ]
ok "the socket goes with the run"
vm 3 list --control "$socket" && has err "is a \`takt run --control $socket\` under way?"
ok "without a run there is no answer"
mkfifo "$work/fifo" && : >"$work/file"
timeout 60 "$takt" run "$work/system.img" --control "$work/file" >"$work/out" 2>"$work/err" </dev/null
[ $? -eq 3 ] && has err "is there already" && [ -f "$work/file" ]
ok "what is no socket is not replaced"

# --- a serial line
${CC:-gcc} -D_GNU_SOURCE -I. -o "$work/fake_line" tests/tool/vm/fake_line.c logic/vm_shell.c logic/vm_text.c || exit 1
line() { # MODE: begins one; its name in $device
	exec 7> >(exec "$work/fake_line" "$1" >"$work/device")
	local i
	for i in $(seq 50); do
		[ ! -s "$work/device" ] || break
		sleep 0.1
	done
	device=$(cat "$work/device")
	: >"$work/device"
}
line ""
vm 0 list --serial "$device" && [ "$(awk '{ print $1, $2, $3 }' "$work/out" | tr '\n' ,)" = "0 radio running,1 linux failed," ]
ok "a list by a serial line, among other lines"
vm 0 stop radio --serial "$device" && vm 1 stop linux --serial "$device" && has err "another command is under way"
ok "commands by it"
vm 0 reserve 0 100 4000000000 --serial "$device" && vm 1 reserve 0 100 200 --serial "$device" && has err "try again"
ok "a reservation by it"
vm 0 mode limp-home --serial "$device" && vm 1 mode normal --serial "$device" && has err "on its way to another mode"
ok "modes by it"
line long
vm 1 restart a-name-of-thirty-one-characters --serial "$device" && vm 0 list --serial "$device"
ok "the longest name"
line lossy
vm 3 list --serial "$device" && has err "a part of the answer was lost"
ok "a list with a line that was lost is none"
line silent
vm 3 list --serial "$device" --timeout 0.5 && has err "no answer"
ok "no answer"
exec 7>&-
vm 3 list --serial "$work/file" && has err "is not a serial line"
ok "a file is no serial line"
vm 3 list --serial "$work/nothing" && has err "No such file"
ok "nor is nothing"

# --- the command line
vm 0 --help && has out "usage: takt vm list"
ok "help"
vm 2 && vm 2 list && vm 2 lists --control x && has err "no such command" && vm 2 stop --control x &&
	has err "exactly one VM" && vm 2 list one --control x && vm 2 stop a b --control x && vm 2 stop "a b" --control x
ok "what is missing or too much is refused"
vm 2 list --control x --serial y && vm 2 list --control x --timeout 0 && vm 2 list --control x --nonsense
ok "options that are wrong are refused"
vm 3 list --control "$work/$(printf '%0200d' 0)" && has err "107"
ok "a path that is too long"

echo "1..$count"
[ $failed -eq 0 ]
