/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One sysfs attribute read or written; one directory listed; one link resolved.
 *
 * Paths begin at the root of sysfs ("class/net/wwan0/mtu") and are formatted like
 * printf.  The root is /sys, or what sysfs_set_root() said: unit tests build a tree of
 * plain files and links in a temporary directory.  Everything returns 0 (or a count)
 * or -errno.
 */
#ifndef PDNMUX_COMMON_SYSFS_H
#define PDNMUX_COMMON_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Tests only, before anything else; NULL goes back to /sys.  Borrowed. */
void sysfs_set_root(const char *root);

/* The text without trailing white space, cut to size - 1.  0 or -errno. */
int sysfs_read(char *ret, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A number in C notation, or in base when it is not 0. */
int sysfs_read_uint(unsigned long *ret, int base, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* One write(2) of the text; the kernel's answer as -errno. */
int sysfs_write(const char *text, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
bool sysfs_exists(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Last component of where a link points: "qmi_wwan" for .../driver. */
int sysfs_link_name(char *ret, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * Where a path really is, all links resolved, relative to the root ("devices/...").
 * -ENAMETOOLONG when ret is too small, -ENOENT when there is no such thing.
 */
int sysfs_realpath(char *ret, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Calls fn for each entry of a directory (without "." and ".."), sorted by name with
 * numbers in their order, until fn returns false.  Returns how many were seen, 0 for
 * an absent directory, or -errno.
 */
int sysfs_list(const char *path, bool (*fn)(const char *name, void *arg), void *arg);

#endif
