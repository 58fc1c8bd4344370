#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What a guest is told of the devices that it was given: the tree that `takt build` puts into the image is read with dtc's tools.
# Run from the top of the tree; prints TAP.
set -u
takt=$(realpath "${TAKT:-build/bin/takt}")
dir=$(mktemp -d) || exit 3
trap 'rm -rf "$dir"' EXIT
count=0
failed=0

result() {
	count=$((count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $count - $1"
	else
		failed=$((failed + 1))
		echo "not ok $count - $1"
		echo "# wanted: $2"
		echo "# got:    $3"
	fi
}

# has NODE PROPERTY WANTED [TYPE]: a property of the guest's tree, as fdtget prints it.
has() { result "$1 $2" "$3" "$(fdtget -t "${4:-x}" "$dir/guest.dtb" "$1" "$2" 2>&1)"; }
lacks() { result "no $2 in $1" '' "$(fdtget "$dir/guest.dtb" "$1" "$2" 2>/dev/null)"; }
# mapped ADDRESS...: columns of the map that `takt build` writes.
mapped() { result "$1 is mapped" "$1 $2 rw-d-" "$(awk -v ipa="$1" '$1 == ipa && $2 == ipa { print $1, $3, $4 }' "$dir/image.map")"; }

printf '\177\040\003\325\377\377\377\027' >"$dir/guest.bin"
cat >"$dir/system.dts" <<'END'
/dts-v1/;
#include "boards/qemu-virt.dtsi"
/ {
	domains { guest {
		compatible = "openamp,domain-v1";
		cpus = <&cpus 0x1 1>;
		memory = <0x0 0x44000000 0x0 0x200000>;
		access = <&serial &pcie &second &rtc>;
		takt,identity-map; takt,unprotected-dma;
		takt,kernel = "guest.bin"; takt,kernel-type = "raw";
	}; };
	half: half {
		compatible = "fixed-factor-clock";
		#clock-cells = <0>;
		clock-div = <2>; clock-mult = <1>;
		clocks = <&clk24mhz>;
	};
	resets: resets@c000000 {
		compatible = "example,resets";
		reg = <0x0 0xc000000 0x0 0x1000>;
		#reset-cells = <1>;
	};
	bus {
		compatible = "simple-bus";
		#address-cells = <1>; #size-cells = <1>;
		ranges = <0x0 0x0 0xb000000 0x1000000>;
		serial: serial@40000 {
			compatible = "arm,pl011", "arm,primecell";
			reg = <0x40000 0x1000>;
			interrupts-extended = <&gic 0 50 1>;
			clocks = <&half>, <&clk24mhz>;
			clock-names = "uartclk", "apb_pclk";
			current-speed = <115200>;
			resets = <&resets 3>;
			enable-gpios = <&gpio 1 0>;
			takt,no-dma;
			status = "disabled";
		};
		/* Its line is that of the serial port. */
		second: timer@50000 {
			compatible = "example,timer";
			reg = <0x50000 0x1000>;
			interrupts = <0 50 1>;
		};
	};
};
END
"$takt" build "$dir/system.dts" -o "$dir/image" >"$dir/log" 2>&1
result 'the system is built' 0 $?
cat "$dir/log"
result 'who is trusted is said' 1 "$("$takt" check "$dir/system.dts" | grep -c 'guest is trusted with all memory')"
# The tree is the last thing with its magic in the image.
offset=$(LC_ALL=C grep -aboP '\xd0\x0d\xfe\xed' "$dir/image" | tail -n 1 | cut -d : -f 1)
tail -c "+$((offset + 1))" "$dir/image" >"$dir/guest.dtb"

gic=$(fdtget -t x "$dir/guest.dtb" /intc@8000000 phandle)
half=$(fdtget -t x "$dir/guest.dtb" /half phandle)
clock=$(fdtget -t x "$dir/guest.dtb" /apb-pclk phandle)
has / interrupt-parent "$gic"
has /serial@b040000 reg '0 b040000 0 1000'
has /serial@b040000 interrupts '0 32 1'
has /serial@b040000 clocks "$half $clock"
has /serial@b040000 clock-names 'uartclk apb_pclk' s
has /serial@b040000 current-speed 1c200
for property in status resets enable-gpios takt,no-dma interrupts-extended interrupt-parent; do
	lacks /serial@b040000 $property
done
has /half clocks "$clock"
has /apb-pclk clock-frequency 16e3600
has /pl031@9010000 clocks "$clock"
has /pcie@4010000000 reg '40 10000000 0 10000000'
has /pcie@4010000000 ranges '1000000 0 0 0 3eff0000 0 10000 2000000 0 10000000 0 10000000 0 2eff0000'
has /pcie@4010000000 dma-coherent ''
has /pcie@4010000000 interrupt-map-mask '1800 0 0 7'
result 'the first and the last line of PCI' "0 0 0 1 $gic 0 3 4 / 1800 0 0 4 $gic 0 5 4" \
	"$(fdtget -t x "$dir/guest.dtb" /pcie@4010000000 interrupt-map | cut -d ' ' -f 1-8) / $(
		fdtget -t x "$dir/guest.dtb" /pcie@4010000000 interrupt-map | cut -d ' ' -f 121-128)"
result 'each clock is there once' 1 "$(fdtget -l "$dir/guest.dtb" / | grep -c apb-pclk)"
result 'dtc finds nothing wrong' '' "$(dtc -I dtb -O dtb -o /dev/null "$dir/guest.dtb" 2>&1 | grep -v unit_address)"

mapped 00000b040000 4096
mapped 000009010000 4096
mapped 004010000000 268435456
mapped 000010000000 788463616
mapped 00003eff0000 65536

# A guest's disk that is not there any more.
cat >"$dir/disk.dts" <<'END'
/dts-v1/;
#include "boards/qemu-virt.dtsi"
/ {
	takt,qemu {
		arguments = "-device", "virtio-blk-device,drive=root";
		root { file = "a,b.img"; keep-writes; };
	};
	domains { guest {
		compatible = "openamp,domain-v1";
		cpus = <&cpus 0x1 1>;
		memory = <0x0 0x40000000 0x0 0x100000>;
		takt,kernel = "guest.bin"; takt,kernel-type = "raw";
	}; };
};
END
head -c 65536 /dev/zero >"$dir/a,b.img"
"$takt" build -q "$dir/disk.dts" -o "$dir/disk"
mkdir "$dir/fake"
printf '#event SHUTDOWN\n#exit\n' >"$dir/fake/script"
FAKE_DIR=$dir/fake "$takt" run "$dir/disk" --qemu tests/tool/run/fake-qemu --timeout 20 >"$dir/log" 2>&1
result 'QEMU is told of the disk' "if=none,id=root,format=raw,file=$dir/a,,b.img" "$(grep id=root "$dir/fake/args")"
result 'and of the device' 'virtio-blk-device,drive=root' "$(tail -n 1 "$dir/fake/args")"
rm "$dir/a,b.img"
output=$("$takt" run "$dir/disk" --timeout 20 2>&1)
result 'a disk that is gone' "2 takt run: error: there is no file $dir/a,b.img, which is the disk \"root\" of $dir/disk" "$? $output"

echo "1..$count"
[ "$failed" -eq 0 ]
