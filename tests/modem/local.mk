# libmodem: the simulated modem, all but its main().  Knows common.
noinst_LIBRARIES += libmodem.a
libmodem_a_SOURCES = \
	tests/modem/ntb.c tests/modem/ntb.h
