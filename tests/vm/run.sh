#!/bin/bash
# Runs scenarios inside a guest with Debian's stock kernel and drivers:
#
#	sudo tests/vm/run.sh [--build DIR] [--list] [-k EXPRESSION] [-v] [SCENARIO...]
#
# A scenario is a file of tests/vm/scenarios, named without "test_" and ".py"; without
# one, all of them run.  Each gets a guest of its own, so that a kernel that crashes
# spoils nothing else.  The guest sees the host's files read-only and writes to memory.
# Ends with a line "N passed, N failed, N skipped" and a status to match.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=$top/build
seconds=${PDNMUX_VM_SECONDS:-900} # for one guest
select=() verbose=
. "$top/tests/packages.sh"
. "$here/kernel.sh"

die() { echo "run.sh: $*" >&2; exit 2; }

list() { (cd "$here/scenarios" && ls test_*.py | sed 's/^test_//; s/\.py$//'); }

while [ $# -gt 0 ]; do
	case $1 in
	--build) build=$(cd "${2:?--build wants a directory}" && pwd) || exit 2; shift ;;
	--list) list; exit ;;
	-k) select=(-k "${2:?-k wants an expression}"); shift ;;
	-v) verbose=1 ;;
	-*) die "no option called $1: see the top of $0" ;;
	*) break ;;
	esac
	shift
done
[ "$(id -u)" = 0 ] || die "needs root (packages, the host's files): sudo $0"
[ -x "$build/quectel-CM" ] || die "nothing is built in $build"
need_packages $vm_packages || exit 1
kernel_prepare || exit 1

work=$(mktemp -d /tmp/pdnmux-vm.XXXXXX)
vm= # process of the guest that runs now

# However we end, the guest ends first: its files are in the directory that goes.
leave()
{
	[ -z "$vm" ] || { kill "$vm" 2>/dev/null; wait "$vm" 2>/dev/null; }
	rm -rf "$work"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
kernel_initramfs "$work/initramfs.gz" || exit 1

# The words of one guest, as the kernel's command line carries them.
guest()
{
	local out=$1 name=$2
	shift 2
	printf '%s\n' "TOP=$top" "BUILD=$build" "KERNEL=$kernel_release" \
		"MODULES=$kernel_dir/lib/modules/$kernel_release" \
		"SCENARIO=$name" "export PDNMUX_CYCLES=${PDNMUX_CYCLES:-50}" >"$out/env"
	printf '%s\n' "$@" >"$out/args"
	timeout -k 5 "$seconds" qemu-system-x86_64 -M microvm,x-option-roms=off,rtc=on \
		-cpu max -m 1536 -smp 2 -nographic -no-reboot \
		-kernel "$kernel_dir/vmlinuz" -initrd "$work/initramfs.gz" \
		-append "console=ttyS0 panic=-1 tsc_early_khz=2000000 loglevel=4 net.ifnames=0" \
		-fsdev local,id=h,path=/,security_model=none,readonly=on,multidevs=remap \
		-device virtio-9p-device,fsdev=h,mount_tag=host \
		-fsdev local,id=o,path="$out",security_model=none \
		-device virtio-9p-device,fsdev=o,mount_tag=out \
		</dev/null >"$out/console" 2>&1 &
	# a signal interrupts this wait, but not a program in the foreground
	vm=$!
	wait "$vm"
	vm=
}

# count WORD FILE: what pytest's last line says of it.
count() { grep -aoE "[0-9]+ $1" "$2" | tail -1 | grep -oE '^[0-9]+' || echo 0; }

passed=0 failed=0 skipped=0
run_one()
{
	local name=$1 out=$work/$1 start=$SECONDS p f s why=
	mkdir -p "$out"
	guest "$out" "$name" "${select[@]}"
	touch "$out/output"
	p=$(count passed "$out/output") s=$(count skipped "$out/output")
	f=$(($(count failed "$out/output") + $(count error "$out/output")))
	if [ ! -f "$out/status" ]; then
		f=$((f + 1)) why="the guest did not come to an end in $seconds s, or crashed"
	elif [ "$(cat "$out/status")" = 5 ] && [ ${#select[@]} = 0 ]; then
		f=1 why="there is no test in it"
	elif [ "$(cat "$out/status")" != 0 ] && [ "$f" = 0 ] && [ "$(cat "$out/status")" != 5 ]; then
		f=1 why="the guest ended with status $(cat "$out/status")"
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	if [ "$f" = 0 ]; then
		echo "ok    $name: $p passed, $s skipped ($((SECONDS - start)) s)"
		grep -a '^SKIP' "$out/output"
		grep -a '^FIGURE' "$out/output"
		[ -z "$verbose" ] || cat "$out/output"
		return
	fi
	echo "FAIL  $name: $p passed, $f failed${why:+: $why} ($((SECONDS - start)) s)"
	cat "$out/output"
	echo "--- the end of its console"
	tail -n 40 "$out/console"
}

for name in ${*:-$(list)}; do
	[ -f "$here/scenarios/test_$name.py" ] ||
		die "no scenario called $name; there are: $(list | tr '\n' ' ')"
	run_one "$name"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
