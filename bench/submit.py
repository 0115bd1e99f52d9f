#!/usr/bin/env python3
"""Promise: registered submissions, durable with sealed and logged evidence A.1 before the 202. bench/submit.py [seconds]

64 connections of wrk beside the server on the same machine; mail is paused. Compared in the same run with plain submissions (the same
server and path without evidence) and with an answer that touches no database (/healthz: the raw limit of HTTP here)."""
import sys
import tempfile

from common import Bench, fsync_latency, machine

seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
print(machine())
with tempfile.TemporaryDirectory() as folder:
    print("fdatasync of 4 KiB: median %.2f ms, p99 %.2f ms" % fsync_latency(folder))
print(f"{'engine':11s} {'what':28s} {'per second':>11s} {'p50 ms':>8s} {'p99 ms':>8s} {'CPU us':>8s} {'not 2xx':>8s}")
for engine in ("sqlite", "postgresql"):
    bench = Bench(engine)
    bench.start()
    bench.wrk("submit.lua", "/", seconds=3)  # warm: customers exist, statements are prepared
    rows = {}
    for what, script, options, per in (("healthz", None, {}, 1), ("plain, single", "submit.lua", {"kind": "plain"}, 1),
                                       ("registered, single", "submit.lua", {}, 1),
                                       ("registered, batches of 100", "submit.lua", {"batch": 100, "connections": 8}, 100)):
        cpu = bench.cpu_seconds()
        rate, p50, p99, bad = bench.wrk(script, "/healthz", seconds=seconds, **options)
        cpu = (bench.cpu_seconds() - cpu) / (rate * per * seconds) * 1e6
        rows[what] = rate * per
        print(f"{engine:11s} {what:28s} {rate * per:11.0f} {p50:8.1f} {p99:8.1f} {cpu:8.0f} {bad:8d}", flush=True)
    print(f"{engine:11s} registered / plain: {rows['registered, single'] / rows['plain, single']:.2f}")
    print("            resident %.0f MiB, of its own %.0f MiB" % bench.memory())
    bench.stop()
