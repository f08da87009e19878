# SPDX-License-Identifier: BSD-2-Clause
"""The guest itself: the stock kernel, its drivers, and the two that we build."""
import os
import subprocess

import pytest

MODULES = ("vhci_hcd", "qmi_wwan", "cdc_mbim", "8021q", "rmnet", "wwan_hwsim", "vrf",
           "tun", "usbmon")


@pytest.mark.parametrize("module", MODULES)
def test_module_loads(module):
    subprocess.run(["modprobe", module], check=True)
    assert os.path.isdir(f"/sys/module/{module}")


@pytest.mark.parametrize("program", ("check_muxdev", "check_muxdev_kernel", "check_rtnl",
                                     "check_uevent", "check_ipconf"))
def test_unit_tests_that_want_a_whole_kernel(program):
    """These skip parts on a host without VLAN, rmnet or uevents; here they must not."""
    subprocess.run(["modprobe", "-a", *MODULES], check=True)
    path = os.path.join(os.environ["PDNMUX_BUILD"], "tests", "unit", program)
    done = subprocess.run([path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=300)
    assert done.returncode == 0, done.stdout
    assert "SKIPPED" not in done.stdout, done.stdout
