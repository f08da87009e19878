#!/bin/bash
# Second stage of the guest: a machine with loopback, modules and a system bus; then the
# scenario, its output and status to the host.
export PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin LC_ALL=C.UTF-8
export HOME=/root PYTHONDONTWRITEBYTECODE=1
out=/mnt/out
. "$out/env"
mapfile -t args <"$out/args"
[ -n "${args[0]-}" ] || args=()
mount -t tmpfs tmpfs /run
case $TOP in # not over the very files that we run
/tmp/* | /var/tmp/*) ;;
*) mount -t tmpfs tmpfs /tmp && mount -t tmpfs tmpfs /var/tmp ;;
esac
mkdir -p /run/lock /run/dbus /dev/pts /dev/shm && mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mkdir -p "/lib/modules/$KERNEL" && mount --bind "$MODULES" "/lib/modules/$KERNEL"
ip link set lo up
cd "$TOP" || exit 1
PDNMUX_BUILD=$BUILD /usr/bin/python3 -m pytest -p no:cacheprovider -q --tb=short -rs -s \
	"tests/vm/scenarios/test_$SCENARIO.py" "${args[@]}" >"$out/output" 2>&1
status=$?
dmesg >"$out/dmesg"
if grep -qE 'BUG:|Oops|Call Trace|general protection|WARNING: CPU' "$out/dmesg"; then
	echo "FAILED: the kernel complains; 1 failed" >>"$out/output"
	grep -E -A20 'BUG:|Oops|Call Trace|general protection|WARNING: CPU' "$out/dmesg" |
		head -60 >>"$out/output"
	status=1
fi
sync
echo $status >"$out/status"
sync
poweroff -f
