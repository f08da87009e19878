# Macros of pdnmux's configure.ac.

# Warnings we are clean under with gcc and clang.  CI adds -Werror at make time
# so that a user's newer compiler never breaks a release.
AC_DEFUN([PDNMUX_WARNINGS], [
	pdnmux_cflags="-std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes"
	pdnmux_cflags="$pdnmux_cflags -Wmissing-prototypes -Wpointer-arith"
	pdnmux_cflags="$pdnmux_cflags -Wwrite-strings -Wvla -Wcast-align"
	AC_SUBST([pdnmux_cflags])
])

# --enable-sanitizers[=list]
AC_DEFUN([PDNMUX_SANITIZERS], [
	AC_ARG_ENABLE([sanitizers],
		[AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
			[build with sanitizers (default list: address,undefined)])],
		[], [enable_sanitizers=no])
	AS_CASE([$enable_sanitizers],
		[no], [],
		[yes], [enable_sanitizers=address,undefined])
	sanitizer_flags=
	AS_IF([test "$enable_sanitizers" != no], [
		sanitizer_flags="-fsanitize=$enable_sanitizers -fno-omit-frame-pointer"
		sanitizer_flags="$sanitizer_flags -fno-sanitize-recover=all -g -O1"])
	AC_SUBST([sanitizer_flags])
])

# --enable-fuzzer[=engine]: what tests/fuzz links against
AC_DEFUN([PDNMUX_FUZZER], [
	AC_ARG_ENABLE([fuzzer],
		[AS_HELP_STRING([--enable-fuzzer@<:@=ENGINE@:>@],
			[build the fuzz targets with ENGINE, a linker argument
			 (default -fsanitize=fuzzer, which wants clang)])],
		[], [enable_fuzzer=no])
	AS_CASE([$enable_fuzzer],
		[no], [fuzzer_flags=],
		[yes], [fuzzer_flags="-fsanitize=fuzzer"
			fuzzer_cflags="-fsanitize=fuzzer-no-link"],
		[fuzzer_flags="$enable_fuzzer"])
	AC_SUBST([fuzzer_flags])
	AC_SUBST([fuzzer_cflags])
	AM_CONDITIONAL([FUZZER], [test "$enable_fuzzer" != no])
])

# POSIX threads as every platform we care about spells them.
AC_DEFUN([AX_PTHREAD_SIMPLE], [
	AC_SEARCH_LIBS([pthread_create], [pthread], [],
		[AC_MSG_ERROR([POSIX threads are needed])])
])
