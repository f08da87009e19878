# Fuzz targets.  As ordinary tests they run their seeds; with --enable-fuzzer each is
# also linked with the engine:
#
#	../configure CC=clang --enable-fuzzer --enable-sanitizers && make check
#	tests/fuzz/fuzz_qmi --write seeds
#	tests/fuzz/fuzz_qmi_engine -dict=seeds.dict corpus seeds
AM_CFLAGS += $(fuzzer_cflags)

check_PROGRAMS += tests/fuzz/fuzz_qmi
TESTS += tests/fuzz/fuzz_qmi
tests_fuzz_fuzz_qmi_SOURCES = \
	tests/fuzz/fuzz.h tests/fuzz/fuzz_main.c tests/fuzz/fuzz_qmi.c \
	tests/fuzz/seeds_qmi.c
tests_fuzz_fuzz_qmi_LDADD = libcheck.a libcommon.a

check_PROGRAMS += tests/fuzz/fuzz_mbim
TESTS += tests/fuzz/fuzz_mbim
tests_fuzz_fuzz_mbim_SOURCES = \
	tests/fuzz/fuzz.h tests/fuzz/fuzz_main.c tests/fuzz/fuzz_mbim.c \
	tests/fuzz/seeds_mbim.c
tests_fuzz_fuzz_mbim_LDADD = libcheck.a libcommon.a

check_PROGRAMS += tests/fuzz/fuzz_mbim_read
TESTS += tests/fuzz/fuzz_mbim_read
tests_fuzz_fuzz_mbim_read_SOURCES = \
	tests/fuzz/fuzz.h tests/fuzz/fuzz_main.c tests/fuzz/fuzz_mbim_read.c \
	tests/fuzz/seeds_mbim.c
tests_fuzz_fuzz_mbim_read_LDADD = libcheck.a libclient.a libcommon.a

check_PROGRAMS += tests/fuzz/fuzz_qmap
TESTS += tests/fuzz/fuzz_qmap
tests_fuzz_fuzz_qmap_SOURCES = \
	tests/fuzz/fuzz.h tests/fuzz/fuzz_main.c tests/fuzz/fuzz_qmap.c \
	tests/fuzz/seeds_qmap.c
tests_fuzz_fuzz_qmap_LDADD = libcheck.a libmodem.a libcommon.a

fake_network_sources = tests/unit/fake_network.c tests/unit/fake_network.h

check_PROGRAMS += tests/fuzz/fuzz_mbim_func
TESTS += tests/fuzz/fuzz_mbim_func
tests_fuzz_fuzz_mbim_func_SOURCES = \
	tests/fuzz/fuzz.h tests/fuzz/fuzz_main.c tests/fuzz/fuzz_mbim_func.c \
	tests/fuzz/seeds_mbim_func.c $(fake_network_sources)
tests_fuzz_fuzz_mbim_func_LDADD = libcheck.a libmodem.a libcommon.a $(LIBEVENT_LIBS) \
	$(LIBMNL_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_router
TESTS += tests/fuzz/fuzz_router
tests_fuzz_fuzz_router_SOURCES = \
	tests/fuzz/fuzz.h tests/fuzz/fuzz_main.c tests/fuzz/fuzz_router.c \
	tests/fuzz/seeds_router.c
tests_fuzz_fuzz_router_LDADD = libcheck.a libproxy.a libcommon.a $(LIBEVENT_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_mbim_router
TESTS += tests/fuzz/fuzz_mbim_router
tests_fuzz_fuzz_mbim_router_SOURCES = \
	tests/fuzz/fuzz.h tests/fuzz/fuzz_main.c tests/fuzz/fuzz_mbim_router.c \
	tests/fuzz/seeds_mbim_router.c
tests_fuzz_fuzz_mbim_router_LDADD = libproxy.a libcheck.a libcommon.a $(LIBEVENT_LIBS)

if FUZZER
check_PROGRAMS += tests/fuzz/fuzz_router_engine
tests_fuzz_fuzz_router_engine_SOURCES = tests/fuzz/fuzz.h tests/fuzz/fuzz_router.c
tests_fuzz_fuzz_router_engine_LDADD = libproxy.a libcommon.a $(LIBEVENT_LIBS)
tests_fuzz_fuzz_router_engine_LDFLAGS = $(AM_LDFLAGS) $(fuzzer_flags)
check_PROGRAMS += tests/fuzz/fuzz_mbim_router_engine
tests_fuzz_fuzz_mbim_router_engine_SOURCES = \
	tests/fuzz/fuzz.h tests/fuzz/fuzz_mbim_router.c
tests_fuzz_fuzz_mbim_router_engine_LDADD = libproxy.a libcommon.a $(LIBEVENT_LIBS)
tests_fuzz_fuzz_mbim_router_engine_LDFLAGS = $(AM_LDFLAGS) $(fuzzer_flags)
check_PROGRAMS += tests/fuzz/fuzz_mbim_func_engine
tests_fuzz_fuzz_mbim_func_engine_SOURCES = tests/fuzz/fuzz.h \
	tests/fuzz/fuzz_mbim_func.c $(fake_network_sources)
tests_fuzz_fuzz_mbim_func_engine_LDADD = libmodem.a libcommon.a $(LIBEVENT_LIBS) \
	$(LIBMNL_LIBS)
tests_fuzz_fuzz_mbim_func_engine_LDFLAGS = $(AM_LDFLAGS) $(fuzzer_flags)
check_PROGRAMS += tests/fuzz/fuzz_qmap_engine
tests_fuzz_fuzz_qmap_engine_SOURCES = tests/fuzz/fuzz.h tests/fuzz/fuzz_qmap.c
tests_fuzz_fuzz_qmap_engine_LDADD = libmodem.a libcommon.a
tests_fuzz_fuzz_qmap_engine_LDFLAGS = $(AM_LDFLAGS) $(fuzzer_flags)
check_PROGRAMS += tests/fuzz/fuzz_mbim_read_engine
tests_fuzz_fuzz_mbim_read_engine_SOURCES = tests/fuzz/fuzz.h \
	tests/fuzz/fuzz_mbim_read.c
tests_fuzz_fuzz_mbim_read_engine_LDADD = libclient.a libcommon.a
tests_fuzz_fuzz_mbim_read_engine_LDFLAGS = $(AM_LDFLAGS) $(fuzzer_flags)
check_PROGRAMS += tests/fuzz/fuzz_mbim_engine
tests_fuzz_fuzz_mbim_engine_SOURCES = tests/fuzz/fuzz.h tests/fuzz/fuzz_mbim.c
tests_fuzz_fuzz_mbim_engine_LDADD = libcommon.a
tests_fuzz_fuzz_mbim_engine_LDFLAGS = $(AM_LDFLAGS) $(fuzzer_flags)
check_PROGRAMS += tests/fuzz/fuzz_qmi_engine
tests_fuzz_fuzz_qmi_engine_SOURCES = tests/fuzz/fuzz.h tests/fuzz/fuzz_qmi.c
tests_fuzz_fuzz_qmi_engine_LDADD = libcommon.a
tests_fuzz_fuzz_qmi_engine_LDFLAGS = $(AM_LDFLAGS) $(fuzzer_flags)
endif
