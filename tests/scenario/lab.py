# SPDX-License-Identifier: BSD-2-Clause
"""One gateway in a box: a network namespace with a modem, a proxy and dialers.

Everything is waited for by an event with a deadline: a line that a program prints, its
readiness message, its end, or an answer of the modem's control socket.  Nothing here
sleeps.  Used by the scenario tests and by tests/quickstart.sh.
"""
import contextlib
import io
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

DEADLINE = float(os.environ.get("PDNMUX_DEADLINE", "30"))
_numbers = itertools.count()


class LabError(Exception):
    """Something did not happen in time, or a program failed; says what and shows logs."""


class Process:
    """A program whose output lines are kept and can be waited for.

    With a log, tee writes it: a program that outlives us goes on logging there.
    """

    def __init__(self, name, argv, env=None, log=None, cwd=None):
        self.name = name
        self.lines = []
        self._ended = False
        self._news = threading.Condition()
        self._tee = subprocess.Popen(
            ["tee", "-i", "-p", "-a", log], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) if log else None
        self._popen = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL,
            stdout=self._tee.stdin if self._tee else subprocess.PIPE,
            stderr=subprocess.STDOUT, env=env, cwd=cwd)
        if self._tee:
            self._tee.stdin.close()
        self._out = io.TextIOWrapper(
            self._tee.stdout if self._tee else self._popen.stdout, errors="replace")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self):
        return self._popen.pid

    def _read(self):
        for line in self._out:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def mark(self):
        """A place in the output to wait from."""
        with self._news:
            return len(self.lines)

    def wait_line(self, pattern, since=0, timeout=DEADLINE):
        """The match of the first line from since on that holds pattern."""
        want = re.compile(pattern)
        deadline = time.monotonic() + timeout
        with self._news:
            while True:
                for line in self.lines[since:]:
                    found = want.search(line)
                    if found:
                        return found
                since = len(self.lines)
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    break
                self._news.wait(left)
        raise LabError(f"{self.name}: no line like {pattern!r} "
                       f"{'before it ended' if self._ended else f'in {timeout} s'}; "
                       "its output ends:\n" + self.tail())

    def tail(self, count=30):
        return "\n".join(f"    {self.name}: {l}" for l in self.lines[-count:])

    def poll(self):
        return self._popen.poll()

    def wait(self, timeout=DEADLINE):
        """Its exit status; negative: the signal that ended it."""
        try:
            status = self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise LabError(f"{self.name} does not end:\n{self.tail()}") from None
        self._reader.join(timeout)
        if self._tee:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._tee.wait(timeout)
        return status

    def kill(self, signo=signal.SIGKILL):
        self._popen.send_signal(signo)

    def stop(self, timeout=DEADLINE):
        """TERM, and its exit status."""
        if self.poll() is None:
            self.kill(signal.SIGTERM)
        return self.wait(timeout)


class Control:
    """The simulated modem's control socket: one command a line, one answer a line."""

    def __init__(self, path, timeout=DEADLINE):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.file = self.socket.makefile("rw", newline="\n")

    def ask(self, command, timeout=DEADLINE):
        """What follows "ok"; an "error" raises."""
        self.socket.settimeout(timeout)
        self.file.write(command + "\n")
        self.file.flush()
        answer = self.file.readline().rstrip("\n")
        if not answer.startswith("ok"):
            raise LabError(f"modem: {command!r}: {answer or 'hung up'}")
        return answer[2:].strip()

    def stats(self, modem=0):
        return json.loads(self.ask(f"modem {modem} stats"))

    def close(self):
        self.file.close()
        self.socket.close()


class Readiness:
    """Hears READY=1 of one program (sd_notify)."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)

    def wait(self, process, timeout=DEADLINE):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and process.poll() is None:
            self.socket.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                if b"READY=1" in self.socket.recv(4096).split(b"\n"):
                    return
        raise LabError(f"{process.name} does not become ready:\n{process.tail()}")

    def close(self):
        self.socket.close()
        os.unlink(self.path)


class Lab:
    """The namespace, the directory, and the processes in them."""

    def __init__(self, build, name=None):
        self.build = os.path.abspath(build)
        self.netns = self.make_netns(name)
        self.dir = tempfile.mkdtemp(prefix="pdnmux-")
        self.run_dir = os.path.join(self.dir, "run")
        os.mkdir(self.run_dir)
        self.processes = []
        self.control = None
        self.mode = "qmi"     # or "mbim": what modem() was told
        self.foreign = False  # libmbim's proxy, on the modem's terminal
        self._number = itertools.count()

    @staticmethod
    def make_netns(name):
        name = name or f"pdnmux-{os.getpid()}-{next(_numbers)}"
        subprocess.run(["ip", "netns", "add", name], check=True)
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        return name

    def remove_netns(self):
        subprocess.run(["ip", "netns", "delete", self.netns], check=False)

    # programs -----------------------------------------------------------------------

    def program(self, name):
        path = os.path.join(self.build, name)
        return path if os.path.exists(path) else name

    def inside(self, argv):
        return ["ip", "netns", "exec", self.netns, *argv]

    def call(self, *argv, timeout=DEADLINE, check=True, env=None):
        """Runs a short command inside; its output."""
        done = subprocess.run(
            self.inside([self.program(argv[0]), *argv[1:]]), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", timeout=timeout, env=env, cwd=self.dir)
        if check and done.returncode:
            raise LabError(f"{' '.join(argv)}: exit {done.returncode}:\n{done.stdout}")
        return done.stdout

    def start(self, name, *argv, env=None):
        """In a directory of its own: libqmi's proxy removes a file "qmi-proxy"."""
        log = os.path.join(self.dir, f"{name}.log")
        process = Process(name, self.inside([self.program(argv[0]), *argv[1:]]),
                          env={**os.environ, **(env or {})}, log=log, cwd=self.dir)
        self.processes.append(process)
        return process

    def modem(self, *options, count=1, tun=4, mode="qmi"):
        """The simulated modem, answering on its sockets."""
        self.mode = mode
        process = self.start(
            "modem", "tests/modem/pdnmux-modem", "--dir", self.dir, "--mode", mode,
            "--modems", str(count), "--tun", str(tun), *options)
        process.wait_line(r"^ready")
        self.control = Control(os.path.join(self.dir, "control"))
        return process

    def device(self, modem=0):
        return os.path.join(self.dir, f"modem{modem}.{self.mode}")

    def tty(self, modem=0):
        return os.path.join(self.dir, f"modem{modem}.tty")

    def proxy(self, *options, devices=None):
        """Our proxy, ready.  devices: paths; default the first modem's socket."""
        ready = Readiness(os.path.join(self.dir, f"notify-{next(self._number)}"))
        name = f"{self.mode}-proxy"
        argv = [name, "--runtime-dir", self.run_dir]
        for device in devices if devices is not None else [self.device()]:
            argv += ["-d", device]
        process = self.start(name, *argv, *options, env={"NOTIFY_SOCKET": ready.path})
        ready.wait(process)
        ready.close()
        return process

    def libmbim_proxy(self):
        """The proxy of Debian's package; dialers then go to the modem's terminal."""
        self.foreign = True
        process = self.start("libmbim-proxy", "stdbuf", "-oL",
                             "/usr/libexec/mbim-proxy", "--no-exit",
                             "--verbose-full")
        process.wait_line(r"proxy will remain running")
        return process

    def control_device(self, modem=0):
        """What the dialers name as their device."""
        return self.tty(modem) if self.foreign else self.device(modem)

    def dialer(self, channel, apn, *options, modem=0, name=None):
        """quectel-CM for one PDN, started but not waited for.  apn None: no -s."""
        argv = ["--runtime-dir", self.run_dir, "--device", self.control_device(modem),
                "-i", f"wwan{modem}", "-n", str(channel), "-D", *options]
        if apn is not None:
            argv += ["-s", apn]
        if self.foreign:
            argv += ["-p", "mbim-proxy"]
        elif self.mode == "mbim":
            argv += ["--protocol", "mbim"]
        return self.start(name or f"cm{modem}.{channel}", "quectel-CM", *argv)

    @staticmethod
    def online(dialer, since=0, timeout=DEADLINE):
        """Waits until that dialer says it is online; the line's match."""
        return dialer.wait_line(r"\] online: (?P<device>\S+)", since, timeout)

    # what the kernel has --------------------------------------------------------------

    def addresses(self, device, family=4):
        """Global addresses of a device, as "a.b.c.d/len"."""
        out = self.call("ip", "-json", f"-{family}", "address", "show", "dev", device)
        return [f"{a['local']}/{a['prefixlen']}" for link in json.loads(out)
                for a in link.get("addr_info", []) if a.get("scope") == "global"]

    def ping(self, device, address, count=1, timeout=5):
        """True when address answers through device."""
        family = "-6" if ":" in address else "-4"
        done = subprocess.run(
            self.inside(["ping", family, "-n", "-q", "-c", str(count), "-W",
                         str(timeout), "-I", device, address]),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return done.returncode == 0

    # the end --------------------------------------------------------------------------

    def sanitizer_reports(self):
        """What a sanitizer said in any program's output, from its first line on."""
        found = []
        for process in self.processes:
            for n, line in enumerate(process.lines):
                if "Sanitizer" in line or "runtime error:" in line:
                    found += [f"{process.name}: {l}" for l in process.lines[n:n + 40]]
                    break
        return found

    def logs(self):
        return "\n".join(p.tail() for p in self.processes if p.lines)

    def end(self, process):
        with contextlib.suppress(LabError, ProcessLookupError):
            process.stop(15)
        if process.poll() is None:
            process.kill()

    def close(self):
        """Ends all that was started, newest first, and removes every trace."""
        for process in reversed(self.processes):
            self.end(process)
        if self.control:
            self.control.close()
        self.remove_netns()
        shutil.rmtree(self.dir, ignore_errors=True)
