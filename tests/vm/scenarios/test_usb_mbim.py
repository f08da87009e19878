# SPDX-License-Identifier: BSD-2-Clause
"""The MBIM function as a USB device, judged by the stock cdc_mbim, 8021q and mbimcli.

No program of ours stands between.
"""
import json
import os
import re

import pytest

from guest import COMMON4, Uevents, apn, read_file, write_file

PROTOCOL = "mbim"
WWAN = "/sys/class/net/wwan0"


def mbimcli(guest, *argv, timeout=60):
    return guest.call("mbimcli", "-p", "-d", "/dev/cdc-wdm0", *argv, timeout=timeout)


def usb_status(guest):
    return json.loads(guest.control.ask("modem 0 usb status"))


def connect(guest, session):
    """One session and its device: the parent itself for 0, else a VLAN."""
    name = apn(session + 1)
    mbimcli(guest, f"--connect=session-id={session},access-string={name},ip-type=ipv4")
    text = mbimcli(guest, f"--query-ip-configuration={session}")
    address = re.search(r"IP \[0\]: '([^']*)'", text).group(1)
    device = "wwan0"
    if session > 0:
        device = f"wwan0.{session}"
        guest.call("ip", "link", "add", "link", "wwan0", "name", device, "type", "vlan",
                   "id", str(session))
    write_file(f"/proc/sys/net/ipv6/conf/{device}/disable_ipv6", "1")
    write_file(f"/proc/sys/net/ipv4/conf/{device}/rp_filter", "0")
    guest.call("ip", "link", "set", device, "up")
    guest.call("ip", "address", "add", address, "dev", device)
    guest.call("ip", "route", "add", COMMON4, "dev", device, "metric",
               str(100 + session))
    return device


@pytest.mark.parametrize("model", ("ec25", "rm500q"))
def test_bound(guest, model):
    guest.usb_modem(model=model)
    assert os.path.realpath(f"{WWAN}/device/driver").endswith("/cdc_mbim")
    assert read_file(f"{WWAN}/cdc_ncm/dwNtbInMaxSize") == "16384"
    assert read_file(f"{WWAN}/cdc_ncm/wNtbOutMaxDatagrams") == "16"
    caps = mbimcli(guest, "--query-device-caps")
    assert re.search(r"Device ID: '\d{15}'", caps)


def test_sessions(guest):
    guest.usb_modem(model="ec25")
    write_file("/proc/sys/net/ipv6/conf/wwan0/disable_ipv6", "1")
    assert "'home'" in mbimcli(guest, "--query-registration-state")
    mbimcli(guest, "--attach-packet-service")
    devices = [connect(guest, session) for session in range(4)]
    assert guest.who(devices, COMMON4) == [apn(n) for n in range(1, 5)]
    guest.echo(devices, COMMON4, 200000)
    after, stats = usb_status(guest), guest.control.stats()
    assert after["up_packets"] > after["up_transfers"]  # blocks carry several
    assert after["down_packets"] > after["down_transfers"]
    assert stats["bad_frames"] == 0 and stats["wrong_link"] == 0
    carried = {c["link"]: c["up_packets"] for c in stats["calls"]}
    assert sorted(carried) == [0, 1, 2, 3] and min(carried.values()) > 10
    mbimcli(guest, "--disconnect=2")
    assert not guest.ping("wwan0.2", COMMON4, timeout=1)
    assert guest.ping("wwan0.3", COMMON4)


def test_larger_blocks_and_mtu(guest):
    """The host asks for another size of blocks and datagrams while it is bound."""
    guest.usb_modem(model="ec25")
    write_file("/proc/sys/net/ipv6/conf/wwan0/disable_ipv6", "1")
    write_file(f"{WWAN}/cdc_ncm/rx_max", "4096")
    guest.call("ip", "link", "set", "wwan0", "mtu", "1400")
    mbimcli(guest, "--attach-packet-service")
    device = connect(guest, 0)
    guest.echo([device], COMMON4, 200000)
    assert guest.link("wwan0")["stats64"]["rx"]["errors"] == 0


def test_unplug_and_replug(guest):
    guest.usb_modem(model="ec25")
    events = Uevents()
    for _ in range(5):
        guest.control.ask("modem 0 reset bus 10")
        events.wait("remove", r"/usb1/\d+-\d+$")
        events.wait("bind", guest.control_interface)
    events.close()
    assert "Device ID" in mbimcli(guest, "--query-device-caps")
