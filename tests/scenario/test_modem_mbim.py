# SPDX-License-Identifier: BSD-2-Clause
"""The simulated modem's MBIM function and programs that we did not write.

The modem's terminal stands in for a cdc-wdm node: mbimcli opens it by itself, or through
libmbim's own proxy; qmicli speaks QMI through it.
"""
import ipaddress
import os
import re
import shutil

import pytest

from lab import LabError

MBIM_PROXY = next((p for p in ("/usr/libexec/mbim-proxy", "/usr/lib/libmbim/mbim-proxy")
                   if os.path.exists(p)), None)

pytestmark = pytest.mark.skipif(not shutil.which("mbimcli"), reason="no mbimcli")

COMMON4, COMMON6 = "192.0.2.1", "2001:db8:ffff::1"

# What is asked, and what must be in the answer.
READABLE = (
    ("--query-device-caps", r"Device ID: '\d{15}'"),
    ("--query-device-caps", r"Max sessions: '\d+'"),
    ("--query-subscriber-ready-status", r"Ready state: 'initialized'"),
    ("--query-radio-state", r"Software radio state: 'on'"),
    ("--query-device-services", r"ip-configuration \(15\)"),
    ("--query-device-services", r"Service: 'qmi'"),
    ("--query-pin-state", r"PIN state: 'unlocked'"),
    ("--query-pin-list", r"PIN1:\s+Mode: 'disabled'\s+Format: 'numeric'"),
    ("--query-home-provider", r"Provider ID: '00101'"),
    ("--query-preferred-providers", r"Preferred providers \(1\)"),
    ("--query-visible-providers", r"State: 'home, visible, registered'"),
    ("--query-registration-state", r"Register state: 'home'"),
    ("--register-automatic", r"Register mode: 'automatic'"),
    ("--query-signal-state", r"RSSI \[0-31,99\]: '23'"),
    ("--query-packet-service-state", r"Packet service state: 'attached'"),
    ("--attach-packet-service", r"Successfully attached"),
    ("--query-connection-state=3", r"Activation state: 'deactivated'"),
    ("--query-packet-statistics", r"Octets \(in\): '0'"),
    ("--query-provisioned-contexts", r"Access string: 'internet'"),
    ("--set-network-idle-hint=enabled", r"Network idle hint state: 'enabled'"),
    ("--query-emergency-mode", r"Emergency mode: 'on'"),
    ("--set-ip-packet-filters=session-id=1,packet-filter=01,packet-mask=ff",
     r"Packet filter : 01"),
    ("--set-signal-state=signal-strength-interval=5,rssi-threshold=1,"
     "error-rate-threshold=2", r"Signal strength interval: '5'"),
    ("--ms-query-lte-attach-configuration", r"Configuration 2:\s+IP type:\s+ipv4v6"),
    ("--ms-query-lte-attach-info", r"Attach state:\s+attached"),
    ("--ms-query-sys-caps", r"Number of executors: '1'"),
    ("--ms-query-device-caps", r"Executor Index: '0'"),
    ("--ms-query-slot-info-status=0", r"Slot '0': 'state-active'"),
    ("--ms-query-device-slot-mappings", r"Executor '0': slot '0'"),
    ("--ms-query-location-info-status", r"Tracking area code:\s+001234"),
    ("--ms-query-provisioned-contexts", r"Roaming control: 'home-only'"),
    ("--ms-query-version=1.0,3.0", r"MBIM extended version : 3.00"),
    ("--quectel-query-radio-state", r"Radio state retrieved: 'on'"),
    ("--noop", r""),
)

# The same questions have other answers after another version was agreed on.
NEWER = (
    ("v2", "--query-registration-state", r"Preferred data classes: '.*lte'"),
    ("v2", "--query-packet-service-state", r"Frequency range: 'unknown'"),
    ("v2", "--query-signal-state", r"RSRP/SNR info: 'lte'"),
    ("v3", "--query-subscriber-ready-status", r"Flags: '.*sim-removable'"),
    ("v3", "--query-packet-service-state", r"TAI PLMN MCC: '001'"),
    ("v3", "--ms-query-device-caps", r"LTE band class: '1, 3, 7"),
    ("v3", "--ms-query-lte-attach-info", r"Network error: none"),
    ("v3", "--query-connection-state=1", r"Access media type: 'unknown'"),
    ("v3", "--connect=session-id=1,access-string=ims,ip-type=ipv4v6",
     r"Access string: 'ims'"),
)


def mbimcli(lab, *argv, proxy=False, check=True):
    return lab.call("mbimcli", *(["-p"] if proxy else []), "-d", lab.tty(), *argv,
                    check=check)


def opened(lab, number, *argv, check=True):
    """A command of a host that has opened the function before and goes on."""
    return mbimcli(lab, f"--no-open={number}", "--no-close", *argv, check=check)


def libmbim_proxy(lab):
    proxy = lab.start("mbim-proxy", "stdbuf", "-oL", MBIM_PROXY, "--no-exit",
                      "--verbose")
    proxy.wait_line("proxy will remain running")
    return proxy


def calls(lab):
    return {(c["link"], c["family"]): c for c in lab.control.stats()["calls"] if c["up"]}


def requests(lab, name):
    return lab.control.stats()["messages"].get(name, [0])[0]


def read_all(lab, proxy):
    for command, answer in READABLE:
        out = mbimcli(lab, command, proxy=proxy)
        assert re.search(answer, out), f"{command}: {out}"


def test_everything_can_be_read(lab):
    lab.modem("--mode", "mbim")
    read_all(lab, proxy=False)
    assert lab.control.stats()["bad_messages"] == 0


@pytest.mark.skipif(not MBIM_PROXY, reason="no mbim-proxy")
def test_everything_can_be_read_through_libmbims_proxy(lab):
    lab.modem("--mode", "mbim")
    libmbim_proxy(lab)
    read_all(lab, proxy=True)
    assert requests(lab, "MBIM.OPEN") == 1
    assert requests(lab, "MBIM.CLOSE") == 0


def test_newer_layouts(lab):
    lab.modem("--mode", "mbim")
    for version, command, answer in NEWER:
        out = mbimcli(lab, f"--device-open-ms-mbimex-{version}", command)
        assert re.search(answer, out), f"{version} {command}: {out}"


def configure(lab, device, answer):
    """As the dialer does: the addresses that IP_CONFIGURATION has, and a route each."""
    lab.call("ip", "link", "set", device, "up")
    for address in re.findall(r"IP \[0\]: '(\S+)'", answer):
        lab.call("ip", "address", "add", address, "dev", device, "nodad")
    for family, common in (("-4", COMMON4), ("-6", COMMON6)):
        lab.call("ip", family, "route", "add", common, "dev", device)


def test_sessions_carry_packets(lab):
    """Each with its own addresses, which are those that the network gave."""
    lab.modem("--mode", "mbim")
    mbimcli(lab, "--no-close", "--query-radio-state")
    for number, (session, apn) in enumerate(((0, "internet"), (1, "ims"), (2, "m2m"))):
        out = opened(lab, 20 + 10 * number,
                     f"--connect=session-id={session},access-string={apn},ip-type=ipv4v6")
        assert "Activation state: 'activated'" in out
        out = opened(lab, 100 + 10 * number, f"--query-ip-configuration={session}")
        assert "available: 'address, gateway, dns, mtu'" in out
        given = [ipaddress.ip_interface(a).ip
                 for a in re.findall(r"IP \[0\]: '(\S+)'", out)]
        assert given == [ipaddress.ip_address(calls(lab)[session, family]["address"])
                         for family in (4, 6)]
        device = f"wwan0_{session}" if session else "wwan0"
        configure(lab, device, out)
        assert lab.ping(device, COMMON4) and lab.ping(device, COMMON6)
        lab.call("ip", "link", "set", device, "down")  # and its routes
    out = opened(lab, 200, "--query-packet-statistics")
    counted = re.search(r"Packets \(out\): '(\d+)'", out)
    assert int(counted[1]) >= 6
    out = opened(lab, 210, "--disconnect=1")
    assert "Activation state: 'deactivated'" in out
    assert {link for link, _ in calls(lab)} == {0, 2}
    assert "ContextNotActivated" in opened(lab, 220, "--disconnect=1", check=False)
    # what went through the session that is gone still counts
    again = re.search(r"Packets \(out\): '(\d+)'",
                      opened(lab, 230, "--query-packet-statistics"))
    assert int(again[1]) >= int(counted[1])
    mbimcli(lab, "--no-open=240", "--noop")  # and its CLOSE
    assert calls(lab) == {}


@pytest.mark.skipif(not MBIM_PROXY, reason="no mbim-proxy")
def test_sessions_of_several_hosts_through_libmbims_proxy(lab):
    lab.modem("--mode", "mbim")
    libmbim_proxy(lab)
    for session, apn in ((1, "internet"), (2, "ims"), (7, "m2m")):
        out = mbimcli(
            lab, f"--connect=session-id={session},access-string={apn},ip-type=ipv4v6",
            proxy=True)
        assert "Activation state: 'activated'" in out
    assert {link for link, _ in calls(lab)} == {1, 2, 7}
    assert "'activated'" in mbimcli(lab, "--query-connection-state=7", proxy=True)
    mbimcli(lab, "--disconnect=2", proxy=True)
    assert {link for link, _ in calls(lab)} == {1, 7}
    lab.control.ask("modem 0 disconnect 1 39")
    out = mbimcli(lab, "--query-connection-state=1", proxy=True)
    assert "Activation state: 'deactivated'" in out
    assert requests(lab, "MBIM.OPEN") == 1


def test_a_pin(lab):
    lab.modem("--mode", "mbim", "--pin", "0123")
    out = mbimcli(lab, "--query-subscriber-ready-status")
    assert "Ready state: 'device-locked'" in out
    with pytest.raises(LabError, match="PinRequired"):
        mbimcli(lab, "--connect=access-string=internet")
    with pytest.raises(LabError, match="Failure"):
        mbimcli(lab, "--enter-pin=9999")
    out = mbimcli(lab, "--query-pin-state")
    assert "PIN type: 'pin1'" in out and "Remaining attempts: '2'" in out
    assert "PIN state: 'unlocked'" in mbimcli(lab, "--enter-pin=0123")
    mbimcli(lab, "--change-pin=0123,4321")
    mbimcli(lab, "--disable-pin=4321")
    assert re.search(r"PIN1:\s+Mode: 'disabled'", mbimcli(lab, "--query-pin-list"))
    assert "Ready state: 'initialized'" in mbimcli(
        lab, "--query-subscriber-ready-status")


def test_the_state_that_a_test_sets(lab):
    lab.modem("--mode", "mbim")
    for command, question, answer in (
            ("register searching", "--query-registration-state", "'searching'"),
            ("register denied", "--query-registration-state", "'denied'"),
            ("register registered", "--query-registration-state", "'home'"),
            ("detach", "--query-packet-service-state", "'detached'"),
            ("attach", "--query-packet-service-state", "'attached'"),
            ("signal -113", "--query-signal-state", r"RSSI [0-31,99]: '0'"),
            ("sim absent", "--query-subscriber-ready-status", "'sim-not-inserted'"),
            ("sim ready", "--query-subscriber-ready-status", "'initialized'")):
        lab.control.ask(f"modem 0 {command}")
        assert answer in mbimcli(lab, question), command
    mbimcli(lab, "--set-radio-state=off")
    assert "'deregistered'" in mbimcli(lab, "--query-registration-state")
    mbimcli(lab, "--set-radio-state=on")
    assert "'home'" in mbimcli(lab, "--query-registration-state")


def test_refusals_by_rule(lab):
    lab.modem("--mode", "mbim")
    for status, word in (("BUSY", "Busy"), ("INVALID_ACCESS_STRING", "InvalidAccessString"),
                         ("MAX_ACTIVATED_CONTEXTS", "MaxActivatedContexts"),
                         ("RADIO_POWER_OFF", "RadioPowerOff"),
                         ("CONTEXT_NOT_SUPPORTED", "ContextNotSupported")):
        lab.control.ask(f"modem 0 fault MBIM.CONNECT req error {status} count 1")
        with pytest.raises(LabError, match=word):
            mbimcli(lab, "--connect=access-string=internet")
    with pytest.raises(LabError, match="Failure"):
        mbimcli(lab, "--connect=access-string=nowhere")
    mbimcli(lab, "--connect=access-string=internet")


def test_quirks_that_libmbim_knows(lab):
    """What real functions do wrong, and their hosts have learnt to live with."""
    lab.modem("--mode", "mbim")
    for quirk in ("open-closes 1", "open-stale 2", "early 1", "notify-all 1"):
        lab.control.ask(f"modem 0 mbim {quirk}")
        assert "Successfully connected" in mbimcli(
            lab, "--connect=access-string=internet"), quirk
    lab.control.ask("modem 0 mbim function-error 6")
    with pytest.raises(LabError, match="(?i)unknown"):
        mbimcli(lab, "--query-radio-state")
    lab.control.ask("modem 0 mbim bad-offset 1")
    with pytest.raises(LabError):
        mbimcli(lab, "--query-device-caps")
    mbimcli(lab, "--query-device-caps")


@pytest.mark.skipif(not shutil.which("qmicli"), reason="no qmicli")
def test_qmi_over_mbim(lab):
    """qmicli through the function's QMI service reaches the same modem."""
    def qmicli(*argv):
        return lab.call("qmicli", "-d", lab.tty(), "--device-open-mbim", *argv)

    lab.modem("--mode", "mbim")
    assert re.search(r"wds \(1\.\d+\)", qmicli("--get-service-version-info"))
    assert "'registered'" in qmicli("--nas-get-serving-system")
    out = qmicli("--wds-start-network=apn=ims,ip-type=4", "--client-no-release-cid")
    handle = re.search(r"Packet data handle: '(\d+)'", out)[1]
    cid = re.search(r"CID: '(\d+)'", out)[1]
    out = qmicli("--wds-get-current-settings", f"--client-cid={cid}",
                 "--client-no-release-cid")
    address = re.search(r"IPv4 address: (\S+)", out)[1]
    assert [c["address"] for c in calls(lab).values()] == [address]
    assert "Network stopped" in qmicli(f"--wds-stop-network={handle}",
                                       f"--client-cid={cid}")
    assert calls(lab) == {}
