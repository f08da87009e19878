# SPDX-License-Identifier: BSD-2-Clause
"""Sessions on the stock cdc_mbim and 8021q: traffic on all at once, and beside
programs that are not ours."""
import os

import pytest

from guest import COMMON4, COMMON6, Guest, apn


@pytest.fixture
def guest(request):
    one = Guest(os.environ["PDNMUX_BUILD"])
    one.protocol = one.mode = "mbim"
    try:
        yield one
    finally:
        report = getattr(request.node, "report_call", None)
        if report is not None and report.failed:
            print(one.logs())
        one.close()


def mbimcli(guest, *argv):
    return guest.call("mbimcli", "-p", "-d", "/dev/cdc-wdm0", *argv, timeout=60)


def still_online(dialers):
    return not [l for d in dialers for l in d.lines if "ONLINE ->" in l]


@pytest.mark.parametrize("sessions,model", ((4, "ec25"), (8, "rm500q")))
def test_sessions(guest, sessions, model):
    guest.usb_modem(model=model, apns=sessions)
    guest.proxy()
    dialers, devices = guest.dial_config(guest.config(sessions), sessions)
    assert devices == [f"wwan0.{n}" for n in range(1, sessions + 1)]
    for address in (COMMON4, COMMON6):
        assert guest.who(devices, address) == [apn(n) for n in range(1, sessions + 1)]
        guest.echo(devices, address)
    for device in devices:
        assert guest.ping(device, COMMON4, timeout=20)
        assert guest.ping(device, COMMON6, timeout=20)
    stats = guest.control.stats()
    assert stats["bad_frames"] == 0
    assert sorted({c["link"] for c in stats["calls"]}) == list(range(1, sessions + 1))
    for dialer in dialers:
        assert dialer.stop() == 0
    assert guest.calls() == []
    assert not [name for name in guest.links() if name.startswith("wwan0.")]


def test_session_0_untagged(guest):
    guest.usb_modem(model="ec25")
    guest.proxy()
    dialer = guest.start("zero", "quectel-CM", "--runtime-dir", guest.run_dir, "-i",
                         "wwan0", "-n", "0", "-4", "-s", "internet", "-D")
    device = guest.online(dialer, timeout=60)["device"]
    assert device == "wwan0"
    assert guest.who([device], COMMON4) == ["internet"]
    assert dialer.stop() == 0


def test_mbimcli_beside_live_sessions(guest):
    guest.usb_modem(model="ec25")
    guest.proxy()
    dialers, devices = guest.dial_config(guest.config(4), 4)
    for action in ("--query-device-caps", "--query-subscriber-ready-status",
                   "--query-registration-state", "--query-packet-service-state",
                   "--query-ip-configuration=2", "--query-connection-state=3"):
        mbimcli(guest, action)
    for device in devices:
        assert guest.ping(device, COMMON4, timeout=20)
    assert len(guest.calls()) == 8 and still_online(dialers)


def test_our_dialers_through_libmbims_proxy(guest):
    guest.usb_modem(model="ec25")
    proxy = guest.libmbim_proxy()
    dialers, devices = guest.dial_config(guest.config(2), 2)
    for device in devices:
        assert guest.ping(device, COMMON4, timeout=20)
    for dialer in dialers:
        assert dialer.stop() == 0
    assert guest.calls() == [] and proxy.poll() is None
