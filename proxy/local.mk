# libproxy: the broker, all but its main().  Knows common.
noinst_LIBRARIES += libproxy.a
libproxy_a_SOURCES = \
	proxy/batch.h proxy/broker.c proxy/broker.h \
	proxy/channel.c proxy/channel.h \
	proxy/cid_table.c proxy/cid_table.h \
	proxy/connection.c proxy/connection.h \
	proxy/device.c proxy/device.h \
	proxy/hello.h proxy/hello_mbim.c proxy/hello_qmi.c \
	proxy/listener.c proxy/listener.h \
	proxy/mbim_answer.c \
	proxy/mbim_nudge.c \
	proxy/mbim_open.c \
	proxy/mbim_qmi.c \
	proxy/mbim_request.c \
	proxy/mbim_router.c proxy/mbim_router_int.h \
	proxy/mbim_scan.c proxy/mbim_scan.h \
	proxy/mbim_sessions.c \
	proxy/mbim_subs.c proxy/mbim_subs.h \
	proxy/mbim_subscribe.c \
	proxy/options.c proxy/options.h \
	proxy/outqueue.c proxy/outqueue.h \
	proxy/program.c proxy/program.h \
	proxy/qmi_answer.c \
	proxy/qmi_cids.c \
	proxy/qmi_nudge.c proxy/qmi_nudge.h \
	proxy/qmi_request.c \
	proxy/qmi_router.c proxy/qmi_router_int.h \
	proxy/router.h \
	proxy/txn_table.c proxy/txn_table.h \
	proxy/unplug.c proxy/unplug.h \
	proxy/waitlist.c proxy/waitlist.h \
	proxy/watch.c proxy/watch.h

sbin_PROGRAMS += qmi-proxy
qmi_proxy_SOURCES = proxy/qmi_proxy.c
qmi_proxy_CPPFLAGS = $(AM_CPPFLAGS) -DLIBQMI_PROXY_PATH='"$(libqmi_proxy_path)"'
qmi_proxy_LDADD = libproxy.a libcommon.a $(LIBEVENT_LIBS)

# Where libqmi's clients start their proxy: the same file under that name.
if LIBQMI_PROXY_INSTALL
install_exec_hooks += install-libqmi-proxy
uninstall_hooks += uninstall-libqmi-proxy
install-libqmi-proxy: install-sbinPROGRAMS
	$(MKDIR_P) "$(DESTDIR)$(dir $(libqmi_proxy_path))"
	rm -f "$(DESTDIR)$(libqmi_proxy_path)"
	$(LN_S) "$(sbindir)/$$(echo qmi-proxy | $(SED) '$(transform)')" \
		"$(DESTDIR)$(libqmi_proxy_path)"
uninstall-libqmi-proxy:
	rm -f "$(DESTDIR)$(libqmi_proxy_path)"
endif

sbin_PROGRAMS += mbim-proxy
mbim_proxy_SOURCES = proxy/mbim_proxy.c
mbim_proxy_CPPFLAGS = $(AM_CPPFLAGS) -DLIBMBIM_PROXY_PATH='"$(libmbim_proxy_path)"'
mbim_proxy_LDADD = libproxy.a libcommon.a $(LIBEVENT_LIBS)

# The same for libmbim's.
if LIBMBIM_PROXY_INSTALL
install_exec_hooks += install-libmbim-proxy
uninstall_hooks += uninstall-libmbim-proxy
install-libmbim-proxy: install-sbinPROGRAMS
	$(MKDIR_P) "$(DESTDIR)$(dir $(libmbim_proxy_path))"
	rm -f "$(DESTDIR)$(libmbim_proxy_path)"
	$(LN_S) "$(sbindir)/$$(echo mbim-proxy | $(SED) '$(transform)')" \
		"$(DESTDIR)$(libmbim_proxy_path)"
uninstall-libmbim-proxy:
	rm -f "$(DESTDIR)$(libmbim_proxy_path)"
endif
