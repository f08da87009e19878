# Unit tests of proxy/.
if HAVE_CMOCKA
proxy_checks = tests/unit/check_batch tests/unit/check_mbim_router \
	tests/unit/check_nudge tests/unit/check_outqueue tests/unit/check_proxy_options \
	tests/unit/check_router tests/unit/check_router_cases
check_PROGRAMS += $(proxy_checks)
TESTS += $(proxy_checks)
tests_unit_check_batch_LDADD = libproxy.a $(check_ldadd)
tests_unit_check_outqueue_LDADD = libproxy.a $(check_ldadd)
tests_unit_check_proxy_options_LDADD = libproxy.a $(check_ldadd)
tests_unit_check_router_LDADD = libproxy.a $(check_ldadd)
tests_unit_check_nudge_LDADD = libproxy.a $(check_ldadd)
tests_unit_check_router_cases_LDADD = libproxy.a $(check_ldadd)
tests_unit_check_mbim_router_LDADD = libproxy.a $(check_ldadd)
endif
