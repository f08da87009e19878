# SPDX-License-Identifier: BSD-2-Clause
"""What a modem, its SIM and its network do wrong, and what the dialer makes of it."""
import re

import pytest

from test_pdns import COMMON4, calls, dial, open_cids

# Faults after which a dial ends online all the same, without a line that it gave up.
SURVIVED = (
    "* rsp delay 300 count 4",
    "* rsp duplicate",
    "* rsp split count 6",
    "* rsp coalesce count 2",
    "* rsp reorder count 2",
    "CTL.ALLOCATE_CID rsp reorder count 1",
    "WDS.START_NETWORK rsp delay 2000 count 1",
    "WDS.PACKET_SERVICE_STATUS ind drop",
    "WDS.PACKET_SERVICE_STATUS ind duplicate",
    "NAS.GET_SERVING_SYSTEM ind broadcast",
    "UIM.REGISTER_EVENTS req error NOT_SUPPORTED",
    "DMS.GET_REVISION req error INTERNAL",
    "WDS.INDICATION_REGISTER req error NOT_SUPPORTED",
    "WDS.SET_IP_FAMILY req error NOT_SUPPORTED",
    "WDS.MODIFY_PROFILE req error EXTENDED_INTERNAL",
    "CTL.GET_VERSION_INFO req error INTERNAL",
)


@pytest.mark.parametrize("fault", SURVIVED)
def test_survived(lab, fault):
    lab.modem()
    lab.proxy()
    lab.control.ask(f"modem 0 fault {fault}")
    dialers, devices = dial(lab, 1)
    assert lab.ping(devices[0], COMMON4)
    lab.control.ask("modem 0 fault clear")
    assert dialers[0].stop() == 0
    assert open_cids(lab) == 0 and calls(lab) == []


# Faults that cost one attempt; the next one ends online.
RETRIED = (
    ("WDS.START_NETWORK req error CALL_FAILED cause 26 count 2", "cause 26"),
    ("WDS.BIND_MUX_DATA_PORT req error INTERNAL count 2", "BIND_MUX"),
    ("CTL.ALLOCATE_CID req error CLIENT_IDS_EXHAUSTED count 8", "CLIENT_IDS_EXHAUSTED"),
    ("WDS.GET_CURRENT_SETTINGS req error INTERNAL count 2", "requestGetIPAddress"),
)


@pytest.mark.parametrize("fault,words", RETRIED)
def test_retried(lab, fault, words):
    lab.modem()
    lab.proxy()
    lab.control.ask(f"modem 0 fault {fault}")
    dialer = lab.dialer(1, "internet", "-4", "-6")
    dialer.wait_line(r"-> WAITING: .*" + words + r".*retry in", timeout=60)
    device = lab.online(dialer, timeout=60)["device"]
    assert lab.ping(device, COMMON4)
    assert dialer.stop() == 0
    assert open_cids(lab) == 0


def test_lost_and_garbled_answers_cost_time_only(lab):
    """An answer that never comes, one cut short, one after rubbish."""
    lab.modem()
    lab.proxy()
    for fault in ("NAS.GET_SERVING_SYSTEM rsp drop count 1",
                  "DMS.GET_REVISION rsp truncate 3 count 1",
                  "UIM.GET_CARD_STATUS rsp garbage 40 count 1"):
        lab.control.ask(f"modem 0 fault {fault}")
    dialer = lab.dialer(1, "internet")
    device = lab.online(dialer, timeout=90)["device"]
    assert lab.ping(device, COMMON4)
    assert dialer.stop() == 0


def test_unknown_apn(lab):
    lab.modem()
    lab.proxy()
    dialer = lab.dialer(1, "no.such.apn")
    line = dialer.wait_line(r"-> WAITING: (.*)")[1]
    assert re.search(r"APN", line) and "27" in line
    assert dialer.poll() is None
    assert dialer.stop() == 0
    assert open_cids(lab) == 0


def test_network_disconnect_says_why_and_redials(lab):
    lab.modem()
    lab.proxy()
    dialers, devices = dial(lab, 2)
    mark, other = dialers[0].mark(), dialers[1].mark()
    lab.control.ask("modem 0 disconnect internet 36")
    dialers[0].wait_line(r"ONLINE -> CLOSING: .*(36|REGULAR_DEACTIVATION|regular)", mark)
    lab.online(dialers[0], since=mark)
    assert lab.ping(devices[0], COMMON4)
    assert not [l for l in dialers[1].lines[other:] if "->" in l]


def test_address_change(lab):
    lab.modem()
    lab.proxy()
    dialers, devices = dial(lab, 1)
    before = lab.addresses(devices[0], 4)
    mark = dialers[0].mark()
    lab.control.ask("modem 0 renumber internet")
    dialers[0].wait_line(r"REFRESHING -> ONLINE", mark)
    after = lab.addresses(devices[0], 4)
    assert len(after) == 1 and after != before
    assert lab.ping(devices[0], COMMON4)
    assert len(calls(lab)) == 2


def test_registration_lost_and_regained(lab):
    lab.modem()
    lab.proxy()
    lab.control.ask("modem 0 register searching")
    lab.control.ask("modem 0 detach")
    dialer = lab.dialer(1, "internet")
    dialer.wait_line(r"PREPARING -> REGISTERING")
    lab.control.ask("modem 0 register registered")
    lab.online(dialer)
    mark = dialer.mark()
    lab.control.ask("modem 0 register searching")
    dialer.wait_line(r"UNREGISTERED", mark)
    assert len(calls(lab)) == 1  # the call survives
    lab.control.ask("modem 0 register registered")
    dialer.wait_line(r"\bREGISTERED", mark)


def test_detach_and_attach(lab):
    lab.modem()
    lab.proxy()
    dialers, devices = dial(lab, 1)
    mark = dialers[0].mark()
    lab.control.ask("modem 0 detach")
    dialers[0].wait_line(r"ONLINE -> CLOSING", mark)
    lab.control.ask("modem 0 attach")
    lab.online(dialers[0], since=mark, timeout=60)
    assert lab.ping(devices[0], COMMON4)


@pytest.mark.parametrize("how", ("bus", "sync"))
def test_modem_reset(lab, how):
    lab.modem()
    lab.proxy()
    dialers, devices = dial(lab, 2)
    marks = [d.mark() for d in dialers]
    lab.control.ask(f"modem 0 reset {how}")
    for dialer, mark, device in zip(dialers, marks, devices):
        assert lab.online(dialer, since=mark, timeout=60)["device"] == device
        assert lab.ping(device, COMMON4)
    assert len(calls(lab)) == 4
    assert [d.stop() for d in dialers] == [0, 0]
    assert open_cids(lab) == 0


def test_devices_made_anew_are_found(lab):
    """Gone and back while a dialer waits: the names are old, the devices are not."""
    lab.modem()
    lab.proxy()
    dialers, devices = dial(lab, 2)
    for _ in range(2):
        marks = [d.mark() for d in dialers]
        lab.control.ask("modem 0 disconnect all 36")
        for dialer, mark in zip(dialers, marks):
            dialer.wait_line("CLOSING -> WAITING", mark)
        lab.control.ask("modem 0 vanish")
        lab.control.ask("modem 0 appear")
        for dialer, mark, device in zip(dialers, marks, devices):
            assert lab.online(dialer, since=mark, timeout=60)["device"] == device
            assert lab.ping(device, COMMON4)
    assert [d.stop() for d in dialers] == [0, 0]
    assert open_cids(lab) == 0


def test_modem_stops_answering(lab):
    lab.modem()
    lab.proxy()
    dialers, devices = dial(lab, 1)
    lab.control.ask("modem 0 silent")
    late = lab.dialer(2, "ims")
    late.wait_line(r"-> (WAITING|CLOSING): ", timeout=60)
    mark = late.mark()
    lab.control.ask("modem 0 answer")
    lab.online(late, since=mark, timeout=120)
    assert lab.ping(devices[0], COMMON4)


def test_pin_is_entered_once(lab):
    lab.modem("--pin", "0012")
    lab.proxy()
    dialer = lab.dialer(1, "internet", "-p", "0012")
    lab.online(dialer)
    assert lab.control.stats()["pin_left"] == 3


def test_wrong_pin_is_tried_once(lab):
    lab.modem("--pin", "1234")
    lab.proxy()
    dialer = lab.dialer(1, "internet", "-p", "9999")
    assert dialer.wait(60) == 9
    assert lab.control.stats()["pin_left"] == 2
    assert open_cids(lab) == 0


def test_last_pin_attempt_is_kept(lab):
    lab.modem("--pin", "1234")
    lab.proxy()
    lab.control.ask("modem 0 pin 1234 left 1")
    dialer = lab.dialer(1, "internet", "-p", "1234")
    assert dialer.wait(60) == 9
    assert lab.control.stats()["pin_left"] == 1


def test_no_sim_is_waited_for(lab):
    lab.modem()
    lab.proxy()
    lab.control.ask("modem 0 sim absent")
    dialer = lab.dialer(1, "internet")
    dialer.wait_line(r"-> (WAITING|CLOSING): .*SIM")
    lab.control.ask("modem 0 sim ready")
    lab.online(dialer, timeout=60)


def test_puk_needed_ends_it(lab):
    lab.modem()
    lab.proxy()
    lab.control.ask("modem 0 sim puk")
    dialer = lab.dialer(1, "internet", "-p", "1234")
    assert dialer.wait(60) == 10


def test_no_ipv6_keeps_ipv4(lab):
    lab.modem()
    lab.proxy()
    # the second family's start is the second one
    lab.control.ask("modem 0 fault WDS.START_NETWORK req error CALL_FAILED cause 50 count 1")
    dialer = lab.dialer(1, "internet", "-4", "-6")
    device = lab.online(dialer)["device"]
    assert len(lab.addresses(device, 4)) + len(lab.addresses(device, 6)) == 1


def test_unsolicited_messages_disturb_nobody(lab):
    lab.modem()
    lab.proxy()
    dialers, devices = dial(lab, 1)
    mark = dialers[0].mark()
    for name in ("NAS.GET_SERVING_SYSTEM", "NAS.SIGNAL_INFO", "UIM.CARD_STATUS",
                 "DMS.EVENT_REPORT", "WDS.PACKET_SERVICE_STATUS"):
        lab.control.ask(f"modem 0 unsolicited {name}")
    assert lab.ping(devices[0], COMMON4)
    assert not [l for l in dialers[0].lines[mark:] if "ONLINE ->" in l]


def test_no_proxy_says_so(lab):
    lab.modem()
    alone = lab.dialer(1, "internet")
    assert alone.wait() == 4
    assert any("proxy" in line for line in alone.lines)


def test_no_modem_says_so(lab):
    alone = lab.start("cm", "quectel-CM", "--runtime-dir", lab.run_dir, "-s", "internet")
    assert alone.wait() == 3
    assert any("no modem found" in line for line in alone.lines)
