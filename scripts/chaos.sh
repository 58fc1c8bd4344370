#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The long run of the guest that goes mad: systems/chaos.dts with seeds 1 to SEEDS, ACTIONS actions each; of four seeds one is two
# such guests on four CPUs at once, systems/chaos-spread.dts.
#
#     chaos.sh [SEEDS [ACTIONS [DIR]]]       20 seeds of 1000000 actions, build/chaos
#
# The seed chooses the number of vCPUs, the model of the CPU and the end. A seed passes when chaos has done all its actions and
# ended in that way, the radio missed no deadline, the victim and the neighbour found all that is theirs unchanged, cycles
# add up, the console was not flooded, and no step was longer than its bound. A seed that has passed is not run again: what
# was interrupted goes on. Of one that fails everything is kept in DIR/SEED. Exit code 1: some failed.
set -u

seeds=${1:-20}
actions=${2:-1000000}
out=${3:-build/chaos}
console_max=4096 # bytes of Takt's own console, some lines for each VM
# Seconds: two spread guests took 18 minutes for 1000000 actions on a loaded machine.
limit=$((actions / 250 + 600))

pick() {
	shift "$(($1 % ($# - 1) + 1))"
	echo "$1"
}

# On the host's clock: neither deadlines nor steps can be measured.
run_spread() {
	seed=$1
	dir=$out/$seed
	vcpus=$(pick "$((seed / 4))" 1 2 4 8)
	end=$(pick "$((seed / 4))" off cpus)
	build/bin/takt run systems/chaos-spread.dts -D "SEED=$seed" -D "ACTIONS=$actions" -D "VCPUS=$vcpus" -D "END=$end" \
		-D "ROUNDS=$((actions / 200 + 250))" --until "chaos-a: off" --until "chaos-b: off" --until "victim: done" --until "radio done" \
		--fail-on WRONG --fail-on "not ok" --fail-on "chaos: lost" --fail-on "chaos: stuck" --timeout "$limit" \
		--log-dir "$dir" --report "$dir/report.json" >"$dir/run.log" 2>&1 || echo "takt run: exit code $?"
	[ "$(wc -c <"$dir/takt.log")" -le $console_max ] || echo "Takt's console was flooded"
}

# run SEED: prints what was wrong.
run() {
	seed=$1
	dir=$out/$seed
	vcpus=$(pick "$seed" 1 2 3 8)
	end=$(pick "$seed" off nowhere cpus loop storm)
	cpu=$(pick "$seed" cortex-a53 cortex-a53 max cortex-a72 cortex-a53 cortex-a57 cortex-a53)
	set --
	[ "$end" != nowhere ] || set -- --expect-stop chaos --until "its exception vector can't be executed"
	build/bin/takt run systems/chaos.dts -D "SEED=$seed" -D "ACTIONS=$actions" -D "VCPUS=$vcpus" -D "END=$end" \
		-D "ROUNDS=$((actions / 200 + 250))" -D "RADIO=\"../build/guests/radio.elf\"" --cpu "$cpu" "$@" \
		--until "chaos: end" --until "victim: done" --until "radio done" \
		--fail-on WRONG --fail-on "not ok" --fail-on "chaos: lost" --fail-on "chaos: stuck" --timeout "$limit" \
		--log-dir "$dir" --report "$dir/report.json" >"$dir/run.log" 2>&1 || echo "takt run: exit code $?"
	build/bin/takt report "$dir/report.json" --bounds "$out/bounds.json" >"$dir/bounds.log" 2>&1 ||
		echo "takt report --bounds: exit code $?"
	[ "$(wc -c <"$dir/takt.log")" -le $console_max ] || echo "Takt's console was flooded"
}

mkdir -p "$out"
build/bin/takt bound build/el2/takt.elf --json "$out/bounds.json" >"$out/bounds.log" 2>&1 || {
	cat "$out/bounds.log"
	exit 3
}
failures=0
seed=0
while [ $seed -lt "$seeds" ]; do
	seed=$((seed + 1))
	mkdir -p "$out/$seed"
	passed=$out/$seed/passed-$actions
	if [ -f "$passed" ]; then
		echo "chaos: seed $seed has passed before"
		continue
	fi
	started=$(date +%s)
	if [ $((seed % 4)) -eq 0 ]; then
		wrong=$(run_spread $seed)
	else
		wrong=$(run $seed)
	fi
	took=$(($(date +%s) - started))
	if [ -n "$wrong" ]; then
		failures=$((failures + 1))
		echo "chaos: seed $seed FAILED after $took s, see $out/$seed:"
		echo "$wrong" | sed 's/^/    /'
	else
		grep -ah "^chaos: seed .* digest" "$out/$seed"/chaos*.log | sed "s/\$/, $took s/"
		touch "$passed"
	fi
done
echo "chaos: $seeds seeds of $actions actions, $failures failed"
[ $failures -eq 0 ]
