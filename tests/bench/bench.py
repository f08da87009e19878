# SPDX-License-Identifier: BSD-2-Clause
"""Runs the benchmarks and prints JSON lines; see run.sh.

proxy   processor time per request and latency of our qmi-proxy and mbim-proxy, of a bare
        relay, and of libqmi's and libmbim's proxy, on the same answering PTY modem
cost    system calls and allocations per request, by the difference of two runs of
        different length, so that start-up does not count
dial    round trips, messages and time from the start of 1 and of 8 dialers to their
        configured addresses, over QMI and over MBIM, on a modem that takes 50 ms for
        each answer
memory  resident memory of the programs with 8 PDNs up
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

from dial import DialBench

# protocol -> the library whose proxy ours is compared with
FOREIGN = {"qmi": "libqmi", "mbim": "libmbim"}
CLIENTS = (1, 16, 64, 200)
WINDOWS = (1, 8)


def emit(**fields):
    print(json.dumps(fields), flush=True)


class Failed(Exception):
    """The program under load ended, or left requests without an answer."""


class Bench:
    def __init__(self, build, quick):
        self.build = build
        self.rounds = 1 if quick else 3
        self.requests = 4000 if quick else 20000
        self.work = tempfile.mkdtemp(prefix="pdnmux-bench-")

    def path(self, name):
        return os.path.join(self.build, name)

    def programs(self, protocol):
        """name -> (socket, command); %D is the device."""
        socket = f"@{protocol}-proxy"
        return {
            "relay": ("@bench-relay", [self.path("tests/bench/bench-relay"), protocol,
                                       "%D", "@bench-relay"]),
            "pdnmux": (socket, [self.path(f"{protocol}-proxy"), "--runtime-dir",
                                self.work, "-d", "%D"]),
            FOREIGN[protocol]: (socket, [f"/usr/libexec/{protocol}-proxy", "--no-exit"]),
        }

    def load(self, protocol, name, clients, window, requests, wrap=(), env=None):
        socket, command = self.programs(protocol)[name]
        argv = [self.path("tests/bench/bench-load"), "-p", protocol, "-c", str(clients),
                "-w", str(window), "-n", str(requests), "-s", socket, "-t", name,
                "--", *wrap, *command]
        done = subprocess.run(argv, stdout=subprocess.PIPE, env=env, timeout=300,
                              stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise Failed(f"{name}: {done.stderr.strip()[-400:]}")
        lines = [l for l in done.stdout.splitlines() if l.startswith('{"program"')]
        return json.loads(lines[-1])

    def proxy(self):
        for protocol in FOREIGN:
            for clients in CLIENTS:
                for window in WINDOWS:
                    try:
                        self.proxy_at(protocol, clients, window)
                    except Failed as e:
                        if not str(e).startswith(FOREIGN[protocol]):
                            raise
                        emit(bench="proxy", protocol=protocol, clients=clients,
                             window=window, program=FOREIGN[protocol], failed=str(e))

    def proxy_at(self, protocol, clients, window):
        rows = {name: [] for name in self.programs(protocol)}
        for _ in range(self.rounds):
            for name in rows:
                rows[name].append(self.load(protocol, name, clients, window,
                                            self.requests))
        mid = {}
        for name, runs in rows.items():
            mid[name] = {key: statistics.median(r[key] for r in runs)
                         for key in ("cpu_us_per_request", "latency_us_p50",
                                     "latency_us_p99", "requests_per_s", "rss_kib")}
            emit(bench="proxy", protocol=protocol, program=name, clients=clients,
                 window=window, requests=self.requests, rounds=self.rounds, **mid[name])
        ours = mid["pdnmux"]
        emit(bench="proxy-ratio", protocol=protocol, clients=clients, window=window,
             **{f"{what}_vs_{other}": round(ours[key] / mid[other][key], 3)
                for other in ("relay", FOREIGN[protocol])
                for what, key in (("cpu", "cpu_us_per_request"),
                                  ("latency", "latency_us_p50"))})

    def cost(self):
        for protocol in FOREIGN:
            for name in self.programs(protocol):
                for clients, window in ((1, 1), (1, 8), (16, 8)):
                    self.cost_of(protocol, name, clients, window)

    def cost_of(self, *what):
        protocol, program, clients, window = what
        emit(bench="cost", protocol=protocol, program=program, clients=clients,
             window=window,
             syscalls_per_request=self.per_request(
                 lambda n: self.syscalls(*what, n), 500),
             allocations_per_request=self.per_request(
                 lambda n: self.mallocs(*what, n), 1000))

    @staticmethod
    def per_request(count, n):
        return round((count(3 * n) - count(n)) / (2 * n), 3)

    def syscalls(self, protocol, name, clients, window, n):
        out = os.path.join(self.work, "strace")
        self.load(protocol, name, clients, window, n,
                  wrap=["strace", "-f", "-c", "-U", "calls,name", "-o", out])
        with open(out) as f:
            for line in f:
                if line.split()[-1:] == ["total"]:
                    return int(line.split()[0])
        raise RuntimeError("strace printed no total")

    def mallocs(self, protocol, name, clients, window, n):
        out = os.path.join(self.work, "mallocs")
        env_args = ["env", f"BENCH_MALLOCS={out}",
                    "LD_PRELOAD=" + self.path("tests/bench/bench-mallocs.so")]
        self.load(protocol, name, clients, window, n, wrap=env_args)
        with open(out) as f:
            return int(f.read())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("parts", nargs="*")
    args = parser.parse_args()
    bench = Bench(args.build, args.quick)
    parts = {"proxy": bench.proxy, "cost": bench.cost,
             "dial": DialBench(args.build, emit, 50).run,
             "memory": DialBench(args.build, emit, 0).memory}
    for name in args.parts:
        if name not in parts:
            sys.exit(f"run.sh: no part called {name}: {', '.join(parts)}")
    for name in args.parts or parts:
        parts[name]()


if __name__ == "__main__":
    main()
