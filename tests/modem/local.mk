# libmodem: the simulated modem, all but its main().  Knows common.
noinst_LIBRARIES += libmodem.a
libmodem_a_SOURCES = \
	tests/modem/inet_checksum.c tests/modem/inet_checksum.h \
	tests/modem/ntb.c tests/modem/ntb.h \
	tests/modem/qmap.c tests/modem/qmap.h
