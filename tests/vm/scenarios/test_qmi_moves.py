# SPDX-License-Identifier: BSD-2-Clause
"""Modems that move: two of them that swap their names, a netdev that is renamed, and
what else may stand, or not stand, on a parent."""
import os

import pytest

from guest import COMMON4, COMMON6, Uevents, apn, modprobe

SERIALS = ("SIM000000001", "SIM000000002")
IMEIS = ("860345040000010", "860345040000021")
LINK_FILES = "/run/systemd/network"


def two_modems(guest, key, values):
    """pdnmux.conf with a PDN on each of two modems that are told apart by key."""
    path = os.path.join(guest.dir, "pdnmux.conf")
    modems = ", ".join(f'{{ name = "m{n}"; {key} = "{value}"; }}'
                       for n, value in enumerate(values))
    pdns = ", ".join(f'{{ name = "pdn{n + 1}"; modem = "m{n}"; apn = "{apn(n + 1)}"; '
                     f'channel = {n + 1}; dns = "none"; }}' for n in range(len(values)))
    with open(path, "w") as f:
        f.write(f'runtime_dir = "{guest.run_dir}";\nmodems = ( {modems} );\n'
                f'pdns = ( {pdns} );\n')
    os.chmod(path, 0o600)
    return path


def netdev_of(serial):
    """The network device of the modem with that USB serial number, from sysfs."""
    for name in os.listdir("/sys/class/net"):
        usb = os.path.realpath(f"/sys/class/net/{name}/device/..")
        try:
            with open(os.path.join(usb, "serial")) as f:
                if f.read().strip() == serial:
                    return name
        except OSError:
            continue
    return None


def calls_are_right(guest, devices):
    """Each dialer's call is in the modem that it asked for, and is the one that works."""
    for number, device in enumerate(devices):
        assert device == f"{netdev_of(SERIALS[number])}.{number + 1}"
        assert {c["link"] for c in guest.calls(number)} == {0x81 + number}
        assert guest.who([device], COMMON4) == [apn(number + 1)]
        assert guest.ping(device, COMMON4, timeout=20)


@pytest.mark.parametrize("key,values", (("serial", SERIALS), ("imei", IMEIS)))
def test_two_modems_swap_their_names(guest, key, values):
    """Pulled and plugged the other way round: cdc-wdm0 and wwan0 are now the other's."""
    guest.usb_modem(count=2)
    guest.proxy(devices=["/dev/cdc-wdm0", "/dev/cdc-wdm1"])
    dialers, devices = guest.dial_config(two_modems(guest, key, values), 2)
    calls_are_right(guest, devices)
    before = [netdev_of(s) for s in SERIALS]
    marks = [d.mark() for d in dialers]
    events = Uevents()
    for modem in (0, 1):
        guest.control.ask(f"modem {modem} usb unplug")
    for dialer, mark in zip(dialers, marks):
        dialer.wait_line(r"-> (CLOSING|WAITING)", mark, timeout=60)
    for _ in (0, 1):
        events.wait("remove", r"/usb\d+/\d+-\d+$", timeout=60)
    for modem in (1, 0):
        guest.control.ask(f"modem {modem} usb plug")
        events.wait("bind", guest.control_interface, timeout=60)
    events.close()
    devices = [guest.online(d, since=m, timeout=90)["device"]
               for d, m in zip(dialers, marks)]
    assert [netdev_of(s) for s in SERIALS] == before[::-1]
    calls_are_right(guest, devices)
    for dialer in dialers:
        assert dialer.stop() == 0
    assert guest.calls(0) == [] and guest.calls(1) == []


def test_one_unplugged_leaves_the_other_alone(guest):
    guest.usb_modem(count=2)
    guest.proxy(devices=["/dev/cdc-wdm0", "/dev/cdc-wdm1"])
    dialers, devices = guest.dial_config(two_modems(guest, "serial", SERIALS), 2)
    marks = [d.mark() for d in dialers]
    guest.control.ask("modem 0 usb unplug")
    dialers[0].wait_line(r"-> (CLOSING|WAITING)", marks[0], timeout=60)
    assert guest.ping(devices[1], COMMON4, timeout=20)
    guest.control.ask("modem 0 usb plug")
    devices[0] = guest.online(dialers[0], since=marks[0], timeout=90)["device"]
    calls_are_right(guest, devices)
    assert not [l for l in dialers[1].lines[marks[1]:] if "->" in l]


def test_two_modems_and_no_word_which(guest):
    """Nothing is guessed: the answer names both."""
    guest.usb_modem(count=2)
    guest.proxy(devices=["/dev/cdc-wdm0", "/dev/cdc-wdm1"])
    dialer = guest.start("cm", "quectel-CM", "--runtime-dir", guest.run_dir, "-s",
                         "internet", "-D")
    dialer.wait_line(r"cdc-wdm0 and /dev/cdc-wdm1 both match", timeout=60)
    dialer.stop()
    assert guest.calls(0) == [] and guest.calls(1) == []


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
        path = guest.config(2, modem=f'serial = "{SERIALS[0]}";')
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


def test_plain_mode(guest):
    """One PDN without a mux, on the parent itself."""
    guest.usb_modem()
    guest.proxy()
    (dialer,), (device,) = guest.dial_config(guest.config(1, 'backend = "plain";'), 1)
    assert device == "wwan0"
    for address in (COMMON4, COMMON6):
        assert guest.who([device], address) == ["internet"]
        assert guest.ping(device, address, timeout=20)
        guest.echo([device], address)
    mark = dialer.mark()
    guest.control.ask("modem 0 usb unplug")
    dialer.wait_line(r"-> (CLOSING|WAITING)", mark, timeout=60)
    guest.control.ask("modem 0 usb plug")
    guest.online(dialer, since=mark, timeout=90)
    assert guest.ping(device, COMMON4, timeout=20)
    assert dialer.stop() == 0
    assert guest.addresses("wwan0", 4) == [] and guest.calls() == []


WAYS_TO_GO = (
    ("qmimux", "echo 0x81 >/sys/class/net/wwan0/qmi/del_mux"),
    ("qmimux", "ip link set wwan0.1 down"),
    ("qmimux", "ip link set wwan0 down"),
    ("rmnet", "ip link delete wwan0.1"),
)


@pytest.mark.parametrize("backend,command", WAYS_TO_GO)
def test_device_taken_away(guest, backend, command):
    """By another program: it is repaired, and the call goes on."""
    modprobe("rmnet")
    guest.usb_modem()
    guest.proxy()
    pdns = 1 if "wwan0 down" in command else 2  # the first to see it repairs it for all
    path = guest.config(pdns, f'backend = "{backend}";')
    dialers, devices = guest.dial_config(path, pdns)
    mark = dialers[0].mark()
    guest.call("/bin/sh", "-c", command)
    guest.online(dialers[0], since=mark, timeout=60)
    for device in devices:
        for address in (COMMON4, COMMON6):
            assert guest.ping(device, address, timeout=20)
    for dialer in dialers:
        assert sum("-> CONNECTING" in line for line in dialer.lines) == 1
        assert dialer.stop() == 0
    assert guest.calls() == [] and guest.open_cids() == 0


@pytest.mark.parametrize("kind", ("vlan", "vrf"))
def test_nothing_beside_mux_devices(guest, kind):
    """A VLAN on the parent, or the parent in a VRF: with a mux the kernel would crash."""
    guest.usb_modem()
    guest.proxy()
    if kind == "vlan":
        guest.call("ip", "link", "add", "link", "wwan0", "name", "alien", "type", "vlan",
                   "id", "7")
    else:
        guest.call("ip", "link", "add", "alien", "type", "vrf", "table", "7")
        guest.call("ip", "link", "set", "dev", "wwan0", "master", "alien")
    dialer = guest.start("cm", "quectel-CM", "-c", guest.config(1), "pdn1")
    dialer.wait_line(r"alien stands on wwan0", timeout=60)
    assert not [n for n in guest.links() if n.startswith("wwan0.")]
    guest.call("ip", "link", "delete", "alien")
    dialer.stop()
    (dialer,), (device,) = guest.dial_config(guest.config(1), 1)
    assert guest.ping(device, COMMON4, timeout=20)
    guest.control.ask("modem 0 usb unplug")
    dialer.wait_line(r"ONLINE -> ", timeout=60)
