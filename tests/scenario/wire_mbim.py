# SPDX-License-Identifier: BSD-2-Clause
"""MBIM on the wire, for tests of the proxy that must see every byte.

As wire.py, whose sockets and threads are used here: helpers that build and read
messages and fragments, a client of mbim-proxy, and a function that answers by script.
"""
import os
import struct
from dataclasses import dataclass

import wire
from wire import until  # noqa: F401

OPEN, CLOSE, COMMAND, HOST_ERROR = 1, 2, 3, 4
OPEN_DONE, CLOSE_DONE, COMMAND_DONE = 0x80000001, 0x80000002, 0x80000003
FUNCTION_ERROR, INDICATE = 0x80000004, 0x80000007
WITH_BODY = (COMMAND, COMMAND_DONE, INDICATE)
QUERY, SET = 0, 1

BASIC = bytes.fromhex("a289cc33bcbb8b4fb6b0133ec2aae6df")
EXTENSIONS = bytes.fromhex("3d01dcc5fef54d050d3abef7058e9aaf")
PROXY = bytes.fromhex("838cf7fb8d0d4d7f871ed71dbefbb39b")
QMI = bytes.fromhex("d1a30bc2f97a6e43bf65c7e24fb0f0d3")
SAR = bytes.fromhex("68223d049f6c4e0f822d28441fb72340")
INTERNET = bytes.fromhex("7e5e2a7e4e6f7272736b656e7e5e2a7e")

CAPS, RADIO, SIGNAL, CONNECT, SERVICES, SUBSCRIBE = 1, 3, 11, 12, 16, 19
VERSION = 15
CONFIGURATION, PROXY_VERSION = 1, 2
NONE, BUSY, FAILURE, INVALID = 0, 1, 2, 21
TIMEOUT_FRAGMENT, OUT_OF_SEQUENCE, LENGTH_MISMATCH = 1, 2, 3
NOT_OPENED, UNKNOWN, CANCEL = 5, 6, 7
STANDARD = {BASIC: [2, 3, 7, 9, 10, 11, 12, 13, 15, 22, 24],
            bytes.fromhex("533fbeeb14fe44679f9033a223e56c3f"): [1, 2, 5],
            bytes.fromhex("e550a0c85e82479e82f710abf4c3351f"): [1],
            bytes.fromhex("4bf384761e6a41dbb1d8bed289c25bdb"): [1],
            bytes.fromhex("d8f20131fcb54e178602d6ed3816164c"): [1]}


@dataclass(frozen=True)
class Message:
    """One message or fragment, taken apart."""

    type: int
    txn: int
    value: int = 0  # of OPEN, a DONE, an error: what it says
    service: bytes = b""
    cmd: int = 0
    is_set: bool = False
    info: bytes = b""
    total: int = 1
    current: int = 0
    raw: bytes = b""


def short(type, txn, value=None):
    body = b"" if value is None else struct.pack("<I", value)
    return struct.pack("<III", type, 12 + len(body), txn) + body


def command(txn, service, cmd, is_set=False, info=b""):
    return struct.pack("<IIIII16sIII", COMMAND, 48 + len(info), txn, 1, 0, service, cmd,
                       is_set, len(info)) + info


def done(txn, service, cmd, status=NONE, info=b""):
    return struct.pack("<IIIII16sIII", COMMAND_DONE, 48 + len(info), txn, 1, 0, service,
                       cmd, status, len(info)) + info


def indication(service, cmd, info=b"", txn=0):
    return struct.pack("<IIIII16sII", INDICATE, 44 + len(info), txn, 1, 0, service, cmd,
                       len(info)) + info


def fragments(raw, size):
    """raw as fragments of at most size bytes."""
    if len(raw) <= size:
        return [raw]
    type, _, txn = struct.unpack_from("<III", raw)
    payload, step = raw[20:], size - 20
    pieces = [payload[at:at + step] for at in range(0, len(payload), step)]
    return [struct.pack("<IIIII", type, 20 + len(p), txn, len(pieces), n) + p
            for n, p in enumerate(pieces)]


def parse(raw):
    type, length, txn = struct.unpack_from("<III", raw)
    assert length == len(raw), raw.hex(" ")
    if type not in WITH_BODY:
        value = struct.unpack_from("<I", raw, 12)[0] if len(raw) >= 16 else 0
        return Message(type, txn, value, raw=raw)
    total, current = struct.unpack_from("<II", raw, 12)
    if total != 1:
        return Message(type, txn, total=total, current=current, raw=raw)
    service, cmd = struct.unpack_from("<16sI", raw, 20)
    if type == INDICATE:
        value, size, at = 0, *struct.unpack_from("<I", raw, 40), 44
    else:
        value, size, at = *struct.unpack_from("<II", raw, 40), 48
    assert at + size == len(raw), f"lengths disagree: {raw.hex(' ')}"
    return Message(type, txn, value, service, cmd, type == COMMAND and value == SET,
                   raw[at:], raw=raw)


def cut(buffer):
    """The whole messages at the start of buffer, which loses them."""
    found = []
    while len(buffer) >= 8:
        length = struct.unpack_from("<I", buffer, 4)[0]
        assert 12 <= length <= 65536, bytes(buffer[:32]).hex(" ")
        if len(buffer) < length:
            break
        found.append(bytes(buffer[:length]))
        del buffer[:length]
    return found


class Joiner:
    """Fragments of one sender, in the order they must have."""

    def __init__(self):
        self.parts = []

    def add(self, message):
        """The whole message when this is its last part, else None."""
        if message.total == 1:
            assert not self.parts, "a message between two fragments of another"
            return message
        assert message.current == len(self.parts), "fragments out of order"
        assert all(p.txn == message.txn and p.type == message.type
                   for p in self.parts), "fragments of two messages are mixed"
        self.parts.append(message)
        if len(self.parts) < message.total:
            return None
        payload = b"".join(p.raw[20:] for p in self.parts)
        self.parts = []
        return parse(struct.pack("<IIIII", message.type, 20 + len(payload), message.txn,
                                 1, 0) + payload)


def configuration(txn, path, timeout=30, padded=True):
    name = path.encode("utf-16-le")
    info = struct.pack("<III", 12, len(name), timeout) + name
    if padded:
        info += bytes(-len(info) % 4)
    return command(txn, PROXY, CONFIGURATION, SET, info)


def connect_set(session, activate=1):
    return struct.pack("<II", session, activate) + bytes(36) + INTERNET


def connect_info(session, state):
    return struct.pack("<IIII", session, state, 0, 0) + INTERNET + bytes(4)


def subscription(lists):
    """The buffer of a SUBSCRIBE_LIST; lists: {service: commands}."""
    elements = [s + struct.pack(f"<I{len(c)}I", len(c), *c) for s, c in lists.items()]
    at, pairs = 4 + 8 * len(elements), b""
    for one in elements:
        pairs += struct.pack("<II", at, len(one))
        at += len(one)
    return struct.pack("<I", len(elements)) + pairs + b"".join(elements)


def subscribed(info):
    """What such a buffer says, as {service: commands}."""
    lists = {}
    for n in range(struct.unpack_from("<I", info)[0]):
        at, size = struct.unpack_from("<II", info, 4 + 8 * n)
        service, count = struct.unpack_from("<16sI", info, at)
        assert size == 20 + 4 * count
        lists[service] = list(struct.unpack_from(f"<{count}I", info, at + 20))
    return lists


class Client(wire.Client):
    """One program at mbim-proxy.  transfer: it opens, and takes no longer messages."""

    def __init__(self, name, netns=None, device=None, transfer=65536):
        super().__init__(name, netns)
        self.joiner = Joiner()
        self.pieces = []  # every message and fragment as it came
        self.txn = 0
        if device:
            answer = self.answer(self.configure(device))
            assert (answer.type, answer.value) == (COMMAND_DONE, NONE)
        if transfer:
            assert self.open(transfer).value == NONE

    def next(self):
        self.txn += 1
        return self.txn

    def configure(self, path, **how):
        txn = self.next()
        self.send(configuration(txn, path, **how))
        return txn

    def open(self, transfer=4096):
        txn = self.next()
        self.send(short(OPEN, txn, transfer))
        return self.answer(txn)

    def shut(self):
        txn = self.next()
        self.send(short(CLOSE, txn))
        return self.answer(txn)

    def request(self, service, cmd, is_set=False, info=b"", txn=None):
        """Sends a command; its transaction id."""
        txn = self.next() if txn is None else txn
        self.send(command(txn, service, cmd, is_set, info))
        return txn

    def read(self):
        """The next whole message, whatever it is; None at the end of file."""
        while not self.ready:
            got = self.socket.recv(65536)
            if not got:
                assert not self.buffer, "ended within a message"
                return None
            self.buffer += got
            for piece in map(parse, cut(self.buffer)):
                self.pieces.append(piece)
                whole = self.joiner.add(piece)
                if whole:
                    self.ready.append(whole)
        return self.ready.pop(0)

    def answer(self, txn):
        """The answer to that request; what comes before it is put aside."""
        while True:
            message = self.read()
            assert message, "hung up"
            if message.txn == txn and message.type != INDICATE:
                return message
            self.aside.append(message)

    def ask(self, service, cmd, is_set=False, info=b""):
        return self.answer(self.request(service, cmd, is_set, info))

    def so_far(self):
        """All that came up to now, and was not asked for with ask()."""
        assert self.ask(BASIC, CAPS).type == COMMAND_DONE
        came, self.aside = self.aside, []
        return came

    def indications(self):
        return [(m.service, m.cmd) for m in self.so_far() if m.type == INDICATE]


class Function(wire.Modem):
    """A modem's MBIM function by script.

    OPEN and CLOSE are answered as they must be; every command is answered with success
    and the information that it carried, unless a test put something else in
    script[(service, cmd)]: a function of the command that gives bytes, a list of them,
    or None for silence; script[OPEN] is for OPEN.
    """

    def __init__(self, path, kind="seqpacket", transfer=4096):
        self.transfer = transfer  # of what it says
        self.is_open = False
        self.joiner = Joiner()
        self.sizes = []  # of all that came, as it came
        super().__init__(path, kind)

    def _hang_up(self):
        super()._hang_up()
        self.is_open = False
        self.joiner = Joiner()

    def _readable(self):
        got = os.read(self._peer, 65536)
        if not got:
            self._selector.unregister(self._peer)
            os.close(self._peer)
            self._peer = None
            return
        self._buffer += got
        for raw in cut(self._buffer):
            self.sizes.append(len(raw))
            whole = self.joiner.add(parse(raw))
            if whole:
                self._take(whole)

    def _take(self, request):
        with self._news:
            self.seen.append(request)
            self._news.notify_all()
        key = (request.service, request.cmd) if request.type == COMMAND else request.type
        answer = self.script.get(key, self.usual)
        answer = answer(request) if callable(answer) else answer
        for raw in [answer] if isinstance(answer, bytes) else answer or []:
            self._write(raw)

    def _write(self, raw):
        type = struct.unpack_from("<I", raw)[0]
        whole = type in WITH_BODY and struct.unpack_from("<II", raw, 12) == (1, 0)
        for piece in fragments(raw, self.transfer) if whole else [raw]:
            super()._write(piece)

    def usual(self, request):
        if request.type == OPEN:
            self.is_open = True
            return short(OPEN_DONE, request.txn, NONE)
        if request.type == CLOSE:
            self.is_open = False
            return short(CLOSE_DONE, request.txn, NONE)
        if request.type != COMMAND:
            return None
        if not self.is_open:
            return short(FUNCTION_ERROR, request.txn, NOT_OPENED)
        if (request.service, request.cmd) == (BASIC, CONNECT) and request.is_set:
            session, activate = struct.unpack_from("<II", request.info)
            return self.reply(request, info=connect_info(session, 1 if activate else 3))
        return self.reply(request, info=request.info)

    def reply(self, request, status=NONE, info=b""):
        return done(request.txn, request.service, request.cmd, status, info)

    def say(self, *raws):
        """Bytes that nobody asked for, as they are."""
        def send():
            for raw in raws:
                super(Function, self)._write(raw)
        self._call(send)

    def indicate(self, service, cmd, info=b""):
        self.say(indication(service, cmd, info))

    def wait(self, *wanted, count=1):
        """Waits until it was asked so: a predicate, a type, or service and command."""
        if callable(wanted[0]):
            return super().wait(wanted[0], count=count)
        if len(wanted) == 1:
            return super().wait(lambda m: m.type == wanted[0], count=count)
        return super().wait(lambda m: (m.service, m.cmd) == wanted, count=count)

    def wait_open(self, count=1):
        return self.wait(OPEN, count=count)

    def count(self, *wanted):
        with self._news:
            return sum((m.type,) == wanted or (m.service, m.cmd) == wanted
                       for m in self.seen)

    def subscriptions(self):
        """The lists it was sent, oldest first."""
        with self._news:
            return [subscribed(m.info) for m in self.seen
                    if (m.service, m.cmd) == (BASIC, SUBSCRIBE)]
