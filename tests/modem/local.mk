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
# the modem itself and its QMI services
libmodem_a_SOURCES += \
	tests/modem/fault.c tests/modem/fault.h \
	tests/modem/modem.c tests/modem/modem.h tests/modem/modem_int.h \
	tests/modem/modem_control.c tests/modem/modem_control.h \
	tests/modem/qmi_port.c tests/modem/qmi_port.h tests/modem/qmi_int.h \
	tests/modem/svc_ctl.c \
	tests/modem/svc_dms.c \
	tests/modem/svc_nas.c \
	tests/modem/svc_uim.c \
	tests/modem/svc_wda.c \
	tests/modem/svc_wds.c tests/modem/svc_wds.h \
	tests/modem/svc_wds_info.c \
	tests/modem/svc_wds_profile.c
# its MBIM function
libmodem_a_SOURCES += \
	tests/modem/mbim_command.c tests/modem/mbim_fragments.c \
	tests/modem/mbim_send.c \
	tests/modem/mbim_context.c tests/modem/mbim_context.h \
	tests/modem/mbim_func.c tests/modem/mbim_func.h \
	tests/modem/mbim_func_int.h \
	tests/modem/mbim_quirk.c tests/modem/mbim_quirk.h \
	tests/modem/mbim_services.c \
	tests/modem/mbim_session.c tests/modem/mbim_session.h \
	tests/modem/mbim_subscription.c tests/modem/mbim_subscription.h \
	tests/modem/mbim_svc.h \
	tests/modem/mbim_svc_basic.c \
	tests/modem/mbim_svc_connect.c \
	tests/modem/mbim_svc_context.c \
	tests/modem/mbim_svc_device.c \
	tests/modem/mbim_svc_ip.c \
	tests/modem/mbim_svc_ms.c \
	tests/modem/mbim_svc_network.c \
	tests/modem/mbim_svc_qmi.c \
	tests/modem/mbim_svc_quectel.c \
	tests/modem/mbim_svc_sim.c \
	tests/modem/mbim_tlv.c tests/modem/mbim_tlv.h
# the ways to reach it and to tell it what to do
libmodem_a_SOURCES += \
	tests/modem/control.c tests/modem/control.h \
	tests/modem/frame_log.c tests/modem/frame_log.h \
	tests/modem/front_pty.c tests/modem/front_pty.h \
	tests/modem/front_socket.c tests/modem/front_socket.h \
	tests/modem/front_tun.c tests/modem/front_tun.h \
	tests/modem/host_link.c tests/modem/host_link.h \
	tests/modem/modem_options.c tests/modem/modem_options.h

# USB, for the kernel's own drivers
libmodem_a_SOURCES += \
	tests/modem/front_usb.c tests/modem/front_usb.h \
	tests/modem/usb_data.c tests/modem/usb_data.h \
	tests/modem/usb_desc.c tests/modem/usb_desc.h \
	tests/modem/usb_device.c tests/modem/usb_device.h \
	tests/modem/usb_ether.c tests/modem/usb_ether.h \
	tests/modem/usb_pipe.c tests/modem/usb_pipe.h \
	tests/modem/usbip.c tests/modem/usbip.h \
	tests/modem/vhci.c tests/modem/vhci.h

noinst_PROGRAMS += tests/modem/pdnmux-modem
tests_modem_pdnmux_modem_SOURCES = tests/modem/pdnmux_modem.c
tests_modem_pdnmux_modem_LDADD = libmodem.a libcommon.a $(LIBEVENT_LIBS) \
	$(LIBCONFIG_LIBS) $(LIBMNL_LIBS)
