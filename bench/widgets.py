#!/usr/bin/env python3
"""Promise: 10,000 connected widgets cost the server at most 8 KB each while nothing happens; one message reaches 1,000 watching clients within 50 ms (p99).
bench/widgets.py [widgets] [watchers]

Widgets are WebSockets of visitors who have written once. Watchers are streams of agents' screens. What the kernel keeps for the sockets is not in the memory.
The raw limit beside the second figure: the same selector hearing as many octets on as many socket pairs of its own."""
import base64
import http.client
import json
import os
import resource
import secrets
import selectors
import socket
import sys
import time

from common import fsync_latency, machine
from inbox import SCOPES, Inbox

widgets = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
watchers = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
EACH, NETWORKS, MESSAGES, SHOP = 50, 10, 20, "https://shop.example"
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, widgets + watchers + 4000), hard))


def token():
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def write(bench, site, visitor, address, text):
    connection = http.client.HTTPConnection("127.0.0.1", bench.port, source_address=(address, 0))
    connection.request("POST", f"/chat/{site}/messages", json.dumps({"key": secrets.token_hex(8), "text": text, "files": [], "locale": "en"}),
                       {"Authorization": f"Bearer {visitor}", "Origin": SHOP, "Content-Type": "application/json"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 201:
        sys.exit(f"a visitor was refused: {answer.status} {body[:200]}")


def connect(bench, number, request):
    one = socket.create_connection(("127.0.0.1", bench.port), source_address=(f"127.0.{number // 20000 + 1}.{2 + number % 8}", 0))
    one.settimeout(10)
    one.sendall(request.encode())
    return one


def widget(bench, number, site, visitor):
    return connect(bench, number, f"GET /chat/{site}/stream HTTP/1.1\r\nHost: localhost\r\nOrigin: {SHOP}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
                   f"Sec-WebSocket-Protocol: rapport-chat, {visitor}\r\n\r\n")


def begun(sockets, wanted, words):
    for one in sockets:
        head = b""
        while words not in head:
            piece = one.recv(4096)
            head += piece
            if not piece or not head.startswith(wanted):
                sys.exit(f"a connection was refused: {head[:200]}")


def hear(sockets, words, begin, seconds=10):
    """Milliseconds after which each has heard."""
    selector, times = selectors.EpollSelector(), []
    for one in sockets:
        selector.register(one, selectors.EVENT_READ)
    heard, end = set(), time.perf_counter() + seconds
    while len(heard) < len(sockets) and time.perf_counter() < end:
        for key, _ in selector.select(0.2):
            if words in key.fileobj.recv(65536) and key.fd not in heard:
                heard.add(key.fd)
                times.append((time.perf_counter() - begin()) * 1000)
    selector.close()
    if len(heard) < len(sockets):
        sys.exit(f"only {len(heard)} of {len(sockets)} have heard")
    return times


def percentiles(times):
    times = sorted(times)
    return f"p50 {times[len(times) // 2]:.1f}, p99 {times[int(len(times) * .99)]:.1f}, most {times[-1]:.1f} ms"


def raw_limit(octets):
    pairs = [socket.socketpair() for _ in range(watchers)]
    begin = time.perf_counter()
    for ours, _ in pairs:
        ours.send(b"message.received" + b"x" * octets)
    times = hear([theirs for _, theirs in pairs], b"message.received", lambda: begin)
    for pair in pairs:
        for one in pair:
            one.close()
    return times


print(machine())
bench = Inbox(scopes=SCOPES)
print("fdatasync of 4 KiB: median %.2f ms, p99 %.2f ms" % fsync_latency(bench.folder))
bench.config.write_text(f"max_connections = {widgets + watchers + 2000}\n" + bench.config.read_text())
bench.start()
mailbox = bench.request("POST", "/v1/mailboxes", {"address": "support@ours.example", "name": "Support", "aliases": [], "locale": "en"})["id"]
site = bench.request("POST", "/v1/chat-sites", {"name": "Shop", "mailbox": mailbox, "origins": [SHOP], "mail_after_s": 86400})["id"]
visitors = [token() for _ in range(widgets // EACH + 1)]
for i, visitor in enumerate(visitors):
    write(bench, site, visitor, f"127.{2 + i // NETWORKS}.0.1", f"hello {i}")
warm = [widget(bench, i, site, visitors[-1]) for i in range(EACH)]  # what the first ones make is not theirs alone
begun(warm, b"HTTP/1.1 101", b"hello")
time.sleep(2)
before = bench.memory()[1]
sockets = []
for first in range(0, widgets, 500):
    some = [widget(bench, i, site, visitors[i // EACH]) for i in range(first, min(first + 500, widgets))]
    begun(some, b"HTTP/1.1 101", b"hello")
    sockets += some
time.sleep(3)
cpu = bench.cpu_seconds()
time.sleep(5)
print(f"{widgets:,d} idle widgets: {(bench.memory()[1] - before) * 1024 * 1024 / widgets:.0f} bytes each, {(bench.cpu_seconds() - cpu) / 5 * 100:.1f} %% of a core; "
      "resident %.0f MiB" % bench.memory()[0])
screens = [connect(bench, i, f"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {bench.key}\r\n\r\n") for i in range(watchers)]
begun(screens, b"HTTP/1.1 200", b"\r\n\r\n")
time.sleep(1)
times = []
for i in range(MESSAGES):
    start = time.perf_counter()
    write(bench, site, visitors[i], f"127.{2 + i // NETWORKS}.0.1", "is anybody there?")
    times += hear(screens, b"message.received", lambda: start)
    time.sleep(0.1)
print(f"one message to {watchers:,d} watching screens, from before it is sent until each has heard: {percentiles(times)}; the selector alone {percentiles(raw_limit(300))}")
for one in warm + sockets + screens:
    one.close()
bench.stop()
