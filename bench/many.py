#!/usr/bin/env python3
"""Promise: with 1,000,000 deliveries the server stays small and quick. bench/many.py [deliveries] [sqlite|postgresql]

Fills the database through the API in batches (mail paused) and prints: CPU and bytes for each delivery around the first 10,000 and at
the end (flat within 20 %), resident memory idle and full, latency of the list and of one delivery from 64 and from 8 connections, and
how long a cold start takes. The raw limit beside the latencies is /healthz, which touches no database, in the same run."""
import http.client
import json
import random
import sys
import tempfile
import threading
import time

from common import Bench, fsync_latency, machine

deliveries = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
engine = sys.argv[2] if len(sys.argv) > 2 else "sqlite"
BATCH, SENDERS, WINDOW = 500, 2, 10_000
TEXT = "This is the text of the notice. " * 32
people = max(1000, deliveries // 10)


def database_bytes(bench):
    """Of the database and the contents, without PostgreSQL's write-ahead log, which is recycled."""
    return sum(f.stat().st_size for f in bench.folder.rglob("*") if f.is_file() and "pg_wal" not in f.parts and "-wal" not in f.name)


class Filler:
    """Sends batches from a few connections until so many deliveries are in."""

    def __init__(self, bench):
        self.bench, self.sent, self.lock, self.failure = bench, 0, threading.Lock(), None

    def take(self, limit):
        with self.lock:
            if self.failure or self.sent >= limit:
                return None
            first, self.sent = self.sent, min(self.sent + BATCH, limit)
            return first, self.sent

    def send(self, limit):
        connection = http.client.HTTPConnection("127.0.0.1", self.bench.port)
        headers = {"Authorization": f"Bearer {self.bench.key}", "Content-Type": "application/json"}
        while piece := self.take(limit):
            wanted = []
            for _ in range(*piece):
                i = random.randrange(people)
                wanted.append({"kind": "registered", "subject": "Change of your contract", "text": TEXT, "recipients": [
                    {"email": f"r{i}@example.com", "second_email": f"r{i}@example.net", "name": f"Recipient {i}"}]})
            connection.request("POST", "/v1/deliveries", json.dumps({"deliveries": wanted}), headers | {"Idempotency-Key": f"many-{piece[0]}"})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 202:
                self.failure = f"{answer.status} {body[:300]}"

    def fill_to(self, limit):
        """CPU microseconds and bytes for each of the deliveries that were added, and how many a second."""
        count = limit - self.sent
        cpu, size, started = self.bench.cpu_seconds(), database_bytes(self.bench), time.perf_counter()
        threads = [threading.Thread(target=self.send, args=(limit,)) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.failure:
            sys.exit(self.failure)
        seconds = time.perf_counter() - started
        settle(self.bench)
        return (self.bench.cpu_seconds() - cpu) / count * 1e6, (database_bytes(self.bench) - size) / count, count / seconds


def settle(bench, at_most=120):
    """Waits until the jobs (time stamps, checkpoints) have nothing left to do."""
    end, before = time.monotonic() + at_most, bench.cpu_seconds()
    while time.monotonic() < end:
        time.sleep(3)
        now = bench.cpu_seconds()
        if now - before < 0.1:
            return
        before = now


def some_delivery(bench):
    connection = http.client.HTTPConnection("127.0.0.1", bench.port)
    connection.request("GET", "/v1/deliveries?limit=50", headers={"Authorization": f"Bearer {bench.key}"})
    return json.loads(connection.getresponse().read())["items"][25]["id"]


print(machine())
with tempfile.TemporaryDirectory() as folder:
    print("fdatasync of 4 KiB: median %.2f ms, p99 %.2f ms" % fsync_latency(folder))
bench = Bench(engine)
print(f"{engine}: empty, cold start {bench.start() * 1000:.0f} ms")
time.sleep(2)
print("idle and empty: resident %.0f MiB, of its own %.0f MiB" % bench.memory(), flush=True)
filler = Filler(bench)
print(f"{'deliveries':>12s} {'CPU us each':>12s} {'bytes each':>11s} {'per second':>11s} {'resident MiB':>13s}")
marks = sorted({min(m, deliveries) for m in (WINDOW, 2 * WINDOW, deliveries // 4, deliveries // 2, deliveries - WINDOW, deliveries) if m > 0})
for mark in marks:
    figures = filler.fill_to(mark)
    print(f"{mark:12,d} {figures[0]:12.0f} {figures[1]:11.0f} {figures[2]:11.0f} {bench.memory()[0]:13.0f}", flush=True)
one = some_delivery(bench)
print(f"{'':28s} {'connections':>11s} {'per second':>11s} {'p50 ms':>8s} {'p99 ms':>8s} {'not 2xx':>8s}")
for connections in (8, 64):
    for what, path in (("healthz", "/healthz"), ("list of 50", "/v1/deliveries?limit=50"),
                       ("list of 50 in a state", "/v1/deliveries?limit=50&state=submitted"), ("one delivery", f"/v1/deliveries/{one}")):
        rate, p50, p99, bad = bench.wrk("get.lua", path, connections=connections, seconds=5)
        print(f"{what:28s} {connections:11d} {rate:11.0f} {p50:8.1f} {p99:8.1f} {bad:8d}", flush=True)
print("after reading: resident %.0f MiB, of its own %.0f MiB" % bench.memory())
bench.halt()
print(f"cold start with {deliveries:,d} deliveries: {bench.start() * 1000:.0f} ms")
time.sleep(2)
print("idle and full: resident %.0f MiB, of its own %.0f MiB" % bench.memory())
bench.stop()
