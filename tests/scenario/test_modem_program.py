# SPDX-License-Identifier: BSD-2-Clause
"""pdnmux-modem as a program: its options, its control socket, its end."""
import json
import os
import signal
import subprocess

import pytest

from lab import Control, LabError


def run(lab, *argv):
    """Its exit status and output, when it ends by itself."""
    done = subprocess.run(
        lab.inside([lab.program("tests/modem/pdnmux-modem"), *argv]), timeout=30,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


@pytest.mark.parametrize("argv, words", [
    ((), "--dir DIR is missing"),
    (("--dir", "/nonexistent"), "--dir /nonexistent: No such file"),
    (("--modems", "0"), 'modems "0": must be a number from 1 to 64'),
    (("--tun", "127"), "a number from 0 to 126"),
    (("--mode", "at"), "must be qmi or mbim"),
    (("--pin", "12a4"), "must be 4 to 8 digits"),
    (("--max-qmap", "2"), "must be 1, 4 or 5"),
    (("--latency", "-1"), "a number from 0"),
    (("--latency", "5x"), "a number from 0"),
    (("--frobnicate",), "--help"),
    (("extra",), '"extra"'),
])
def test_wrong_options(lab, argv, words):
    where = () if "--dir" in argv or not argv else ("--dir", lab.dir)
    status, out = run(lab, *where, *argv)
    assert status in (1, 2) and words in out, out
    assert not os.path.exists(os.path.join(lab.dir, "control"))


def test_help_and_version(lab):
    assert run(lab, "--help")[0] == 0
    assert "--max-qmap" in run(lab, "-h")[1]
    assert run(lab, "--version")[1].startswith("pdnmux-modem (pdnmux) ")


@pytest.mark.parametrize("signo", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left(lab, signo):
    before = set(os.listdir(lab.dir)) | {"modem.log"}
    modem = lab.modem(count=3, tun=2)
    made = set(os.listdir(lab.dir)) - before
    assert made == {"control"} | {
        f"modem{n}.{kind}" for n in range(3) for kind in ("qmi", "tty")}
    names = [link["ifname"] for link in json.loads(lab.call("ip", "-json", "link"))]
    assert sorted(names) == sorted(["lo"] + [
        f"wwan{n}{k}" for n in range(3) for k in ("", "_1", "_2")])
    modem.kill(signo)
    assert modem.wait() == 0
    assert set(os.listdir(lab.dir)) <= before
    assert len(json.loads(lab.call("ip", "-json", "link"))) == 1


def test_two_cannot_share_a_place(lab):
    modem = lab.modem()
    status, out = run(lab, "--dir", lab.dir)
    assert status == 1 and "Address already in use" in out
    assert modem.poll() is None
    assert lab.control.ask("modems") == "1"


def test_names_follow_the_mode(lab):
    lab.modem("--mode", "mbim", "--no-tun")
    assert os.path.exists(os.path.join(lab.dir, "modem0.mbim"))
    assert not os.path.exists(os.path.join(lab.dir, "modem0.qmi"))
    assert len(json.loads(lab.call("ip", "-json", "link"))) == 1


def test_control(lab):
    lab.modem()
    other = Control(os.path.join(lab.dir, "control"))
    assert other.ask("networks add fleet 1400") == ""
    apns = {n["apn"]: n for n in json.loads(lab.control.ask("networks"))}
    assert list(apns) == ["internet", "ims", "m2m", "mgmt", "fleet"]
    assert apns["fleet"]["mtu"] == 1400
    assert len({n["ipv4"] for n in apns.values()}) == 5
    for wrong in ("networks add fleet", "networks add x 5", "networks remove x", "",
                  "modem", "modem 1 stats", "modem x stats", "modem 0 dance", "dance"):
        with pytest.raises(LabError, match="error "):
            lab.control.ask(wrong)
    assert "modem N stats" in other.ask("help")
    other.close()
    assert lab.control.ask("modems") == "1"


def test_long_lines_end_only_their_connection(lab):
    lab.modem()
    other = Control(os.path.join(lab.dir, "control"))
    with pytest.raises((LabError, OSError)):
        other.ask("x" * 100000)
    assert lab.control.ask("modems") == "1"


def test_quit(lab):
    modem = lab.modem()
    assert lab.control.ask("quit") == "bye"
    assert modem.wait() == 0


def test_script(lab):
    script = os.path.join(lab.dir, "script")
    with open(script, "w") as f:
        f.write("# one more network\n\nnetworks add fleet\nmodem 0 latency 7\n")
    lab.modem("--script", script)
    assert "fleet" in lab.control.ask("networks")
    with open(script, "a") as f:
        f.write("modem 0 dance\n")
    other = os.path.join(lab.dir, "other")
    os.mkdir(other)
    status, out = run(lab, "--dir", other, "--no-tun", "--script", script)
    assert status == 1 and f"{script}:5:" in out
    assert os.listdir(other) == []


def test_stream(lab):
    """The proxy takes either kind of socket."""
    lab.modem("--stream")
    lab.proxy()
    device = lab.online(lab.dialer(1, "internet", "-4"))["device"]
    assert lab.ping(device, "192.0.2.1")


def test_module_that_vanishes_takes_its_devices_along(lab):
    lab.modem(tun=1)
    lab.control.ask("modem 0 vanish")
    assert not os.path.exists(lab.device()) and not os.path.lexists(lab.tty())
    assert len(json.loads(lab.call("ip", "-json", "link"))) == 1
    lab.control.ask("modem 0 appear")
    assert os.path.exists(lab.device()) and os.path.exists(lab.tty())
    assert len(json.loads(lab.call("ip", "-json", "link"))) == 3
