#!/bin/bash
# Runs every test: sudo tests/check.sh [STEP...]
#
# Does all of its own set-up on a fresh Debian 12.  Each step builds out of tree under
# build-check/, its output goes to build-check/STEP.log, and the last line counts the
# tests.  A step that cannot run is a failure; a test that cannot run says why.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
work=$top/build-check
jobs=$(nproc)
passed=0 failed=0 skipped=0
. "$top/tests/packages.sh"

all_steps="packages bootstrap gcc clang unit valgrind sanitizers scenarios
sanitized-scenarios distcheck man format vm"

# count P F S: adds to the totals.
count()
{
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

# configure_in DIR ARG...: an out-of-tree build directory.
configure_in()
{
	local dir=$work/$1
	shift
	rm -rf "$dir" && mkdir -p "$dir" && cd "$dir" && "$top/configure" "$@"
}

# count_suite DIR: totals of automake's test summary.
count_suite()
{
	local log=$work/$1/test-suite.log n

	n() { sed -n "s/^# $1: *//p" "$log" | head -1; }
	[ -f "$log" ] || { count 0 1 0; return 1; }
	count "$(n PASS)" "$(($(n FAIL) + $(n ERROR) + $(n XPASS)))" "$(n SKIP)"
	grep -h '^SKIP' "$work/$1"/tests/*/*.trs "$log" 2>/dev/null | sort -u
	[ "$(($(n FAIL) + $(n ERROR)))" = 0 ]
}

# count_pytest LOG: totals of pytest's last line.
count_pytest()
{
	local line n
	line=$(grep -aE '[0-9]+ (passed|failed|error|skipped)' "$1" | tail -1)
	n() { echo "$line" | grep -oE "[0-9]+ $1" | grep -oE '^[0-9]+' || echo 0; }
	[ -n "$line" ] || { count 0 1 0; return 1; }
	grep -a '^SKIPPED' "$1"
	count "$(n passed)" "$(($(n failed) + $(n error)))" "$(n skipped)"
	[ "$(($(n failed) + $(n error)))" = 0 ]
}

step_packages()
{
	need_packages $build_packages $run_packages $check_packages $vm_packages
}

step_bootstrap() { "$top/bootstrap"; }

step_gcc()
{
	configure_in gcc CC=gcc && make -j"$jobs" CFLAGS="-O2 -g -Werror" all
}

step_clang()
{
	configure_in clang CC=clang && make -j"$jobs" CFLAGS="-O2 -g -Werror" all &&
		make -j"$jobs" CFLAGS="-O2 -g -Werror" check TESTS=
}

step_unit()
{
	cd "$work/gcc" && make -j"$jobs" CFLAGS="-O2 -g -Werror" check
	count_suite gcc
}

# The programs of the sanitizer build also serve the scenarios below.
step_sanitizers()
{
	export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0
	configure_in asan CC=clang --enable-sanitizers &&
		make -j"$jobs" CFLAGS="-O1 -g -Werror" all || return 1
	make -j"$jobs" CFLAGS="-O1 -g -Werror" check
	count_suite asan
}

step_valgrind()
{
	rm -rf "$work/valgrind" && cp -a "$work/gcc" "$work/valgrind" || return 1
	cd "$work/valgrind" && rm -f test-suite.log &&
		make check LOG_COMPILER="valgrind -q --leak-check=full \
--errors-for-leak-kinds=definite --error-exitcode=9 --trace-children=no"
	count_suite valgrind
}

run_scenarios()
{
	cd "$top" && PDNMUX_BUILD=$work/$1 timeout 2400 /usr/bin/python3 -m pytest \
		-p no:cacheprovider -rs -q --tb=short tests/scenario \
		>"$work/scenario-$1.log" 2>&1
	cat "$work/scenario-$1.log"
	count_pytest "$work/scenario-$1.log"
}

step_scenarios() { run_scenarios gcc; }
step_sanitized-scenarios() { run_scenarios asan; }

step_distcheck()
{
	cd "$work/gcc" && make -j"$jobs" distcheck
}

# The pages refer to one another and are not installed here: that alone is no fault.
step_man()
{
	local page bad=0
	for page in "$work"/gcc/man/*.[1-9]; do
		mandoc -Tlint -Wstyle "$page" 2>&1 |
			grep -v -e 'referenced manual not found' -e 'outdated mandoc.db' &&
			bad=1
	done
	return $bad
}

step_format()
{
	cd "$top" && git ls-files '*.c' '*.h' 2>/dev/null |
		xargs clang-format --dry-run --Werror
}

# PDNMUX_VM names scenarios of tests/vm; without it all of them run.
step_vm()
{
	"$top/tests/vm/run.sh" --build "$work/gcc" ${PDNMUX_VM-} |
		tee "$work/vm-output"
	set -- $(tail -1 "$work/vm-output" | grep -E '^[0-9]+ passed, ' | tr -dc '0-9 ')
	[ $# = 3 ] || { count 0 1 0; return 1; }
	count "$1" "$2" "$3"
	[ "$2" = 0 ]
}

# Runs one step, its output to a log, and says in a line how it went.
run_step()
{
	local log=$work/$1.log start=$SECONDS
	local before=$((passed + failed + skipped)) rc

	"step_$1" >"$log" 2>&1
	rc=$?
	# a step that counted tests of its own is not counted once more when it passes
	if [ $((passed + failed + skipped)) = "$before" ]; then
		[ $rc = 0 ] && count 1 0 0 || count 0 1 0
	elif [ $rc != 0 ] && [ "$failed" = 0 ]; then
		count 0 1 0
	fi
	if [ $rc = 0 ]; then
		echo "ok    $1 ($((SECONDS - start)) s)"
		grep -a '^SKIP' "$log" | sed 's/^/      /'
		return
	fi
	echo "FAIL  $1 ($((SECONDS - start)) s), the end of $log:"
	tail -n 60 "$log" | sed 's/^/      /'
}

[ "$(id -u)" = 0 ] || { echo "check.sh: needs root (packages, namespaces): sudo $0" >&2; exit 1; }
mkdir -p "$work"
for step in ${*:-$all_steps}; do
	declare -F "step_$step" >/dev/null ||
		{ echo "check.sh: no step called $step; there are:" $all_steps >&2; exit 2; }
	run_step "$step"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
