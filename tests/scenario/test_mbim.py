# SPDX-License-Identifier: BSD-2-Clause
"""PDNs over MBIM: sessions through our proxy and through libmbim's, and by themselves."""
import re
import signal

import pytest

from test_pdns import COMMON4, COMMON6, apn, calls, wait_until, who

PROXIES = ("ours", "libmbim")


@pytest.fixture(params=PROXIES)
def gateway(request, lab):
    """A function that starts modem and proxy; its result has the proxy."""
    def start(*options, **kwargs):
        lab.modem(*options, mode="mbim", **kwargs)
        return proxy(lab, request.param)
    lab.which = request.param
    return start


def proxy(lab, which):
    return lab.proxy() if which == "ours" else lab.libmbim_proxy()


def dial(lab, sessions, *options):
    """Dual stack sessions, started together; dialers and their devices."""
    dialers = [lab.dialer(n, apn(n + 1), "-4", "-6", *options) for n in sessions]
    return dialers, [lab.online(d)["device"] for d in dialers]


def device_of(session):
    return "wwan0" if session == 0 else f"wwan0_{session}"


def sessions_up(lab):
    return sorted({c["link"] for c in calls(lab)})


def wait_sessions(lab, expected):
    wait_until(lambda: sessions_up(lab) == expected,
               lambda: lab.control.ask("modem 0 stats"))


@pytest.mark.parametrize("sessions", (range(1, 5), range(0, 8)), ids=("4", "8"))
def test_sessions_dual_stack(lab, gateway, sessions):
    gateway("--apns", "8", tun=8)
    dialers, devices = dial(lab, sessions)
    assert devices == [device_of(n) for n in sessions]
    for device in devices:
        assert len(lab.addresses(device, 4)) == 1
        assert len(lab.addresses(device, 6)) == 1
        assert lab.ping(device, COMMON4) and lab.ping(device, COMMON6)
    for common in (COMMON4, COMMON6):
        assert who(lab, devices, common) == [apn(n + 1) for n in sessions]
    assert sessions_up(lab) == list(sessions)
    for dialer in dialers:
        assert dialer.stop() == 0
    assert calls(lab) == []
    for device in devices:
        assert lab.addresses(device, 4) == [] and lab.addresses(device, 6) == []
    stats = lab.control.stats()
    assert stats["wrong_link"] == 0 and stats["bad_messages"] == 0


@pytest.mark.parametrize("options,families", (
    (("-4",), (4,)), (("-6",), (6,)), (("-4", "-6"), (4, 6))))
def test_families(lab, gateway, options, families):
    gateway()
    dialer = lab.dialer(1, "internet", *options)
    device = lab.online(dialer)["device"]
    for family, common in ((4, COMMON4), (6, COMMON6)):
        assert len(lab.addresses(device, family)) == (family in families)
        assert lab.ping(device, common) == (family in families)


def test_round_trips(lab, gateway):
    """The proxy answers OPEN; all queries, CONNECT and IP_CONFIGURATION are the modem's."""
    gateway("--latency", "30")
    first = lab.dialer(1, "internet", "-4", "-6")
    lab.online(first)
    assert first.stop() == 0
    lab.control.ask("modem 0 mark")
    lab.online(lab.dialer(1, "internet", "-4", "-6", name="warm"))
    # libmbim's proxy asks the modem whether it is still open before it welcomes anybody
    assert lab.control.stats()["round_trips"] == (4 if lab.foreign else 3)


def test_without_n_it_is_session_0(lab, gateway):
    gateway()
    argv = ["-p", "mbim-proxy"] if lab.foreign else ["--protocol", "mbim"]
    dialer = lab.start("cm", "quectel-CM", "--runtime-dir", lab.run_dir, "--device",
                       lab.control_device(), "-i", "wwan0", "-s", "internet", "-D", *argv)
    assert lab.online(dialer)["device"] == "wwan0"
    assert sessions_up(lab) == [0]
    lab.call("quectel-CM", "--runtime-dir", lab.run_dir, "-k", "0")
    assert dialer.wait() == 0
    assert calls(lab) == []


def test_mbimcli_beside_live_sessions(lab, gateway):
    gateway()
    _, devices = dial(lab, (1, 2))
    for action in ("--query-device-caps", "--query-subscriber-ready-status",
                   "--query-registration-state", "--query-packet-service-state",
                   "--query-connection-state=1", "--query-ip-configuration=2"):
        out = lab.call("mbimcli", "-p", "-d", lab.control_device(), action)
        assert "error" not in out.replace("Network error", "").lower(), out
    assert sessions_up(lab) == [1, 2]
    for device in devices:
        assert lab.ping(device, COMMON4)


def test_network_disconnect_says_why_and_redials(lab, gateway):
    gateway()
    dialers, devices = dial(lab, (1, 2))
    mark, other = dialers[0].mark(), dialers[1].mark()
    lab.control.ask(f"modem 0 disconnect {apn(2)} 36")
    dialers[0].wait_line(r"call_end_reason is 36", mark)
    dialers[0].wait_line(r"ONLINE -> CLOSING: .*\(cause 36\)", mark)
    lab.online(dialers[0], since=mark)
    assert lab.ping(devices[0], COMMON4)
    assert not [l for l in dialers[1].lines[other:] if "->" in l]


def test_address_change(lab, gateway):
    gateway()
    dialers, devices = dial(lab, (1,))
    before = lab.addresses(devices[0], 4)
    mark = dialers[0].mark()
    lab.control.ask(f"modem 0 renumber {apn(2)}")
    dialers[0].wait_line(r"REFRESHING -> ONLINE", mark)
    after = lab.addresses(devices[0], 4)
    assert len(after) == 1 and after != before
    assert lab.ping(devices[0], COMMON4)
    assert sessions_up(lab) == [1]


def test_registration_lost_and_regained(lab, gateway):
    gateway()
    lab.control.ask("modem 0 register searching")
    lab.control.ask("modem 0 detach")
    dialer = lab.dialer(1, "internet")
    dialer.wait_line(r"PREPARING -> REGISTERING")
    dialer.wait_line(r"waiting for the network")
    lab.control.ask("modem 0 register registered")
    lab.online(dialer)
    mark = dialer.mark()
    lab.control.ask("modem 0 register searching")
    dialer.wait_line(r"UNREGISTERED", mark)
    assert sessions_up(lab) == [1]  # the call survives
    lab.control.ask("modem 0 register registered")
    dialer.wait_line(r"\bREGISTERED", mark)
    assert sessions_up(lab) == [1]


def test_detach_and_attach(lab, gateway):
    gateway()
    dialers, devices = dial(lab, (1,))
    mark = dialers[0].mark()
    lab.control.ask("modem 0 detach")
    dialers[0].wait_line(r"ONLINE -> CLOSING", mark)
    lab.control.ask("modem 0 attach")
    lab.online(dialers[0], since=mark, timeout=60)
    assert lab.ping(devices[0], COMMON4)


def test_killed_proxy_and_the_dialers_come_back(lab, gateway):
    one = gateway()
    dialers, devices = dial(lab, (1, 2))
    marks = [d.mark() for d in dialers]
    one.kill(signal.SIGKILL)
    one.wait()
    proxy(lab, lab.which)
    for dialer, mark, device in zip(dialers, marks, devices):
        assert lab.online(dialer, since=mark)["device"] == device
        assert lab.ping(device, COMMON4) and lab.ping(device, COMMON6)
    assert sessions_up(lab) == [1, 2]


# Without a bus reset libmbim's proxy 1.28 says "wrong state" for ever afterwards.
@pytest.mark.parametrize("gateway,how", (("ours", "sync"), ("ours", "bus 200"),
                                         ("libmbim", "bus 200")), indirect=["gateway"])
def test_modem_reset(lab, gateway, how):
    gateway()
    dialers, devices = dial(lab, (1, 2))
    marks = [d.mark() for d in dialers]
    lab.control.ask(f"modem 0 reset {how}")
    for dialer, mark, device in zip(dialers, marks, devices):
        assert lab.online(dialer, since=mark, timeout=90)["device"] == device
        assert lab.ping(device, COMMON4)
    assert sessions_up(lab) == [1, 2]


def test_killed_dialer_and_the_next_one(lab, gateway):
    gateway()
    dialers, devices = dial(lab, (1, 2))
    dialers[0].kill(signal.SIGKILL)
    dialers[0].wait()
    assert lab.ping(devices[1], COMMON4)
    again = lab.dialer(1, apn(2), "-4", "-6", name="again")
    assert lab.online(again)["device"] == devices[0]
    assert lab.ping(devices[0], COMMON4)
    assert len(lab.addresses(devices[0], 4)) == 1
    assert again.stop() == 0 and dialers[1].stop() == 0
    assert calls(lab) == []


def test_unknown_apn(lab, gateway):
    gateway()
    dialer = lab.dialer(1, "no.such.apn", "-4", "-6")
    line = dialer.wait_line(r"-> WAITING: (.*)")[1]
    assert "APN" in line and "(cause 27)" in line
    assert dialer.poll() is None
    assert dialer.stop() == 0
    assert calls(lab) == []


def test_without_an_apn_the_provisioned_context_is_dialed(lab, gateway):
    gateway()
    dialer = lab.dialer(1, None)
    wanted = dialer.wait_line(r'the modem\'s own is "(.*)"')[1]
    device = lab.online(dialer)["device"]
    assert who(lab, [device], COMMON4) == [wanted]


def test_pin(lab, gateway):
    gateway("--pin", "1234")
    asked = lab.dialer(1, "internet", name="asked")
    assert asked.wait() == 9
    assert any(re.search(r"needs its PIN \(3 attempts left\)", l) for l in asked.lines)
    wrong = lab.dialer(1, "internet", "--pin", "9999", name="wrong")
    assert wrong.wait() == 9
    assert any(re.search(r"wrong PIN, 2 attempts left", l) for l in wrong.lines)
    right = lab.dialer(1, "internet", "--pin", "1234", name="right")
    lab.online(right)
    assert right.stop() == 0


def test_the_last_attempt_of_a_pin_is_kept(lab, gateway):
    gateway("--pin", "1234")
    lab.control.ask("modem 0 pin 1234 left 1")
    lab.control.ask("modem 0 sim pin")
    kept = lab.dialer(1, "internet", "--pin", "1234", name="kept")
    assert kept.wait() == 9
    assert any("PIN not tried" in line for line in kept.lines)
    assert lab.control.stats()["pin_left"] == 1
    lab.online(lab.dialer(1, "internet", "--pin", "1234", "--force-pin", name="forced"))


def test_blocked_sim(lab, gateway):
    gateway()
    lab.control.ask("modem 0 sim puk")
    dialer = lab.dialer(1, "internet", "--pin", "1234")
    assert dialer.wait() == 10
    assert any("PUK needed" in line for line in dialer.lines)
    lab.control.ask("modem 0 sim blocked")
    dead = lab.dialer(1, "internet", name="dead")
    dead.wait_line(r"-> WAITING: the SIM cannot be read")


def test_sim_comes_later(lab, gateway):
    gateway()
    lab.control.ask("modem 0 sim absent")
    dialer = lab.dialer(1, "internet")
    dialer.wait_line(r"-> WAITING: no SIM")
    lab.control.ask("modem 0 sim ready")
    lab.online(dialer, timeout=60)


# Ways of modems, and faults after which a dial ends online all the same.
SURVIVED = (
    "mbim early 1",
    "mbim notify-all 1",
    "mbim ip4-flags 9",  # no gateway, no DNS
    "fault * rsp delay 300 count 4",
    "fault * rsp split count 6",
    "fault * rsp coalesce count 2",
    "fault * rsp reorder count 2",
    "fault * rsp duplicate count 9",
    "fault MBIM.CONNECT rsp delay 2000 count 1",
    "fault MBIM.CONNECT ind drop",
    "fault MBIM.DEVICE_CAPS req error 2",
    "fault MBIM.DEVICE_SERVICES req error 9",
    "fault MBIM.RADIO_STATE req error 28",
    "fault MBIM.PIN req error 5",
)


# What libmbim's proxy makes of its device's bytes is not ours to judge.
@pytest.mark.parametrize(
    "gateway,fault",
    [(which, fault) for which in PROXIES for fault in SURVIVED
     if which == "ours" or not re.search("split|coalesce|reorder", fault)],
    indirect=["gateway"])
def test_survived(lab, gateway, fault):
    gateway()
    lab.control.ask(f"modem 0 {fault}")
    dialers, devices = dial(lab, (1,))
    assert lab.ping(devices[0], COMMON4)
    assert dialers[0].stop() == 0
    assert calls(lab) == []


# A refusal of CONNECT counts twice: PREPARE asks for the session's state.
# Faults that cost one attempt; the next one ends online.
RETRIED = (
    ("fault MBIM.CONNECT req error 2 cause 38 count 2", r"\(cause 38\)"),
    ("fault MBIM.CONNECT req error 1 count 2", "busy"),
    ("fault MBIM.CONNECT req error 13 count 2", "no free session"),
    ("fault MBIM.IP_CONFIGURATION req error 16 count 1", "not up any more"),
    ("fault MBIM.SUBSCRIBER_READY_STATUS req error 14 count 1", "still starting"),
)


@pytest.mark.parametrize("fault,words", RETRIED)
def test_retried(lab, gateway, fault, words):
    gateway()
    lab.control.ask(f"modem 0 {fault}")
    dialer = lab.dialer(1, "internet", "-4", "-6")
    dialer.wait_line(r"-> WAITING: .*" + words + r".*retry in", timeout=60)
    device = lab.online(dialer, timeout=60)["device"]
    assert lab.ping(device, COMMON4)
    assert dialer.stop() == 0
    assert calls(lab) == []


def test_one_family_refused_keeps_the_other(lab, gateway):
    gateway()
    lab.control.ask("modem 0 fault MBIM.CONNECT req error 2 cause 50 count 2")
    dialer = lab.dialer(1, "internet", "-4", "-6")
    dialer.wait_line(r"IPv4v6 refused, trying IPv4")
    device = lab.online(dialer)["device"]
    assert len(lab.addresses(device, 4)) == 1 and lab.addresses(device, 6) == []


def test_a_family_without_an_address_is_done_without(lab, gateway):
    gateway()
    lab.control.ask("modem 0 mbim ip6-flags 8")
    dialer = lab.dialer(1, "internet", "-4", "-6")
    dialer.wait_line(r"without IPv6", timeout=60)
    device = lab.online(dialer)["device"]
    assert lab.ping(device, COMMON4)


@pytest.mark.parametrize("name", ("quectel-mbim-proxy", "mbim-proxy"))
def test_proxies_by_name(lab, name):
    """By the abstract names that scripts have; the vendor's has no greeting."""
    lab.modem(mode="mbim")
    one = lab.proxy()
    dialers, devices = dial(lab, (1, 2), "-p", name)
    assert any(f"connect to @{name} sockfd" in line for line in dialers[0].lines)
    assert [lab.ping(d, COMMON4) for d in devices] == [True, True]
    marks = [d.mark() for d in dialers]
    one.kill(signal.SIGKILL)
    one.wait()
    lab.proxy()
    for dialer, mark, device in zip(dialers, marks, devices):
        assert lab.online(dialer, since=mark)["device"] == device
    assert [d.stop() for d in dialers] == [0, 0]
    assert calls(lab) == []


@pytest.mark.parametrize("where", ("socket", "terminal"))
def test_direct(lab, where):
    lab.modem(mode="mbim")
    lab.control.ask("modem 0 mbim transfer 512")
    device = lab.device() if where == "socket" else lab.tty()
    options = ("--runtime-dir", lab.run_dir, "--device", device, "-i", "wwan0",
               "--protocol", "mbim", "--direct", "-D")
    dialer = lab.start("cm", "quectel-CM", *options, "-n", "1", "-4", "-6", "-s",
                       "internet")
    netdev = lab.online(dialer)["device"]
    assert lab.ping(netdev, COMMON4) and lab.ping(netdev, COMMON6)
    if where == "terminal":
        second = lab.start("second", "quectel-CM", *options, "-n", "2", "-s", "ims")
        assert second.wait() == 5
        assert any("is held by quectel-CM" in line for line in second.lines)
    assert dialer.stop() == 0
    assert calls(lab) == []


@pytest.mark.parametrize("quirk", ("open-closes 1", "open-stale 1"))
def test_direct_open_that_goes_wrong(lab, quirk):
    lab.modem(mode="mbim")
    lab.control.ask(f"modem 0 mbim {quirk}")
    dialer = lab.dialer(1, "internet", "--direct")
    assert lab.ping(lab.online(dialer)["device"], COMMON4)
    assert dialer.stop() == 0


def test_passwords_are_seen_nowhere(lab, gateway):
    gateway()
    argv = ["-p", "mbim-proxy"] if lab.foreign else ["--protocol", "mbim"]
    dialer = lab.start("cm", "quectel-CM", "--runtime-dir", lab.run_dir, "--device",
                       lab.control_device(), "-i", "wwan0", "-n", "1", "-s", "internet",
                       "me", "S3cr3tWord", "2", "-D", "-v", *argv)
    lab.online(dialer)
    with open(f"/proc/{dialer.pid}/cmdline", "rb") as f:
        assert b"S3cr3tWord" not in f.read()
    ours = [p for p in lab.processes if p.name not in ("modem", "libmbim-proxy")]
    assert not [l for p in ours for l in p.lines if "S3cr3tWord" in l]


def test_qmi_through_an_mbim_function(lab):
    """The dialer speaks QMI by the function's QMI service, beside a session of MBIM's."""
    lab.modem(mode="mbim")
    proxy = lab.proxy()
    (session,), (device,) = dial(lab, (1,))
    dialer = lab.start("qmi", "quectel-CM", "--runtime-dir", lab.run_dir, "--device",
                       lab.device(), "-i", "wwan0", "--protocol", "qmi", "-p",
                       "mbim-proxy", "-n", "3", "-s", apn(3), "-4", "-6", "-D")
    assert lab.online(dialer)["device"] == "wwan0"
    assert any("requestSetupDataCall WdsConnectionIPv4Handle" in l for l in dialer.lines)
    assert who(lab, ["wwan0", device], COMMON4) == [apn(3), apn(2)]
    assert lab.ping("wwan0", COMMON6) and lab.ping(device, COMMON6)
    mark = dialer.mark()
    lab.control.ask(f"modem 0 disconnect {apn(3)} 36")  # an indication through the tunnel
    dialer.wait_line(r"ONLINE -> ", mark)
    lab.online(dialer, since=mark)
    assert dialer.stop() == 0 and proxy.poll() is None
    assert sum(lab.control.stats()["open_cids"].values()) == 0
    assert lab.ping(device, COMMON4) and session.stop() == 0
    assert calls(lab) == []


def test_no_qmi_in_an_mbim_function(lab):
    lab.modem(mode="mbim")
    lab.proxy()
    lab.control.ask("modem 0 fault MBIM.QMI req error 9 count 9")
    dialer = lab.start("qmi", "quectel-CM", "--runtime-dir", lab.run_dir, "--device",
                       lab.device(), "-i", "wwan0", "--protocol", "qmi", "-p",
                       "mbim-proxy", "-s", apn(1), "-D")
    dialer.wait_line("no QMI through this function")
    dialer.stop()
