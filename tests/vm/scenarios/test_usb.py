# SPDX-License-Identifier: BSD-2-Clause
"""The simulated modem as a USB device, judged by the stock drivers and by qmicli.

No program of ours stands between: what these tests show is what the modem does on its
bus, and what the kernel makes of it when a pipe is slow, stalled or lies.
"""
import json
import os
import re
import subprocess
import time

import pytest

from guest import COMMON4, LabError, Uevents, read_file, write_file

WWAN = "/sys/class/net/wwan0"
USB_INTERFACE = r"/\d+-\d+:1\.4$"


def qmicli(guest, *argv, device="/dev/cdc-wdm0", timeout=60):
    return guest.call("qmicli", "-d", device, *argv, timeout=timeout)


def field(text, name):
    return re.search(name + r": '?([^'\n]*)'?", text).group(1)


class Call:
    """One IPv4 call made by qmicli, its address on a device of the kernel's."""

    def __init__(self, guest, apn, device, mux=None):
        self.guest, self.device = guest, device
        text = qmicli(guest, "--wds-noop", "--client-no-release-cid")
        self.cid = field(text, "CID")
        if mux:
            self.ask(f"--wds-bind-mux-data-port=mux-id={mux},ep-type=hsusb,"
                     "ep-iface-number=4")
        self.handle = field(self.ask(f"--wds-start-network=apn={apn},ip-type=4"),
                            "Packet data handle")
        settings = self.ask("--wds-get-current-settings")
        self.address = field(settings, "IPv4 address")
        self.gateway = field(settings, "gateway address")

    def ask(self, *argv):
        return qmicli(self.guest, *argv, f"--client-cid={self.cid}",
                      "--client-no-release-cid")

    def use(self, mtu=1500):
        """The device up, with the address and a way to the common address."""
        call = self.guest.call
        write_file(f"/proc/sys/net/ipv6/conf/{self.device}/disable_ipv6", "1")
        call("ip", "link", "set", self.device, "up", "mtu", str(mtu))
        call("ip", "address", "add", self.address + "/30", "dev", self.device)
        call("ip", "route", "replace", COMMON4, "via", self.gateway, "dev", self.device)

    def stop(self):
        return qmicli(self.guest, f"--wds-stop-network={self.handle}",
                      f"--client-cid={self.cid}")


def raw_ip(guest, mtu=1500):
    """The framing switched there and back, which lifts the kernel's MTU cap."""
    guest.call("ip", "link", "set", "wwan0", "down")
    for value in "YNY":
        write_file(f"{WWAN}/qmi/raw_ip", value)
    guest.call("ip", "link", "set", "wwan0", "mtu", str(mtu))


def plain_address(guest):
    """An address that does not look like an IP header.

    qmi_wwan takes a frame for a bare packet when its first byte, of the address that it
    goes to, is 4x or 6x.  It refuses such addresses, but usbnet draws one at random after
    qmi_wwan has looked: every eighth modem hears nothing in 802.3 mode (Linux 6.1).
    """
    guest.call("ip", "link", "set", "wwan0", "address", "02:00:5e:10:00:00")
    with pytest.raises(LabError):
        guest.call("ip", "link", "set", "wwan0", "address", "42:00:5e:10:00:00")


def set_format(guest, link="raw-ip", qmap=None, size=4096):
    text = f"link-layer-protocol={link}"
    if qmap:
        text += (f",ul-protocol={qmap},dl-protocol={qmap},dl-max-datagrams=32,"
                 f"dl-datagram-max-size={size},ep-type=hsusb,ep-iface-number=4")
    return qmicli(guest, f"--wda-set-data-format={text}")


def usb(guest, command, modem=0):
    return guest.control.ask(f"modem {modem} usb {command}")


def status(guest, modem=0):
    return json.loads(usb(guest, "status", modem))


@pytest.mark.parametrize("model,product,speed", (("ec25", "0125", "480"),
                                                 ("rm500q", "0800", "5000")))
def test_models(guest, model, product, speed):
    guest.usb_modem(model=model)
    device = os.path.realpath("/sys/class/usbmisc/cdc-wdm0/device/..")
    assert os.path.realpath(f"{WWAN}/device/driver").endswith("/qmi_wwan")
    assert read_file(f"{device}/idVendor") == "2c7c"
    assert read_file(f"{device}/idProduct") == product
    assert read_file(f"{device}/speed") == speed
    assert read_file(f"{WWAN}/device/bInterfaceNumber") == "04"
    assert re.match(r"\d{15}$", field(qmicli(guest, "--dms-get-ids"), "IMEI"))


def test_several_modems(guest):
    guest.usb_modem(model="ec25", count=3)
    nodes = [f"/dev/cdc-wdm{n}" for n in range(3)]
    serials = {read_file(f"/sys/class/usbmisc/cdc-wdm{n}/device/../serial")
               for n in range(3)}
    imeis = {field(qmicli(guest, "--dms-get-ids", device=node), "IMEI")
             for node in nodes}
    assert len(serials) == 3 and len(imeis) == 3


@pytest.mark.parametrize("link", ("802-3", "raw-ip"))
def test_without_multiplexing(guest, link):
    guest.usb_modem(model="ec25")
    if link == "raw-ip":
        raw_ip(guest)
    else:
        plain_address(guest)
    assert field(set_format(guest, link), "Link layer protocol") == link
    call = Call(guest, "internet", "wwan0")
    if link == "raw-ip":
        call.gateway = call.address
    call.use()
    assert guest.ping("wwan0", COMMON4, count=3)
    guest.call("ping", "-n", "-q", "-c", "2", "-M", "do", "-s", "1472", COMMON4)
    guest.echo(["wwan0"], COMMON4, 300000)
    assert "Network stopped" in call.stop()
    assert not guest.ping("wwan0", COMMON4, timeout=1)
    assert guest.control.stats()["wrong_link"] > 0


def mux_device(guest, mux):
    write_file(f"{WWAN}/qmi/add_mux", str(mux))
    for name in os.listdir("/sys/class/net"):
        path = f"/sys/class/net/{name}/qmap/mux_id"
        if os.path.exists(path) and int(read_file(path), 0) == mux:
            return name
    raise AssertionError(f"no device of mux id {mux}")


def start_qmap(guest, qmap="qmap"):
    guest.usb_modem(model="ec25")
    raw_ip(guest, 4097)
    write_file("/proc/sys/net/ipv6/conf/wwan0/disable_ipv6", "1")
    granted = set_format(guest, qmap=qmap)
    guest.call("ip", "link", "set", "wwan0", "up")
    return granted


def test_qmap(guest):
    granted = start_qmap(guest)
    assert field(granted, "Downlink data aggregation max size") == "4096"
    call = Call(guest, "ims", mux_device(guest, 129), 129)
    call.gateway = call.address
    call.use()
    assert guest.ping(call.device, COMMON4, count=3)
    assert guest.who([call.device], COMMON4) == ["ims"]
    usb(guest, "aggregate 20")  # enough comes together for one transfer
    before = status(guest)
    guest.echo([call.device], COMMON4, 300000)
    after = status(guest)
    assert (after["down_packets"] - before["down_packets"]
            > after["down_transfers"] - before["down_transfers"])
    stats = guest.control.stats()
    assert stats["wrong_link"] == 0 and stats["bad_frames"] == 0
    assert guest.link("wwan0")["stats64"]["rx"]["errors"] == 0


def test_wrong_mux_id(guest):
    start_qmap(guest)
    Call(guest, "ims", mux_device(guest, 129), 129)
    stray = mux_device(guest, 144)
    guest.call("ip", "link", "set", stray, "up")
    guest.call("ip", "address", "add", "10.9.9.9/30", "dev", stray)
    assert not guest.ping(stray, COMMON4, count=3, timeout=1)
    assert guest.control.stats()["wrong_link"] >= 3


def test_wrong_format(guest):
    """The host sends bare packets where QMAP was agreed on."""
    start_qmap(guest)
    guest.call("ip", "address", "add", "10.9.9.9/30", "dev", "wwan0")
    assert not guest.ping("wwan0", COMMON4, count=3, timeout=1)
    assert guest.control.stats()["bad_frames"] >= 3


def start_plain(guest):
    guest.usb_modem(model="ec25")
    raw_ip(guest)
    set_format(guest)
    call = Call(guest, "internet", "wwan0")
    call.gateway = call.address
    call.use()
    assert guest.ping("wwan0", COMMON4)
    return call


def test_oversize_aggregate(guest):
    """More than the host's buffer takes: that transfer is lost, and no other."""
    start_plain(guest)
    usb(guest, "oversize 1")
    assert not guest.ping("wwan0", COMMON4, timeout=1)
    assert guest.link("wwan0")["stats64"]["rx"]["errors"] == 1
    assert guest.ping("wwan0", COMMON4, count=3)


@pytest.mark.parametrize("pipe", ("in", "out"))
def test_stalled_bulk_endpoint(guest, pipe):
    """The driver clears the halt and goes on."""
    start_plain(guest)
    usb(guest, f"stall {pipe} 1")
    guest.ping("wwan0", COMMON4, timeout=1)
    assert guest.ping("wwan0", COMMON4, count=3)


@pytest.mark.parametrize("pipe", ("in", "out"))
def test_slow_bulk_endpoint(guest, pipe):
    start_plain(guest)
    usb(guest, f"delay {pipe} 300")
    start = time.monotonic()
    assert guest.ping("wwan0", COMMON4, timeout=10)
    assert time.monotonic() - start > 0.25
    usb(guest, f"delay {pipe} 0")
    usb(guest, f"hold {pipe}")
    assert not guest.ping("wwan0", COMMON4, timeout=1)
    usb(guest, f"release {pipe}")
    assert guest.ping("wwan0", COMMON4, count=3, timeout=10)


def test_stalled_notification(guest):
    """cdc-wdm clears the halt of the interrupt endpoint and fetches the answer."""
    guest.usb_modem(model="ec25")
    usb(guest, "stall notify 1")
    assert "IMEI" in qmicli(guest, "--dms-get-ids")


def test_slow_control(guest):
    guest.usb_modem(model="ec25")
    usb(guest, "delay control 400")
    usb(guest, "delay response 400")
    assert "IMEI" in qmicli(guest, "--dms-get-ids")


def test_duplicate_notification(guest):
    """The second one finds nothing to fetch, which does no harm."""
    guest.usb_modem(model="ec25")
    usb(guest, "notify twice 3")
    assert "IMEI" in qmicli(guest, "--dms-get-ids")
    assert "IMEI" in qmicli(guest, "--dms-get-ids")


def test_unplug_and_replug(guest):
    """The names are free again each time, and so are the ports."""
    guest.usb_modem(model="ec25")
    events = Uevents()
    for _ in range(10):
        guest.control.ask("modem 0 vanish")
        events.wait("remove", r"/usb1/\d+-\d+$")
        guest.control.ask("modem 0 appear")
        events.wait("bind", USB_INTERFACE)
        assert os.path.exists("/dev/cdc-wdm0") and os.path.exists(WWAN)
    events.close()
    assert "IMEI" in qmicli(guest, "--dms-get-ids")
    assert status(guest)["plugs"] == 11


def test_firmware_reset(guest):
    """It leaves its bus, comes back, and has forgotten its clients."""
    guest.usb_modem(model="ec25")
    events = Uevents()
    qmicli(guest, "--wds-noop", "--client-no-release-cid")
    assert guest.open_cids() == 1
    qmicli(guest, "--dms-set-operating-mode=reset")
    events.wait("remove", r"/usb1/\d+-\d+$")
    events.wait("bind", USB_INTERFACE)
    events.close()
    assert guest.open_cids() == 0
    assert "IMEI" in qmicli(guest, "--dms-get-ids")


def test_unplug_under_load(guest):
    """With packets, a command and a response under way; nothing hangs in the kernel."""
    call = start_plain(guest)
    events = Uevents()
    usb(guest, "hold control")
    hung = subprocess.Popen(["qmicli", "-d", "/dev/cdc-wdm0", "--dms-get-ids"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    flood = subprocess.Popen(["ping", "-q", "-f", "-w", "30", "-s", "1400", "-I",
                              call.device, COMMON4], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    before = status(guest)["up_packets"]
    for _ in range(20):
        guest.ping(call.device, COMMON4)
        if status(guest)["up_packets"] > before + 100:
            break
    else:
        pytest.fail("the flood does not reach the modem")
    usb(guest, "unplug")
    events.wait("remove", r"/usb1/\d+-\d+$")
    flood.kill()
    flood.wait(10)
    usb(guest, "release control")
    usb(guest, "plug")
    events.wait("bind", USB_INTERFACE)
    hung.kill()
    hung.wait(30)
    events.close()
    assert "IMEI" in qmicli(guest, "--dms-get-ids")
