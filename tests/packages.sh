# The Debian packages that building and testing want; sourced by quickstart.sh and
# check.sh.  Installs only what is missing, so that a second run needs no network.

build_packages="build-essential autoconf automake pkg-config libevent-dev libconfig-dev
libmnl-dev"
run_packages="iproute2 iputils-ping procps python3"
check_packages="libcmocka-dev clang clang-format libclang-rt-14-dev llvm valgrind mandoc
python3-pytest libqmi-utils libqmi-proxy libmbim-utils libmbim-proxy strace tcpdump
xz-utils git"
vm_packages="qemu-system-x86 busybox-static kmod cpio xz-utils build-essential dbus udev
modemmanager ethtool iproute2 iputils-ping python3 python3-pytest libqmi-utils
libqmi-proxy libmbim-utils libmbim-proxy"

# need_packages NAME...: installs those that are not there yet.
need_packages()
{
	local missing=() p

	for p in "$@"; do
		dpkg-query -W -f '${Status}' "$p" 2>/dev/null |
			grep -q '^install ok installed$' || missing+=("$p")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	echo "installing: ${missing[*]}" >&2
	if ! { apt-get update -qq &&
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
			--no-install-recommends "${missing[@]}"; } >/dev/null; then
		echo "cannot install ${missing[*]}: see apt-get's words above" >&2
		return 1
	fi
}
