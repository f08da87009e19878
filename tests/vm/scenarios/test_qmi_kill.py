# SPDX-License-Identifier: BSD-2-Clause
"""A dialer killed at every step of its bring-up: the next start ends online, with nothing
doubled and nothing left over, and a sibling never notices."""
import signal

import pytest

from guest import COMMON4, modprobe

STEPS = (
    r"IDLE -> OPENING",
    r"Get clientWDS = ",
    r"OPENING -> PREPARING",
    r"requestGetSIMStatus",
    r"data format: raw-IP",
    r"PREPARING -> REGISTERING",
    r"REGISTERING -> CONNECTING",
    r"WdsConnectionIPv4Handle",
    r"WdsConnectionIPv6Handle",
    r"CONNECTING -> READING",
    r"READING -> ONLINE",
    r"\] online:",
)


@pytest.mark.parametrize("backend", ("qmimux", "rmnet"))
def test_killed_at_every_step(guest, backend):
    if backend == "rmnet":
        modprobe("rmnet")
    guest.usb_modem("--latency", "20")
    guest.proxy()
    path = guest.config(2, f'backend = "{backend}";')
    sibling = None
    for number, step in enumerate(STEPS):
        victim = guest.start(f"victim{number}", "quectel-CM", "-c", path, "pdn1")
        victim.wait_line(step, timeout=60)
        victim.kill(signal.SIGKILL)
        victim.wait()
        heir = guest.start(f"heir{number}", "quectel-CM", "-c", path, "pdn1")
        device = guest.online(heir, timeout=90)["device"]
        assert device == "wwan0.1"
        assert guest.ping(device, COMMON4, timeout=20)
        assert len([n for n in guest.links() if n.startswith("wwan0.1")]) == 1
        assert len(guest.addresses(device, 4)) == 1
        assert len([c for c in guest.calls() if c["link"] == 0x81]) == 2
        if sibling is None:
            sibling = guest.start("sibling", "quectel-CM", "-c", path, "pdn2")
            guest.online(sibling, timeout=60)
            mark = sibling.mark()
        assert guest.ping("wwan0.2", COMMON4, timeout=20)
        assert heir.stop() == 0
        assert "wwan0.1" not in guest.links()
        assert {c["link"] for c in guest.calls()} == {0x82}
    assert not [l for l in sibling.lines[mark:] if "->" in l]
    assert sibling.stop() == 0
    assert guest.open_cids() == 0 and guest.calls() == []
