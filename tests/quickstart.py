# SPDX-License-Identifier: BSD-2-Clause
"""The main job on a simulated modem; started by quickstart.sh, which builds first."""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "scenario"))
from lab import Lab, LabError  # noqa: E402

APNS = ("internet", "ims", "m2m", "mgmt")
PING4, PING6 = "192.0.2.1", "2001:db8:ffff::1"  # in the network behind every APN
COLUMNS = {"qmi": ("PDN", "APN", "mux id", "device", "addresses", "DNS", "ping",
                   "online after", "round trips"),
           "mbim": ("PDN", "APN", "session", "device", "addresses", "DNS", "ping",
                    "online after", "round trips")}


def apn_of(number):
    return APNS[number - 1] if number <= len(APNS) else f"apn{number}"


def link_of(lab, number):
    """How the modem tells the PDN's packets from the others'."""
    return str(number) if lab.mode == "mbim" else f"0x{0x80 + number:02x}"


def write_config(lab, pdns):
    """One gateway in one file, as a user would write it."""
    path = os.path.join(lab.dir, "pdnmux.conf")
    with open(path, "w") as f:
        f.write(f'runtime_dir = "{lab.run_dir}";\n'
                f'modems = ( {{ name = "modem0"; device = "{lab.device()}"; '
                f'netdev = "wwan0"; protocol = "{lab.mode}"; }} );\npdns = (\n')
        f.write(",\n".join(
            f'  {{ name = "pdn{n}"; modem = "modem0"; apn = "{apn_of(n)}"; channel = {n}; '
            f'family = "ipv4v6"; metric = {100 + n}; '
            f'dns = "file:{lab.dir}/resolv.pdn{n}"; }}'
            for n in range(1, pdns + 1)))
        f.write("\n);\n")
    os.chmod(path, 0o600)
    return path


def name_servers(lab, number):
    try:
        with open(os.path.join(lab.dir, f"resolv.pdn{number}")) as f:
            return re.findall(r"^nameserver\s+(\S+)", f.read(), re.M)
    except OSError:
        return []


def row(lab, number, dialer, started):
    """One line of the table, and whether that PDN works."""
    line = lab.online(dialer)
    seconds = time.monotonic() - started
    device = line["device"]
    addresses = lab.addresses(device, 4) + lab.addresses(device, 6)
    pings = [lab.ping(device, PING4), lab.ping(device, PING6)]
    ok = len(addresses) == 2 and all(pings)
    return ok, (f"pdn{number}", apn_of(number), link_of(lab, number), device,
                " ".join(addresses) or "none", " ".join(name_servers(lab, number)),
                " ".join("ok" if p else "NO ANSWER" for p in pings),
                f"{seconds:.2f} s")


def print_table(columns, rows):
    widths = [max(len(r[i]) for r in [columns, *rows]) for i in range(len(columns))]
    for r in [columns, *rows]:
        print("  ".join(cell.ljust(w) for cell, w in zip(r, widths)).rstrip())


def dial_all(lab, pdns, latency):
    """One dialer after the other, so that each one's round trips are its own."""
    config = write_config(lab, pdns)
    rows, good = [], 0
    for number in range(1, pdns + 1):
        lab.control.ask("modem 0 mark")
        started = time.monotonic()
        dialer = lab.start(f"pdn{number}", "quectel-CM", "-c", config, f"pdn{number}")
        try:
            ok, cells = row(lab, number, dialer, started)
            trips = str(lab.control.stats()["round_trips"])
        except LabError as error:
            print(error, file=sys.stderr)
            ok, trips = False, "-"
            cells = (f"pdn{number}", apn_of(number), link_of(lab, number), "-", "none",
                     "", "-", "never")
        good += ok
        rows.append((*cells, trips))
    print_table(COLUMNS[lab.mode], rows)
    print(f"{good} of {pdns} PDNs online"
          + (f" (the modem answers after {latency} ms)" if latency else ""))
    return good == pdns


def say_how_to_look(lab):
    run = f"sudo ip netns exec {lab.netns}"
    tool = (f"mbimcli -p -d {lab.device()} --query-registration-state"
            if lab.mode == "mbim" else
            f"qmicli -p -d {lab.device()} --device-open-qmi --nas-get-serving-system")
    print(f"""
Left running.  To look around:
  {run} ip address            the PDNs' devices
  {run} ping -I wwan0_1 {PING4}
  {run} {tool}
  tail -f {lab.dir}/*.log
To end it: sudo kill {' '.join(str(p.pid) for p in reversed(lab.processes))}; \
sudo ip netns delete {lab.netns}; sudo rm -r {lab.dir}""")


def main():
    parser = argparse.ArgumentParser(prog="quickstart.sh")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--pdns", type=int, default=4, help="how many APNs (default 4)")
    parser.add_argument("--latency", type=int, default=0, metavar="MS",
                        help="how long the modem takes for an answer (default 0)")
    parser.add_argument("--mbim", dest="mode", action="store_const", const="mbim",
                        default="qmi", help="a modem in MBIM mode, and mbim-proxy")
    parser.add_argument("--keep", action="store_true", help="leave it running")
    args = parser.parse_args()
    if not 1 <= args.pdns <= 60:
        parser.error("--pdns: a number from 1 to 60")
    for signo in signal.SIGTERM, signal.SIGHUP:
        signal.signal(signo, lambda *_: sys.exit(1))
    lab = Lab(args.build)
    ok = False
    try:
        # each dialer has two client ids of WDS, and tools want some too
        lab.modem("--latency", str(args.latency), "--apns", str(max(args.pdns, 4)),
                  "--cids", str(min(max(64, 3 * args.pdns), 254)), tun=args.pdns,
                  mode=args.mode)
        lab.proxy()
        ok = dial_all(lab, args.pdns, args.latency)
    except (LabError, subprocess.CalledProcessError, json.JSONDecodeError) as error:
        print(f"quickstart: {error}", file=sys.stderr)
    finally:
        if args.keep and ok:
            say_how_to_look(lab)
        else:
            lab.close()
    # with --keep the programs live on without us: leave without waiting for them
    sys.stdout.flush()
    os._exit(0 if ok else 1)


if __name__ == "__main__":
    main()
