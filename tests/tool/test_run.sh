#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `takt run` and `takt report` with a stand-in for QEMU: consoles, ends, exit codes, reports. Prints TAP.
# Environment: TAKT (the program, default build/bin/takt), CC.
cd "$(dirname "$0")/../.." || exit 1
takt=${TAKT:-build/bin/takt}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export FAKE_DIR=$work/fake TMPDIR=$work NO_COLOR=1
mkdir "$FAKE_DIR"
. tests/tool/tap.sh

run() { # EXPECTED_CODE ARGUMENT...
	local expected=$1 code
	shift
	rm -f "$FAKE_DIR"/{args,commands,pid,hang}
	timeout 60 "$takt" run "$work/system.img" --qemu "$PWD/tests/tool/run/fake-qemu" --timeout 30 "$@" \
		>"$work/out" 2>"$work/err" </dev/null
	code=$?
	[ $code -eq "$expected" ] || { echo "# exit code $code, expected $expected"; return 1; }
}

report() { # EXPECTED_CODE ARGUMENT...
	local expected=$1 code
	shift
	"$takt" report "$@" >"$work/out" 2>"$work/err"
	code=$?
	[ $code -eq "$expected" ] || { echo "# exit code $code, expected $expected"; return 1; }
}

script() { printf '%s\n' "$@" >"$FAKE_DIR/script"; }
stats() { "$work/make_stats" "$FAKE_DIR/4096" "$FAKE_DIR/8192" "$@"; }
has() { grep -qF -- "$2" "$work/$1" || { echo "# $1 lacks: $2"; return 1; }; }
lacks() { ! grep -qF -- "$2" "$work/$1" || { echo "# $1 has: $2"; return 1; }; }
gone() { ! grep -q '^State:.[^Z]' "/proc/$(cat "$FAKE_DIR/pid")/status" 2>/dev/null; } # a zombie is gone

${CC:-gcc} -I. -o "$work/make_stats" tests/tool/run/make_stats.c || exit 1
: >"$work/system.img"
cat >"$work/system.img.json" <<'JSON'
{"image": "system.img", "source": "demo.dts", "arena_pa": 4096, "counter_hz": 1000000000, "cpus": 1,
 "contexts": [{"name": "radio/0", "kind": "vcpu", "cpu": 0, "vm": "radio"}, {"name": "uart", "kind": "driver", "cpu": 0, "vm": null},
              {"name": "linux/0", "kind": "vcpu", "cpu": 0, "vm": "linux"}],
 "vms": [{"name": "radio", "vcpus": 1, "context": [0], "reservation": {"budget_ns": 300000, "period_ns": 1000000}},
         {"name": "linux", "vcpus": 1, "context": [2], "reservation": null}],
 "qemu": {"machine": "virt", "cpus": 1, "memory_mib": 512}}
JSON
stats

# Consoles
script 'EL2 is up\r\n[takt] ready\r\n' '[linux] Booting Li\r\r\n[radio] frame 1\r\n' '[linux]+nux [radio] x\r\n' \
	'[linux] 10%\r[linux] 100%\r\n[nobody] y\r\n' '[radio] @takt {"deadline_misses": 0}\r\n' '[radio] done\r\n'
run 0 --until 'done' --log-dir "$work/logs" --report "$work/report.json" --mark 'frame 1'
ok "a run ends when its text is printed"
printf '%s\n' '[takt] EL2 is up' '[takt] ready' '[radio] frame 1' '[linux] Booting Linux [radio] x' '[linux] 100%' \
	'[takt] [nobody] y' '[radio] done' >"$work/expected"
head -7 "$work/out" | diff - "$work/expected" >"$work/err"
ok "consoles are told apart, broken lines joined, reports not shown"
gone
ok "QEMU is gone afterwards"
printf '%s\n' 'frame 1' '@takt {"deadline_misses": 0}' 'done' | diff - "$work/logs/radio.log" >"$work/err"
ok "a log has the text of one console"
printf '%s\n' "          1000 cpu0 switch    radio/0          from linux/0" \
	"          2000 cpu0 irq       radio/0          27" "          3000 cpu0 model     linux/0          0x18" \
	"          4000 cpu0 switch    linux/0          from idle" | diff - "$work/logs/trace.txt" >"$work/err"
ok "the trace ring is written oldest first"
[ -z "$(find "$work" -name 'takt-run*')" ]
ok "no temporary files are left"
tr '\n' ' ' <"$FAKE_DIR/args" >"$work/args"
has args '-M virt,virtualization=on,gic-version=3,dtb-randomness=off -cpu cortex-a53,cntfrq=1000000000 -smp 1 -m 512' &&
	has args '-rtc base=2024-01-01,clock=vm' && has args '-icount shift=0,sleep=off'
ok "QEMU is told to repeat exactly"

# The report
flatten() { tr -d ' \n' <"$1" >"$work/flat"; }
flatten "$work/report.json"
has flat '"instructions":true' && has flat '"name":"boot.first_guest"' && has flat '"max":123000' &&
	has flat '"deadline_misses":0' && has flat '"cpu_share":0.25' && has flat '"sum_check":0' &&
	has flat '"irq":{"count":15,"longest":170}' && has flat '"idle":{"count":3,"longest":55}' &&
	has flat '"budget_ns":300000' && has flat '"since_mark":{"text":"frame1"'
ok "the report has figures, VMs, CPUs and exits"
figure='@takt {"figure": "timer.spin", "unit": "instructions", "samples": 9, "min": 1, "p50": 2, "p99": 3, "max": 180, "histogram": [[100, 8], [200, 1]]}'
script "[radio] $figure\\r\\n[radio] done\\r\\n"
printf '# figures\n\ntimer.spin 200 150\nboot.first_guest 300000 150000\n' >"$work/ceilings"
run 0 --until 'done' --ceilings "$work/ceilings" --report "$work/report.json" && has out 'timer.spin' && has out 'ceiling'
ok "a figure below its ceiling is kept"
flatten "$work/report.json"
has flat '"verdict":"ceiling"' && has flat '"verdict":"goal"'
ok "verdicts are in the report"
printf 'timer.spin 179 150\n' >"$work/low"
run 1 --until 'done' --ceilings "$work/low" && has err 'broken: timer.spin is 180, above its ceiling of 179'
ok "a figure above its ceiling is broken"
printf 'timer.spin 100\n' >"$work/wrong"
run 2 --until 'done' --ceilings "$work/wrong" && has err 'wrong:1: error'
ok "a wrong file of ceilings is refused"
run 0 --until 'done' --realtime --report "$work/report.rt.json"
flatten "$work/report.rt.json"
has flat '"instructions":false' && has flat '"unit":"ticks"' && lacks flat '"unit":"instructions"' && ! grep -q icount "$FAKE_DIR/args"
ok "in real time nothing is called instructions"

# Several CPUs
cp "$work/system.img.json" "$work/one-cpu.json"
sed -i 's/"cpus": 1,/"cpus": 2,/' "$work/system.img.json"
run 0 --until 'done' --report "$work/report.smp.json" && flatten "$work/report.smp.json" &&
	has flat '"instructions":false' && ! grep -q icount "$FAKE_DIR/args"
ok "several CPUs run on the host's clock"
run 0 --until 'done' --in-turn --report "$work/report.smp.json" && flatten "$work/report.smp.json" &&
	has flat '"instructions":true' && grep -q icount "$FAKE_DIR/args"
ok "or in turn, and count instructions"
run 2 --until 'done' --in-turn --realtime && has err 'leave one of them out'
ok "not both"
mv "$work/one-cpu.json" "$work/system.img.json"

# Broken promises
script '[radio] @takt {"deadline_misses": 2}\r\n[radio] done\r\n'
run 1 --until 'done' && has err 'broken: radio missed 2 deadlines'
ok "missed deadlines break the run"
script '[radio] @takt {"deadline_mi\r\n[radio] done\r\n'
run 1 --until 'done' && has err 'is not JSON'
ok "a report that is none breaks the run"
script '[radio] going\r\n[linux] Kernel panic\r\n' '#wait 5'
run 1 --until 'done' --fail-on 'Kernel panic' && has err '"Kernel panic" was printed' && gone
ok "--fail-on ends the run"
script '[radio] done\r\n'
stats linux_state=2
run 1 --until 'done' && has err 'broken: linux was stopped for a fault: pc 0xabc syndrome 0x96000010 address 0xa000000'
ok "a VM stopped for a fault breaks the run"
run 0 --until 'done' --expect-stop linux
ok "unless that was expected"
run 1 --until 'done' --expect-stop radio --expect-stop linux && has err 'radio should have been stopped'
ok "an expected stop must happen"
stats unpaid=3
run 1 --until 'done' && has err 'broken: CPU 0: 3 ticks have no payer'
ok "time without a payer breaks the run"
stats

# Ends
script '[radio] one\r\n' '#wait 0.3' '[linux] two\r\n' '#wait 9'
run 0 --until two --until one && gone
ok "several texts must all be printed"
script '[radio] one' '#wait 0.3' '\r\n[linux] one\r\n' '#wait 9'
run 0 --until one --until one && gone
ok "one that is given twice, on two lines"
script '[radio] one' '#wait 0.3' ' one\r\n' '#wait 20'
run 3 --until one --until one --timeout 1 && gone
ok "a line counts once, however it comes"
script '[radio] only\r\n' '#wait 20'
run 3 --until never --timeout 1 && has err 'no end after 1 s; last output: [radio] only' && gone
ok "--timeout ends with code 3 and the last output"
stats radio_state=0 linux_state=0
script '[radio] bye\r\n' '#wait 20'
run 0 && has err 'every VM is off' && has out '[radio] bye'
ok "a run ends when every VM is off"
run 1 --until never && has err 'broken: "never" was not printed'
ok "a text that was not printed is a broken promise"
stats now=3000001000
script '[radio] x\r\n' '#wait 20'
run 0 --time 2.5 && has err '2.5 s have passed'
ok "--time ends by the guests' clock"
stats
script '[radio] x\r\n' '#event SHUTDOWN' '#wait 20'
run 0 && has err 'switched off or reset'
ok "a reset of the machine ends the run"
script '[radio] last words\r\n' '#wait 0.3' '#exit'
run 3 && has err 'QEMU has ended by itself'
ok "an end of QEMU is an error of the environment"
script '[radio] x\r\n' '#hang' '#wait 60'
run 3 && has err 'QEMU does not answer' && gone
ok "a QEMU that hangs is an error of the environment"
script '[radio] x\r\n' '#wait 20'
run 3 --qemu /nonexistent/qemu && has err 'qemu-system-arm'
ok "a missing QEMU is named with its package"
script '[radio] x\r\n' '#wait 20'
rm -f "$FAKE_DIR/pid"
"$takt" run "$work/system.img" --qemu "$PWD/tests/tool/run/fake-qemu" >"$work/out" 2>"$work/err" </dev/null &
sleep 1
kill -TERM $!
wait $!
[ $? -eq 3 ] && has err interrupted && gone
ok "a signal ends the run and QEMU"
"$takt" run "$work/system.img" --qemu "$PWD/tests/tool/run/fake-qemu" >"$work/out" 2>"$work/err" </dev/null &
sleep 1
kill -KILL $!
wait $! 2>/dev/null
sleep 0.2
gone
ok "QEMU does not survive takt"

# Input
script '[linux] login: ' '#read' '[linux]  ok\r\n[linux] $ ' '#read' 'done\r\n' '#wait 5'
run 0 --until 'done' --send 'login: =root' --send '$ =ls' && has out 'root' && has out 'ls'
ok "--send answers prompts in turn"
script '[linux] keys? ' '#read' 'done\r\n' '#wait 5'
printf 'abc\r' | (sleep 0.5; cat; sleep 1) | timeout 30 "$takt" run "$work/system.img" \
	--qemu "$PWD/tests/tool/run/fake-qemu" --interactive --until 'done' >"$work/out" 2>"$work/err"
has out 'typed: abc'
ok "--interactive passes keys on"
printf '\001x' | (sleep 0.5; cat; sleep 3) | timeout 30 "$takt" run "$work/system.img" \
	--qemu "$PWD/tests/tool/run/fake-qemu" --interactive >"$work/out" 2>"$work/err"
has err 'takt run: quit'
ok "Ctrl-A x quits"
script '[linux] l\r\n[radio] r\r\n[takt] t\r\n[linux] done\r\n'
run 0 --until 'done' --console radio && has out '[radio] r' && has out '[takt] t' && lacks out '[linux] l'
ok "--console shows one console"

# Bad input
run 2 --console nobody && has err 'there is no VM nobody'
ok "an unknown VM is refused"
run 2 --time soon && has err 'not a positive number'
ok "a wrong number is refused"
run 2 --until ''
ok "an empty text is refused"
"$takt" run "$work/nothing.img" >"$work/out" 2>"$work/err"
[ $? -eq 2 ] && has err 'nothing.img.json'
ok "an image without description is refused"
mv "$work/system.img.json" "$work/good.json"
sed 's/"context": \[2\]/"context": [9]/' "$work/good.json" >"$work/system.img.json"
run 2 && has err 'names a context that does not exist'
ok "a description of the image that is wrong is refused"
mv "$work/good.json" "$work/system.img.json"

# takt report
report 0 "$work/report.json" && has out 'timer.spin' && has out '25.0 %' && has out 'mmio' && has out '123,000'
ok "report shows tables"
report 1 "$work/report.json" --ceilings "$work/low" && has err 'above its ceiling'
ok "report checks ceilings"
printf 'not.measured 10 5\n' >"$work/missing"
report 1 "$work/report.json" --ceilings "$work/missing" && has err 'broken: not.measured was not measured'
ok "a figure that is missing is broken"
echo '{"classes": {"irq": {"bound": 200}, "mmio": {"bound": 300}, "idle": {"bound": 55}}}' >"$work/bounds.json"
report 0 "$work/report.json" --bounds "$work/bounds.json"
ok "steps within their bounds are kept"
echo '{"classes": {"irq": {"bound": 169}, "mmio": {"bound": 300}}}' >"$work/bounds.json"
report 1 "$work/report.json" --bounds "$work/bounds.json" && has err 'class irq took 170, above its bound of 169' &&
	has err 'class idle occur and have no bound'
ok "a step above its bound, or without one, is broken"
sed 's/"max": 180/"max": 190/' "$work/report.json" >"$work/second.json"
report 0 "$work/report.json" "$work/second.json" --merge "$work/merged.json" --html "$work/page.html" --quiet
flatten "$work/merged.json"
has flat '"max":190' && lacks flat '"max":180' && has flat '"irq":{"count":30,"longest":170}'
ok "of figures in several reports the worst is kept"
has page.html '<svg' && has page.html 'timer.spin' && has page.html 'Every promise was kept' &&
	! grep -qE 'src=|href=' "$work/page.html"
ok "the page has a histogram and needs nothing else"
echo '{"figures": [{"name": "image.bytes", "unit": "bytes", "samples": 1, "max": 5}]}' >"$work/size.json"
report 0 "$work/report.json" "$work/size.json" --merge "$work/merged.json" && has out 'image.bytes' && has out ' bytes '
flatten "$work/merged.json"
has flat '"instructions":true'
ok "a report of figures only joins others"
echo '{}' >"$work/empty.json"
report 2 "$work/empty.json" && has err 'not a report'
ok "what is no report is refused"
report 2
ok "no report at all is refused"

echo "1..$count"
[ $failed -eq 0 ]
