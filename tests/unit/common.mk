# Unit tests of common/, and what all unit tests share.
EXTRA_DIST += \
	tests/data/mbim.hex \
	tests/data/qmap.hex \
	tests/data/qmi-call.hex \
	tests/data/qmi-ctl.hex \
	tests/data/qmi-nas-uim.hex \
	tests/data/qmi-settings.hex \
	tests/data/qmi-setup.hex

# what the tests share: the frames of tests/data
check_LIBRARIES += libcheck.a
libcheck_a_SOURCES = \
	tests/unit/check.h \
	tests/unit/frames.c tests/unit/frames.h \
	tests/unit/sample.c tests/unit/sample.h
libcheck_a_CPPFLAGS = $(AM_CPPFLAGS) \
	-DTESTS_DATA_DIR='"$(abs_top_srcdir)/tests/data"'

if HAVE_CMOCKA
AM_CPPFLAGS += $(CMOCKA_CFLAGS)

# what a test of common/ links with
check_ldadd = libcheck.a libcommon.a $(LIBEVENT_LIBS) $(LIBCONFIG_LIBS) \
	$(LIBMNL_LIBS) $(CMOCKA_LIBS)

common_checks = \
	tests/unit/check_cursor \
	tests/unit/check_framer \
	tests/unit/check_log \
	tests/unit/check_loop \
	tests/unit/check_mbim \
	tests/unit/check_mbim_table \
	tests/unit/check_print \
	tests/unit/check_qmi \
	tests/unit/check_qmux \
	tests/unit/check_reason \
	tests/unit/check_table \
	tests/unit/check_unixsock \
	tests/unit/check_value

check_PROGRAMS += $(common_checks)
TESTS += $(common_checks)

tests_unit_check_cursor_LDADD = $(check_ldadd)
tests_unit_check_framer_LDADD = $(check_ldadd)
tests_unit_check_log_LDADD = $(check_ldadd)
tests_unit_check_loop_LDADD = $(check_ldadd)
tests_unit_check_mbim_LDADD = $(check_ldadd)
tests_unit_check_mbim_table_LDADD = $(check_ldadd)
tests_unit_check_print_LDADD = $(check_ldadd)
tests_unit_check_qmi_LDADD = $(check_ldadd)
tests_unit_check_qmux_LDADD = $(check_ldadd)
tests_unit_check_reason_LDADD = $(check_ldadd)
tests_unit_check_table_LDADD = $(check_ldadd)
tests_unit_check_unixsock_LDADD = $(check_ldadd)
tests_unit_check_value_LDADD = $(check_ldadd)
endif

# each header compiles by itself, and twice
check-headers:
	@for h in $(top_srcdir)/common/*.h $(top_srcdir)/proxy/*.h \
	    $(top_srcdir)/client/*.h $(top_srcdir)/tests/modem/*.h; do \
		test -f "$$h" || continue; \
		n=$${h#$(top_srcdir)/}; \
		printf '#include "%s"\n#include "%s"\n' "$$n" "$$n" | \
		$(CC) $(DEFS) $(AM_CPPFLAGS) $(CPPFLAGS) $(pdnmux_cflags) -Werror \
		    -fsyntax-only -x c - || \
		{ echo "$$n does not compile by itself"; exit 1; }; \
	done

# common knows nobody; proxy and client know common, never each other; the simulated
# modem knows common only
arrow = f() { \
	test -d "$(top_srcdir)/$$1" || { echo "no folder $$1"; exit 1; }; \
	if grep -rnE --include='*.[ch]' "^[ \t]*\#[ \t]*include \"($$2)" \
	    "$(top_srcdir)/$$1"; then echo "$$1 must not include that"; exit 1; fi; }; f

check-arrows:
	@$(arrow) common '\.\./|proxy/|client/|tests/'
	@$(arrow) proxy '\.\./|client/|tests/'
	@$(arrow) client '\.\./|proxy/|tests/'
	@$(arrow) tests/modem '\.\./|proxy/|client/|tests/(unit|fuzz|bench|vm|scenario)/'

check-local: check-headers check-arrows
.PHONY: check-headers check-arrows
