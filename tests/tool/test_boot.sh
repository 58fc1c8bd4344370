#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Boot loaders, with Debian's U-Boot (package u-boot-qemu): as a guest, where it starts a kernel. Run from the top of the tree; prints TAP.
set -u
takt=${TAKT:-build/bin/takt}
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
count=0
failed=0

# check NAME TEXT COMMAND...: the command ends with 0, and its output has the text.
check() {
	local name=$1 text=$2
	shift 2
	"$@" >"$work/out" 2>&1 </dev/null
	local code=$?
	count=$((count + 1))
	if [ $code -eq 0 ] && grep -qF -e "$text" "$work/out"; then
		echo "ok $count - $name"
	else
		failed=$((failed + 1))
		echo "not ok $count - $name"
		echo "# wanted 0 and '$text'; got $code:"
		sed 's/^/# /' "$work/out" | tail -40
	fi
}

guest() { # OPTION...: U-Boot as a guest, at its prompt
	timeout 100 "$takt" run systems/u-boot-guest.dts --timeout 90 --fail-on 'Kernel panic' --send 'autoboot=' "$@"
}

initrd=$(printf %x "$(stat -Lc %s build/debian/initrd.cpio.gz)")
check 'U-Boot as a guest starts a kernel' 'reboot: Power down' guest --until 'reboot: Power down' \
	--send '> =setenv bootargs console=ttyAMA0 rdinit=/init quiet takt.load=none' \
	--send "> =booti 44000000 48000000:$initrd \${fdtcontroladdr}" --send '/ #=poweroff -f'
check 'read-only memory reads as erased' '04000000: ffffffff' guest --until '04000000: ffffffff' --send '> =md.l 4000000 1'
check 'and a write to it is an external abort' 'esr 0x96000050' guest --until 'esr 0x96000050' --send '> =mw.l 4000000 0'

echo "1..$count"
[ $failed -eq 0 ]
