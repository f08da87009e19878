# SPDX-License-Identifier: BSD-2-Clause
"""What dialing costs on the simulated modem: round trips, messages, time, memory.

Round trips and messages are counted by the modem from the moment before the first
dialer starts to the moment when the last one has configured its addresses.
"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                os.pardir, "scenario"))
from lab import Lab  # noqa: E402

APNS = ("internet", "ims", "m2m", "mgmt")
MODES = ("qmi", "mbim")


def apn(number):
    return APNS[number - 1] if number <= len(APNS) else f"apn{number}"


def start_all(lab, pdns):
    return [lab.dialer(n, apn(n), "-4", "-6", name=f"cm{n}-{time.monotonic_ns()}")
            for n in range(1, pdns + 1)]


def dial(lab, pdns):
    """Dials all at once; what the modem counted, and the seconds it took."""
    lab.control.ask("modem 0 mark")
    begin = time.monotonic()
    dialers = start_all(lab, pdns)
    for d in dialers:
        lab.online(d)
    seconds = time.monotonic() - begin
    stats = lab.control.stats()
    return dialers, {
        "round_trips": stats["round_trips"], "requests": stats["requests"],
        "responses": stats["responses"], "indications": stats["indications"],
        "requests_per_pdn": round(stats["requests"] / pdns, 1),
        "seconds": round(seconds, 3)}


def stop_all(dialers):
    for d in dialers:
        d.stop()


def resident(pid):
    """Resident and proportional memory of one process, KiB."""
    wanted = {"Rss:": "rss_kib", "Pss:": "pss_kib", "Private_Dirty:": "dirty_kib"}
    with open(f"/proc/{pid}/smaps_rollup") as f:
        rows = [line.split() for line in f]
    return {wanted[r[0]]: int(r[1]) for r in rows if r[0] in wanted}


class DialBench:
    def __init__(self, build, emit, latency_ms):
        self.build = build
        self.emit = emit
        self.latency_ms = latency_ms

    def lab(self, mode, pdns):
        lab = Lab(self.build)
        lab.modem("--latency", str(self.latency_ms), "--apns", str(max(pdns, 4)),
                  tun=pdns, mode=mode)
        return lab

    def one(self, mode, pdns):
        """
        Cold: the modem has its power-on format (QMI), or is opened by the proxy for
        the first dialer (MBIM).  Warm: everything is settled.
        """
        lab = self.lab(mode, pdns)
        try:
            lab.proxy()
            seconds = {}
            for warmth in ("cold", "warm"):
                dialers, row = dial(lab, pdns)
                self.emit(bench="dial", protocol=mode, pdns=pdns, start=warmth,
                          latency_ms=self.latency_ms, **row)
                seconds[warmth] = row["seconds"]
                stop_all(dialers)
            return seconds
        finally:
            lab.close()

    def run(self):
        for mode in MODES:
            one, eight = self.one(mode, 1), self.one(mode, 8)
            self.emit(bench="dial-ratio", protocol=mode, latency_ms=self.latency_ms,
                      **{f"eight_vs_one_{w}": round(eight[w] / one[w], 3) for w in one})

    def memory(self):
        for mode in MODES:
            self.memory_of(mode)

    def memory_of(self, mode):
        lab = self.lab(mode, 8)
        program = f"{mode}-proxy"
        try:
            proxy = lab.proxy()
            self.emit(bench="memory", program=program, clients=0, **resident(proxy.pid))
            dialers, _ = dial(lab, 8)
            self.emit(bench="memory", program=program, clients=8, **resident(proxy.pid))
            self.emit(bench="memory", program="quectel-CM", protocol=mode, clients=8,
                      **resident(dialers[0].pid))
            stop_all(dialers)
        finally:
            lab.close()
