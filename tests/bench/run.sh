#!/bin/bash
# Figures of the broker and the dialer as JSON lines.  Needs root (a network namespace of
# its own) and the packages of tests/packages.sh.
#
#   sudo tests/bench/run.sh [--quick] [proxy|cost|dial|memory ...]
#
# Every ratio is taken within one run, its sides measured in turn: machines are noisy.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$top/build-bench}

if [ ! -x "$build/config.status" ]; then
	[ -x "$top/configure" ] || "$top/bootstrap"
	mkdir -p "$build"
	(cd "$build" && "$top/configure" CFLAGS="-O2 -g") >"$build/build.log" 2>&1 ||
		{ cat "$build/build.log" >&2; exit 1; }
fi
make -C "$build" -s -j"$(nproc)" all bench-programs >&2
exec unshare --net --mount --propagation private -- \
	/usr/bin/python3 "$top/tests/bench/bench.py" --build "$build" "$@"
