#!/bin/bash
# The main job on a simulated modem, from nothing: sudo tests/quickstart.sh [options]
#
# Installs what it needs, builds, starts the modem, its proxy and one quectel-CM for each
# APN, pings through each and prints a table.  Options: --pdns N, --latency MS, --mbim for
# a modem in MBIM mode, --keep.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build-quickstart
. "$top/tests/packages.sh"

if [ "$(id -u)" != 0 ]; then
	echo "quickstart.sh: needs root (packages, network namespaces): sudo $0" >&2
	exit 1
fi
need_packages $build_packages $run_packages
if [ ! -f "$build/Makefile" ]; then
	mkdir -p "$build"
	echo "building in $build" >&2
	{ [ -x "$top/configure" ] || "$top/bootstrap"; } >"$build/build.log" 2>&1 &&
		(cd "$build" && "$top/configure") >>"$build/build.log" 2>&1 ||
		{ tail -n 20 "$build/build.log" >&2; exit 1; }
fi
make -C "$build" -s -j"$(nproc)" all >>"$build/build.log" 2>&1 ||
	{ tail -n 20 "$build/build.log" >&2; exit 1; }
exec /usr/bin/python3 "$top/tests/quickstart.py" --build "$build" "$@"
