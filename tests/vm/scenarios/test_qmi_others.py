# SPDX-License-Identifier: BSD-2-Clause
"""Beside programs that are not ours: qmicli, ModemManager, libqmi's own proxy."""
from guest import COMMON4


def system_bus(guest):
    guest.start("dbus", "dbus-daemon", "--system", "--nofork", "--nopidfile",
                "--print-address").wait_line("unix:")


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
    guest.usb_modem()
    guest.proxy()
    dialers, devices = guest.dial_config(guest.config(4), 4)
    system_bus(guest)
    # without udev it is told of the ports by hand, as its own tests do
    manager = guest.start("ModemManager", "ModemManager", "--debug", "--no-auto-scan",
                          "--initial-kernel-events=/dev/stdin")
    guest.call("sh", "-c", "until mmcli -L >/dev/null 2>&1; do mmcli --version >/dev/null; "
               "done", timeout=60)
    for event in ("action=add,subsystem=usbmisc,name=cdc-wdm0",
                  "action=add,subsystem=net,name=wwan0"):
        guest.call("mmcli", f"--report-kernel-event={event}", timeout=60)
    manager.wait_line(r"modem initialized|Modem fully initialized|state changed "
                      r"\(.* -> (enabled|disabled|registered|connected)\)", timeout=180)
    assert "/Modem/" in guest.call("mmcli", "-L", timeout=60)
    for device in devices:
        assert guest.ping(device, COMMON4, timeout=20)
    assert len(guest.calls()) == 8
    assert not [l for d in dialers for l in d.lines if "ONLINE ->" in l]


def test_our_dialers_through_libqmis_proxy(guest):
    guest.usb_modem()
    proxy = guest.start("libqmi", "/usr/libexec/qmi-proxy", "--no-exit", "--verbose")
    guest.call("sh", "-c", "until grep -q @qmi-proxy /proc/net/unix; do :; done",
               timeout=30)
    dialers, devices = guest.dial_config(guest.config(2), 2)
    for device in devices:
        assert guest.ping(device, COMMON4, timeout=20)
    for dialer in dialers:
        assert dialer.stop() == 0
    assert guest.calls() == []
    assert proxy.poll() is None
