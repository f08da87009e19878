# SPDX-License-Identifier: BSD-2-Clause
"""PDNs on the stock qmi_wwan: over qmimux and over rmnet, with traffic on all at once."""
import json

import pytest

from guest import COMMON4, COMMON6, apn, modprobe

WAYS = (
    ("qmimux", 1, 4),
    ("qmimux", 1, 8),
    ("rmnet", 1, 4),
    ("rmnet", 1, 8),
    ("rmnet", 5, 4),
    ("rmnet", 5, 8),
)


def counts(guest, device, channel):
    """Packets to and from the host: as the device counts them, and as the modem."""
    stats = guest.link(device)["stats64"]
    calls = [c for c in guest.control.stats()["calls"] if c["link"] == 0x80 + channel]
    up = sum(c[k] for c in calls
             for k in ("up_packets", "spoofed", "malformed", "link_local"))
    down = sum(c["down_packets"] for c in calls)
    return (stats["tx"]["packets"], stats["rx"]["packets"]), (up, down)


def dropped_by_qdisc(guest):
    """What fq_codel of the parent took out; TCP sends it once more."""
    queues = json.loads(guest.call("tc", "-json", "-s", "qdisc", "show", "dev", "wwan0"))
    return sum(q["drops"] for q in queues)


def counts_add_up(guest, devices):
    """What is still on its way (the last words of TCP) arrives before a ping does."""
    for _ in range(5):
        rows = [counts(guest, d, n) for n, d in enumerate(devices, 1)]
        missing = [ours[0] - modems[0] for ours, modems in rows]
        if (all(ours[1] == modems[1] for ours, modems in rows) and min(missing) >= 0
                and sum(missing) == dropped_by_qdisc(guest)):
            return
        for device in devices:
            guest.ping(device, COMMON4, timeout=20)
    raise AssertionError((rows, dropped_by_qdisc(guest),
                          guest.control.ask("modem 0 usb status")))


@pytest.mark.parametrize("backend,qmap,pdns", WAYS)
def test_pdns(guest, backend, qmap, pdns):
    if backend == "rmnet":
        modprobe("rmnet")
    guest.usb_modem(apns=pdns)
    guest.proxy()
    path = guest.config(pdns, f'backend = "{backend}"; qmap = {qmap};')
    dialers, devices = guest.dial_config(path, pdns)
    assert devices == [f"wwan0.{n}" for n in range(1, pdns + 1)]
    assert guest.control.stats()["format"]["protocol"] == {1: 5, 5: 9}[qmap]
    assert guest.who(devices, COMMON4) == [apn(n) for n in range(1, pdns + 1)]
    assert guest.who(devices, COMMON6) == [apn(n) for n in range(1, pdns + 1)]
    for device in devices:
        assert guest.ping(device, COMMON4, timeout=20)
        assert guest.ping(device, COMMON6, timeout=20)
    mtu = guest.link(devices[0])["mtu"]
    assert mtu == 1500
    guest.call("ping", "-4", "-n", "-q", "-c", "2", "-W", "20", "-M", "do", "-s",
               str(mtu - 28), "-I", devices[0], COMMON4)
    guest.echo(devices, COMMON4)
    guest.echo(devices, COMMON6)
    stats = guest.control.stats()
    assert stats["wrong_link"] == 0 and stats["bad_frames"] == 0
    counts_add_up(guest, devices)
    for dialer in dialers:
        assert dialer.stop() == 0
    assert guest.calls() == [] and guest.open_cids() == 0
    assert not [name for name in guest.links() if name.startswith("wwan0.")]
