# The two commands, and what they run beside the programs.
EXTRA_DIST += tests/check.sh tests/packages.sh tests/quickstart.sh \
	tests/quickstart.py tests/bench/run.sh tests/bench/bench.py \
	tests/bench/dial.py tests/scenario tests/vm

dist-hook:
	find "$(distdir)" -name __pycache__ -prune -exec rm -rf {} +
