#!/usr/bin/env python3
"""Promise: mails taken in durably (the 250 after the commit), beside Postfix alone on the same machine. bench/inbound.py [mails] [engine]

smtp-source with 20 sessions, 4 KB mails, a new connection for each mail and with connections kept (-d); Postfix discards what it has
queued, so that only its acceptance is measured. Interleaved, three rounds; the best of each is compared.
The spool is handled meanwhile (parsed, told apart, written), which is part of the CPU."""
import subprocess
import sys
import tempfile
import time

from common import Bench, fsync_latency, free_port, machine
from support.parts import Postfix

mails = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
engines = sys.argv[2:] or ["sqlite", "postgresql"]
ROUNDS = 3


def load(port, recipient, *options):
    start = time.perf_counter()
    subprocess.run(["smtp-source", *options, "-s", "20", "-m", str(mails), "-l", "4096", "-f", "a@bench.test", "-t", recipient, f"inet:127.0.0.1:{port}"], check=True)
    return mails / (time.perf_counter() - start)


print(machine())
with tempfile.TemporaryDirectory() as folder:
    print("fdatasync of 4 KiB: median %.2f ms, p99 %.2f ms" % fsync_latency(folder))
for engine in engines:
    smtp = free_port()
    bench = Bench(engine, extra=f"[inbound]\nsmtp_listen = \"127.0.0.1:{smtp}\"\nbounce_domain = \"bounces.test\"\n")
    postfix = Postfix(bench.folder / "postfix", {"dest.test": "discard:"}, "in_flow_delay = 0\nsmtpd_client_connection_count_limit = 0")
    bench.start()
    best = {}
    for round_ in range(ROUNDS):
        for what, options in (("a connection each", ()), ("connections kept", ("-d",))):
            for who, port, to in (("postfix", postfix.port, "b@dest.test"), ("rapport", smtp, "postmaster@bounces.test")):
                cpu = bench.cpu_seconds()
                rate = load(port, to, *options)
                best[who, what] = max(best.get((who, what), 0), rate)
                cpu_each = (bench.cpu_seconds() - cpu) / mails * 1e6 if who == "rapport" else 0
                print(f"{engine:11s} round {round_ + 1} {what:18s} {who:8s} {rate:7.0f} mails/s" + (f"  {cpu_each:.0f} us of CPU each" if cpu_each else ""), flush=True)
    for what in ("a connection each", "connections kept"):
        print(f"{engine:11s} {what}: {best['rapport', what]:.0f}/s beside Postfix's {best['postfix', what]:.0f}/s: {best['rapport', what] / best['postfix', what]:.2f} times")
    print("            resident %.0f MiB, of its own %.0f MiB" % bench.memory())
    postfix.stop()
    bench.stop()
