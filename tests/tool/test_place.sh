#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# An image that a boot loader put elsewhere says so, with the MMU on or before. Run from the top of the tree; prints TAP.
set -u
takt=$(realpath "${TAKT:-build/bin/takt}")
dir=$(mktemp -d) || exit 3
qemu=
trap '[ -z "$qemu" ] || kill -9 "$qemu" 2>/dev/null; rm -rf "$dir"' EXIT
count=0
failed=0

# at ADDRESS TEXT: begun there, the image prints the text on the UART.
at() {
	count=$((count + 1))
	: >"$dir/uart"
	qemu-system-aarch64 -M virt,virtualization=on,gic-version=3 -cpu cortex-a53 -m 1G -nic none -display none -monitor none \
		-serial "file:$dir/uart" -device "loader,file=$dir/image,addr=$1,force-raw=on" -device "loader,addr=$1,cpu-num=0" \
		>"$dir/err" 2>&1 </dev/null &
	qemu=$!
	for _ in $(seq 100); do
		grep -qF -e "$2" "$dir/uart" && break
		kill -0 "$qemu" 2>/dev/null || break
		sleep 0.1
	done
	kill -9 "$qemu" 2>/dev/null
	wait "$qemu" 2>/dev/null
	qemu=
	if grep -qF -e "$2" "$dir/uart"; then
		echo "ok $count - at $1: $2"
	else
		failed=$((failed + 1))
		echo "not ok $count - at $1: $2"
		cat "$dir/uart" "$dir/err" | sed 's/^/# /' | head -n 20
	fi
}

"$takt" build systems/first.dts -o "$dir/image" >"$dir/err" 2>&1 || {
	cat "$dir/err"
	exit 1
}
at 0x40300000 "takt: the image must begin at a multiple of 2 MiB below 512 GiB, and not at 256 GiB"
at 0x60000000 "takt: stopped: the image was loaded at another address than it was built for; it lies at 0x0000000060000000"
echo "1..$count"
exit $((failed != 0))
