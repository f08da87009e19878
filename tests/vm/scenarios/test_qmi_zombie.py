# SPDX-License-Identifier: BSD-2-Clause
"""A modem that the kernel keeps after it was pulled out.

The driver gives its cleanup up when somebody holds the RTNL lock at that moment: node and
network device stay for ever, silent, and the modem comes back under other names
(kernel.md 9).  Only a reboot helps the kernel, so this has a guest of its own.
"""
import contextlib
import json
import os
import subprocess

import pytest

from guest import COMMON4, COMMON6, Uevents, apn

# The kernel makes a directory of sysfs for each queue, under the lock.
HOG = """
while ip link add hog numtxqueues 2000 numrxqueues 2000 type dummy; do
	echo made
	ip link delete hog
done"""


@contextlib.contextmanager
def rtnl_held():
    """Somebody has the lock nearly all the time, in namespaces that see no modem."""
    hogs = [subprocess.Popen(["unshare", "-n", "/bin/sh", "-c", HOG], text=True,
                             start_new_session=True, stdout=subprocess.PIPE)
            for _ in range(3)]
    try:
        for hog in hogs:
            assert hog.stdout.readline() == "made\n"
        yield
    finally:
        for hog in hogs:
            os.killpg(hog.pid, 9)
            hog.wait(60)


def zombies():
    """Network devices of modems that are not there; sysfs has forgotten them."""
    out = subprocess.run(["ip", "-json", "link"], stdout=subprocess.PIPE, check=True).stdout
    return [link["ifname"] for link in json.loads(out)
            if link["ifname"].startswith("wwan") and
            not os.path.exists(f"/sys/class/net/{link['ifname']}")]


def pull(guest):
    """True when the kernel kept what was on it."""
    events = Uevents()
    with rtnl_held():
        guest.control.ask("modem 0 usb unplug")
        events.wait("remove", r"/usb\d+/\d+-\d+$", timeout=60)
    events.close()
    return bool(zombies())


def test_back_under_other_names(guest):
    guest.usb_modem()
    proxy = guest.proxy()
    dialers, devices = guest.dial_config(guest.config(2, 'backend = "qmimux";'), 2)
    for _ in range(20):
        marks = [d.mark() for d in dialers]
        kept = pull(guest)
        for dialer, mark in zip(dialers, marks):
            dialer.wait_line(r"-> (CLOSING|WAITING)", mark, timeout=60)
        guest.control.ask("modem 0 usb plug")
        devices = [guest.online(d, since=m, timeout=90)["device"]
                   for d, m in zip(dialers, marks)]
        if kept:
            break
    else:
        pytest.fail("the kernel cleaned up each time")
    assert devices == ["wwan1.1", "wwan1.2"]
    assert guest.who(devices, COMMON4) == [apn(1), apn(2)]
    assert guest.who(devices, COMMON6) == [apn(1), apn(2)]
    for dialer in dialers:
        assert dialer.stop() == 0
    assert guest.calls() == [] and guest.open_cids() == 0
    assert proxy.stop() == 0
