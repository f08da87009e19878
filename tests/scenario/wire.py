# SPDX-License-Identifier: BSD-2-Clause
"""QMI on the wire, for tests of the proxy that must see every byte.

Helpers that build and read QMUX frames, a client of the proxy that waits for what it
expects, and a modem that answers by script: it has CIDs and nothing else, remembers
all that it was asked, and keeps back, garbles or invents whatever a test wants.  What
must not come is shown by something that comes after it, never by waiting.

    python3 wire.py NAME    does the socket let us in?  (from another user)
"""
import contextlib
import ctypes
import os
import pty
import selectors
import socket
import struct
import sys
import threading
import time
import tty
from dataclasses import dataclass, field

DEADLINE = float(os.environ.get("PDNMUX_DEADLINE", "30"))
CTL, WDS, DMS, NAS, UIM, WDA = 0x00, 0x01, 0x02, 0x03, 0x0B, 0x1A
REQ, RSP, IND = 0, 1, 2
VERSION, ALLOCATE, RELEASE, REVOKE, SYNC = 0x21, 0x22, 0x23, 0x24, 0x27
PROXY_OPEN = 0xFF00
START, STOP, STATUS, BIND_MUX = 0x20, 0x21, 0x22, 0xA2
OK = 0
ABORTED, EXHAUSTED, INVALID_CID, NOT_READY = 4, 5, 7, 52


@dataclass(frozen=True)
class Message:
    """One frame, taken apart."""

    service: int
    cid: int
    kind: int
    txn: int
    id: int
    tlvs: dict = field(default_factory=dict)
    raw: bytes = b""

    @property
    def error(self):
        """Of a response: its QMI error, 0 for success."""
        return struct.unpack("<HH", self.tlvs[2])[1]

    @property
    def key(self):
        return self.service, self.cid, self.txn


def frame(service, cid, kind, txn, id, tlvs=None, error=None, from_modem=False):
    """A whole QMUX frame; error: its result TLV comes first."""
    parts = {} if error is None else {2: struct.pack("<HH", 1 if error else 0, error)}
    parts.update(tlvs or {})
    body = b"".join(struct.pack("<BH", t, len(v)) + v for t, v in parts.items())
    if service == CTL:
        sdu = struct.pack("<BBHH", kind, txn, id, len(body))
    else:
        sdu = struct.pack("<BHHH", kind << 1, txn, id, len(body))
    return struct.pack("<BHBBB", 1, 5 + len(sdu) + len(body),
                       0x80 if from_modem else 0, service, cid) + sdu + body


def parse(raw):
    _, _, _, service, cid = struct.unpack_from("<BHBBB", raw)
    if service == CTL:
        kind, txn, id, length = struct.unpack_from("<BBHH", raw, 6)
        at = 12
    else:
        kind, txn, id, length = struct.unpack_from("<BHHH", raw, 6)
        kind >>= 1
        at = 13
    assert at + length == len(raw), f"lengths disagree: {raw.hex(' ')}"
    tlvs = {}
    while at < len(raw):
        kind_of_tlv, length = struct.unpack_from("<BH", raw, at)
        tlvs[kind_of_tlv] = raw[at + 3:at + 3 + length]
        at += 3 + length
    return Message(service, cid, kind, txn, id, tlvs, raw)


def cut(buffer):
    """The whole frames at the start of buffer, which loses them."""
    frames = []
    while len(buffer) >= 3:
        assert buffer[0] == 1, f"no frame begins so: {bytes(buffer[:32]).hex(' ')}"
        length = struct.unpack_from("<H", buffer, 1)[0] + 1
        if len(buffer) < length:
            break
        frames.append(bytes(buffer[:length]))
        del buffer[:length]
    return frames


def until(holds):
    """Waits until that holds, giving way to those who can make it true."""
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline, "it did not come true"
        os.sched_yield()


def wait_for(sock, to_write):
    """Waits until the socket can be read, or written if asked so."""
    selector = selectors.DefaultSelector()
    selector.register(sock, selectors.EVENT_READ | (selectors.EVENT_WRITE * to_write))
    assert selector.select(DEADLINE), "nothing moves"
    selector.close()


class Ticks:
    """A timer that fires ten times a second, for so many seconds."""

    def __init__(self, seconds):
        self.end = time.monotonic() + seconds
        self.never = os.pipe()

    def wait(self):
        """False when it is over."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.never[0], selectors.EVENT_READ)
            selector.select(0.1)
        return time.monotonic() < self.end


def revoked(service, cid):
    """The bytes that tell a program of a dead CID (proxies.md 7.5)."""
    return bytes.fromhex("01 10 00 80 00 00 02 00 24 00 05 00 01 02 00") + \
        bytes((service, cid))


@contextlib.contextmanager
def inside(netns):
    """This thread is in that network namespace, where its sockets are made."""
    if netns is None:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)

    def enter(place):
        if libc.setns(place.fileno(), 0x40000000):  # CLONE_NEWNET
            raise OSError(ctypes.get_errno(), "setns")

    with open("/proc/thread-self/ns/net") as home, \
            open(f"/run/netns/{netns}") as there:
        enter(there)
        try:
            yield
        finally:
            enter(home)


class Client:
    """One program at the proxy.  name: "@abstract" or a path."""

    def __init__(self, name, netns=None, device=None):
        with inside(netns):
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(DEADLINE)
        self.socket.connect(name.replace("@", "\0", 1))
        self.buffer = bytearray()
        self.ready = []
        self.aside = []
        self.txn = 0
        if device:
            assert self.open(device).error == OK

    def fileno(self):
        return self.socket.fileno()

    def send(self, raw):
        self.socket.sendall(raw)

    def request(self, service, cid, id, tlvs=None, txn=None):
        """Sends a request; its transaction id."""
        if txn is None:
            self.txn = txn = self.txn % 255 + 1
        self.send(frame(service, cid, REQ, txn, id, tlvs))
        return txn

    def read(self):
        """The next message, whatever it is; None at the end of file."""
        while not self.ready:
            got = self.socket.recv(65536)
            if not got:
                assert not self.buffer, "ended within a frame"
                return None
            self.buffer += got
            self.ready = [parse(raw) for raw in cut(self.buffer)]
        return self.ready.pop(0)

    def answer(self, service, cid, txn):
        """The answer to that request; what comes before it is put aside."""
        while True:
            message = self.read()
            assert message, "hung up"
            if message.kind == RSP and message.key == (service, cid, txn):
                return message
            self.aside.append(message)

    def ask(self, service, cid, id, tlvs=None):
        return self.answer(service, cid, self.request(service, cid, id, tlvs))

    def open(self, path):
        return self.ask(CTL, 0, PROXY_OPEN, {1: path.encode()})

    def allocate(self, service):
        answer = self.ask(CTL, 0, ALLOCATE, {1: bytes((service,))})
        assert answer.error == OK and answer.tlvs[1][0] == service
        return answer.tlvs[1][1]

    def release(self, service, cid):
        return self.ask(CTL, 0, RELEASE, {1: bytes((service, cid))})

    def so_far(self):
        """All that came up to now, and was not asked for with ask()."""
        assert self.ask(CTL, 0, VERSION).error == OK
        came, self.aside = self.aside, []
        return came

    def is_closed(self):
        """Waits for the end of the connection; what came before is put aside."""
        try:
            while True:
                message = self.read()
                if message is None:
                    return True
                self.aside.append(message)
        except ConnectionResetError:
            return True

    def close(self):
        self.socket.close()


class Modem:
    """A modem by script on a packet or stream socket, or a terminal.

    Every request is answered with success and what it carried in TLV 0x10, unless a
    test put something else in script[(service, id)]: a function of the request that
    gives frames, a list of them, or None for silence.
    """

    def __init__(self, path, kind="seqpacket", pool=4):
        self.path = path
        self.kind = kind
        self.pool = pool
        self.script = {}
        self.seen = []
        self.held = []
        self.cids = {}
        self.garbage = 0
        self.is_reading = True
        self._news = threading.Condition()
        self._selector = selectors.DefaultSelector()
        self._wake_out, self._wake_in = os.pipe()
        self._selector.register(self._wake_out, selectors.EVENT_READ, self._woken)
        self._todo = []
        self._listener = self._peer = self._slave = None
        self._running = True
        self._buffer = bytearray()
        self.appear()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    # coming and going -----------------------------------------------------------------

    def appear(self):
        if self.kind == "pty":
            master, self._slave = pty.openpty()
            tty.setraw(self._slave)
            temporary = self.path + ".new"
            os.symlink(os.ttyname(self._slave), temporary)
            os.rename(temporary, self.path)
            self._do(lambda: self._connected(master))
            return
        kind = socket.SOCK_STREAM if self.kind == "stream" else socket.SOCK_SEQPACKET
        self._listener = socket.socket(socket.AF_UNIX, kind)
        self._listener.bind(self.path)
        self._listener.listen(4)
        listener = self._listener
        self._do(lambda: self._selector.register(
            listener, selectors.EVENT_READ, self._accept))

    def vanish(self):
        """The device is gone, and so is its name."""
        os.unlink(self.path)
        self._call(self._hang_up)

    def _hang_up(self):
        for one in (self._listener, self._peer):
            if one is not None:
                with contextlib.suppress(KeyError, ValueError):
                    self._selector.unregister(one)
        for one in (self._peer, self._slave):
            if one is not None:
                os.close(one)
        if self._listener:
            self._listener.close()
        self._listener = self._peer = self._slave = None
        self.cids.clear()
        self.held.clear()
        self._buffer.clear()

    def close(self):
        with contextlib.suppress(FileNotFoundError):
            self.vanish()
        self._do(lambda: setattr(self, "_running", False))
        self._thread.join(DEADLINE)

    # its thread -----------------------------------------------------------------------

    def _do(self, what):
        self._todo.append(what)
        os.write(self._wake_in, b".")

    def _call(self, what):
        """On the modem's thread, and wait for it."""
        done = threading.Event()

        def run():
            what()
            done.set()

        self._do(run)
        assert done.wait(DEADLINE), "the scripted modem hangs"

    def _woken(self):
        os.read(self._wake_out, 4096)
        while self._todo:
            self._todo.pop(0)()

    def _run(self):
        while self._running:
            for key, _ in self._selector.select():
                if key.fileobj in self._selector.get_map():
                    key.data()

    def _accept(self):
        peer, _ = self._listener.accept()
        self._connected(peer.detach())

    def _connected(self, fd):
        if self._peer is not None:
            self._selector.unregister(self._peer)
            os.close(self._peer)
        self._peer = fd
        self._buffer.clear()
        if self.is_reading:
            self._selector.register(fd, selectors.EVENT_READ, self._readable)
        with self._news:
            self._news.notify_all()

    def stop_reading(self):
        """It is stuck: takes nothing more from the host."""
        def stop():
            self.is_reading = False
            self._selector.unregister(self._peer)
        self._call(stop)

    def _readable(self):
        got = os.read(self._peer, 65536)
        if not got:
            self._selector.unregister(self._peer)
            os.close(self._peer)
            self._peer = None
            return
        self._buffer += got
        if self.kind == "seqpacket":  # one message is one packet
            assert len(cut(bytearray(got))) == 1, got.hex(" ")
        for raw in cut(self._buffer):
            self._take(parse(raw))

    def _take(self, request):
        with self._news:
            self.seen.append(request)
            self._news.notify_all()
        answer = self.script.get((request.service, request.id), self.usual)
        answer = answer(request) if callable(answer) else answer
        for raw in [answer] if isinstance(answer, bytes) else answer or []:
            self._write(raw)

    def _write(self, raw):
        if self._peer is not None:
            os.write(self._peer, raw)

    # what it says ---------------------------------------------------------------------

    def reply(self, request, error=OK, tlvs=None):
        return frame(request.service, request.cid, RSP, request.txn, request.id, tlvs,
                     error, from_modem=True)

    def usual(self, request):
        service, id = request.service, request.id
        if (service, id) == (CTL, SYNC):
            self.cids.clear()
        elif (service, id) == (CTL, ALLOCATE):
            return self._allocate(request)
        elif (service, id) == (CTL, RELEASE):
            pair = tuple(request.tlvs[1])
            if pair[1] not in self.cids.get(pair[0], ()):
                return self.reply(request, INVALID_CID)
            self.cids[pair[0]].remove(pair[1])
            return self.reply(request, OK, {1: request.tlvs[1]})
        elif service != CTL and request.cid not in self.cids.get(service, ()):
            return self.reply(request, INVALID_CID)
        return self.reply(request, OK, {t: v for t, v in request.tlvs.items()
                                        if t == 0x10})

    def _allocate(self, request):
        service = request.tlvs[1][0]
        used = self.cids.setdefault(service, set())
        free = [n for n in range(1, self.pool + 1) if n not in used]
        if not free:
            return self.reply(request, EXHAUSTED)
        used.add(free[0])
        return self.reply(request, OK, {1: bytes((service, free[0]))})

    def keep(self, service, id):
        """Answers to that message are made, but kept back until let_go()."""
        def hold(request):
            self.held.append(self.usual(request))
        self.script[(service, id)] = hold

    def let_go(self, order=None):
        """What was kept back comes now; order: of the list, reversed or so."""
        def send():
            self.script.clear()
            frames = list(order(self.held) if order else self.held)
            self.held.clear()
            for raw in frames:
                self._write(raw)
        self._call(send)

    def say(self, *raws):
        """Bytes that nobody asked for."""
        def send():
            for raw in raws:
                self._write(raw)
        self._call(send)

    def indicate(self, service, cid, id, tlvs=None):
        self.say(frame(service, cid, IND, 0, id, tlvs, from_modem=True))

    # what it saw ----------------------------------------------------------------------

    def wait(self, *wanted, count=1):
        """Waits until it was asked so: a predicate, or service and message id."""
        is_it = wanted[0] if callable(wanted[0]) else \
            lambda m: (m.service, m.id) == wanted
        deadline = time.monotonic() + DEADLINE
        with self._news:
            while True:
                found = [m for m in self.seen if is_it(m)]
                if len(found) >= count:
                    return found
                left = deadline - time.monotonic()
                assert left > 0, f"{len(found)} of {count} messages came"
                self._news.wait(left)

    def wait_synced(self, count=1):
        return self.wait(CTL, SYNC, count=count)

    def count(self, service, id):
        with self._news:
            return sum((m.service, m.id) == (service, id) for m in self.seen)

    def open_cids(self):
        return {s: sorted(c) for s, c in self.cids.items() if c}


def probe(name):
    """Prints "in" when the socket talks to us, "out" when it does not."""
    try:
        one = Client(name)
        one.request(CTL, 0, VERSION)
        print("in" if one.read() else "out")
    except OSError:
        print("out")


if __name__ == "__main__":
    probe(sys.argv[1])
