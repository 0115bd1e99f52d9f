#!/usr/bin/env python3
"""Promise: 10,000 idle event streams cost at most 8 KB each. bench/streams.py [streams]

Opens so many GET /v1/events, waits until each has begun, and prints the growth of the server's own memory for each of them (what the
kernel keeps for the sockets is not in it), and how long one event takes to reach all of them."""
import json
import resource
import selectors
import socket
import sys
import time
import urllib.request

from common import Bench, machine

streams = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
resource.setrlimit(resource.RLIMIT_NOFILE, (min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], streams + 1000),) * 2)


def open_streams(bench, count):
    """From several local addresses, so that ports do not run out."""
    request = (f"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {bench.key}\r\nAccept: text/event-stream\r\n\r\n").encode()
    sockets = []
    for i in range(count):
        s = socket.create_connection(("127.0.0.1", bench.port), source_address=(f"127.0.0.{2 + i % 4}", 0))
        s.sendall(request)
        sockets.append(s)
    for s in sockets:
        if not s.recv(4096).startswith(b"HTTP/1.1 200"):
            sys.exit("a stream was refused")
    return sockets


def drain(sockets, seconds):
    selector = selectors.DefaultSelector()
    for s in sockets:
        s.setblocking(False)
        selector.register(s, selectors.EVENT_READ)
    end, heard = time.monotonic() + seconds, set()
    while time.monotonic() < end and len(heard) < len(sockets):
        for key, _ in selector.select(0.2):
            if b"delivery.submitted" in key.fileobj.recv(65536):
                heard.add(key.fd)
    selector.close()
    return len(heard)


print(machine())
bench = Bench()
text = bench.config.read_text()
bench.config.write_text(f"max_connections = {streams + 1000}\n" + text)
bench.start()
warm = open_streams(bench, 100)  # what the first ones make is not theirs alone
time.sleep(2)
before = bench.memory()[1]
sockets = open_streams(bench, streams)
time.sleep(3)
after = bench.memory()[1]
print(f"{streams:,d} idle event streams: {(after - before) * 1024 * 1024 / streams:.0f} bytes each, resident {bench.memory()[0]:.0f} MiB")
body = json.dumps({"kind": "plain", "recipients": [{"email": "a@example.com"}], "subject": "s", "text": "t"}).encode()
started = time.monotonic()
urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{bench.port}/v1/deliveries", body, {
    "Authorization": f"Bearer {bench.key}", "Content-Type": "application/json"})).read()
heard = drain(sockets, 30)
print(f"one event reached {heard:,d} of them in {(time.monotonic() - started) * 1000:.0f} ms; then {(bench.memory()[1] - before) * 1024 * 1024 / streams:.0f} bytes each")
for s in warm + sockets:
    s.close()
bench.stop()
