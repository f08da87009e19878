# SPDX-License-Identifier: BSD-2-Clause
"""PDNs over QMI: up, side by side, and down again."""
import os
import re
import signal
import subprocess


APNS = ("internet", "ims", "m2m", "mgmt")
QMICLI = ("qmicli", "-p", "--device-open-qmi", "-d")
COMMON4, COMMON6 = "192.0.2.1", "2001:db8:ffff::1"


def apn(number):
    return APNS[number - 1] if number <= len(APNS) else f"apn{number}"


def dial(lab, count, *options, modem=0):
    """count dual stack PDNs, started together; dialers and their devices."""
    dialers = [lab.dialer(n, apn(n), "-4", "-6", *options, modem=modem)
               for n in range(1, count + 1)]
    return dialers, [lab.online(d)["device"] for d in dialers]


WHO = """
import socket, sys
for device in sys.argv[2:]:
    family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        s.settimeout(10)
        s.sendto(b"who", (sys.argv[1], 7007))
        print(s.recv(100).decode().strip())
"""


def who(lab, devices, address):
    """The APNs that answer behind these devices."""
    return lab.call("/usr/bin/python3", "-c", WHO, address, *devices).split()


def calls(lab, modem=0):
    return [c for c in lab.control.stats(modem)["calls"] if c["up"]]


def open_cids(lab, modem=0):
    return sum(lab.control.stats(modem)["open_cids"].values())


def wait_until(condition, poll, timeout=30):
    """poll() blocks until something has changed; condition() is looked at each time."""
    import time
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        poll()


def test_four_pdns_dual_stack(lab):
    lab.modem()
    lab.proxy()
    dialers, devices = dial(lab, 4)
    assert len(set(devices)) == 4
    for device in devices:
        assert len(lab.addresses(device, 4)) == 1
        assert len(lab.addresses(device, 6)) == 1
        assert lab.ping(device, COMMON4) and lab.ping(device, COMMON6)
    assert who(lab, devices, COMMON4) == list(APNS)
    assert who(lab, devices, COMMON6) == list(APNS)
    assert len(calls(lab)) == 8
    for dialer in dialers:
        assert dialer.stop() == 0
    assert calls(lab) == []
    assert open_cids(lab) == 0
    for device in devices:
        assert lab.addresses(device, 4) == [] and lab.addresses(device, 6) == []
    stats = lab.control.stats()
    assert stats["wrong_link"] == 0 and stats["bad_messages"] == 0


def test_sixteen_pdns(lab):
    lab.modem("--apns", "16", tun=16)
    lab.proxy()
    _, devices = dial(lab, 16)
    assert all(lab.ping(d, COMMON4) and lab.ping(d, COMMON6) for d in devices)
    assert who(lab, devices, COMMON4) == [apn(n) for n in range(1, 17)]
    assert len(calls(lab)) == 32


def test_two_modems(lab):
    lab.modem(count=2)
    lab.proxy(devices=[lab.device(0), lab.device(1)])
    first, devices0 = dial(lab, 2, modem=0)
    _, devices1 = dial(lab, 2, modem=1)
    assert len(set(devices0 + devices1)) == 4
    for device in devices0 + devices1:
        assert lab.ping(device, COMMON4)
    # one modem that hears nothing is nobody's business but its own
    lab.control.ask("modem 0 silent")
    for device in devices1:
        assert lab.ping(device, COMMON4)
    lab.control.ask("modem 0 answer")
    assert first[0].stop() == 0


def test_a_dial_takes_four_round_trips(lab):
    lab.modem("--latency", "30")
    lab.proxy()
    first = lab.dialer(1, "internet", "-4", "-6")
    lab.online(first)
    first.stop()
    lab.control.ask("modem 0 mark")
    lab.online(lab.dialer(1, "internet", "-4", "-6", name="warm"))
    assert lab.control.stats()["round_trips"] == 4


def test_qmicli_beside_live_pdns(lab):
    lab.modem()
    lab.proxy()
    dial(lab, 2)
    for action in ("--dms-get-ids", "--nas-get-serving-system", "--uim-get-card-status",
                   "--wda-get-data-format", "--get-service-version-info"):
        out = lab.call(*QMICLI, lab.device(), action)
        assert "error" not in out.lower(), out
    assert len(calls(lab)) == 4


def test_qmicli_dials_in_one_process_and_hangs_up_in_another(lab):
    lab.modem()
    lab.proxy()
    out = lab.call(*QMICLI, lab.device(), "--client-no-release-cid",
                   "--wds-start-network=apn=m2m,ip-type=4")
    handle = re.search(r"Packet data handle: '(\d+)'", out)[1]
    cid = re.search(r"CID: '(\d+)'", out)[1]
    assert [c["apn"] for c in calls(lab)] == ["m2m"]
    out = lab.call(*QMICLI, lab.device(), f"--client-cid={cid}",
                   f"--wds-stop-network={handle}")
    assert "Network stopped" in out
    assert calls(lab) == [] and open_cids(lab) == 0


def test_killed_dialer_leaves_nothing_at_the_modem(lab):
    lab.modem()
    lab.proxy("--grace", "0")
    dialers, devices = dial(lab, 2)
    dialers[0].kill(signal.SIGKILL)
    dialers[0].wait()
    wait_until(lambda: {c["link"] for c in calls(lab)} == {0x82},
               lambda: lab.control.ask("modem 0 stats"))
    assert lab.ping(devices[1], COMMON4)
    # the next start takes over what its predecessor left
    again = lab.dialer(1, "internet", "-4", "-6", name="again")
    assert lab.online(again)["device"] == devices[0]
    assert lab.ping(devices[0], COMMON4)
    assert len(lab.addresses(devices[0], 4)) == 1
    assert again.stop() == 0 and dialers[1].stop() == 0
    assert open_cids(lab) == 0


def test_orphaned_call_is_let_go_when_its_mux_is_wanted(lab):
    lab.modem()
    lab.proxy()  # the usual grace: a minute
    dialers, devices = dial(lab, 1)
    dialers[0].kill(signal.SIGKILL)
    dialers[0].wait()
    assert len(calls(lab)) == 2
    again = lab.dialer(1, "internet", "-4", "-6", name="again")
    lab.online(again)
    assert lab.ping(devices[0], COMMON4)
    assert len(calls(lab)) == 2


def test_killed_proxy_and_the_dialers_come_back(lab):
    lab.modem()
    proxy = lab.proxy()
    dialers, devices = dial(lab, 2)
    marks = [d.mark() for d in dialers]
    proxy.kill(signal.SIGKILL)
    proxy.wait()
    lab.proxy()
    for dialer, mark, device in zip(dialers, marks, devices):
        assert lab.online(dialer, since=mark)["device"] == device
        assert lab.ping(device, COMMON4) and lab.ping(device, COMMON6)
    assert len(calls(lab)) == 4


def test_passwords_are_seen_nowhere(lab):
    lab.modem()
    lab.proxy("-v")
    dialer = lab.start("cm", "quectel-CM", "--runtime-dir", lab.run_dir, "--device",
                       lab.device(), "-i", "wwan0", "-n", "1", "-s", "internet", "me",
                       "S3cr3tWord", "2", "-D", "-v")
    lab.online(dialer)
    with open(f"/proc/{dialer.pid}/cmdline", "rb") as f:
        assert b"S3cr3tWord" not in f.read()
    assert not [l for p in lab.processes for l in p.lines if "S3cr3tWord" in l]


def test_kill_option_reaches_the_right_one(lab):
    lab.modem()
    lab.proxy()
    dialers, devices = dial(lab, 2)
    lab.call("quectel-CM", "--runtime-dir", lab.run_dir, "-k", "2")
    assert dialers[1].wait() == 0
    assert dialers[0].poll() is None
    assert lab.ping(devices[0], COMMON4)
    done = subprocess.run(lab.inside([lab.program("quectel-CM"), "--runtime-dir",
                                      lab.run_dir, "-k", "9"]), capture_output=True)
    assert done.returncode == 16


def test_second_dialer_of_a_channel_is_refused(lab):
    lab.modem()
    lab.proxy()
    dial(lab, 1)
    second = lab.dialer(1, "internet", name="second")
    assert second.wait() == 17
    assert any("dialed by process" in line for line in second.lines)


def test_from_a_file(lab):
    lab.modem()
    lab.proxy()
    path = os.path.join(lab.dir, "pdnmux.conf")
    with open(path, "w") as f:
        f.write(f'''runtime_dir = "{lab.run_dir}";
modems = ( {{ name = "m"; device = "{lab.device()}"; netdev = "wwan0"; }} );
pdns = (
  {{ name = "a"; apn = "internet"; channel = 1; family = "ipv4v6"; metric = 10;
     dns = "file:{lab.dir}/resolv"; }},
  {{ name = "b"; apn = "mgmt"; channel = 2; default_route = false;
     routes = [ "198.51.100.0/24" ]; dns = "none"; }} );
''')
    os.chmod(path, 0o600)
    a = lab.start("a", "quectel-CM", "-c", path, "a")
    b = lab.start("b", "quectel-CM", "-c", path, "b")
    lab.online(a), lab.online(b)
    routes = lab.call("ip", "route")
    assert re.search(r"default dev wwan0_1 .*metric 10", routes) or \
        re.search(r"default via \S+ dev wwan0_1 .*metric 10", routes), routes
    assert re.search(r"198\.51\.100\.0/24 .*dev wwan0_2", routes), routes
    assert "default" not in "".join(l for l in routes.splitlines() if "wwan0_2" in l)
    with open(os.path.join(lab.dir, "resolv")) as f:
        assert "nameserver" in f.read()
    assert a.stop() == 0 and b.stop() == 0
    assert "wwan0_1" not in lab.call("ip", "route")


def test_traffic_of_all_pdns_at_once(lab):
    """TCP both ways on every PDN at the same time, each byte compared."""
    lab.modem()
    lab.proxy()
    _, devices = dial(lab, 4)
    script = ("import socket,sys,os; a=sys.argv; s=socket.socket(); "
              "s.setsockopt(socket.SOL_SOCKET,25,a[1].encode()); s.settimeout(60); "
              "s.connect((a[2],7)); d=os.urandom(1<<19); got=b''\n"
              "for i in range(0,len(d),8192):\n"
              "  s.sendall(d[i:i+8192])\n"
              "  while len(got)<min(i+8192,len(d)): got+=s.recv(65536)\n"
              "sys.exit(got!=d)")
    peers = [lab.start(f"tcp{n}", "/usr/bin/python3", "-c", script, device, COMMON4)
             for n, device in enumerate(devices)]
    assert [p.wait(120) for p in peers] == [0] * 4
    assert lab.control.stats()["wrong_link"] == 0


def test_device_taken_down_by_another_program(lab):
    """It is up again with all its routes, and the call goes on."""
    lab.modem()
    lab.proxy()
    (dialer, *_), devices = dial(lab, 2)
    routes = lab.call("ip", "route")
    mark = dialer.mark()
    lab.call("ip", "link", "set", devices[0], "down")
    lab.online(dialer, since=mark)
    for device in devices:
        assert lab.ping(device, COMMON4) and lab.ping(device, COMMON6)
    assert sorted(lab.call("ip", "route").split("\n")) == sorted(routes.split("\n"))
    assert sum("-> CONNECTING" in line for line in dialer.lines) == 1
    assert dialer.stop() == 0
