#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Measures all figures: runs every line of the suite, adds the size of the image, writes DIR/report.json, prints the
# table. Fails when a figure is missing or above its ceiling.
#
#     bench.sh SUITE CEILINGS RATIOS DIR [NAME...]      only the runs NAME, with names
set -u

suite=$1
ceilings=$2
ratios=$3
out=$4
shift 4
only=" $* "
failures=0

fail() {
	echo "bench: $*" >&2
	failures=$((failures + 1))
}

is_wanted() {
	[ "$only" = "  " ] || case $only in
	*" $1 "*) return 0 ;;
	*) return 1 ;;
	esac
}

# The ceilings as JSON: {"NAME": {"ceiling": N, "goal": N}, ...}. Those that are multiples are rounded down, and are there once the other
# figure is.
limits() {
	awk -v measured="$(cat "$out"/*.json | jq -r '.figures[]? | "\(.name) \(.max)"')" '
	BEGIN {
		n = split(measured, word)
		for (i = 1; i < n; i += 2)
			max[word[i]] = word[i + 1]
	}
	/^#/ || NF < 2 || (NF == 4 && !($4 in max)) { next }
	{
		unit = NF == 4 ? max[$4] : 1
		goal = NF >= 3 ? ", \"goal\": " int($3 * unit) : ""
		printf "%s\"%s\": {\"ceiling\": %s%s}", before, $1, int($2 * unit), goal
		before = ", "
	}' "$ceilings" "$ratios" | sed 's/.*/{&}/'
}

# keep FILE FIGURES: of a report's figures only these, with their ceilings. A system may print others, which mean nothing there.
# A figure REPORTED=NAME is called NAME from here on: every system reports its boot, for example. One may have several names.
keep() {
	jq --argjson limits "$(limits)" --arg figures "$2" '
		($figures | split(" ") | map(select(. != "") | split("="))) as $names |
		.figures |= [.[] as $figure | $names[] | select(.[0] == $figure.name) | $figure + { name: .[-1] } + ($limits[.[-1]] // {})]' \
		"$1" >"$1.new" &&
		mv "$1.new" "$1"
}

# run_bare GUEST LOG: what the guest prints on a CPU that is its own, without hypervisor; and its report.
run_bare() {
	timeout 600 qemu-system-aarch64 -M virt,gic-version=3 -cpu cortex-a53,cntfrq=1000000000 -m 512 -nic none \
		-icount shift=0,sleep=off -display none -monitor none -serial stdio -kernel "$1" </dev/null 2>"$2" | tr -d '\r' >>"$2"
	sed -n 's/^@takt //p' "$2" | jq -s '{ instructions: true, figures: [.[] | { name: .figure } + del(.figure)] }'
}

# run NAME FIGURES ARGUMENTS: one line of the suite; its report must hold the figures.
run() {
	echo "bench: $1"
	eval "set -- '$1' '$2' $3"
	name=$1
	figures=$2
	shift 2
	if [ "$1" = --bare ]; then
		run_bare "$2" "$out/$name.log" >"$out/$name.json"
	else
		build/bin/takt run "$@" --timeout 1800 --log-dir "$out/$name" --report "$out/$name.json" >"$out/$name.log" 2>&1 ||
			fail "takt run $name: exit code $?, see $out/$name.log"
	fi
	[ -s "$out/$name.json" ] && keep "$out/$name.json" "$figures"
	for figure in $figures; do
		figure=${figure#*=}
		jq -e --arg name "$figure" 'any(.figures[]; .name == $name)' "$out/$name.json" >/dev/null 2>&1 ||
			fail "$name: no figure $figure, see $out/$name.log"
	done
}

# A report of one figure: the bytes of EL2's text, rodata and data.
measure_image() {
	build/bin/takt bound build/el2/takt.elf --json "$out/bounds.json" >"$out/bounds.log" 2>&1 ||
		fail "takt bound: see $out/bounds.log"
	jq '.image.bytes as $bytes |
		{ instructions: true, figures: [{ name: "image.bytes", unit: "bytes", samples: 1,
			min: $bytes, p50: $bytes, p99: $bytes, max: $bytes }] }' "$out/bounds.json" >"$out/image.json" &&
		keep "$out/image.json" image.bytes && return
	rm -f "$out/image.json"
	fail "no size of the image in $out/bounds.json"
}

rm -rf "$out"
mkdir -p "$out"
while IFS='|' read -r name figures arguments; do
	name=$(echo $name)
	case $name in
	'' | '#'*) continue ;;
	esac
	is_wanted "$name" && run "$name" "$figures" "$arguments" </dev/null
done <"$suite"
measure_image
reports=$(ls "$out"/*.json | grep -v -e /bounds.json -e /report.json)
build/bin/takt report $reports --merge "$out/report.json" || fail "takt report: exit code $?"
for figure in $(jq -r '.figures[] | select(.ceiling != null and .max > .ceiling) | .name' "$out/report.json"); do
	fail "$figure is above its ceiling"
done
echo "bench: $out/report.json"
[ "$failures" -eq 0 ]
