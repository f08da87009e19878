# SPDX-License-Identifier: BSD-2-Clause
"""Beside programs that are not ours: qmicli, ModemManager, libqmi's own proxy."""
from guest import COMMON4


def test_qmicli_beside_live_pdns(guest):
    guest.usb_modem()
    guest.proxy()
    dialers, devices = guest.dial_config(guest.config(4), 4)
    for action in ("--dms-get-ids", "--dms-get-operating-mode", "--uim-get-card-status",
                   "--nas-get-serving-system", "--nas-get-system-info",
                   "--wda-get-data-format", "--wds-get-profile-list=3gpp",
                   "--get-service-version-info"):
        out = guest.call("qmicli", "-p", "-d", "/dev/cdc-wdm0", action, timeout=60)
        assert "error" not in out.lower(), out
    for device in devices:
        assert guest.ping(device, COMMON4, timeout=20)
    assert len(guest.calls()) == 8
    assert not [l for d in dialers for l in d.lines if "ONLINE ->" in l]


def test_modem_manager_beside_live_pdns(guest):
    guest.udev()
    guest.usb_modem()
    guest.proxy()
    dialers, devices = guest.dial_config(guest.config(4), 4)
    manager = guest.modem_manager()
    guest.call("mmcli", "-m", "any", "--enable", timeout=120)
    seen = guest.call("mmcli", "-m", "any", timeout=60)
    assert "860345040000010" in seen
    for device in devices:
        assert guest.ping(device, COMMON4, timeout=20)
    assert len(guest.calls()) == 8
    assert manager.stop() == 0
    for device in devices:
        assert guest.ping(device, COMMON4, timeout=20)
    assert len(guest.calls()) == 8
    assert not [l for d in dialers for l in d.lines if "ONLINE ->" in l]


def test_our_dialers_through_libqmis_proxy(guest):
    guest.usb_modem()
    proxy = guest.start("libqmi", "stdbuf", "-oL", "/usr/libexec/qmi-proxy", "--no-exit", "--verbose")
    proxy.wait_line("starting UNIX socket service")
    dialers, devices = guest.dial_config(guest.config(2), 2)
    for device in devices:
        assert guest.ping(device, COMMON4, timeout=20)
    for dialer in dialers:
        assert dialer.stop() == 0
    assert guest.calls() == []
    assert proxy.poll() is None
