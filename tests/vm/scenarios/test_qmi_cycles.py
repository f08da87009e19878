# SPDX-License-Identifier: BSD-2-Clause
"""Unplugs and resets under four live PDNs: all is back each time, nothing has leaked.

Fifty of each; PDNMUX_CYCLES says otherwise.  The modem takes 10 ms for an answer, so
that round trips can be told apart.
"""
import os
import time

import pytest

from guest import COMMON4

PDNS = 4
CYCLES = int(os.environ.get("PDNMUX_CYCLES", "50"))


def resident_kib(process):
    with open(f"/proc/{process.pid}/status") as f:
        return int(next(l for l in f if l.startswith("VmRSS")).split()[1])


def take_stock(guest, programs):
    return {
        "descriptors": [guest.descriptors(p) for p in programs],
        "links": guest.links(),
        "calls": len(guest.calls()),
        "cids": guest.open_cids(),
    }


@pytest.mark.parametrize("how", ("usb", "bus"))
def test_all_come_back(guest, how):
    guest.usb_modem("--latency", "10")
    proxy = guest.proxy()
    path = guest.config(PDNS)
    dialers, devices = guest.dial_config(path, PDNS)
    programs = [proxy, *dialers]
    before = after = None
    memory = times = None
    for cycle in range(CYCLES + 1):
        marks = [d.mark() for d in dialers]
        guest.control.ask("modem 0 mark")
        if how == "usb":
            guest.control.ask("modem 0 usb unplug")
            for d, mark in zip(dialers, marks):
                d.wait_line(r"-> (CLOSING|WAITING)", mark)
            begin = time.monotonic()
            guest.control.ask("modem 0 usb plug")
        else:
            begin = time.monotonic()
            guest.control.ask("modem 0 reset bus 50")
        for dialer, mark in zip(dialers, marks):
            guest.online(dialer, since=mark, timeout=90)
        seconds = time.monotonic() - begin
        assert guest.ping(devices[cycle % PDNS], COMMON4, timeout=20)
        after = take_stock(guest, programs)
        if cycle == 0:  # the first one warms what is kept
            before, times = after, []
            memory = [resident_kib(p) for p in programs]
            continue
        times.append(seconds)
        assert after == before, f"cycle {cycle}"
    grown = [resident_kib(p) - m for p, m in zip(programs, memory)]
    assert max(grown) <= 512, grown
    trips = guest.control.stats()["round_trips"]
    times.sort()
    print(f"\nFIGURE {how}: {CYCLES} cycles, {PDNS} PDNs online again after "
          f"{1000 * times[len(times) // 2]:.0f} ms (median, worst "
          f"{1000 * times[-1]:.0f} ms), {trips} round trips, memory grown {grown} KiB")
