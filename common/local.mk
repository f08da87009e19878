# libcommon: what both sides speak.  Knows nobody.
noinst_LIBRARIES += libcommon.a
libcommon_a_SOURCES = \
	common/cursor.c common/cursor.h \
	common/framer.c common/framer.h \
	common/notify.c common/notify.h \
	common/log.c common/log.h \
	common/loop.c common/loop.h \
	common/mbim.c common/mbim.h \
	common/mbim_ids.c common/mbim_ids.h \
	common/mbim_info.c common/mbim_info.h \
	common/mbim_messages.def common/mbim_table.c common/mbim_table.h \
	common/print.c common/print.h common/print_mbim.c \
	common/qmi.c common/qmi.h \
	common/qmi_errors.def common/qmi_messages.def \
	common/qmi_reason.c common/qmi_reason.def common/qmi_reason.h \
	common/qmi_table.c common/qmi_table.h \
	common/qmi_value.c common/qmi_value.h \
	common/qmux.c common/qmux.h \
	common/text.c common/text.h \
	common/unixsock.c common/unixsock.h \
	common/wdm.c common/wdm.h \
	common/utf16.c common/utf16.h \
	common/xmem.c common/xmem.h
libcommon_a_SOURCES += \
	common/conf.c common/conf.h common/conf_options.c \
	common/rtnl.c common/rtnl.h \
	common/rtnl_monitor.c \
	common/rtnl_parse.c common/rtnl_parse.h \
	common/sysfs.c common/sysfs.h \
	common/uevent.c common/uevent.h
