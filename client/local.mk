# libclient: the dialer, all but its main().  Knows common.
noinst_LIBRARIES += libclient.a
libclient_a_SOURCES = \
	client/backoff.c client/backoff.h \
	client/dialer.c client/dialer.h \
	client/dialer_qmi.c client/dialer_qmi_int.h \
	client/dialer_qmi_call.c \
	client/dialer_qmi_prepare.c \
	client/dialer_mbim.c client/dialer_mbim_int.h \
	client/dialer_mbim_call.c \
	client/dialer_mbim_prepare.c \
	client/failure.c client/failure.h \
	client/holder.c client/holder.h \
	client/instance.c client/instance.h \
	client/mbim_link.c client/mbim_link.h \
	client/mbim_read.c client/mbim_read.h \
	client/mbim_reason.c client/mbim_reason.h \
	client/options.c client/options.h \
	client/pdn.c client/pdn.h \
	client/port.c client/port.h \
	client/port_device.c \
	client/port_io.c client/port_io.h \
	client/port_mbim.c \
	client/port_proxy.c \
	client/port_qmi.c \
	client/port_tunnel.c \
	client/qmi_link.c client/qmi_link.h \
	client/qmi_read.c client/qmi_read.h \
	client/request.c client/request.h \
	client/session.c client/session.h \
	client/udev.c client/udev.h
libclient_a_SOURCES += \
	client/discover.h \
	client/ipconf.c client/ipconf.h client/prefix.c \
	client/muxdev.h client/prepare.h client/resolv.h
libclient_a_SOURCES += \
	client/discover.c client/modem_table.c client/modem_table.h \
	client/leftover.c client/leftover.h \
	client/muxdev.c client/muxdev_backend.h client/muxdev_plain.c \
	client/muxdev_precreated.c client/muxdev_qmimux.c client/muxdev_rmnet.c \
	client/muxdev_vlan.c client/muxdev_wwan.c
libclient_a_SOURCES += \
	client/resolv.c client/resolv_file.c client/resolv_file.h \
	client/run.c client/run.h
libclient_a_SOURCES += \
	client/lockwait.c client/lockwait.h \
	client/prepare.c \
	client/prepare_note.c client/prepare_note.h \
	client/prepare_parent.c client/prepare_parent.h

sbin_PROGRAMS += quectel-CM
quectel_CM_SOURCES = client/quectel_cm.c
quectel_CM_LDADD = libclient.a libcommon.a $(LIBEVENT_LIBS) $(LIBCONFIG_LIBS) \
	$(LIBMNL_LIBS)
