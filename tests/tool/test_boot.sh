#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Boot loaders, with Debian's U-Boot (package u-boot-qemu): it starts a system from an image and from a FIT; and it is a guest that
# starts a kernel. mkimage (package u-boot-tools) judges what is made for it. Run from the top of the tree; prints TAP.
set -u
takt=${TAKT:-build/bin/takt}
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
count=0
failed=0

# check NAME CODE TEXT COMMAND...: the command ends so, and its output has the text.
check() {
	local name=$1 want=$2 text=$3
	shift 3
	"$@" >"$work/out" 2>&1 </dev/null
	local code=$?
	count=$((count + 1))
	if [ $code -eq "$want" ] && { [ -z "$text" ] || grep -qF -e "$text" "$work/out"; }; then
		echo "ok $count - $name"
	else
		failed=$((failed + 1))
		echo "not ok $count - $name"
		echo "# wanted $want and '$text'; got $code:"
		sed 's/^/# /' "$work/out" | tail -40
	fi
}

# At U-Boot's prompt, which waits for a key for two seconds of the guests' clock: a long time in instructions.
boot() { # IMAGE OPTION...
	timeout 60 "$takt" run "$@" --timeout 50 --firmware "$firmware" --send 'autoboot=' --send '> =boot'
}

firmware=/usr/lib/u-boot/qemu_arm64/u-boot.bin
check 'build of an image' 0 '1 domain' "$takt" build systems/first.dts -o "$work/first.img"
check 'its script is one' 0 'AArch64 Linux Script' mkimage -l "$work/first.img.scr"
check 'U-Boot starts the image' 0 '[radio] radio done' boot "$work/first.img" --until 'radio done'
check 'build of a FIT' 0 '1 domain' "$takt" build --format fit systems/first.dts -o "$work/first.itb"
check 'it is one' 0 'Load Address: 0x40200000' mkimage -l "$work/first.itb"
check 'U-Boot starts the FIT' 0 '[radio] radio done' boot "$work/first.itb" --until 'radio done'
check 'a second build' 0 '' "$takt" build -q --format fit systems/first.dts -o "$work/again.itb"
check 'is the same' 0 '' cmp "$work/first.itb" "$work/again.itb"
"$takt" build -q --format fit systems/first.dts -o "$work/broken.itb"
printf x | dd of="$work/broken.itb" bs=1 seek=20000 conv=notrunc 2>/dev/null
check 'U-Boot starts no damaged FIT' 1 'Bad hash value' boot "$work/broken.itb" --fail-on 'Bad hash value'
check 'QEMU starts no FIT' 2 'give --firmware' "$takt" run "$work/again.itb"
check 'no firmware' 3 'the package u-boot-qemu' "$takt" run "$work/first.img" --firmware "$work/nowhere.bin"
check 'an unknown format' 2 'it may be: image, fit' "$takt" build --format elf systems/first.dts -o "$work/x.img"

guest() { # OPTION...: U-Boot as a guest, at its prompt
	timeout 100 "$takt" run systems/u-boot-guest.dts --timeout 90 --fail-on 'Kernel panic' --send 'autoboot=' "$@"
}

initrd=$(printf %x "$(stat -Lc %s build/debian/initrd.cpio.gz)")
check 'U-Boot as a guest starts a kernel' 0 'reboot: Power down' guest --until 'reboot: Power down' \
	--send '> =setenv bootargs console=ttyAMA0 rdinit=/init quiet takt.load=none' \
	--send "> =booti 44000000 48000000:$initrd \${fdtcontroladdr}" --send '/ #=poweroff -f'
check 'read-only memory reads as erased' 0 '04000000: ffffffff' guest --until '04000000: ffffffff' --send '> =md.l 4000000 1'
check 'and a write to it is an external abort' 0 'esr 0x96000050' guest --until 'esr 0x96000050' --send '> =mw.l 4000000 0'

uefi() { # OPTION...: EDK2 as a guest, at the prompt of its shell
	timeout 200 "$takt" run systems/uefi-guest.dts --timeout 190 --send 'seconds to skip=' "$@"
}

# What is typed comes back letter by letter with the cursor's place between: what the shell prints does not.
check "EDK2's shell keeps a variable over a restart of its VM" 0 'uefi: restarted' uefi --until 'uefi: restarted' --until 'kept-42' \
	--send 'Shell>=set answer 42' --send 'Shell>=reset' --send 'seconds to skip=' --send 'Shell>=echo kept-%answer%'

echo "1..$count"
[ $failed -eq 0 ]
