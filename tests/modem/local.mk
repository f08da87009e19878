# libmodem: the simulated modem, all but its main().  Knows common.
noinst_LIBRARIES += libmodem.a
libmodem_a_SOURCES = \
	tests/modem/inet_checksum.c tests/modem/inet_checksum.h \
	tests/modem/ntb.c tests/modem/ntb.h \
	tests/modem/qmap.c tests/modem/qmap.h
# the networks behind the modem
libmodem_a_SOURCES += \
	tests/modem/network.c tests/modem/network.h tests/modem/network_int.h \
	tests/modem/network_dns.c \
	tests/modem/network_ns.c \
	tests/modem/network_plan.c \
	tests/modem/network_ra.c \
	tests/modem/network_services.c \
	tests/modem/tun.c tests/modem/tun.h
