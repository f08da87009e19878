# the dialer's own logic
if HAVE_CMOCKA
client_checks = tests/unit/check_options tests/unit/check_request tests/unit/check_pdn \
	tests/unit/check_dialer_qmi tests/unit/check_dialer_mbim tests/unit/check_port \
	tests/unit/check_udev
check_PROGRAMS += $(client_checks)
TESTS += $(client_checks)
tests_unit_check_options_LDADD = libclient.a $(check_ldadd)
tests_unit_check_request_LDADD = libclient.a $(check_ldadd)
tests_unit_check_pdn_LDADD = libclient.a $(check_ldadd)
tests_unit_check_udev_LDADD = libclient.a $(check_ldadd)
tests_unit_check_port_LDADD = libclient.a $(check_ldadd)
tests_unit_check_dialer_qmi_LDADD = libclient.a $(check_ldadd)
tests_unit_check_dialer_mbim_LDADD = libclient.a $(check_ldadd)
endif
