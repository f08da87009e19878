# libclient: the dialer, all but its main().  Knows common.
noinst_LIBRARIES += libclient.a
libclient_a_SOURCES = \
	client/backoff.c client/backoff.h \
	client/dialer.c client/dialer.h \
	client/failure.c client/failure.h \
	client/holder.c client/holder.h \
	client/pdn.h \
	client/port.c client/port.h \
	client/port_device.c \
	client/port_io.c client/port_io.h \
	client/port_proxy.c \
	client/port_qmi.c \
	client/request.c client/request.h
libclient_a_SOURCES += \
	client/discover.h \
	client/ipconf.c client/ipconf.h client/prefix.c \
	client/muxdev.h client/prepare.h client/resolv.h
