/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our lines in a resolv.conf.
 */
#ifndef PDNMUX_CLIENT_RESOLV_FILE_H
#define PDNMUX_CLIENT_RESOLV_FILE_H

#include <stddef.h>

/*
 * resolv_file_set - the device's lines in the file are these servers, in front.
 *
 * Every line that ends with exactly our mark for dev is dropped, and one line a server
 * is put before the others (the resolver reads three).  count 0 only drops.  Nothing
 * is written when nothing changes.  A file that we had to make and that is empty again
 * stays.  run_dir holds the lock that all dialers share.  0 or -errno.
 */
int resolv_file_set(const char *path, const char *run_dir, const char *dev,
    const char *const *servers, size_t count);

#endif
