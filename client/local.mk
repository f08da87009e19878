# libclient: the dialer, all but its main().  Knows common.
noinst_LIBRARIES += libclient.a
libclient_a_SOURCES = \
	client/backoff.c client/backoff.h \
	client/dialer.c client/dialer.h \
	client/dialer_qmi.c client/dialer_qmi_int.h \
	client/dialer_qmi_call.c \
	client/dialer_qmi_prepare.c \
	client/failure.c client/failure.h \
	client/holder.c client/holder.h \
	client/pdn.c client/pdn.h \
	client/port.c client/port.h \
	client/port_device.c \
	client/port_io.c client/port_io.h \
	client/port_proxy.c \
	client/port_qmi.c \
	client/qmi_link.c client/qmi_link.h \
	client/qmi_read.c client/qmi_read.h \
	client/request.c client/request.h
libclient_a_SOURCES += \
	client/discover.h \
	client/ipconf.c client/ipconf.h client/prefix.c \
	client/muxdev.h client/prepare.h client/resolv.h
