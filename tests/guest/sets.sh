#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Random sets of reservations on the target, nobody of whom ever waits: each VM checks that its budget is kept. And one that is told
# less or more than it has must find it wrong. Prints TAP.
#
#     tests/guest/sets.sh COUNT [FIRST]      as many seeds, from FIRST (1) on
set -u

cd "$(dirname "$0")/../.."
count=$1
first=${2:-1}
out=build/check/guest/sets
mkdir -p "$out"

# run NAME: the set in $out/NAME.dtsi, until each of its VMs has said all. Its console is in $out/NAME.log.
run() {
	name=$1
	set --
	for _ in $(sed -n 's/^SUPPLY(\(vm[0-9]*\),.*/\1/p' "$out/$name.dtsi"); do
		set -- "$@" --until "# end"
	done
	build/bin/takt run tests/guest/budgets.dts -I tests/guest -D SET="\"$PWD/$out/$name.dtsi\"" "$@" --timeout 60 \
		--report "$out/../sets_$name.json" >"$out/$name.log" 2>&1
}

# objects ARGUMENT WHAT: a VM that is told so says "not ok" to what.
objects() {
	echo "SUPPLY(vm1, 1, 100000, 500000, 1000000, periods=20 $1);" >"$out/objects.dtsi"
	run objects && grep -q "not ok .* $2" "$out/objects.log" || printf 'not '
	echo "ok - told $1, it objects: $2"
}

seed=$first
while [ "$seed" -lt $((first + count)) ]; do
	awk -v seed="$seed" -f tests/guest/sets.awk >"$out/$seed.dtsi"
	if run "$seed" && ! grep -q "not ok" "$out/$seed.log"; then
		echo "ok - seed $seed: $(grep -c '^SUPPLY' "$out/$seed.dtsi") reservations"
	else
		echo "not ok - seed $seed"
		sed 's/^/# /' "$out/$seed.dtsi"
		grep -E 'not ok|# budget|error|takt run' "$out/$seed.log" | sed 's/^/# /'
	fi
	seed=$((seed + 1))
done
objects budget=98000 "never more than the budget"
objects budget=104000 "never less than the budget"
echo "1..$((count + 2))"
