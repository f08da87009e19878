# SPDX-License-Identifier: BSD-2-Clause
"""Unplugs and resets under live PDNs: all is back each time, nothing has leaked.

Fifty of each; PDNMUX_CYCLES says otherwise.  The modem takes 10 ms for an answer, so
that round trips can be told apart.
"""
import os
import time

from guest import COMMON4

PDNS = 4
CYCLES = int(os.environ.get("PDNMUX_CYCLES", "50"))
WAYS = ("usb", "bus")


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


def once(guest, how, dialers):
    """One unplug or reset; the seconds from the plug, or the reset, to all online."""
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
    return time.monotonic() - begin


def all_come_back(guest, how):
    guest.usb_modem("--latency", "10")
    proxy = guest.proxy()
    dialers, devices = guest.dial_config(guest.config(PDNS), PDNS)
    programs = [proxy, *dialers]
    once(guest, how, dialers)  # warms what is kept
    assert guest.ping(devices[0], COMMON4, timeout=20)
    before = take_stock(guest, programs)
    memory = [resident_kib(p) for p in programs]
    times = []
    for cycle in range(CYCLES):
        times.append(once(guest, how, dialers))
        assert guest.ping(devices[cycle % PDNS], COMMON4, timeout=20)
        assert take_stock(guest, programs) == before, f"cycle {cycle}"
    grown = [resident_kib(p) - m for p, m in zip(programs, memory)]
    assert max(grown) <= 512, grown
    trips = guest.control.stats()["round_trips"]
    times.sort()
    print(f"\nFIGURE {guest.protocol} {how}: {CYCLES} cycles, {PDNS} PDNs online again "
          f"after {1000 * times[len(times) // 2]:.0f} ms (median, worst "
          f"{1000 * times[-1]:.0f} ms), {trips} round trips, memory grown {grown} KiB")
