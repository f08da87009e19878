# libcommon: what both sides speak.  Knows nobody.
noinst_LIBRARIES += libcommon.a
libcommon_a_SOURCES = \
	common/cursor.c common/cursor.h \
	common/qmux.h \
	common/qmi.h
