# Figures, never verdicts: built and run by tests/bench/run.sh.
bench_programs = tests/bench/bench-load tests/bench/bench-relay tests/bench/bench-mallocs.so
EXTRA_PROGRAMS = $(bench_programs)
CLEANFILES += $(bench_programs)

tests_bench_bench_load_SOURCES = tests/bench/load.c tests/bench/echo_modem.c \
	tests/bench/echo_modem.h tests/bench/wire.c tests/bench/wire.h
tests_bench_bench_load_LDADD = libcommon.a $(LIBEVENT_LIBS)
tests_bench_bench_relay_SOURCES = tests/bench/relay.c tests/bench/wire.c \
	tests/bench/wire.h
tests_bench_bench_relay_LDADD = libcommon.a $(LIBEVENT_LIBS)
tests_bench_bench_mallocs_so_SOURCES = tests/bench/mallocs.c
tests_bench_bench_mallocs_so_CFLAGS = $(AM_CFLAGS) -fPIC
tests_bench_bench_mallocs_so_LDFLAGS = -shared

.PHONY: bench-programs
bench-programs: $(bench_programs)
