# SPDX-License-Identifier: BSD-2-Clause
"""qmi-proxy on the wire: the checklist C1 to C18 and the test vectors V1 to V14 of the
compatibility notes (reference/proxies.md, chapters 6 and 14) as far as they are QMI, and
what hostile, slow and dying programs and a modem that comes and goes must not do.

C4, C12 to C14 and C16 are MBIM's, V10 to V12 as well; C10 is test_c10.
"""
import os
import random
import re
import socket
import stat
import struct
import subprocess
import sys

import pytest

import wire
from test_pdns import open_cids
from wire import (ABORTED, ALLOCATE, BIND_MUX, CTL, DMS, EXHAUSTED, IND, INVALID_CID, NAS,
                  NOT_READY, OK, PROXY_OPEN, RELEASE, REVOKE, RSP, START, STATUS, STOP,
                  SYNC, VERSION, WDA, WDS, Client, Modem)

LIB = "@qmi-proxy"
VENDOR = "@quectel-qmi-proxy0"
GET = 0x4D  # some request of NAS
NOBODY = 65534


@pytest.fixture
def modem(lab):
    one = Modem(os.path.join(lab.dir, "wdm0"))
    yield one
    one.close()


@pytest.fixture
def proxy(lab, modem):
    """qmi-proxy with that modem, which is ready."""
    process = lab.proxy(devices=[modem.path])
    process.wait_line("modem is ready")
    return process


@pytest.fixture
def join(lab, modem):
    """Makes clients: in libqmi's dialect, or the vendor's by its name."""
    def make(name=LIB, device=None):
        if device is None and not name.startswith("@quectel"):
            device = modem.path
        return Client(name, lab.netns, device or None)
    return make


def ending(client, service, id, value):
    """The value of TLV 0x10 in the answer to such a request."""
    return client.ask(service, 0, id, {0x10: value}).tlvs[0x10]


# ---- who it is, and for whom (C1, V1, V2, V3) -----------------------------------------


def test_c1_all_dialects_at_once_on_one_modem(lab, modem):
    """C1: libqmi's name, the vendor's, an alias and the file, at once."""
    lab.proxy("--alias", "fibo_qmimsg_server", devices=[modem.path])
    file = os.path.join(lab.run_dir, "qmi-proxy")
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o660
    clients = [Client(LIB, lab.netns, modem.path), Client(VENDOR, lab.netns),
               Client("@fibo_qmimsg_server", lab.netns), Client(file, None, modem.path)]
    values = [os.urandom(8) for _ in clients]
    asked = [c.request(CTL, 0, VERSION, {0x10: v}, txn=7)
             for c, v in zip(clients, values)]
    assert [c.answer(CTL, 0, t).tlvs[0x10] for c, t in zip(clients, asked)] == values
    cids = [c.allocate(NAS) for c in clients]
    assert len(set(cids)) == len(clients)
    assert modem.count(CTL, SYNC) == 1


def test_v1_names_have_their_exact_length(lab, proxy):
    """V1: a name with NULs behind it is another name."""
    Client(LIB, lab.netns).close()
    with pytest.raises(ConnectionRefusedError):
        Client(LIB + "\0" * (107 - len(LIB)), lab.netns)
    with pytest.raises(ConnectionRefusedError):
        Client(VENDOR + "\0", lab.netns)


def test_v2_open_byte_for_byte(lab, modem, proxy):
    """V2: the open message and its answer; a link, and a NUL behind the path."""
    link = os.path.join(lab.dir, "modem-a")
    os.symlink(modem.path, link)
    answer = bytes.fromhex("01 12 00 80 00 00 01 01 00 ff 07 00 02 04 00 00 00 00 00")
    for path in (modem.path.encode(), link.encode(), modem.path.encode() + b"\0"):
        client = Client(LIB, lab.netns)
        size = len(path)
        client.send(struct.pack("<BHBBBBBHHBH", 1, size + 14, 0, 0, 0, 0, 1, 0xFF00,
                                size + 3, 1, size) + path)
        assert client.socket.recv(100) == answer
    assert modem.count(CTL, SYNC) == 1  # one device, whatever it was called


@pytest.mark.parametrize("path", ["/nonexistent/wdm0", "/etc/hostname", "", "/etc",
                                  "qrtr://0"])
def test_v2_open_of_no_device(lab, proxy, join, path):
    """V2: a path that is no device costs the connection, without a byte."""
    client = Client(LIB, lab.netns)
    if not path:
        assert client.open(path).error != OK
        return
    client.request(CTL, 0, PROXY_OPEN, {1: path.encode()})
    assert client.is_closed() and not client.aside
    assert join().allocate(NAS) == 1


def test_v2_before_open(lab, modem, proxy):
    """A request before the open message gets an error, then the open message works."""
    client = Client(LIB, lab.netns)
    assert client.ask(CTL, 0, VERSION).error != OK
    assert client.ask(CTL, 0, PROXY_OPEN).error != OK
    assert client.open(modem.path).error == OK
    assert client.open(modem.path + "x").error != OK
    assert client.allocate(NAS) == 1


def test_v3_opened_twice_is_told_once(modem, proxy, join):
    """V3: after two open messages an indication still comes as one copy."""
    client = join()
    assert client.open(modem.path).error == OK
    cid = client.allocate(NAS)
    client.allocate(NAS)
    modem.indicate(NAS, cid, GET)
    modem.indicate(NAS, 0xFF, GET)
    assert [m.cid for m in client.so_far()] == [cid, 0xFF]


# ---- bytes (C2, C3, V7) ---------------------------------------------------------------


def test_c2_a_body_is_there_when_its_header_is(modem, proxy, join):
    """C2: whole frames only, also to a program that was slow, as the vendor's dialer
    reads: six bytes, then all the rest in one read that does not wait."""
    client = join(VENDOR)
    cid = client.allocate(NAS)
    value = bytes(range(256)) * 11
    count = 60
    for n in range(count):
        modem.say(wire.frame(NAS, cid, IND, n, GET, {0x10: value}, from_modem=True))
    other = join()
    other.so_far()  # all has come out of the modem
    whole = 0
    client.request(CTL, 0, VERSION)
    while True:
        head = client.socket.recv(6, socket.MSG_WAITALL)
        length = struct.unpack_from("<H", head, 1)[0] - 5
        body = client.socket.recv(length, socket.MSG_DONTWAIT)
        assert len(body) == length
        message = wire.parse(head + body)
        if message.kind == RSP:
            break
        assert message.txn == whole and message.tlvs[0x10] == value
        whole += 1
    assert whole == count


@pytest.mark.parametrize("kind", ["seqpacket", "stream", "pty"])
def test_c3_answers_above_one_page(lab, kind):
    """What a modem says may be longer than a cdc-wdm's 4096 bytes elsewhere."""
    modem = Modem(os.path.join(lab.dir, "long0"), kind)
    lab.proxy(devices=[modem.path]).wait_line("modem is ready")
    value = random.Random(1).randbytes(9000)
    modem.script[NAS, GET] = lambda m: modem.reply(m, OK, {0x11: value})
    client = Client(LIB, lab.netns, modem.path)
    cid = client.allocate(NAS)
    for _ in range(3):
        assert client.ask(NAS, cid, GET).tlvs[0x11] == value
    modem.close()


@pytest.mark.parametrize("kind", ["stream", "pty"])
def test_c3_byte_by_byte(lab, kind):
    """C3, V7: one byte at a time, in both directions."""
    modem = Modem(os.path.join(lab.dir, "slow0"), kind)
    whole = modem._write
    modem._write = lambda raw: [whole(raw[n:n + 1]) for n in range(len(raw))]
    lab.proxy(devices=[modem.path])
    client = Client(LIB, lab.netns)
    client.send = lambda raw: [client.socket.sendall(raw[n:n + 1])
                               for n in range(len(raw))]
    assert client.open(modem.path).error == OK
    cid = client.allocate(NAS)
    assert client.ask(NAS, cid, GET, {0x10: b"crumbs"}).tlvs[0x10] == b"crumbs"
    modem.close()


def test_c3_thousands_in_one_write(modem, proxy, join):
    """C3, V7: five thousand requests in one write, each answered once and in order."""
    client = join()
    cid = client.allocate(NAS)
    count = 5000
    requests = b"".join(wire.frame(NAS, cid, wire.REQ, n, GET, {0x10: b"%d" % n})
                        for n in range(1, count + 1))
    client.socket.setblocking(False)
    answers = []
    while len(answers) < count:
        wire.wait_for(client.socket, bool(requests))
        if requests:
            try:
                requests = requests[client.socket.send(requests):]
            except BlockingIOError:
                pass
        try:
            client.buffer += client.socket.recv(65536)
        except BlockingIOError:
            continue
        answers += [wire.parse(raw) for raw in wire.cut(client.buffer)]
    assert [a.txn for a in answers] == list(range(1, count + 1))
    assert all(a.tlvs[0x10] == b"%d" % a.txn for a in answers)


def test_c3_messages_of_the_modem_in_one_write(lab):
    """V7: the modem's frames, several and halves of them in one write."""
    modem = Modem(os.path.join(lab.dir, "glued0"), "stream")
    lab.proxy(devices=[modem.path]).wait_line("modem is ready")
    client = Client(LIB, lab.netns, modem.path)
    cid = client.allocate(NAS)
    frames = b"".join(wire.frame(NAS, cid, IND, n, GET, {0x10: b"x" * n},
                                 from_modem=True) for n in range(300))
    for start in range(0, len(frames), 1000):
        modem.say(frames[start:start + 1000])
    assert [m.txn for m in client.so_far()] == list(range(300))
    modem.close()


GARBAGE = {
    "first byte": b"\x02\x0f\x00\x00\x00\x00\x00\x01\x21\x00\x00\x00",
    "text": b"AT+CGMM\r\n",
    "short length": b"\x01\x04\x00\x00\x00\x00\x00\x01\x21\x00\x00\x00",
    "zeros": b"\0" * 5000,
}


@pytest.mark.parametrize("what", GARBAGE)
@pytest.mark.parametrize("when", ["first", "later"])
def test_v7_garbage_costs_its_sender_the_connection(proxy, join, lab, what, when):
    """V7: closed, with one line that says why; nobody else notices."""
    good = join()
    cid = good.allocate(NAS)
    bad = join() if when == "later" else Client(LIB, lab.netns)
    if when == "later":
        assert bad.allocate(NAS) != cid
    since = proxy.mark()
    bad.send(GARBAGE[what])
    assert bad.is_closed()
    proxy.wait_line("no message", since)
    assert sum("no message" in line for line in proxy.lines[since:]) == 1
    assert good.ask(NAS, cid, GET).error == OK


def test_v7_garbage_of_the_modem_is_passed_over(lab):
    modem = Modem(os.path.join(lab.dir, "noisy0"), "stream")
    lab.proxy(devices=[modem.path]).wait_line("modem is ready")
    client = Client(LIB, lab.netns, modem.path)
    cid = client.allocate(NAS)
    modem.say(b"\xff\xfe\r\nRING\r\n")
    assert client.ask(NAS, cid, GET).error == OK
    modem.close()


def test_a_frame_that_is_broken_inside_costs_only_itself(modem, proxy, join):
    """A boundary is known: the frame is answered as malformed and the next one works."""
    client = join()
    cid = client.allocate(NAS)
    good = wire.frame(NAS, cid, wire.REQ, 5, GET, {0x10: b"abc"})
    broken = bytearray(good)
    broken[-5] = 200  # the TLV is longer than the frame
    client.send(bytes(broken) + good)
    assert client.read().error == 1
    assert client.read().tlvs[0x10] == b"abc"


def test_oversize(modem, proxy, join):
    """The longest frame there is passes, as a packet socket sets no limit."""
    client = join()
    cid = client.allocate(NAS)
    value = os.urandom(60000)
    assert client.ask(NAS, cid, GET, {0x10: value}).tlvs[0x10] == value


def test_half_a_message_and_nothing_more(modem, proxy, join):
    """Somebody who stops within a message delays nobody."""
    half = join()
    half.send(b"\x01\xff\x7f")
    client = join()
    cid = client.allocate(NAS)
    assert client.ask(NAS, cid, GET).error == OK
    half.close()
    assert client.ask(NAS, cid, GET).error == OK


# ---- transactions (C5, C9, V4, V5) ----------------------------------------------------


def test_c5_equal_ids_of_two(modem, proxy, join):
    """C5, V4: both use id 5 at once, and each gets its own data under id 5."""
    a, b = join(), join(VENDOR)
    modem.keep(CTL, VERSION)
    a.request(CTL, 0, VERSION, {0x10: b"a"}, txn=5)
    b.request(CTL, 0, VERSION, {0x10: b"b"}, txn=5)
    ids = [m.txn for m in modem.wait(CTL, VERSION, count=2)]
    assert len(set(ids)) == 2
    modem.let_go(order=reversed)
    assert a.answer(CTL, 0, 5).tlvs[0x10] == b"a"
    assert b.answer(CTL, 0, 5).tlvs[0x10] == b"b"


def test_v5_300_ctl_requests_outstanding(modem, proxy, join):
    """V5: more than there are ids; none is lost, none is mixed up."""
    clients = [join() for _ in range(30)]
    modem.keep(CTL, VERSION)
    for n, client in enumerate(clients):
        for txn in range(1, 11):
            client.request(CTL, 0, VERSION, {0x10: b"%d/%d" % (n, txn)}, txn=txn)
    modem.wait(CTL, VERSION, count=16)
    modem.let_go(order=reversed)
    for n, client in enumerate(clients):
        for txn in range(1, 11):
            answer = client.answer(CTL, 0, txn) if not client.aside else None
            while answer is None:  # answers may come in any order
                found = [m for m in client.aside if m.txn == txn]
                answer = found[0] if found else client.aside.append(client.read())
            assert answer.tlvs[0x10] == b"%d/%d" % (n, txn)


def test_c9_only_answers_to_own_requests(modem, proxy, join):
    """C9: equal service ids at once; late and invented answers go to nobody."""
    a, b = join(), join()
    cid_a, cid_b = a.allocate(NAS), b.allocate(NAS)
    modem.keep(NAS, GET)
    a.request(NAS, cid_a, GET, {0x10: b"a"}, txn=77)
    b.request(NAS, cid_b, GET, {0x10: b"b"}, txn=77)
    asked = modem.wait(NAS, GET, count=2)
    assert {m.txn for m in asked} == {77}  # untouched where the CID tells them apart
    modem.say(modem.reply(asked[0], OK, {0x10: b"first"}),
              modem.reply(asked[0], OK, {0x10: b"again"}))
    modem.say(wire.frame(NAS, cid_b, RSP, 78, GET, {}, OK, from_modem=True))
    modem.script.clear()
    assert a.answer(NAS, cid_a, 77).tlvs[0x10] == b"first"
    assert a.so_far() == [] and b.so_far() == []


def test_requests_are_pipelined(modem, proxy, join):
    """Eight of one program are with the modem at once; a slow one holds up no other."""
    client, other = join(), join()
    cid, its = client.allocate(WDS), other.allocate(NAS)
    modem.keep(WDS, START)
    client.request(WDS, cid, START, txn=200)
    modem.wait(WDS, START)
    assert other.ask(NAS, its, GET).error == OK
    modem.keep(WDS, STATUS)
    for txn in range(8):
        client.request(WDS, cid, STATUS, txn=100 + txn)
    modem.wait(WDS, STATUS, count=8)
    modem.let_go()
    assert client.answer(WDS, cid, 200).error == OK


# ---- what acts on the whole modem (C6, C7) --------------------------------------------


@pytest.mark.parametrize("name", [LIB, VENDOR])
def test_c6_sync_of_a_client(modem, proxy, join, name):
    """C6: answered, never forwarded; it costs the asker's CIDs and nobody else's."""
    one, other = join(name), join()
    mine, its = one.allocate(NAS), other.allocate(NAS)
    assert one.ask(CTL, 0, SYNC).error == OK
    assert other.ask(NAS, its, GET).error == OK
    modem.wait(lambda m: m.id == RELEASE and m.tlvs[1] == bytes((NAS, mine)))
    assert one.ask(NAS, mine, GET).error == INVALID_CID
    assert modem.count(CTL, SYNC) == 1
    assert one.allocate(NAS) == mine


def test_c6_service_reset_of_a_client(modem, proxy, join):
    """RESET acts on one CID; the CID stays, the others hear nothing."""
    one, other = join(), join()
    mine, its = one.allocate(NAS), other.allocate(NAS)
    assert one.ask(NAS, mine, 0x0000).error == OK
    assert one.ask(NAS, mine, GET).error == OK
    assert other.ask(NAS, its, GET).error == OK and other.so_far() == []


def test_c7_errors_pass_unchanged(modem, proxy, join):
    """C7: the second WDA client is refused by the modem, in the modem's words."""
    one, other = join(VENDOR), join(VENDOR)
    modem.pool = 1
    one.allocate(WDA)
    assert other.ask(CTL, 0, ALLOCATE, {1: bytes((WDA,))}).error == EXHAUSTED
    modem.script[NAS, GET] = lambda m: modem.reply(m, 74, {0xE0: b"\x01\0\0\0"})
    cid = other.allocate(NAS)
    answer = other.ask(NAS, cid, GET)
    assert answer.error == 74 and answer.tlvs[0xE0] == b"\x01\0\0\0"


def test_pool_exhaustion_is_told_to_the_one_who_asked(modem, proxy, join):
    clients = [join() for _ in range(6)]
    answers = [c.ask(CTL, 0, ALLOCATE, {1: bytes((NAS,))}).error for c in clients]
    assert answers == [OK] * 4 + [EXHAUSTED] * 2
    clients[0].close()
    modem.wait(CTL, RELEASE)
    assert clients[5].allocate(NAS) == 1


# ---- slow, flooding and silent programs (C8, C10, V8) ---------------------------------


def memory_kb(process):
    with open(f"/proc/{process.pid}/status") as status:
        return int(next(l for l in status if l.startswith("VmRSS")).split()[1])


def test_c8_slow_program_loses_the_cheap_ones_first(modem, proxy, join):
    """C8, V8: of a thousand indications it keeps the state of its own call and the
    answers; the second program is served all the while."""
    slow, other = join(VENDOR), join()
    nas, wds, its = slow.allocate(NAS), slow.allocate(WDS), other.allocate(NAS)
    noise = {0x10: bytes(1000)}
    for n in range(1000):
        modem.say(wire.frame(NAS, nas, IND, n, GET, noise, from_modem=True))
        if n % 100 == 0:
            modem.indicate(WDS, wds, STATUS, {1: bytes((2, 0)), 0x11: b"%d" % n})
            assert other.ask(NAS, its, GET).error == OK
    txn = slow.request(NAS, nas, GET)
    assert slow.answer(NAS, nas, txn).error == OK
    calls = [m.tlvs[0x11] for m in slow.aside if m.service == WDS]
    cheap = [m for m in slow.aside if m.service == NAS]
    assert calls == [b"%d" % n for n in range(0, 1000, 100)]
    assert 0 < len(cheap) < 1000
    slow.close()
    proxy.wait_line("indications were dropped: it read too slowly")


def test_v8_memory_stays_flat_with_one_who_never_reads(proxy, modem, join):
    """V8: a hundred megabytes of indications for one who does not read."""
    deaf, other = join(), join()
    cid, its = deaf.allocate(NAS), other.allocate(NAS)
    noise = wire.frame(NAS, cid, IND, 1, GET, {0x10: bytes(4000)}, from_modem=True)

    def burst():
        for _ in range(50):
            modem.say(*[noise] * 50)
            assert other.ask(NAS, its, GET).error == OK

    burst()
    before = memory_kb(proxy)
    for _ in range(10):
        burst()
    assert memory_kb(proxy) < before + 2048
    assert other.ask(NAS, its, GET).error == OK


@pytest.mark.parametrize("size", [1, 200, 4000])
def test_one_who_asks_and_does_not_read_is_not_read(proxy, modem, join, size):
    """Answers are not dropped: their program is not read any more until it fetches them.
    Memory stays flat, the others go on, and in the end each answer is there."""
    greedy, other = join(), join()
    cid, its = greedy.allocate(NAS), other.allocate(NAS)
    greedy.socket.setblocking(False)
    before = memory_kb(proxy)
    refused = sent = 0
    rest = b""
    while refused < 100:
        if not rest:
            sent += 1
            rest = wire.frame(NAS, cid, wire.REQ, sent, GET, {0x10: bytes(size)})
        try:
            rest = rest[greedy.socket.send(rest):]
        except BlockingIOError:
            refused += 1
            assert other.ask(NAS, its, GET).error == OK
    assert memory_kb(proxy) < before + 4096
    greedy.socket.settimeout(wire.DEADLINE)
    for txn in range(1, sent):
        assert greedy.read().txn == txn
    greedy.send(rest)
    assert greedy.read().txn == sent


def test_flood_delays_only_its_sender(proxy, modem, join):
    """Thousands of requests of one program, which the modem never answers: those of
    others go in between, each connection in its turn."""
    flood, other = join(), join()
    cid, its = flood.allocate(DMS), other.allocate(NAS)
    modem.script[DMS, GET] = lambda m: None
    flood.socket.setblocking(False)
    requests = b"".join(wire.frame(DMS, cid, wire.REQ, n + 1, GET)
                        for n in range(20000))
    with pytest.raises(BlockingIOError):
        while requests:
            requests = requests[flood.socket.send(requests):]
    for _ in range(20):
        assert other.ask(NAS, its, GET).error == OK
    assert modem.count(DMS, GET) < 20000  # most of it is not read yet
    flood.close()
    modem.wait(CTL, RELEASE)
    assert other.ask(NAS, its, GET).error == OK


def test_c10_idle_programs_are_left_alone(modem, proxy, join):
    """C10: nothing is sent to one who is idle, and it stays connected."""
    idle, busy = join(VENDOR), join()
    cid, its = idle.allocate(NAS), busy.allocate(NAS)
    for _ in range(500):
        busy.ask(NAS, its, GET)
    assert idle.so_far() == []
    assert idle.ask(NAS, cid, GET).error == OK


def thread_states(process):
    states = []
    for task in os.listdir(f"/proc/{process.pid}/task"):
        with open(f"/proc/{process.pid}/task/{task}/stat") as line:
            states.append(line.read().rpartition(")")[2].split()[0])
    return states


def test_v9_half_closed(modem, proxy, join):
    """V9: who sends no more still gets its answers, and costs no CPU meanwhile."""
    half = join()
    cid = half.allocate(NAS)
    modem.keep(NAS, GET)
    half.request(NAS, cid, GET, {0x10: b"last words"})
    modem.wait(NAS, GET)
    half.socket.shutdown(socket.SHUT_WR)
    other = join()
    other.so_far()
    wire.until(lambda: set(thread_states(proxy)) == {"S"})
    # one that spins is seen running nearly always; a sanitizer's own thread sometimes
    awake = sum(set(thread_states(proxy)) != {"S"} for _ in range(200))
    assert awake < 50
    modem.let_go()
    assert half.read().tlvs[0x10] == b"last words"
    assert half.is_closed()
    modem.wait(lambda m: m.id == RELEASE and m.tlvs[1] == bytes((NAS, cid)))


# ---- who owns a CID, and its end (C15, V6) --------------------------------------------


def test_dead_programs_cids_go_back(modem, proxy, join):
    """All CIDs of a killed program are free at the modem at once, and only those."""
    dead, alive = join(), join(VENDOR)
    cids = {service: dead.allocate(service) for service in (WDS, DMS, NAS)}
    its = alive.allocate(NAS)
    dead.close()
    for service, cid in cids.items():
        modem.wait(lambda m: m.id == RELEASE and m.tlvs[1] == bytes((service, cid)))
    wire.until(lambda: modem.open_cids() == {NAS: [its]})
    assert alive.ask(NAS, its, GET).error == OK and alive.so_far() == []


def test_killed_while_its_cid_was_on_the_way(modem, proxy, join):
    """The modem answers ALLOCATE when the program is dead: the CID goes back."""
    dead, other = join(), join()
    modem.keep(CTL, ALLOCATE)
    dead.request(CTL, 0, ALLOCATE, {1: bytes((NAS,))})
    modem.wait(CTL, ALLOCATE)
    dead.close()
    other.so_far()
    modem.let_go()
    modem.wait(CTL, RELEASE)
    wire.until(lambda: modem.open_cids() == {})
    assert other.so_far() == []


def test_a_release_that_is_not_answered_is_asked_for_again(modem, proxy, join):
    """Until the modem has confirmed, the CID is nobody's and the release is repeated."""
    dead, other = join(), join()
    cid = dead.allocate(NAS)
    modem.script[CTL, RELEASE] = lambda m: None
    dead.close()
    first = modem.wait(CTL, RELEASE)[0]
    assert other.ask(NAS, cid, GET).error == INVALID_CID
    second = modem.wait(CTL, RELEASE, count=2)[1]
    assert second.tlvs == first.tlvs and second.txn != first.txn
    assert other.ask(NAS, cid, GET).error == INVALID_CID
    modem.say(modem.reply(second))
    assert other.so_far() == []
    assert modem.count(CTL, RELEASE) == 2


def test_v6_pipelined_and_gone(modem, proxy, join):
    """V6: a hundred requests and an immediate close: no CID leaks."""
    for _ in range(5):
        client = join()
        cid = client.allocate(NAS)
        client.send(b"".join(wire.frame(NAS, cid, wire.REQ, n, GET)
                             for n in range(1, 90)) +
                    b"".join(wire.frame(CTL, 0, wire.REQ, n, ALLOCATE,
                                        {1: bytes((n % 2 and NAS or WDS,))})
                             for n in range(1, 11)))
        client.close()
    other = join()
    wire.until(lambda: other.ask(CTL, 0, VERSION).error == OK and
               modem.open_cids() == {})
    assert {other.allocate(NAS) for _ in range(4)} == {1, 2, 3, 4}


def test_foreign_cid_is_refused(modem, proxy, join):
    """Spoofing another's CID: refused by the proxy, the modem sees nothing of it."""
    owner, thief = join(), join(VENDOR)
    cid = owner.allocate(WDS)
    assert thief.ask(WDS, cid, STOP).error == INVALID_CID
    assert thief.release(WDS, cid).error == INVALID_CID
    assert modem.count(WDS, STOP) == 0 and modem.count(CTL, RELEASE) == 0
    assert owner.ask(WDS, cid, STATUS).error == OK
    modem.indicate(WDS, cid, STATUS, {1: b"\2\0"})
    assert thief.so_far() == [] and len(owner.so_far()) == 1


def test_c15_unknown_cids_are_adopted_by_root(modem, proxy, join):
    """C15: a CID that nobody owns, as after a restart of the proxy."""
    client = join()
    modem.cids[NAS] = {3}
    assert client.ask(NAS, 3, GET).error == OK
    modem.indicate(NAS, 3, GET)
    assert len(client.so_far()) == 1


def call_of(client, mux=None):
    """A WDS CID with a call on it."""
    cid = client.allocate(WDS)
    if mux:
        assert client.ask(WDS, cid, BIND_MUX, {0x11: bytes((mux,))}).error == OK
    assert client.ask(WDS, cid, START).error == OK
    return cid


def test_c15_a_call_outlives_its_program_and_is_adopted(modem, proxy, join):
    """C15: dialed in one process, hung up in another; other CIDs go at once."""
    first = join()
    cid, nas = call_of(first), first.allocate(NAS)
    first.close()
    modem.wait(CTL, RELEASE)
    wire.until(lambda: modem.open_cids() == {WDS: [cid]})
    second = join()
    assert second.ask(WDS, cid, STATUS).error == OK
    modem.indicate(WDS, cid, STATUS, {1: b"\2\0"})
    assert len(second.so_far()) == 1
    assert second.ask(WDS, cid, STOP).error == OK
    assert second.release(WDS, cid).error == OK
    assert modem.open_cids() == {} and nas


def test_an_orphaned_call_ends_after_its_grace(lab, modem):
    lab.proxy("--grace", "1", devices=[modem.path]).wait_line("modem is ready")
    client = Client(LIB, lab.netns, modem.path)
    call_of(client)
    client.close()
    modem.wait(CTL, RELEASE)
    wire.until(lambda: modem.open_cids() == {})


def test_an_orphaned_call_yields_to_who_wants_its_mux_id(modem, proxy, join):
    """A dialer that was killed and started again does not wait for the grace's end."""
    old = join()
    cid, other = call_of(old, 0x81), call_of(old, 0x82)
    old.close()
    new = join()
    mine = new.allocate(WDS)
    assert new.ask(WDS, mine, BIND_MUX, {0x11: b"\x81"}).error == OK
    order = [(m.id, m.tlvs.get(1)) for m in modem.seen
             if m.id in (RELEASE, BIND_MUX)][-2:]
    assert order == [(RELEASE, bytes((WDS, cid))), (BIND_MUX, None)]
    assert modem.open_cids() == {WDS: sorted((other, mine))}


def test_the_ipv6_release_of_an_older_dialer(modem, proxy, join):
    """It calls WDS 0x11 when it releases its second CID: no CID leaks."""
    client = join(VENDOR)
    client.allocate(WDS)
    second = client.allocate(WDS)
    assert client.release(0x11, second).error == OK
    assert modem.open_cids() == {WDS: [1]}


# ---- indications ----------------------------------------------------------------------


def test_indications_go_to_their_owners(modem, proxy, join):
    """To the owner of the CID; a broadcast once to each program with that service; CTL
    to nobody."""
    a, b, c = join(), join(VENDOR), join()
    first, second, third = a.allocate(WDS), a.allocate(WDS), b.allocate(WDS)
    c.allocate(NAS)
    modem.indicate(WDS, first, STATUS)
    modem.indicate(WDS, third, STATUS)
    modem.indicate(WDS, 0xFF, STATUS)
    modem.indicate(WDS, 0, STATUS)
    modem.indicate(WDS, second + 10, STATUS)
    assert [m.cid for m in a.so_far()] == [first, 0xFF, 0]
    assert [m.cid for m in b.so_far()] == [third, 0xFF, 0]
    assert c.so_far() == []


# ---- the modem comes and goes (C11) ---------------------------------------------------


def test_c11_modem_reset(modem, proxy, join):
    """C11: a SYNC indication. Programs stay, pending requests are answered, each dead
    CID is told byte for byte, and all can start over on the same connection."""
    one, other = join(VENDOR), join()
    wds, nas = one.allocate(WDS), other.allocate(NAS)
    modem.script[NAS, GET] = lambda m: None
    txn = other.request(NAS, nas, GET)
    modem.wait(NAS, GET)
    modem.indicate(CTL, 0, SYNC)
    modem.wait_synced(2)
    assert other.answer(NAS, nas, txn).error == NOT_READY
    told = [m for m in one.so_far() if m.id == REVOKE]
    assert [m.raw for m in told] == [wire.revoked(WDS, wds)]
    assert [m.raw for m in other.so_far()] == [wire.revoked(NAS, nas)]
    modem.script.clear()
    assert one.ask(WDS, wds, GET).error == INVALID_CID
    assert one.ask(WDS, one.allocate(WDS), GET).error == OK
    assert other.ask(NAS, other.allocate(NAS), GET).error == OK


@pytest.mark.parametrize("kind", ["seqpacket", "stream", "pty"])
def test_c11_device_lost_and_back(lab, kind):
    """C11: the device is closed and comes back: programs stay and go on."""
    modem = Modem(os.path.join(lab.dir, "lost0"), kind)
    process = lab.proxy(devices=[modem.path])
    one = Client("@quectel-qmi-proxy0", lab.netns)
    other = Client(LIB, lab.netns, modem.path)
    cid, its = one.allocate(NAS), other.allocate(WDS)
    modem.script[NAS, GET] = lambda m: None
    one.request(NAS, cid, GET, txn=9)
    modem.wait(NAS, GET)
    modem.script.clear()
    modem.vanish()
    assert one.answer(NAS, cid, 9).error == NOT_READY
    assert other.read().raw == wire.revoked(WDS, its)
    assert other.ask(WDS, its, STATUS).error == NOT_READY
    process.wait_line("lost0: lost")
    late = one.request(CTL, 0, ALLOCATE, {1: bytes((NAS,))})
    newcomer = Client("@quectel-qmi-proxy0", lab.netns)
    first = newcomer.request(CTL, 0, VERSION)
    modem.appear()
    assert one.answer(CTL, 0, late).tlvs[1] == bytes((NAS, 1))
    assert newcomer.answer(CTL, 0, first).error == OK
    assert other.ask(WDS, other.allocate(WDS), STATUS).error == OK
    assert modem.count(CTL, SYNC) == 2
    modem.close()


def test_c11_device_named_by_a_program_lost_and_back(lab):
    """The same for a modem that nobody configured: its programs are not hung up."""
    modem = Modem(os.path.join(lab.dir, "named0"))
    lab.proxy(devices=[os.path.join(lab.dir, "absent1")])
    client = Client(LIB, lab.netns, modem.path)
    cid = client.allocate(NAS)
    modem.vanish()
    assert client.read().raw == wire.revoked(NAS, cid)
    txn = client.request(CTL, 0, VERSION)
    modem.appear()
    assert client.answer(CTL, 0, txn).error == OK
    modem.close()


def test_programs_may_come_before_the_modem(lab):
    """Both dialects connect at once and wait for a configured modem."""
    path = os.path.join(lab.dir, "late0")
    lab.proxy(devices=[path])
    vendor = Client("@quectel-qmi-proxy0", lab.netns)
    txn = vendor.request(CTL, 0, VERSION)
    lib = Client(LIB, lab.netns)
    opened = lib.request(CTL, 0, PROXY_OPEN, {1: path.encode()})
    modem = Modem(path)
    assert vendor.answer(CTL, 0, txn).error == OK
    assert lib.answer(CTL, 0, opened).error == OK
    assert modem.seen[0].id == SYNC
    modem.close()


def test_modem_revokes_one_cid(modem, proxy, join):
    client, other = join(), join()
    cid, its = client.allocate(NAS), other.allocate(NAS)
    modem.cids[NAS].discard(cid)
    modem.indicate(CTL, 0, REVOKE, {1: bytes((NAS, cid))})
    assert [m.raw for m in client.so_far()] == [wire.revoked(NAS, cid)]
    assert other.so_far() == [] and other.ask(NAS, its, GET).error == OK


# ---- several devices, the end, and access (C17, C18, V14) -----------------------------


def test_two_modems_and_one_is_stuck(lab, modem):
    """A modem that takes nothing more from the host costs the other's programs nothing,
    and not the orderly end."""
    stuck = Modem(os.path.join(lab.dir, "wdm1"))
    process = lab.proxy("--max-requests", "4000", devices=[modem.path, stuck.path])
    process.wait_line("wdm0: modem is ready")
    process.wait_line("wdm1: modem is ready")
    victim, other = Client(LIB, lab.netns, stuck.path), Client(VENDOR, lab.netns)
    cid, its = victim.allocate(NAS), other.allocate(NAS)
    stuck.stop_reading()
    victim.socket.setblocking(False)
    request = wire.frame(NAS, cid, wire.REQ, 3, GET, {0x10: bytes(2000)})
    with pytest.raises(BlockingIOError):
        while True:
            victim.socket.send(request)
    for _ in range(50):
        assert other.ask(NAS, its, GET).error == OK
    assert process.stop() == 0
    stuck.close()


def test_c17_told_to_end(lab, modem, proxy, join):
    """C17: SIGTERM ends it at once, with requests under way; its file is gone."""
    client = join()
    modem.script[CTL, VERSION] = lambda m: None
    client.request(CTL, 0, VERSION)
    modem.wait(CTL, VERSION)
    assert proxy.stop() == 0
    assert client.is_closed()
    assert not os.path.exists(os.path.join(lab.run_dir, "qmi-proxy"))


def test_v14_killed_and_started_again(lab, modem, proxy, join):
    """V14: after SIGKILL its programs are hung up, and the next one takes over at once,
    frees what was left at the modem and replaces the socket file."""
    client = join()
    client.allocate(NAS)
    proxy.kill()
    proxy.wait()
    assert client.is_closed()
    again = lab.proxy(devices=[modem.path])
    again.wait_line("modem is ready")
    assert modem.open_cids() == {}
    assert Client(os.path.join(lab.run_dir, "qmi-proxy"), None,
                  modem.path).allocate(NAS) == 1


def test_second_proxy_says_who_is_in_the_way(lab, modem, proxy):
    out = lab.call("qmi-proxy", "-d", modem.path, "--runtime-dir", lab.run_dir,
                   check=False)
    assert "another qmi-proxy serves this machine already" in out
    assert Client(LIB, lab.netns, modem.path).allocate(NAS) == 1


def test_c18_the_device_path_is_not_shown(lab):
    """C18: with --hide-device a direct-mode dialer finds nobody to kill."""
    node = os.path.join(lab.dir, "cdc-wdm0")
    os.mknod(node, 0o600 | stat.S_IFCHR, os.makedev(1, 3))

    def links(process):
        folder = f"/proc/{process.pid}/fd"
        found = []
        for fd in os.listdir(folder):
            try:
                found.append(os.readlink(f"{folder}/{fd}"))
            except FileNotFoundError:
                pass
        return found

    for options, shown in (((), True), (("--hide-device",), False)):
        process = lab.proxy(*options, devices=[node])
        process.wait_line(r"cdc-wdm0: open")
        assert (node in links(process)) == shown
        assert any("/.pdnmux-" in one for one in links(process)) != shown
        assert process.stop() == 0
    assert os.listdir(lab.dir).count("cdc-wdm0") == 1
    assert not [name for name in os.listdir(lab.dir) if "pdnmux-" in name]


def as_user(lab, *ids):
    """What a program of another user finds at the abstract and at the file socket."""
    here = os.path.dirname(os.path.abspath(__file__))
    file = os.path.join(lab.run_dir, "qmi-proxy")
    os.chmod(lab.dir, 0o755)
    return [lab.call("setpriv", *ids, sys.executable, "-c",
                     f"import sys; sys.path.insert(0, {here!r}); "
                     f"import wire; wire.probe({name!r})").strip()
            for name in (VENDOR, LIB, file)]


OTHER = ("--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups")


def test_access_others_are_kept_out(lab, modem, proxy):
    """Root only by default; a refusal names uid and pid."""
    assert as_user(lab, *OTHER) == ["out", "out", "out"]
    proxy.wait_line(rf"refused uid {NOBODY}, pid \d+")


def test_access_by_user(lab, modem):
    lab.proxy("--allow-user", "nobody", "--socket-owner", str(NOBODY),
              devices=[modem.path])
    assert as_user(lab, *OTHER) == ["in", "in", "in"]


def test_access_by_group(lab, modem):
    lab.proxy("--allow-group", "4242", "--socket-group", "4242", devices=[modem.path])
    member = ("--reuid", "12345", "--regid", "4242", "--clear-groups")
    assert as_user(lab, *member) == ["in", "in", "in"]
    assert as_user(lab, *OTHER) == ["out", "out", "out"]


def test_access_by_mode(lab, modem):
    lab.proxy("--socket-mode", "0666", devices=[modem.path])
    assert as_user(lab, *OTHER) == ["out", "out", "in"]


def test_access_others_open_modems_only(lab, modem):
    """Our privileges do not open other devices for somebody who has none."""
    lab.proxy("--allow-user", str(NOBODY), devices=[modem.path])
    here = os.path.dirname(os.path.abspath(__file__))
    os.chmod(lab.dir, 0o755)
    code = ("import sys; sys.path.insert(0, sys.argv[1]); import wire\n"
            "c = wire.Client('@qmi-proxy'); c.request(0, 0, 0xff00, "
            "{1: sys.argv[2].encode()}); print(c.read())")

    def opened(path):
        out = lab.call("setpriv", *OTHER, sys.executable, "-c", code, here, path)
        return out.strip() != "None"

    assert opened(modem.path)  # the administrator has named it
    assert not opened("/dev/null")
    other = Modem(os.path.join(lab.dir, "other0"))
    assert not opened(other.path)
    other.close()


# ---- the command line, and as libqmi's own --------------------------------------------


@pytest.mark.parametrize("options,words", [
    (("-x",), "x"), (("--nonsense",), "nonsense"), (("stray",), "stray"),
    (("-i", "lo"), "an interface with a control device"),
    (("-i", "../etc"), "an interface with a control device"),
    (("--socket-mode", "999"), "a mode such as 0660"),
    (("--socket-owner", "no such user"), "a user"),
    (("--allow-group", "no such group"), "a group"),
    (("--grace", "-1"), "a number of seconds"), (("--grace", "1x"), "a number of"),
    (("--max-requests", "0"), "a number from 1"),
    (("--empty-timeout", "soon"), "a number of seconds"),
    (("-d",), "d"),
])
def test_bad_options(lab, options, words):
    """One line that says what is wrong, and exit status 2."""
    process = lab.start("qmi-proxy", "qmi-proxy", *options)
    assert process.wait() == 2
    assert any(words in line for line in process.lines), process.lines


def test_help_and_manual_agree(lab, build):
    """The same options with the same defaults, and the program knows each of them."""
    assert lab.call("qmi-proxy", "--version").startswith("qmi-proxy 0.")
    usage = lab.call("qmi-proxy", "--help")
    with open(os.path.join(build, "man", "qmi-proxy.8")) as page:
        entries = re.split(r"^\.It ", page.read(), flags=re.M)[1:]
    manual = {long: entry for entry in entries
              for long in re.findall(r"Fl Fl ([a-z-]+)", entry.partition("\n")[0])}
    offered = set(re.findall(r"--([a-z-]+)", usage))
    assert offered == set(manual)
    told = re.findall(r"--([a-z-]+) [^-]*?default ([^\s:,]+)", usage)
    assert len(told) >= 6
    for long, default in told:
        assert default == "ours" or default in manual[long], (long, default)
    for long, text in manual.items():
        assert long in ("help", "version", "no-exit") or "default" in text or \
            "Off by" in text, f"{long}: no default is told"
        said = lab.call("qmi-proxy", f"--{long}", "--help", "--help", check=False)
        assert "unrecognized" not in said


def spawn(lab, name, *options):
    """As libqmi's clients start it: under that name, without arguments."""
    return lab.start(name, "bash", "-c", 'exec -a /usr/libexec/qmi-proxy "$@"', "-",
                     lab.program("qmi-proxy"), *options,
                     env={"RUNTIME_DIRECTORY": lab.run_dir})


def test_started_by_libqmis_clients_several_at_once(lab, modem):
    """One serves, the others end quietly with 0; it opens what its clients name."""
    started = [spawn(lab, f"spawned{n}") for n in range(5)]
    wire.until(lambda: sum(p.poll() is None for p in started) == 1)
    for process in started:
        if process.poll() is not None:
            assert process.wait() == 0 and not any(
                "error" in line for line in process.lines)
    survivor = next(p for p in started if p.poll() is None)
    for n in range(3):
        out = lab.call("qmicli", "-p", "--device-open-qmi", "-d", modem.path,
                       "--nas-noop")
        assert "error" not in out
    assert modem.count(CTL, SYNC) == 1 and modem.open_cids() == {}
    assert not any("cdc-wdm0" in line for line in survivor.lines)


def test_ends_when_nobody_is_there(lab, modem):
    """--empty-timeout: not while somebody is connected, soon after."""
    process = lab.proxy("--empty-timeout", "1", devices=[modem.path])
    client = Client(LIB, lab.netns, modem.path)
    idle = Client(LIB, lab.netns)  # has not said what it wants
    deadline = wire.Ticks(3)  # three times the limit pass, with an event each
    while deadline.wait():
        assert client.ask(CTL, 0, VERSION).error == OK
    assert process.poll() is None
    client.close()
    idle.close()
    assert process.wait() == 0
    process.wait_line("nobody was here for 1 s")


# ---- programs we did not write --------------------------------------------------------


def test_v13_a_dialer_of_the_vendors_kind(modem, proxy, join):
    """V13, 7.3: its order of messages, in its way: one at a time, no open message,
    status indication, release of all, IPv6 by the wrong name."""
    dialer = join(VENDOR)
    assert dialer.ask(CTL, 0, VERSION, {1: b"\xff"}).error == OK
    cid = {}
    for name, service in (("v4", WDS), ("v6", WDS), ("dms", DMS), ("nas", NAS),
                          ("uim", wire.UIM), ("wda", WDA)):
        cid[name] = dialer.allocate(service)
    assert dialer.ask(DMS, cid["dms"], 0x23).error == OK
    assert dialer.ask(WDA, cid["wda"], 0x20).error == OK
    for family in ("v4", "v6"):
        for id in (BIND_MUX, 0x4D, 0x51):
            assert dialer.ask(WDS, cid[family], id, {0x11: b"\x81"}).error == OK
    assert dialer.ask(wire.UIM, cid["uim"], 0x2F).error == OK
    for family in ("v4", "v6"):
        assert dialer.ask(WDS, cid[family], START).error == OK
        modem.indicate(WDS, cid[family], STATUS, {1: b"\2\0"})
        assert dialer.ask(WDS, cid[family], 0x2D).error == OK
        assert dialer.ask(WDS, cid[family], STOP).error == OK
    assert [m.cid for m in dialer.so_far()] == [cid["v4"], cid["v6"]]
    for name, service in (("v4", WDS), ("dms", DMS), ("nas", NAS), ("uim", wire.UIM),
                          ("v6", 0x11), ("wda", WDA)):
        assert dialer.release(service, cid[name]).error == OK
    dialer.close()
    assert modem.open_cids() == {}


@pytest.mark.parametrize("way", ["device", "tty"])
def test_v13_five_qmicli_at_once(lab, way):
    """V13: unmodified qmicli, five loops beside one another, on the simulated modem's
    socket and on its terminal; no CID is left."""
    lab.modem()
    path = getattr(lab, way)()
    lab.proxy(devices=[path])
    loop = 'for n in 1 2 3 4; do qmicli -p --device-open-qmi -d "$1" "$2" || exit 1; done'
    wanted = ("--dms-get-manufacturer", "--nas-get-serving-system",
              "--wds-get-packet-service-status", "--uim-get-card-status",
              "--get-service-version-info")
    loops = [lab.start(f"qmicli{n}", "bash", "-c", loop, "-", path, what)
             for n, what in enumerate(wanted)]
    for process in loops:
        assert process.wait(60) == 0, process.tail()
    wire.until(lambda: open_cids(lab) == 0)


def test_qmicli_keeps_a_cid_for_another_process(lab):
    """--client-no-release-cid, then --client-cid, with a call between (2.6)."""
    lab.modem()
    lab.proxy()
    base = ("qmicli", "-p", "--device-open-qmi", "-d", lab.device())
    out = lab.call(*base, "--wds-start-network=apn=internet,ip-type=4",
                   "--client-no-release-cid")
    handle = out.split("Packet data handle: '")[1].split("'")[0]
    cid = out.split("CID: '")[1].split("'")[0]
    out = lab.call(*base, "--wds-get-packet-service-status", f"--client-cid={cid}",
                   "--client-no-release-cid")
    assert "'connected'" in out
    lab.call(*base, f"--wds-stop-network={handle}", f"--client-cid={cid}")
    wire.until(lambda: open_cids(lab) == 0)


def test_verbose_shows_every_message(lab, modem):
    process = lab.proxy("-v", devices=[modem.path])
    client = Client(LIB, lab.netns, modem.path)
    cid = client.allocate(NAS)
    client.ask(NAS, cid, 0x24)
    process.wait_line(r"<- \d+: NAS/1 req \d+ GET_SERVING_SYSTEM")
    process.wait_line(r"-> modem: NAS/1 req \d+ GET_SERVING_SYSTEM")
    process.wait_line(r"<- modem: NAS/1 rsp \d+ GET_SERVING_SYSTEM")
