# SPDX-License-Identifier: BSD-2-Clause
"""A network device that has another name than wwan0, before and while dialers run."""
import os

SERIAL = "SIM000000001"
LINK_FILES = "/run/systemd/network"


def test_renamed_before_the_dialers_start(guest):
    guest.usb_modem()
    guest.proxy()
    guest.call("ip", "link", "set", "dev", "wwan0", "down")
    guest.call("ip", "link", "set", "dev", "wwan0", "name", "cell0")
    path = guest.config(2, modem='netdev = "cell0";')
    dialers, devices = guest.dial_config(path, 2)
    assert devices == ["cell0.1", "cell0.2"]
    assert guest.who(devices, COMMON4) == ["internet", "ims"]
    for dialer in dialers:
        assert dialer.stop() == 0
    assert not [n for n in guest.links() if n.startswith("cell0.")]


def test_renamed_by_udev_while_the_dialers_wait(guest):
    """udev gives the longest name there is at each plug, while the dialers look on."""
    os.makedirs(LINK_FILES, exist_ok=True)
    link_file = os.path.join(LINK_FILES, "10-pdnmux.link")
    with open(link_file, "w") as f:
        f.write("[Match]\nDriver=qmi_wwan\n[Link]\nName=wwx02deadbeef01\n")
    try:
        guest.udev()
        guest.usb_modem()
        guest.call("udevadm", "settle", timeout=60)
        guest.proxy()
        path = guest.config(2, modem=f'serial = "{SERIAL}";')
        dialers, devices = guest.dial_config(path, 2)
        for _ in range(5):
            assert "wwx02deadbeef01" in guest.links() and "wwan0" not in guest.links()
            assert guest.who(devices, COMMON4) == ["internet", "ims"]
            marks = [d.mark() for d in dialers]
            guest.control.ask("modem 0 usb unplug")
            for dialer, mark in zip(dialers, marks):
                dialer.wait_line(r"-> (CLOSING|WAITING)", mark, timeout=60)
            guest.control.ask("modem 0 usb plug")
            devices = [guest.online(d, since=m, timeout=90)["device"]
                       for d, m in zip(dialers, marks)]
        for dialer in dialers:
            assert dialer.stop() == 0
        assert guest.calls() == []
    finally:
        os.unlink(link_file)
