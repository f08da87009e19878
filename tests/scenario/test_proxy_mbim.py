# SPDX-License-Identifier: BSD-2-Clause
"""mbim-proxy on the wire: the checklist C1 to C18 and the test vectors V1 to V14 of the
compatibility notes (reference/proxies.md, chapters 6 and 14) as far as they are MBIM,
and what hostile, slow and dying programs and a function that comes and goes must not do.

C7, C15, C17 and C18 are the broker's or QMI's: test_proxy_qmi.py; C10 is its test_c10.
"""
import os
import random
import re
import shutil
import signal
import struct
import threading
import time

import pytest

import test_modem_mbim as stranger
from lab import LabError, Readiness
from wire import until
from wire_mbim import (BASIC, BUSY, CANCEL, CAPS, CLOSE, CLOSE_DONE, COMMAND, COMMAND_DONE,
                       CONNECT, EXTENSIONS, FAILURE, FUNCTION_ERROR, HOST_ERROR, INDICATE,
                       INTERNET, INVALID, LENGTH_MISMATCH, NONE, NOT_OPENED, OPEN, OPEN_DONE,
                       OUT_OF_SEQUENCE, PROXY, PROXY_VERSION, QMI, RADIO, SAR, SERVICES,
                       SET, SIGNAL, STANDARD, SUBSCRIBE, TIMEOUT_FRAGMENT, UNKNOWN, VERSION,
                       Client, Function, command, configuration, connect_info, connect_set,
                       done, fragments, indication, parse, short, subscription)

LIB = "@mbim-proxy"
VENDOR = "@quectel-mbim-proxy"
HOLD_S = 2.1  # who stays longer after CONNECT is a holder, not a tool


def start_proxy(lab, *options, devices):
    """mbim-proxy, ready to serve."""
    ready = Readiness(os.path.join(lab.dir, f"notify-mbim-{len(lab.processes)}"))
    argv = ["mbim-proxy", "--runtime-dir", lab.run_dir]
    for device in devices:
        argv += ["-d", device]
    process = lab.start("mbim-proxy", *argv, *options, env={"NOTIFY_SOCKET": ready.path})
    ready.wait(process)
    ready.close()
    return process


@pytest.fixture
def modem(lab):
    one = Function(os.path.join(lab.dir, "wdm0"))
    yield one
    one.close()


@pytest.fixture
def proxy(lab, modem):
    """mbim-proxy with that modem, which is ready."""
    process = start_proxy(lab, devices=[modem.path])
    process.wait_line("modem is ready")
    return process


@pytest.fixture
def join(lab, modem):
    """Makes clients: in libmbim's dialect, or the vendor's by its name."""
    def make(name=LIB, **how):
        device = None if name.startswith("@quectel") else modem.path
        return Client(name, lab.netns, device, **how)
    return make


def echo(client, info, cmd=CAPS):
    """What comes back of that."""
    answer = client.ask(BASIC, cmd, info=info)
    assert (answer.type, answer.value) == (COMMAND_DONE, NONE)
    return answer.info


def memory_kb(process):
    """Resident, of mbim-proxy itself: it is what ip netns exec became."""
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


def hold(client, seconds=HOLD_S):
    """That client goes on for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        echo(client, b"still here")


def pour(client, raw):
    """Sends that while the caller reads: who does not read is not read either."""
    threading.Thread(target=client.send, args=(raw,), daemon=True).start()


# ---- who it is, and for whom (C1, C12, C13, C14, V1, V2) ------------------------------


def test_c1_all_dialects_at_once_on_one_modem(lab, modem):
    """C1: libmbim's name, the vendor's, an alias and the file, at once."""
    start_proxy(lab, "--alias", "mbim-alias", devices=[modem.path])
    file = os.path.join(lab.run_dir, "mbim-proxy")
    clients = [Client(LIB, lab.netns, modem.path), Client(VENDOR, lab.netns),
               Client("@mbim-alias", lab.netns), Client(file, None, modem.path)]
    words = [os.urandom(8) for _ in clients]
    asked = [c.request(BASIC, CAPS, info=w, txn=7) for c, w in zip(clients, words)]
    assert [c.answer(t).info for c, t in zip(clients, asked)] == words
    assert modem.count(OPEN) == 1


def test_v1_names_have_their_exact_length(lab, proxy):
    """V1: a name with NULs behind it is another name."""
    Client(LIB, lab.netns, transfer=None).close()
    for name in (LIB + "\0" * (107 - len(LIB)), VENDOR + "\0", VENDOR + "0"):
        with pytest.raises(ConnectionRefusedError):
            Client(name, lab.netns, transfer=None)


def test_v2_configuration_byte_for_byte(lab, modem, proxy):
    """The message of proxies.md 4.1 and its answer; a link; unpadded (C12)."""
    link = os.path.join(lab.dir, "modem-a")
    os.symlink(modem.path, link)
    answer = bytes.fromhex(
        "03 00 00 80 30 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 83 8c f7 fb 8d 0d"
        "4d 7f 87 1e d7 1d be fb b3 9b 01 00 00 00 00 00 00 00 00 00 00 00")
    for path, padded in ((modem.path, True), (modem.path, False), (link, True)):
        client = Client(LIB, lab.netns, transfer=None)
        client.send(configuration(1, path, padded=padded))
        assert client.socket.recv(100) == answer
    assert modem.count(OPEN) == 1


@pytest.mark.parametrize("path", ["/nonexistent/wdm0", "/etc/hostname", "/etc"])
def test_v2_configuration_of_no_device(lab, proxy, join, path):
    """A path that is no device costs the connection, without a byte."""
    client = Client(LIB, lab.netns, transfer=None)
    client.configure(path)
    assert client.is_closed() and not client.aside
    echo(join(), b"others")


def test_before_configuration(lab, modem, proxy):
    """What comes too early is answered, then CONFIGURATION works (proxies.md 4.2)."""
    client = Client(LIB, lab.netns, transfer=None)
    assert client.open().value == FAILURE
    assert client.shut().value == NONE
    early = client.ask(BASIC, CAPS)
    assert (early.type, early.value) == (FUNCTION_ERROR, NOT_OPENED)
    for wrong in (command(50, PROXY, 1, False, bytes(12)), configuration(50, ""),
                  command(50, PROXY, 1, True, b"\xff" * 12)):
        client.send(wrong)
        assert client.answer(50).value == INVALID
    assert client.answer(client.configure(modem.path)).value == NONE
    assert client.answer(client.configure(modem.path)).value == NONE
    assert client.answer(client.configure("/dev/cdc-wdm77")).value == FAILURE
    assert client.open().value == NONE
    assert modem.count(OPEN) == 1


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("is_early", [True, False])
def test_c13_open_is_answered_before_configuration(lab, modem, together, is_early):
    """C13: as umbim sends them, in one segment or two, before the modem is open or
    after."""
    modem.script[OPEN] = lambda m: modem.held.append(modem.usual(m))
    process = start_proxy(lab, devices=[modem.path])
    modem.wait_open()
    client = Client(LIB, lab.netns, transfer=None)
    first, second = configuration(1, modem.path), short(OPEN, 2, 512)
    if not is_early:
        modem.let_go()
        process.wait_line("modem is ready")
    for part in [first + second] if together else [first, second]:
        client.send(part)
    if is_early:
        modem.let_go()
    order = [client.read(), client.read()]
    assert [(m.type, m.txn, m.value) for m in order] == \
        [(OPEN_DONE, 2, NONE), (COMMAND_DONE, 1, NONE)]


def test_c12_open_and_queries_longer_than_they_need_be(modem, proxy, join):
    """C12: an OPEN of 48 bytes, and rubbish behind the session of a CONNECT query."""
    client = join(VENDOR, transfer=None)
    client.send(struct.pack("<IIII", OPEN, 48, 1, 4096) + bytes(32))
    assert client.answer(1).value == NONE
    rubbish = struct.pack("<I", 3) + os.urandom(56)
    answer = client.ask(BASIC, CONNECT, info=rubbish)
    assert answer.value == NONE and modem.wait(BASIC, CONNECT)[0].info == rubbish


def test_c14_commands_without_open(lab, modem, proxy):
    """C14: mbimcli --no-open, in both dialects; and commands after CLOSE."""
    for client in (Client(VENDOR, lab.netns, transfer=None),
                   Client(LIB, lab.netns, modem.path, transfer=None)):
        assert echo(client, b"no open") == b"no open"
        assert client.shut().value == NONE
        assert echo(client, b"after close") == b"after close"


def test_c6_open_and_close_of_many(modem, proxy, join):
    """C6: whatever they do, the function is opened once and never closed."""
    stays = join()
    for name in (LIB, VENDOR) * 5:
        client = join(name)
        assert client.open(512).value == NONE
        assert client.shut().value == NONE
        client.close()
    echo(stays, b"here")
    assert modem.count(OPEN) == 1 and modem.count(CLOSE) == 0


# ---- ids, order, and pieces (C2 to C5, V4, V7, V10, V11) ------------------------------


def test_c5_equal_ids_of_two(modem, proxy, join):
    """C5, C9, V4: all 32 bits of equal ids, answered in the other order."""
    clients = [join(), join(), join(VENDOR)]
    modem.keep(BASIC, CAPS)
    words = [os.urandom(16) for _ in clients]
    for client, word in zip(clients, words):
        client.request(BASIC, CAPS, info=word, txn=0xFFFFFFFF)
    seen = modem.wait(BASIC, CAPS, count=3)
    assert len({m.txn for m in seen}) == 3 and 0 not in {m.txn for m in seen}
    modem.let_go(reversed)
    for client, word in zip(clients, words):
        assert client.answer(0xFFFFFFFF).info == word
        assert client.so_far() == []


def test_1000_pipelined_requests(modem, proxy, join):
    """Of three programs with equal ids, all under way at once: each its own answers."""
    clients = [join(), join(VENDOR), join()]
    for c, client in enumerate(clients):
        pour(client, b"".join(
            command(n + 100, BASIC, CAPS, info=struct.pack("<II", c, n))
            for n in range(1000)))
    for c, client in enumerate(clients):
        for n in range(1000):
            message = client.read()
            assert (message.type, message.txn) == (COMMAND_DONE, n + 100)
            assert struct.unpack("<II", message.info) == (c, n)


def test_requests_are_pipelined(modem, proxy, join):
    """A command that takes minutes holds up neither its sender nor others."""
    one, other = join(), join()
    modem.script[BASIC, SERVICES] = lambda m: None
    for _ in range(5):
        one.request(BASIC, SERVICES)
    for client in (one, other, one, other):
        echo(client, b"beside it")


def test_pipelined_and_gone(modem, proxy, join):
    """V6: a hundred requests, then the end: all reach the modem, nobody is hurt."""
    one, other = join(), join()
    for n in range(100):
        one.request(BASIC, RADIO, info=struct.pack("<I", n))
    one.close()
    for n in range(100):
        assert echo(other, b"%d" % n) == b"%d" % n
    assert modem.count(BASIC, RADIO) <= 100


@pytest.mark.parametrize("kind", ["seqpacket", "stream", "pty"])
def test_c3_byte_by_byte_and_many_in_one(lab, kind):
    """C3: input split at every byte, and a hundred messages in one write."""
    modem = Function(os.path.join(lab.dir, "any0"), kind)
    start_proxy(lab, devices=[modem.path])
    client = Client(LIB, lab.netns, modem.path)
    for byte in command(70, BASIC, CAPS, info=b"slowly"):
        client.send(bytes((byte,)))
    assert client.answer(70).info == b"slowly"
    pour(client, b"".join(command(n, BASIC, CAPS, info=b"%d" % n)
                          for n in range(100, 1100)))
    assert [client.read().info for _ in range(1000)] == \
        [b"%d" % n for n in range(100, 1100)]
    modem.close()


def test_c3_messages_of_the_modem_split_and_glued(lab):
    """C3: from a stream of the modem's, too."""
    modem = Function(os.path.join(lab.dir, "any0"), "stream")
    start_proxy(lab, devices=[modem.path])
    client = Client(LIB, lab.netns, modem.path)
    one = indication(BASIC, RADIO, struct.pack("<II", 1, 1))
    modem.say(one[:7], one[7:] + one * 5 + one[:30], one[30:])
    assert client.indications() == [(BASIC, RADIO)] * 7
    modem.close()


@pytest.mark.parametrize("size", [4048, 9112, 65000])
def test_c4_answers_as_large_as_the_program_takes(modem, proxy, join, size):
    """C4: whole to one that takes any size, in fragments to one that said how much."""
    large = os.urandom(size)
    modem.script[BASIC, CAPS] = lambda m: modem.reply(m, info=large)
    for name, transfer in ((LIB, 65536), (LIB, 4096), (VENDOR, 4096), (LIB, 64)):
        client = join(name, transfer=transfer)
        client.pieces.clear()
        assert client.ask(BASIC, CAPS).info == large
        assert max(len(p.raw) for p in client.pieces) <= transfer
        assert len(client.pieces) == max(1, -(-(size + 28) // (transfer - 20))) or \
            len(client.pieces) == 1


def test_c4_a_vendors_tool_that_says_nothing(lab, modem, proxy):
    """C4: in its dialect it is 4096 without an OPEN."""
    modem.script[BASIC, CAPS] = lambda m: modem.reply(m, info=bytes(9000))
    client = Client(VENDOR, lab.netns, transfer=None)
    client.ask(BASIC, CAPS)
    assert [len(p.raw) for p in client.pieces] == [4096, 4096, 896]


def test_c2_a_body_is_there_when_its_header_is(modem, proxy, join):
    """C2: who reads a header, and then the body with a single call, finds all of it."""
    client = join(VENDOR, transfer=4096)
    modem.script[BASIC, CAPS] = lambda m: modem.reply(m, info=bytes(20000))
    for n in range(200):
        client.request(BASIC, CAPS, txn=1000 + n)
        for _ in range(5):
            head = client.socket.recv(12)
            size = struct.unpack_from("<I", head, 4)[0]
            assert len(head) == 12 and len(client.socket.recv(size - 12)) == size - 12


@pytest.mark.parametrize("transfer", [64, 512])
def test_requests_larger_than_the_function_takes(lab, transfer):
    """Put together, then cut to the function's control transfer size, never mixed."""
    modem = Function(os.path.join(lab.dir, "any0"))
    modem.script[OPEN] = lambda m: modem.usual(m) if m.value == transfer else \
        short(FUNCTION_ERROR, m.txn, 8)
    start_proxy(lab, devices=[modem.path])
    clients = [Client(LIB, lab.netns, modem.path) for _ in range(3)]
    large = [os.urandom(3000 + n) for n in range(3)]
    for client, word in zip(clients, large):
        client.send(command(9, BASIC, CAPS, info=word))
    assert [c.answer(9).info for c in clients] == large
    assert max(modem.sizes) == transfer
    modem.close()


def mix(clients, streams, rnd):
    """Sends all streams in crumbs, by turns."""
    while any(streams):
        c = rnd.randrange(len(clients))
        size = rnd.choice((1, 13, 64, 700))
        clients[c].send(streams[c][:size])
        streams[c] = streams[c][size:]


def test_v11_fragments_split_and_interleaved(modem, proxy, join):
    """V11: three programs' fragments and whole commands, in any order and any cut."""
    clients = [join(), join(VENDOR), join()]
    rnd = random.Random(11)
    words = {}
    streams = []
    for c, client in enumerate(clients):
        stream = b""
        for n in range(40):
            word = struct.pack("<II", c, n) + rnd.randbytes(rnd.choice((0, 200, 6000)))
            words[c, n + 100] = word
            size = rnd.choice((64, 100, 4096))
            stream += b"".join(fragments(command(n + 100, BASIC, CAPS, info=word), size))
        streams.append(stream)
    threading.Thread(target=mix, args=(clients, streams, rnd), daemon=True).start()
    for c, client in enumerate(clients):
        for _ in range(40):
            message = client.read()
            assert message.info == words.pop((c, message.txn))
    assert not words


def test_half_a_message_then_death(modem, proxy, join):
    """A program that dies within a fragmented message leaves nothing behind."""
    other = join()
    for _ in range(20):
        one = join(VENDOR)
        one.send(fragments(command(5, BASIC, CAPS, info=bytes(9000)), 4096)[0])
        one.send(fragments(command(5, BASIC, CAPS, info=bytes(9000)), 4096)[1][:99])
        one.close()
        assert echo(other, b"whole") == b"whole"
    assert all(m.info != bytes(9000) for m in modem.seen)


def test_fragments_that_make_no_sense(modem, proxy, join):
    """Wrong order, an end that never comes: an error with the id, and all goes on."""
    one, other = join(), join()
    parts = fragments(command(5, BASIC, CAPS, info=bytes(200)), 64)
    one.send(parts[1])
    assert (one.answer(5).type, one.aside) == (FUNCTION_ERROR, [])
    one.send(parts[0] + parts[2])
    assert one.answer(5).value == OUT_OF_SEQUENCE
    one.send(parts[0])
    assert echo(other, b"meanwhile") == b"meanwhile"
    assert one.answer(5).value == TIMEOUT_FRAGMENT
    one.send(b"".join(parts))
    assert one.answer(5).info == bytes(200)


def test_fragments_of_the_modem_that_make_no_sense(modem, proxy, join):
    """It is told by HOST_ERROR under its own id, and so is the asker under his."""
    client = join()
    modem.script[BASIC, CAPS] = lambda m: [
        f for n, f in enumerate(fragments(modem.reply(m, info=bytes(200)), 64)) if n != 1]
    answer = client.ask(BASIC, CAPS)
    assert (answer.type, answer.value) == (FUNCTION_ERROR, OUT_OF_SEQUENCE)
    modem.script[BASIC, CAPS] = lambda m: \
        fragments(modem.reply(m, info=bytes(200)), 64)[0]
    answer = client.ask(BASIC, CAPS)
    assert (answer.type, answer.value) == (FUNCTION_ERROR, TIMEOUT_FRAGMENT)
    asked = [m.txn for m in modem.wait(BASIC, CAPS, count=2)]
    told = modem.wait(HOST_ERROR, count=5)  # each fragment that fits nothing, again
    assert [(m.txn, m.value) for m in told] == \
        [(asked[0], OUT_OF_SEQUENCE)] * 4 + [(asked[1], TIMEOUT_FRAGMENT)]


def test_v10_close_of_length_0(lab, modem, proxy, join):
    """V10: it is answered, and what follows is understood."""
    client = join(VENDOR)
    client.send(struct.pack("<III", CLOSE, 0, 5) + command(6, BASIC, CAPS, info=b"next"))
    closed, after = client.read(), client.read()
    assert (closed.type, closed.txn, closed.value) == (CLOSE_DONE, 5, NONE)
    assert after.info == b"next"
    stranger_yet = Client(LIB, lab.netns, transfer=None)  # to whom no device is known
    stranger_yet.send(struct.pack("<III", CLOSE, 0, 5))
    assert stranger_yet.answer(5).type == CLOSE_DONE


def test_v10_subscription_count_of_4294967295(modem, proxy, join):
    """V10: it is refused, and nobody is hurt."""
    client, other = join(), join()
    for count in (0xFFFFFFFF, 0x20000001, 0x7FFFFFFF):
        for tail in (b"", bytes(8), bytes(4000)):
            answer = client.ask(BASIC, SUBSCRIBE, SET, struct.pack("<I", count) + tail)
            assert (answer.type, answer.value) == (COMMAND_DONE, INVALID)
    # one element that says it has as many commands
    element = struct.pack("<III", 1, 12, 20) + QMI + struct.pack("<I", 0xFFFFFFFF)
    assert client.ask(BASIC, SUBSCRIBE, SET, element).value == INVALID
    assert modem.count(BASIC, SUBSCRIBE) == 0
    echo(other, b"others")


# ---- hostile, slow and dying programs (C8, V7, V8) ------------------------------------


@pytest.mark.parametrize("garbage", [
    b"\x00", bytes(12), b"\xff" * 64, struct.pack("<III", OPEN, 4, 1),
    struct.pack("<III", COMMAND, 0, 1), struct.pack("<III", COMMAND, 0x7FFFFFFF, 1),
    struct.pack("<III", 0x80000005, 16, 1), b"GET / HTTP/1.1\r\n\r\n"],
    ids=lambda g: g[:12].hex() or "none")
def test_v7_garbage_costs_its_sender_the_connection(proxy, join, garbage):
    """V7: with one line that says why; nobody else notices."""
    one, other = join(), join()
    mark = proxy.mark()
    one.send(garbage + bytes(16))
    assert one.is_closed()
    proxy.wait_line("closing it", mark)
    assert echo(other, b"here") == b"here"


def test_messages_that_are_broken_inside(modem, proxy, join):
    """A sound frame with a lie in it costs only itself."""
    client = join()
    whole = command(9, BASIC, CAPS, info=bytes(8))
    for lie in (whole[:44] + struct.pack("<I", 4096) + whole[48:],
                whole[:44] + bytes(4) + whole[48:], struct.pack(
                    "<IIIII", COMMAND, 20, 9, 1, 0)):
        client.send(lie)
        answer = client.answer(9)
        assert (answer.type, answer.value) == (FUNCTION_ERROR, LENGTH_MISMATCH)
    for strange in (struct.pack("<IIIII", COMMAND, 20, 9, 0, 0),
                    struct.pack("<IIIII", COMMAND, 20, 9, 3, 7)):
        client.send(strange)
        assert client.answer(9).value == OUT_OF_SEQUENCE
    # what only a function says is passed over
    client.send(short(OPEN_DONE, 1, 0) + short(FUNCTION_ERROR, 1, NOT_OPENED) +
                indication(BASIC, CONNECT, connect_info(1, 1)) + done(1, BASIC, CAPS))
    assert echo(client, b"still") == b"still"
    assert modem.count(OPEN) == 1


def test_c8_slow_program_loses_the_cheap_ones_first(modem, proxy, join):
    """C8: the state of its own session is kept, whatever it subscribed to."""
    slow, other = join(), join()
    assert slow.ask(BASIC, CONNECT, SET, connect_set(3)).value == NONE
    modem.wait(BASIC, CONNECT)
    for n in range(1000):
        modem.say(indication(BASIC, SIGNAL, bytes(1000)))
        if n % 100 == 0:
            modem.say(indication(BASIC, CONNECT, connect_info(3, 1)))
            assert echo(other, b"quick") == b"quick"
    came = slow.indications()
    assert came.count((BASIC, CONNECT)) == 10
    assert 0 < came.count((BASIC, SIGNAL)) < 1000
    slow.close()
    proxy.wait_line("indications were dropped: it read too slowly")


def test_v8_memory_stays_flat_with_one_who_never_reads(proxy, modem, join):
    """V8: a hundred megabytes of indications for one who does not read."""
    deaf, other = join(), join()
    assert other.ask(BASIC, SUBSCRIBE, SET, subscription({QMI: [1]})).value == NONE
    noise = indication(BASIC, SIGNAL, bytes(4000))

    def burst():
        for _ in range(50):
            modem.say(*[noise] * 50)
            assert echo(other, b"quick") == b"quick"

    burst()
    before = memory_kb(proxy)
    for _ in range(10):
        burst()
    assert memory_kb(proxy) < before + 2048
    assert deaf.socket.recv(12)


@pytest.mark.parametrize("size", [1, 4000, 30000])
def test_one_who_asks_and_does_not_read_is_not_read(proxy, modem, join, size):
    """Answers are not dropped: their program is kept back until it fetches them."""
    greedy, other = join(), join()
    greedy.socket.setblocking(False)
    before, sent = memory_kb(proxy), 0
    rest = b""
    refused = 0
    while refused < 50:
        if not rest:
            sent += 1
            rest = command(1000 + sent, BASIC, CAPS, info=bytes(size))
        try:
            rest = rest[greedy.socket.send(rest):]
            refused = 0
        except BlockingIOError:
            refused += 1
            echo(other, b"quick")
    assert memory_kb(proxy) < before + 8192
    greedy.socket.settimeout(30)
    whole = sent if not rest else sent - 1
    for n in range(1, whole + 1):
        assert len(greedy.answer(1000 + n).info) == size
    assert echo(other, b"after") == b"after"


def test_flood_delays_only_its_sender(modem, proxy, join):
    """Two thousand requests of one; another's are answered in between."""
    flood, other = join(), join()
    pour(flood, b"".join(command(5000 + n, BASIC, CAPS) for n in range(2000)))
    for _ in range(20):
        echo(other, b"between")
    for n in range(2000):
        assert flood.read().txn == 5000 + n


def test_v9_half_closed(modem, proxy, join):
    """V9: who has shut its sending side still gets its answers, and then the end."""
    client = join()
    modem.keep(BASIC, CAPS)
    for n in range(3):
        client.request(BASIC, CAPS, txn=20 + n)
    modem.wait(BASIC, CAPS, count=3)
    client.socket.shutdown(1)
    modem.let_go()
    assert [client.read().txn for _ in range(3)] == [20, 21, 22]
    assert client.is_closed()


# ---- subscriptions and indications (C9, C16) ------------------------------------------


def test_c16_lists_are_merged_and_shrink(modem, proxy, join):
    """C16: the modem has the standard list and everybody's other services; each his
    own buffer back."""
    one, other, third = join(), join(), join()
    for client, wanted in ((one, {QMI: [1]}), (other, {BASIC: [12], SAR: [2]}),
                           (third, {SAR: [2]})):
        answer = client.ask(BASIC, SUBSCRIBE, SET, subscription(wanted))
        assert (answer.value, answer.info) == (NONE, subscription(wanted))
    merged = [STANDARD | {QMI: [1]}, STANDARD | {QMI: [1], SAR: [2]}]
    assert modem.subscriptions() == merged  # the third changed nothing
    other.close()
    one.close()
    modem.wait(BASIC, SUBSCRIBE, count=3)
    until(lambda: modem.subscriptions()[-1] == STANDARD | {SAR: [2]})
    assert third.ask(BASIC, SUBSCRIBE, SET, subscription({SAR: []})).value == NONE
    assert modem.subscriptions()[-1] == STANDARD | {SAR: []}


def test_c16_indications_to_those_who_want_them(lab, modem, proxy, join):
    """C16: standard by default, then what was subscribed; the vendor's gets all."""
    plain, picky, vendor = join(), join(), join(VENDOR)
    mute = Client(LIB, lab.netns, transfer=None)  # has not said which device
    picky.ask(BASIC, SUBSCRIBE, SET, subscription({SAR: [2]}))
    for one in ((BASIC, RADIO), (SAR, 2), (SAR, 1), (BASIC, 99)):
        modem.indicate(*one)
    assert plain.indications() == [(BASIC, RADIO)]
    assert picky.indications() == [(SAR, 2)]
    assert vendor.indications() == [(BASIC, RADIO), (SAR, 2), (SAR, 1), (BASIC, 99)]
    mute.configure(modem.path)
    assert mute.read().type == COMMAND_DONE


def test_c9_indications_have_id_0(modem, proxy, join):
    """C9: even if the modem puts one there that is the id of a request."""
    client = join()
    modem.script[BASIC, CAPS] = lambda m: [
        indication(BASIC, RADIO, txn=m.txn), modem.usual(m)]
    assert client.ask(BASIC, CAPS).type == COMMAND_DONE
    assert [(m.type, m.txn) for m in client.aside] == [(INDICATE, 0)]


def test_subscriptions_while_one_is_under_way(modem, proxy, join):
    """Each replaces the one before: they go one by one, and nobody is forgotten."""
    clients = [join() for _ in range(8)]
    modem.keep(BASIC, SUBSCRIBE)
    for n, client in enumerate(clients):
        client.request(BASIC, SUBSCRIBE, SET, subscription({bytes(15) + b"%c" % n: [n + 1]}),
                       txn=99)
    modem.wait(BASIC, SUBSCRIBE)
    modem.let_go()
    assert [c.answer(99).value for c in clients] == [NONE] * 8
    assert len(modem.subscriptions()[-1]) == len(STANDARD) + 8


# ---- sessions -------------------------------------------------------------------------


def test_a_session_is_its_owners(modem, proxy, join):
    """For others it is BUSY; its end is theirs to see, and its owner's in any case."""
    one, other = join(), join(VENDOR)
    assert one.ask(BASIC, CONNECT, SET, connect_set(3)).value == NONE
    for activate in (1, 0):
        refused = other.ask(BASIC, CONNECT, SET, connect_set(3, activate))
        assert (refused.type, refused.value, refused.info) == (COMMAND_DONE, BUSY, b"")
    assert other.ask(BASIC, CONNECT, SET, connect_set(4)).value == NONE
    one.ask(BASIC, SUBSCRIBE, SET, subscription({QMI: [1]}))
    modem.indicate(BASIC, CONNECT, connect_info(3, 3))
    modem.indicate(BASIC, CONNECT, connect_info(4, 3))
    assert one.indications() == [(BASIC, CONNECT)]  # its own
    assert other.indications() == [(BASIC, CONNECT)] * 2
    assert other.ask(BASIC, CONNECT, SET, connect_set(3)).value == NONE


def deactivated(modem):
    return [m.info[0] for m in modem.seen if (m.service, m.cmd) == (BASIC, CONNECT) and
            m.is_set and m.info[4] == 0]


def test_a_killed_holders_session_ends_after_its_grace(lab, modem):
    """And a tool's, that dialled and went, does not; nor one left with CLOSE."""
    start_proxy(lab, "--grace", "1", devices=[modem.path])
    holder, tool, polite, other = (Client(LIB, lab.netns, modem.path) for _ in range(4))
    for session, client in ((1, holder), (3, polite)):
        assert client.ask(BASIC, CONNECT, SET, connect_set(session)).value == NONE
    hold(other)
    assert tool.ask(BASIC, CONNECT, SET, connect_set(2)).value == NONE
    assert polite.shut().value == NONE
    for client in (tool, polite, holder):
        client.close()
    modem.wait(lambda m: m.cmd == CONNECT and m.is_set and m.info[4] == 0)
    hold(other)
    assert deactivated(modem) == [1]
    # and what was left is anybody's of that user
    assert other.ask(BASIC, CONNECT, SET, connect_set(2, 0)).value == NONE


def test_an_orphan_is_taken_over_in_its_grace(lab, modem):
    """A dialer that is started again goes on with the session of the one before."""
    start_proxy(lab, "--grace", "2", devices=[modem.path])
    holder, other = (Client(LIB, lab.netns, modem.path) for _ in range(2))
    assert holder.ask(BASIC, CONNECT, SET, connect_set(1)).value == NONE
    hold(other)
    holder.close()
    until(lambda: other.ask(BASIC, CONNECT, SET, connect_set(1)).value == NONE)
    hold(other, 2.5)
    assert deactivated(modem) == []


# ---- the extensions' version (proxies.md 4.5) -----------------------------------------


def test_a_version_is_everybodys(lab, modem, proxy, join):
    """All are told, the asker before its answer; newcomers before CONFIGURATION's."""
    one, other = join(), join()
    agreed = struct.pack("<HH", 0x0100, 0x0300)
    assert one.ask(EXTENSIONS, VERSION, info=agreed).info == agreed
    assert [(m.service, m.cmd, m.info) for m in one.aside] == \
        [(PROXY, PROXY_VERSION, agreed)]
    assert [(m.service, m.cmd, m.info) for m in other.so_far()] == \
        [(PROXY, PROXY_VERSION, agreed)]
    late = Client(LIB, lab.netns, transfer=None)
    late.configure(modem.path)
    assert [late.read().service, late.read().type] == [PROXY, COMMAND_DONE]


def test_a_version_stays_while_the_vendors_tools_are_there(modem, proxy, join):
    """They cannot be told, so the asker gets the version that is in force."""
    vendor, one = join(VENDOR), join()
    answer = one.ask(EXTENSIONS, VERSION, info=struct.pack("<HH", 0x0100, 0x0300))
    assert answer.info == struct.pack("<HH", 0x0100, 0x0100)
    assert modem.count(EXTENSIONS, VERSION) == 0
    vendor.close()
    until(lambda: one.ask(EXTENSIONS, VERSION, info=struct.pack("<HH", 0x0100, 0x0200))
          .info == struct.pack("<HH", 0x0100, 0x0200))


# ---- errors, and a function that comes and goes (C11, V12, V14) -----------------------


def test_errors_to_the_right_one(modem, proxy, join):
    """FUNCTION_ERROR to its asker, HOST_ERROR to the request that it means."""
    one, other = join(), join()
    modem.script[BASIC, RADIO] = lambda m: short(FUNCTION_ERROR, m.txn, UNKNOWN)
    txn = one.request(BASIC, RADIO, txn=77)
    answer = one.answer(txn)
    assert (answer.type, answer.value) == (FUNCTION_ERROR, UNKNOWN)
    modem.script[BASIC, RADIO] = lambda m: None
    for client in (one, other):
        client.request(BASIC, RADIO, txn=77)
    asked = modem.wait(BASIC, RADIO, count=3)
    other.send(short(HOST_ERROR, 77, CANCEL))
    told = modem.wait(HOST_ERROR)[0]
    assert (told.txn, told.value) == (asked[2].txn, CANCEL)
    assert one.so_far() == [] and other.so_far() == []


def test_v12_a_function_that_forgot(modem, proxy, join):
    """V12: NOT_OPENED opens it again, everybody is told, and the next command works."""
    one, other, vendor = join(), join(), join(VENDOR)
    assert one.ask(BASIC, CONNECT, SET, connect_set(3)).value == NONE
    assert one.ask(BASIC, SUBSCRIBE, SET, subscription({QMI: [1]})).value == NONE
    modem.is_open = False
    lost = other.ask(BASIC, CAPS)
    assert (lost.type, lost.value) == (FUNCTION_ERROR, NOT_OPENED)
    assert echo(other, b"again") == b"again"
    assert echo(one, b"again") == b"again"
    assert echo(vendor, b"again") == b"again"
    for client in (one, other, vendor):  # the first as the session's owner
        told = [(m.type, m.txn, m.info) for m in client.aside]
        assert (INDICATE, 0, connect_info(3, 3)) in told
        assert (FUNCTION_ERROR, 0, b"") in told
    assert modem.count(OPEN) == 2
    assert modem.subscriptions() == [STANDARD | {QMI: [1]}] * 2
    assert other.ask(BASIC, CONNECT, SET, connect_set(3)).value == NONE


@pytest.mark.parametrize("kind", ["seqpacket", "stream", "pty"])
def test_c11_device_lost_and_back(lab, kind):
    """C11: the device is closed and comes back: programs stay and go on."""
    modem = Function(os.path.join(lab.dir, "lost0"), kind)
    process = start_proxy(lab, devices=[modem.path])
    one = Client(VENDOR, lab.netns)
    other = Client(LIB, lab.netns, modem.path)
    modem.script[BASIC, RADIO] = lambda m: None
    one.request(BASIC, RADIO, txn=90)
    modem.wait(BASIC, RADIO)
    modem.vanish()
    assert one.answer(90).value == NOT_OPENED
    told = other.read()
    assert (told.type, told.txn, told.value) == (FUNCTION_ERROR, 0, NOT_OPENED)
    process.wait_line("lost0: lost")
    assert other.ask(BASIC, CAPS).value == NOT_OPENED
    for client in (one, other):
        client.send(short(OPEN, 91, 4096))
    modem.appear()
    for client in (one, other):
        assert client.answer(91).value == NONE
        assert echo(client, b"back") == b"back"
    assert modem.count(OPEN) == 2
    modem.close()


def test_programs_may_come_before_the_modem(lab):
    """Both dialects connect at once and wait for a configured modem."""
    path = os.path.join(lab.dir, "late0")
    start_proxy(lab, devices=[path])
    vendor = Client(VENDOR, lab.netns, transfer=None)
    vendor.send(short(OPEN, 1, 4096))
    lib = Client(LIB, lab.netns, transfer=None)
    lib.send(configuration(1, path) + short(OPEN, 2, 4096) + command(3, BASIC, CAPS))
    modem = Function(path)
    assert vendor.answer(1).value == NONE
    assert [lib.read().txn for _ in range(3)] == [2, 1, 3]
    assert modem.seen[0].type == OPEN
    modem.close()


def test_functions_that_are_slow_or_odd_to_open(lab):
    """Stray words before OPEN_DONE, and an OPEN taken for a CLOSE (mbim.md 7)."""
    modem = Function(os.path.join(lab.dir, "odd0"))
    answers = [
        lambda m: [done(m.txn, BASIC, CAPS), indication(BASIC, CONNECT, connect_info(1, 1)),
                   short(OPEN_DONE, 4711, NONE), short(FUNCTION_ERROR, 99, NOT_OPENED),
                   short(CLOSE_DONE, m.txn, NONE)],
        modem.usual]
    modem.script[OPEN] = lambda m: answers.pop(0)(m)
    start_proxy(lab, devices=[modem.path])
    client = Client(LIB, lab.netns, modem.path)
    assert echo(client, b"open") == b"open" and client.aside == []
    assert (modem.count(OPEN), modem.count(CLOSE)) == (2, 1)
    modem.close()


def test_v14_killed_and_started_again(lab, modem, proxy, join):
    """V14: after SIGKILL its programs are hung up, and the next one takes over at once:
    it opens the function anew, whose sessions are then down."""
    client = join()
    assert client.ask(BASIC, CONNECT, SET, connect_set(1)).value == NONE
    proxy.kill(signal.SIGKILL)
    proxy.wait()
    assert client.is_closed()
    start_proxy(lab, devices=[modem.path]).wait_line("modem is ready")
    again = join()
    assert again.ask(BASIC, CONNECT, SET, connect_set(1)).value == NONE
    assert modem.count(OPEN) == 2 and modem.count(CLOSE) == 0


def test_told_to_end(modem, proxy, join):
    """SIGTERM ends it with requests under way, and leaves the function as it is."""
    client = join()
    modem.script[BASIC, CAPS] = lambda m: None
    client.request(BASIC, CAPS)
    modem.wait(BASIC, CAPS)
    assert proxy.stop() == 0
    assert client.is_closed() and modem.count(CLOSE) == 0


# ---- programs that we did not write ---------------------------------------------------


needs_mbimcli = pytest.mark.skipif(not shutil.which("mbimcli"), reason="no mbimcli")


@pytest.fixture
def simulated(lab):
    """The simulated modem on its terminal, with our proxy."""
    lab.modem("--mode", "mbim")
    start_proxy(lab, devices=[lab.tty()])


@needs_mbimcli
def test_mbimcli_reads_everything(lab, simulated):
    stranger.read_all(lab, proxy=True)
    assert stranger.requests(lab, "MBIM.OPEN") == 1
    assert stranger.requests(lab, "MBIM.CLOSE") == 0
    assert lab.control.stats()["bad_messages"] == 0


@needs_mbimcli
def test_mbimcli_and_newer_layouts(lab, simulated):
    for version, question, answer in stranger.NEWER:
        out = stranger.mbimcli(lab, f"--device-open-ms-mbimex-{version}", question,
                               proxy=True)
        assert re.search(answer, out), f"{version} {question}: {out}"


@needs_mbimcli
def test_mbimcli_dials_and_hangs_up_in_other_processes(lab, simulated):
    """As scripts do: a session outlives the program that dialled it."""
    for session, apn in ((1, "internet"), (2, "ims"), (7, "m2m")):
        out = stranger.mbimcli(
            lab, f"--connect=session-id={session},access-string={apn},ip-type=ipv4v6",
            proxy=True)
        assert "Activation state: 'activated'" in out
    assert {link for link, _ in stranger.calls(lab)} == {1, 2, 7}
    out = stranger.mbimcli(lab, "--query-ip-configuration=7", proxy=True)
    assert "available: 'address, gateway, dns, mtu'" in out
    stranger.mbimcli(lab, "--disconnect=2", proxy=True)
    assert {link for link, _ in stranger.calls(lab)} == {1, 7}
    with pytest.raises(LabError, match="ContextNotActivated"):
        stranger.mbimcli(lab, "--disconnect=2", proxy=True)
    lab.control.ask("modem 0 disconnect 1 39")
    out = stranger.mbimcli(lab, "--query-connection-state=1", proxy=True)
    assert "Activation state: 'deactivated'" in out


@needs_mbimcli
def test_v13_five_mbimcli_at_once(lab, simulated):
    """V13: five loops of mbimcli, and two programs of ours in both dialects."""
    loop = ("for n in 1 2 3 4 5 6 7 8; do mbimcli -p -d $0 --query-device-caps "
            "--query-radio-state >/dev/null 2>&1; mbimcli -p -d $0 --query-device-services "
            ">/dev/null || exit 1; done")
    loops = [lab.start(f"loop{n}", "sh", "-c", loop, lab.tty()) for n in range(5)]
    ours = [Client(LIB, lab.netns, lab.tty()), Client(VENDOR, lab.netns)]
    while any(one.poll() is None for one in loops):
        for client in ours:
            assert client.ask(BASIC, CAPS).value == NONE
    assert [one.wait() for one in loops] == [0] * 5
    assert stranger.requests(lab, "MBIM.OPEN") == 1


@needs_mbimcli
def test_mbimcli_after_a_reset_of_the_function(lab, simulated):
    """The function forgets: the next program meets one that is open again."""
    stranger.mbimcli(lab, "--query-radio-state", proxy=True)
    lab.control.ask("modem 0 reset")
    until(lambda: "Device ID" in stranger.mbimcli(lab, "--query-device-caps", proxy=True,
                                                  check=False))


@pytest.mark.skipif(not shutil.which("qmicli"), reason="no qmicli")
def test_qmi_over_mbim(lab, simulated):
    """qmicli speaks QMI through our proxy and the function's QMI service, beside
    mbimcli."""
    def qmicli(*argv):
        return lab.call("qmicli", "-d", lab.tty(), "--device-open-mbim", "-p", *argv)

    assert re.search(r"wds \(1\.\d+\)", qmicli("--get-service-version-info"))
    assert "'registered'" in qmicli("--nas-get-serving-system")
    out = qmicli("--wds-start-network=apn=ims,ip-type=4", "--client-no-release-cid")
    handle = re.search(r"Packet data handle: '(\d+)'", out)[1]
    cid = re.search(r"CID: '(\d+)'", out)[1]
    assert "'on'" in stranger.mbimcli(lab, "--query-radio-state", proxy=True)
    out = qmicli("--wds-get-current-settings", f"--client-cid={cid}",
                 "--client-no-release-cid")
    address = re.search(r"IPv4 address: (\S+)", out)[1]
    assert [c["address"] for c in stranger.calls(lab).values()] == [address]
    assert "Network stopped" in qmicli(f"--wds-stop-network={handle}",
                                       f"--client-cid={cid}")
    assert stranger.calls(lab) == {}
    assert stranger.requests(lab, "MBIM.OPEN") == 1


@pytest.mark.skipif(not shutil.which("qmicli"), reason="no qmicli")
def test_qmi_over_mbim_leaks_no_client_and_is_not_reset(lab, simulated):
    """A SYNC of one, and the death of another with its client ids, hurt nobody."""
    def qmicli(*argv):
        return ["qmicli", "-d", lab.tty(), "--device-open-mbim", "-p", *argv]

    def open_cids():
        return sum(lab.control.stats()["open_cids"].values())

    assert open_cids() == 0
    follower = lab.start("qmicli", "stdbuf", "-oL", *qmicli(
        "--wds-start-network=apn=ims,ip-type=4", "--wds-follow-network"))
    follower.wait_line("Network started")
    held = open_cids()
    assert held > 0
    out = lab.call(*qmicli("--device-open-sync", "--nas-get-serving-system"))
    assert "'registered'" in out
    assert open_cids() == held and len(stranger.calls(lab)) == 1
    follower.kill(signal.SIGKILL)
    follower.wait()
    until(lambda: open_cids() == 0)
    assert stranger.calls(lab) == {}


def test_verbose_shows_every_message_and_no_secret(lab, modem):
    process = start_proxy(lab, "-v", devices=[modem.path])
    client = Client(LIB, lab.netns, modem.path)
    secret = "sekrit".encode("utf-16-le")
    info = struct.pack("<IIIIIIIIIII", 1, 1, 0, 0, 0, 0, 60, len(secret), 0, 2, 3) + \
        INTERNET + secret
    assert client.ask(BASIC, CONNECT, SET, info).value == NONE
    process.wait_line(r"<- \d+: BASIC_CONNECT set \d+ CONNECT SESSION=1 ACTIVATE=1 APN=\"\" "
                      r"USER=\"\" PASSWORD=\*\*\* ")
    process.wait_line(r"-> modem: BASIC_CONNECT set \d+ CONNECT SESSION=1")
    process.wait_line(r"<- modem: BASIC_CONNECT done \d+ CONNECT ok SESSION=1 STATE=1")
    assert not any("sekrit" in line for line in process.lines)
