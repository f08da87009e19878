# SPDX-License-Identifier: BSD-2-Clause
"""Unplugs and resets under four live MBIM sessions: see cycles.py."""
import pytest

from cycles import WAYS, all_come_back

PROTOCOL = "mbim"


@pytest.mark.parametrize("how", WAYS)
def test_all_come_back(guest, how):
    all_come_back(guest, how)
