# Unit tests, one program per unit: one file per part of the tree, or a block here.
include tests/unit/common.mk
include tests/unit/client.mk
include tests/unit/proxy.mk

# configuration, rtnetlink, sysfs and what the dialer does with them
if HAVE_CMOCKA
unit_net_libs = libclient.a libcommon.a $(CMOCKA_LIBS) $(LIBEVENT_LIBS) \
	$(LIBCONFIG_LIBS) $(LIBMNL_LIBS)
unit_net_tests = tests/unit/check_conf tests/unit/check_rtnl \
	tests/unit/check_ipconf tests/unit/check_muxdev tests/unit/check_resolv \
	tests/unit/check_uevent
check_PROGRAMS += $(unit_net_tests)
TESTS += $(unit_net_tests)
# run in the guest, which has VLAN, rmnet and WWAN devices (tests/vm)
check_PROGRAMS += tests/unit/check_muxdev_kernel
tests_unit_check_conf_SOURCES = tests/unit/check_conf.c
tests_unit_check_conf_LDADD = $(unit_net_libs)
tests_unit_check_muxdev_SOURCES = tests/unit/check_muxdev.c tests/unit/netns.h \
	tests/unit/remove_tree.h
tests_unit_check_muxdev_LDADD = $(unit_net_libs)
tests_unit_check_muxdev_kernel_SOURCES = tests/unit/check_muxdev_kernel.c \
	tests/unit/netns.h
tests_unit_check_muxdev_kernel_LDADD = $(unit_net_libs)
tests_unit_check_resolv_SOURCES = tests/unit/check_resolv.c
tests_unit_check_resolv_LDADD = $(unit_net_libs)
tests_unit_check_uevent_SOURCES = tests/unit/check_uevent.c tests/unit/netns.h
tests_unit_check_uevent_LDADD = $(unit_net_libs)
tests_unit_check_rtnl_SOURCES = tests/unit/check_rtnl.c tests/unit/netns.h
tests_unit_check_rtnl_LDADD = $(unit_net_libs)
tests_unit_check_ipconf_SOURCES = tests/unit/check_ipconf.c tests/unit/netns.h
tests_unit_check_ipconf_LDADD = $(unit_net_libs)
endif

# the simulated modem's data formats
if HAVE_CMOCKA
modem_checks = tests/unit/check_ntb tests/unit/check_qmap tests/unit/check_network \
	tests/unit/check_mbim_func tests/unit/check_mbim_svc
check_PROGRAMS += $(modem_checks)
TESTS += $(modem_checks)
# the MBIM function in a modem whose networks are not the kernel's
mbim_host_sources = tests/unit/fake_network.c tests/unit/fake_network.h \
	tests/unit/mbim_host.c tests/unit/mbim_host.h
tests_unit_check_mbim_func_SOURCES = tests/unit/check_mbim_func.c $(mbim_host_sources)
tests_unit_check_mbim_func_LDADD = libmodem.a $(check_ldadd)
tests_unit_check_mbim_svc_SOURCES = tests/unit/check_mbim_svc.c $(mbim_host_sources)
tests_unit_check_mbim_svc_LDADD = libmodem.a $(check_ldadd)
tests_unit_check_ntb_LDADD = libmodem.a $(check_ldadd)
tests_unit_check_qmap_LDADD = libmodem.a $(check_ldadd)
tests_unit_check_network_LDADD = libmodem.a $(check_ldadd)
endif

# the modem as a USB device
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/check_usb
TESTS += tests/unit/check_usb
tests_unit_check_usb_LDADD = libmodem.a $(check_ldadd)
endif
