# SPDX-License-Identifier: BSD-2-Clause
"""The guest as a gateway: simulated modems on its USB bus, stock drivers, our programs."""
import glob
import json
import os
import re
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "scenario"))
from lab import Control, Lab, LabError, Readiness  # noqa: E402

COMMON4, COMMON6 = "192.0.2.1", "2001:db8:ffff::1"
APNS = ("internet", "ims", "m2m", "mgmt")
NETLINK_KOBJECT_UEVENT = 15
MM_GENERIC = "/usr/lib/x86_64-linux-gnu/ModemManager/libmm-plugin-generic.so"

# TCP to the echo port of each device at once: all that comes back is compared.
ECHO = """
import os, selectors, socket, sys
size, address, devices = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
data, watch, peers = os.urandom(size), selectors.DefaultSelector(), {}
for device in devices:
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    s.settimeout(30)
    s.connect((address, 7))
    s.setblocking(False)
    peers[s] = [device, 0, bytearray()]
    watch.register(s, selectors.EVENT_READ | selectors.EVENT_WRITE)
while watch.get_map():
    ready = watch.select(60)
    if not ready:
        sys.exit("nothing moves: " + str([(p[0], p[1], len(p[2])) for p in peers.values()]))
    for key, what in ready:
        peer = peers[key.fileobj]
        if what & selectors.EVENT_WRITE:
            peer[1] += key.fileobj.send(data[peer[1]:peer[1] + 16384])
            if peer[1] == size:
                watch.modify(key.fileobj, selectors.EVENT_READ)
        if what & selectors.EVENT_READ:
            got = key.fileobj.recv(65536)
            if not got:
                sys.exit(peer[0] + " hung up")
            peer[2] += got
            if len(peer[2]) >= size:
                watch.unregister(key.fileobj)
for device, _, got in peers.values():
    if bytes(got) != data:
        sys.exit(device + " changed what it carried")
print("ok")
"""

WHO = """
import socket, sys
for device in sys.argv[2:]:
    family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        s.settimeout(20)
        s.sendto(b"who", (sys.argv[1], 7007))
        print(s.recv(100).decode().strip())
"""


def apn(number):
    return APNS[number - 1] if number <= len(APNS) else f"apn{number}"


class Uevents:
    """The kernel's events from now on."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                    NETLINK_KOBJECT_UEVENT)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((0, 1))

    def wait(self, action, pattern, timeout=30):
        """The devpath of the first event of that action whose path has pattern."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                head = self.socket.recv(8192).split(b"\0")[0].decode()
            except TimeoutError:
                break
            what, _, path = head.partition("@")
            if what == action and re.search(pattern, path):
                return path
        raise LabError(f"the kernel says no {action} of {pattern} in {timeout} s")

    def close(self):
        self.socket.close()


def read_file(path):
    with open(path) as f:
        return f.read().strip()


def write_file(path, text):
    with open(path, "w") as f:
        f.write(text)


def modprobe(*names):
    for name in names:
        subprocess.run(["modprobe", name], check=True)


def usb_devices():
    """What is plugged in: neither hubs nor interfaces."""
    return [path for path in glob.glob("/sys/bus/usb/devices/*-*") if ":" not in path]


def remove_muxes():
    """qmimux devices that a test left on modems.

    With one of them on it the driver keeps an unplugged modem for ever if somebody holds
    the RTNL lock just then (kernel.md 9), as the end of the simulated networks does.
    """
    for device in glob.glob("/sys/class/net/*/qmap"):
        for del_mux in glob.glob(f"{device}/../lower_*/qmi/del_mux"):  # none: kept already
            write_file(del_mux, read_file(f"{device}/mux_id"))


class Guest(Lab):
    """Lab on the machine itself rather than in a namespace."""

    protocol = "qmi"
    control_interface = r"/\d+-\d+:1\.4$"

    @staticmethod
    def make_netns(name):
        return None

    def remove_netns(self):
        pass

    def inside(self, argv):
        return list(argv)

    def usb_modem(self, *options, model="rm500q", count=1, apns=4):
        """Simulated modems on the bus, bound by the driver of their mode."""
        modprobe("tun", "vhci_hcd", "qmi_wwan", "cdc_mbim", "8021q")
        events = Uevents()
        process = self.start(
            "modem", "tests/modem/pdnmux-modem", "--dir", self.dir, "--usb", model,
            "--modems", str(count), "--mode", self.protocol, "--apns", str(apns), *options)
        process.wait_line(r"^ready")
        for _ in range(count):
            events.wait("bind", self.control_interface)
        events.close()
        self.control = Control(os.path.join(self.dir, "control"), timeout=60)
        return process

    def end(self, process):
        """A modem leaves when nothing stands on it any more, see remove_muxes()."""
        if process.name == "modem":
            remove_muxes()
        super().end(process)

    def close(self):
        """The next test's modem gets the names of this one only if it has left."""
        events = Uevents()
        try:
            super().close()
            while usb_devices():
                events.wait("remove", r"/usb\d+/\d+-\d+$", timeout=60)
        finally:
            events.close()

    def udev(self):
        """Debian's udevd with all its rules, as programs not ours expect it."""
        ready = Readiness(os.path.join(self.dir, "notify-udevd"))
        process = self.start("udevd", "/lib/systemd/systemd-udevd",
                             env={"NOTIFY_SOCKET": ready.path})
        ready.wait(process)
        ready.close()
        return process

    def modem_manager(self):
        """Debian's, once it knows the modem; wants udev() before the modem came.

        1.20.4 aborts on a Quectel module without an AT port, so with the generic plugin.
        """
        self.call("udevadm", "settle", timeout=60)
        self.start("dbus", "dbus-daemon", "--system", "--nofork", "--nopidfile",
                   "--print-address").wait_line("unix:")
        plugins = os.path.join(self.dir, "plugins")
        os.mkdir(plugins)
        os.symlink(MM_GENERIC, os.path.join(plugins, os.path.basename(MM_GENERIC)))
        manager = self.start(
            "ModemManager", "ModemManager", f"--test-plugin-dir={plugins}",
            "--log-level=INFO", "--log-file=/proc/self/fd/2")
        manager.wait_line(r"state changed \(unknown -> disabled\)", timeout=90)
        return manager

    def device(self, modem=0):
        return f"/dev/cdc-wdm{modem}"

    def config(self, pdns, modem_keys="", pdn_keys="", modem="netdev = \"wwan0\";"):
        """pdnmux.conf with pdns dual stack PDNs, named pdn1 and so on."""
        path = os.path.join(self.dir, "pdnmux.conf")
        rows = ",\n".join(
            f'{{ name = "pdn{n}"; modem = "m"; apn = "{apn(n)}"; channel = {n}; '
            f'family = "ipv4v6"; metric = {100 + n}; dns = "none"; {pdn_keys} }}'
            for n in range(1, pdns + 1))
        with open(path, "w") as f:
            f.write(f'runtime_dir = "{self.run_dir}";\n'
                    f'modems = ( {{ name = "m"; {modem} {modem_keys} }} );\n'
                    f'pdns = ( {rows} );\n')
        os.chmod(path, 0o600)
        return path

    def dial_config(self, path, pdns, timeout=60):
        """All PDNs of a file together; the dialers and their devices."""
        dialers = [self.start(f"pdn{n}", "quectel-CM", "-c", path, f"pdn{n}")
                   for n in range(1, pdns + 1)]
        return dialers, [self.online(d, timeout=timeout)["device"] for d in dialers]

    def who(self, devices, address):
        return self.call("/usr/bin/python3", "-c", WHO, address, *devices,
                         timeout=120).split()

    def echo(self, devices, address, size=65536):
        """Content compared on all devices at once; raises where it differs."""
        self.call("/usr/bin/python3", "-c", ECHO, str(size), address, *devices,
                  timeout=300)

    def link(self, device):
        return json.loads(self.call("ip", "-json", "-s", "-d", "link", "show", "dev",
                                    device))[0]

    def calls(self, modem=0):
        return [c for c in self.control.stats(modem)["calls"] if c["up"]]

    def open_cids(self, modem=0):
        return sum(self.control.stats(modem)["open_cids"].values())

    @staticmethod
    def descriptors(process):
        return len(os.listdir(f"/proc/{process.pid}/fd"))

    @staticmethod
    def links():
        return sorted(os.listdir("/sys/class/net"))
