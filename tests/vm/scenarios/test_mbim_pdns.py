# SPDX-License-Identifier: BSD-2-Clause
"""Sessions on the stock cdc_mbim and 8021q: traffic on all at once, and beside
programs that are not ours."""
import pytest

from guest import COMMON4, COMMON6, apn

PROTOCOL = "mbim"


def mbimcli(guest, *argv):
    return guest.call("mbimcli", "-p", "-d", "/dev/cdc-wdm0", *argv, timeout=60)


def dialed_once(dialers):
    return all(sum("-> CONNECTING" in line for line in d.lines) == 1 for d in dialers)


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


def test_qmi_through_the_mbim_function(guest):
    """--protocol qmi on cdc_mbim: the call is untagged, beside a session's VLAN."""
    guest.usb_modem(model="ec25")
    guest.proxy()
    (session,), (vlan,) = guest.dial_config(guest.config(1), 1)
    dialer = guest.start("qmi", "quectel-CM", "--runtime-dir", guest.run_dir, "-i", "wwan0",
                         "--protocol", "qmi", "-n", "3", "-4", "-6", "-s", apn(3), "-D")
    assert guest.online(dialer, timeout=60)["device"] == "wwan0"
    for address in (COMMON4, COMMON6):
        assert guest.who(["wwan0", vlan], address) == [apn(3), apn(1)]
    assert dialer.stop() == 0
    assert guest.ping(vlan, COMMON4, timeout=20) and still_online([session])
    assert guest.open_cids() == 0


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


def test_modem_manager_beside_live_sessions(guest):
    guest.udev()
    guest.usb_modem(model="ec25")
    guest.proxy()
    dialers, devices = guest.dial_config(guest.config(4), 4)
    marks = [d.mark() for d in dialers]
    manager = guest.modem_manager()
    for dialer, mark in zip(dialers, marks):  # it deletes all links of the modem, once
        dialer.wait_line("another program deleted", mark, timeout=60)
        guest.online(dialer, since=mark, timeout=60)
    guest.call("mmcli", "-m", "any", "--enable", timeout=120)
    assert "860345040000010" in guest.call("mmcli", "-m", "any", timeout=60)
    for device in devices:
        assert guest.ping(device, COMMON4, timeout=20)
    assert manager.stop() == 0
    for device in devices:
        assert guest.ping(device, COMMON4, timeout=20)
    assert len(guest.calls()) == 8 and dialed_once(dialers)


@pytest.mark.parametrize("what", ("delete wwan0.1", "set wwan0.1 down", "set wwan0 down"))
def test_device_taken_away(guest, what):
    """By another program: it is repaired, and the call goes on."""
    guest.usb_modem(model="ec25")
    guest.proxy()
    pdns = 1 if what == "set wwan0 down" else 2  # the first to see it repairs it for all
    dialers, devices = guest.dial_config(guest.config(pdns), pdns)
    mark = dialers[0].mark()
    guest.call("ip", "link", *what.split())
    guest.online(dialers[0], since=mark, timeout=60)
    for device in devices:
        for address in (COMMON4, COMMON6):
            assert guest.ping(device, address, timeout=20)
    assert dialed_once(dialers)


def test_our_dialers_through_libmbims_proxy(guest):
    guest.usb_modem(model="ec25")
    proxy = guest.libmbim_proxy()
    dialers, devices = guest.dial_config(guest.config(2), 2)
    for device in devices:
        assert guest.ping(device, COMMON4, timeout=20)
    for dialer in dialers:
        assert dialer.stop() == 0
    assert guest.calls() == [] and proxy.poll() is None
