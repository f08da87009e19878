/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A test's temporary directory, with all that is in it.
 */
#ifndef PDNMUX_TESTS_UNIT_REMOVE_TREE_H
#define PDNMUX_TESTS_UNIT_REMOVE_TREE_H

#include <ftw.h>
#include <stdio.h>

static inline int
remove_tree_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

/* 0, or -1 with errno. */
static inline int
remove_tree(const char *path)
{
	return nftw(path, remove_tree_entry, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
