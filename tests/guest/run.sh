#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs one test guest and shows its console.
#
#     tests/guest/run.sh NAME              a line of tests/guest/list, under Takt
#     tests/guest/run.sh --bare GUEST [CPUS] [MODEL]
#                                          the guest on QEMU without hypervisor: there the emulated GICv3 is the judge of
#                                          the test itself, and what only Takt has is skipped
#     tests/guest/run.sh --bare-all        every guest that ends by itself, in this way; fails when one does not pass
set -eu

cd "$(dirname "$0")/../.."

bare() {
	[ -f "build/tests/guest/$1.elf" ] || {
		echo "no guest $1 (make guest-tests)" >&2
		return 2
	}
	timeout 120 qemu-system-aarch64 -M virt,gic-version=3 -cpu "${3:-cortex-a53}" -smp "${2:-1}" -m 512 -nic none \
		-icount shift=0,sleep=off -display none -monitor none -serial stdio \
		-kernel "build/tests/guest/$1.elf" </dev/null 2>/dev/null | tr -d '\r'
}

# bare_passes GUEST CPUS: the plan is there, as many results, and all are ok.
bare_passes() {
	bare "$1" "$2" | awk -v name="$1" -v cpus="$2" '
		/^ok/ { passed++ }
		/^not ok/ { failed++; print }
		/^1\.\./ { plan = substr($0, 4) }
		END {
			good = plan > 0 && passed == plan && failed == 0
			printf "%s %s on %d: %d of %d\n", good ? "ok" : "not ok", name, cpus, passed, plan
			exit !good
		}'
}

case ${1:-} in
--bare)
	shift
	bare "$@"
	;;
--bare-all)
	status=0
	for line in $(awk '$2 ~ /one\.dts$/ && NF > 2 { g = c = ""; for (i = 3; i <= NF; i++) {
			if ($i ~ /^GUEST=/) g = substr($i, 7); if ($i ~ /^VCPUS=/) c = substr($i, 7) }
			print g ":" (c == "" ? 1 : c) }' tests/guest/list | sort -u); do
		bare_passes "${line%:*}" "${line#*:}" || status=1
	done
	exit $status
	;;
'')
	sed -n '3,11s/^# \{0,1\}//p' "$0"
	exit 2
	;;
*)
	exec scripts/check/guest.sh guest tests/guest/list "$1"
	;;
esac
