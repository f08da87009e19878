# SPDX-License-Identifier: BSD-2-Clause
"""The simulated modem and programs that we did not write: qmicli and libqmi's own proxy.

The modem's terminal stands in for a cdc-wdm node: qmicli opens it by itself, or through
our proxy, or through libqmi's, whose clients our dialer can be too.
"""
import os
import re
import shutil
import socket

import pytest

from lab import DEADLINE

LIBQMI_PROXY = next((p for p in ("/usr/libexec/qmi-proxy", "/usr/lib/libqmi/qmi-proxy")
                     if os.path.exists(p)), None)

pytestmark = pytest.mark.skipif(not shutil.which("qmicli"), reason="no qmicli")


def qmicli(lab, *argv, proxy=False):
    return lab.call("qmicli", *(["-p"] if proxy else []), "-d", lab.tty(),
                    "--device-open-qmi", *argv)


def look_around(lab, proxy):
    """What every tool asks first."""
    assert re.search(r"wds \(1\.\d+\)",
                     qmicli(lab, "--get-service-version-info", proxy=proxy))
    assert re.search(r"IMEI: '\d{15}'", qmicli(lab, "--dms-get-ids", proxy=proxy))
    card = qmicli(lab, "--uim-get-card-status", proxy=proxy)
    assert "Card state: 'present'" in card and "Application state: 'ready'" in card
    assert "Registration state: 'registered'" in qmicli(
        lab, "--nas-get-serving-system", proxy=proxy)


def dial_and_hang_up(lab, apn, proxy):
    """One process starts the call, others ask and stop it."""
    out = qmicli(lab, f"--wds-start-network=apn={apn},ip-type=4",
                 "--client-no-release-cid", proxy=proxy)
    handle = re.search(r"Packet data handle: '(\d+)'", out)[1]
    cid = re.search(r"CID: '(\d+)'", out)[1]
    same = (f"--client-cid={cid}", "--client-no-release-cid")
    settings = qmicli(lab, "--wds-get-current-settings", *same, proxy=proxy)
    assert re.search(r"IPv4 address: 10\.\d+\.\d+\.\d+", settings)
    assert "Connection status: 'connected'" in qmicli(
        lab, "--wds-get-packet-service-status", *same, proxy=proxy)
    assert "Network stopped" in qmicli(
        lab, f"--wds-stop-network={handle}", f"--client-cid={cid}", proxy=proxy)


def assert_nothing_left(lab):
    stats = lab.control.stats()
    assert stats["calls"] == []
    assert set(stats["open_cids"].values()) == {0}
    assert stats["bad_messages"] == 0


def test_qmicli_on_the_terminal(lab):
    lab.modem()
    look_around(lab, proxy=False)
    out = qmicli(lab, "--wda-set-data-format=link-layer-protocol=raw-ip,"
                 "ul-protocol=qmap,dl-protocol=qmap,dl-max-datagrams=32,"
                 "dl-datagram-max-size=4096")
    assert "Downlink data aggregation max size: '4096'" in out
    assert "'qmap'" in qmicli(lab, "--wda-get-data-format")
    dial_and_hang_up(lab, "ims", proxy=False)
    assert_nothing_left(lab)


def test_qmicli_through_our_proxy_on_the_terminal(lab):
    lab.modem()
    lab.proxy(devices=[lab.tty()])
    look_around(lab, proxy=True)
    dial_and_hang_up(lab, "m2m", proxy=True)


@pytest.mark.skipif(not LIBQMI_PROXY, reason="no libqmi-proxy")
def test_everybody_through_libqmis_proxy(lab):
    """Our dialer is a client like any other, and qmicli works beside it."""
    lab.modem()
    proxy = lab.start("libqmi-proxy", "stdbuf", "-oL", LIBQMI_PROXY, "--no-exit",
                      "--verbose")
    proxy.wait_line("UNIX socket service at 'qmi-proxy'")
    dialer = lab.start(
        "cm", "quectel-CM", "--runtime-dir", lab.run_dir, "--device", lab.tty(),
        "-p", "qmi-proxy", "-i", "wwan0", "-n", "1", "-s", "internet", "-D", "-4", "-6")
    device = lab.online(dialer)["device"]
    assert lab.ping(device, "192.0.2.1") and lab.ping(device, "2001:db8:ffff::1")
    look_around(lab, proxy=True)
    dial_and_hang_up(lab, "ims", proxy=True)
    assert lab.ping(device, "192.0.2.1")
    assert dialer.stop() == 0
    assert lab.addresses(device, 4) == []
    assert_nothing_left(lab)


def test_second_opener_is_refused(lab):
    """One program at a time has a device open; the first does not notice the second."""
    lab.modem()
    lab.proxy()
    device = lab.online(lab.dialer(1, "internet", "-4"))["device"]
    for _ in range(3):
        second = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        second.settimeout(DEADLINE)
        second.connect(lab.device())
        assert second.recv(1) == b""
        second.close()
    assert lab.ping(device, "192.0.2.1")
    assert [c["up"] for c in lab.control.stats()["calls"]] == [True]


def test_terminal_waits_for_the_next_one(lab):
    """A host that leaves half a frame behind does not disturb the one after it."""
    lab.modem()
    for _ in range(5):
        fd = os.open(lab.tty(), os.O_RDWR | os.O_NOCTTY)
        os.write(fd, bytes.fromhex("010f000000"))
        os.close(fd)
        look_around(lab, proxy=False)
