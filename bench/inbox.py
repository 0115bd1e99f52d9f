#!/usr/bin/env python3
"""Promise: an inbox of 1,000,000 conversations and 5,000,000 messages stays quick and small.
bench/inbox.py fill FOLDER [conversations], then measure FOLDER [part …]: start, pages, open, search.

`fill` makes teams, agents, mailboxes, labels and a promise through the API, then runs bench_inbox ($BENCH_INBOX). `measure` starts the server on the
folder: latencies at 200 requests a second from 8 connections, each sent when it is due and counted from then; the most that wrk gets; what is resident.
Beside them, in the same run: the same page's bare query on SQLite, and nginx with a file as long as the page."""
import http.client
import json
import os
import pathlib
import random
import re
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse

from common import ROOT, Bench, fsync_latency, free_port, machine, wait_for
from support.parts import can_connect

SCOPES = ["conversations.read", "conversations.reply", "conversations.manage", "mailboxes.manage", "sla.manage", "agents.read", "agents.manage",
          "deliveries.read", "deliveries.send", "customers.read", "customers.write", "events.read", "suppressions.read", "suppressions.manage", "knowledge.read", "knowledge.write"]
random.seed(5)


class Inbox(Bench):
    def request(self, method, path, body=None, connection=None):
        own = connection or http.client.HTTPConnection("127.0.0.1", self.port)
        own.request(method, path, json.dumps(body) if body is not None else None, {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"})
        answer = own.getresponse()
        content = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {path}: {answer.status} {content[:300]}")
        return json.loads(content)


def furnish(bench):
    """What an organisation has before anybody writes."""
    agents = [bench.request("POST", "/v1/agents", {"email": f"agent{i}@staff.example", "name": f"Agent {i}", "role": "agent"})["id"] for i in range(40)]
    teams = [bench.request("POST", "/v1/teams", {"name": f"Team {i}", "members": agents[i * 10:i * 10 + 10]})["id"] for i in range(4)]
    for i, name in enumerate(["support", "billing", "moving", "outages", "solar", "complaints"]):
        bench.request("POST", "/v1/mailboxes", {"address": f"{name}@ours.example", "name": name.title(), "aliases": [], "locale": "en", "team": teams[i % 4]})
    for i in range(40):
        bench.request("POST", "/v1/labels", {"name": f"label {i}"})
    bench.request("POST", "/v1/sla-policies", {"name": "Everybody", "targets": {"normal": {"first_response": 4 * 3600, "next_response": 8 * 3600, "resolution": 3 * 86400}}, "steps": []})


def fill(folder, conversations):
    bench = Inbox(folder=folder, scopes=SCOPES)
    bench.start()
    furnish(bench)
    bench.halt()
    program = os.environ.get("BENCH_INBOX", ROOT / "build/release/bin/bench_inbox")
    subprocess.run([program, folder, str(conversations)], check=True)


class Steady:
    """Requests at a rate from some connections: each is sent when it is due, and its time counts from then."""

    def __init__(self, bench, paths, rate, seconds, connections=8):
        self.bench, self.paths, self.times, self.lock = bench, paths, [], threading.Lock()
        begin = time.perf_counter() + 0.05
        threads = [threading.Thread(target=self.run, args=(begin, i, connections, rate, int(rate * seconds))) for i in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.times.sort()

    def run(self, begin, first, step, rate, count):
        connection = http.client.HTTPConnection("127.0.0.1", self.bench.port)
        headers, mine = {"Authorization": f"Bearer {self.bench.key}"}, []
        for i in range(first, count, step):
            due = begin + i / rate
            time.sleep(max(0, due - time.perf_counter()))
            connection.request("GET", self.paths[i % len(self.paths)], headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                sys.exit(f"{self.paths[i % len(self.paths)]}: {answer.status}")
            mine.append((time.perf_counter() - due) * 1000)
        with self.lock:
            self.times += mine

    def at(self, part):
        return self.times[min(len(self.times) - 1, int(len(self.times) * part))]

    def __str__(self):
        return f"p50 {self.at(.5):.2f}, p95 {self.at(.95):.2f}, p99 {self.at(.99):.2f}, most {self.times[-1]:.1f} ms"


def nginx(bench, octets):
    """Pages a second of a file as long, by the same wrk."""
    folder, port = bench.folder / "nginx", free_port()
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    (folder / "page").write_bytes(b"x" * octets)
    (folder / "nginx.conf").write_text(f"worker_processes 1;\npid {folder}/pid;\nerror_log {folder}/error;\nevents {{ worker_connections 512; }}\n"
                                       f"http {{ access_log off; server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n")
    process = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-g", "daemon off;"], stderr=subprocess.DEVNULL)
    wait_for(lambda: can_connect(port), 10, "nginx")
    out = subprocess.run(["wrk", "-t1", "-c16", "-d3s", f"http://127.0.0.1:{port}/page"], capture_output=True, text=True, check=True).stdout
    process.terminate()
    process.wait()
    return float(re.search(r"Requests/sec:\s*([\d.]+)", out).group(1))


def statement(name):
    """A statement of src/conversation/queries.sql, as SQLite takes it."""
    text = (ROOT / "src/conversation/queries.sql").read_text()
    found = re.search(rf"-- name: {name}\n(.*?)(?=\n\n|\n-- |\Z)", text, re.S).group(1)
    return re.sub(r"\$(\d)", r"?\1", found)


def bare_query(bench):
    """Milliseconds of the page's query alone: the newest 50 of a state."""
    database = sqlite3.connect(f"file:{bench.folder}/rapport.db?mode=ro", uri=True)
    query, last, times = statement("list_all"), 2 ** 62, []
    for _ in range(300):
        start = time.perf_counter()
        database.execute(query, ("open", last, last, 51)).fetchall()
        times.append((time.perf_counter() - start) * 1000)
    for name in ("counters", "list_all", "list_team", "list_mailbox", "list_label", "list_assignee"):
        need = len(set(re.findall(r"\?(\d)", statement(name))))
        plan = [row[3] for row in database.execute("EXPLAIN QUERY PLAN " + statement(name), [1] * need)]
        print(f"  plan of {name}: {'; '.join(plan)}")
    rows = database.execute("SELECT count(*) FROM conversation_counter").fetchone()[0]
    print(f"  counters are {rows} rows, whatever the number of conversations")
    return statistics.median(times)


def pages_of(bench):
    """Every view's first page, and the pages behind it."""
    connection = http.client.HTTPConnection("127.0.0.1", bench.port)

    def get(path):
        return bench.request("GET", path, connection=connection)
    teams, boxes, labels, agents = ([one["id"] for one in get(path)["items"]] for path in ("/v1/teams", "/v1/mailboxes", "/v1/labels", "/v1/assignees"))
    views = ["view=all", "view=unassigned"] + [f"team={t}" for t in teams] + [f"mailbox={m}" for m in boxes] + \
            [f"label={one}" for one in labels[:10]] + [f"assignee={a}" for a in agents[:15]]
    paths, found = [], set()
    for view in views:
        for state in ("open", "open", "pending", "resolved"):
            path, after = f"/v1/conversations?limit=50&{view}&state={state}", ""
            for _ in range(3):
                page = get(path + after)
                paths.append(path + after)
                found |= {item["id"] for item in page["items"]}
                if not page.get("next"):
                    break
                after = "&after=" + page["next"]
    random.shuffle(paths)
    return paths, sorted(found)


def questions(bench, conversations):
    """Words of messages, typed letter by letter."""
    connection, paths = http.client.HTTPConnection("127.0.0.1", bench.port), []
    for conversation in random.sample(conversations, min(120, len(conversations))):
        texts = [m["text"] for m in bench.request("GET", f"/v1/conversations/{conversation}/messages?limit=20", connection=connection)["items"] if m.get("text")]
        words = re.findall(r"\w+", random.choice(texts)) if texts else []
        if not words:
            continue
        text = " ".join(random.choice(words) for _ in range(random.randint(1, 3)))
        paths += [f"/v1/search?q={urllib.parse.quote(text[:n])}" for n in range(2, len(text) + 1) if text[n - 1] != " " and text[n - 2] != " "]
    return paths


def measure(folder, parts):
    print(machine())
    print("fdatasync of 4 KiB: median %.2f ms, p99 %.2f ms" % fsync_latency(folder))
    bench = Inbox(folder=folder, scopes=SCOPES)
    first = bench.start()
    if "start" in parts:
        starts = []
        for _ in range(3):
            bench.halt()
            begin = time.perf_counter()
            bench.start()
            bench.request("GET", "/v1/conversations?limit=50")
            starts.append((time.perf_counter() - begin) * 1000)
        print(f"start: first {first * 1000:.0f} ms to the port; then to the first page {', '.join(f'{s:.0f}' for s in starts)} ms; resident %.0f MiB, of its own %.0f" % bench.memory())
    paths, conversations = pages_of(bench)
    connection = http.client.HTTPConnection("127.0.0.1", bench.port)
    counts = bench.request("GET", "/v1/inbox", connection=connection)["items"]
    print("conversations: " + json.dumps(next(c for c in counts if c["scope"] == "all")))
    print(f"/healthz, which reads nothing: at 200/s {Steady(bench, ['/healthz'], 200, 3)}")
    if "pages" in parts:
        print(f"pages of 50 ({len(paths)} different): at 200/s {Steady(bench, paths, 200, 8)}")
        cpu = bench.cpu_seconds()
        rate, p50, p99, bad = bench.wrk("get.lua", "/v1/conversations?limit=50", connections=16, seconds=5)
        each = (bench.cpu_seconds() - cpu) / (rate * 5) * 1e6
        octets = len(json.dumps(bench.request("GET", "/v1/conversations?limit=50")))
        static = nginx(bench, octets)
        print(f"  at most {rate:.0f} pages/s from 16 connections, p50 {p50:.2f}, p99 {p99:.2f} ms, {each:.0f} us of CPU each, {bad} refused; {octets} octets")
        print(f"  the bare query on SQLite {bare_query(bench):.3f} ms; nginx with a file as long {static:.0f}/s: {rate / static:.2f} of it")
        print(f"counters: at 200/s {Steady(bench, ['/v1/inbox'], 200, 3)}")
    if "open" in parts:
        some = random.sample(conversations, min(800, len(conversations)))
        opened = [p for c in some for p in (f"/v1/conversations/{c}", f"/v1/conversations/{c}/messages?limit=50")]
        print(f"opening a conversation, its head and its messages: at 200/s {Steady(bench, opened, 200, 8)}")
    if "search" in parts:
        typed = questions(bench, conversations)
        print(f"search as you type, {len(typed)} keystrokes: at 50/s {Steady(bench, typed, 50, min(20, len(typed) / 50), 4)}")
    print("resident %.0f MiB, of its own %.0f MiB" % bench.memory())
    bench.halt()


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("fill", "measure"):
        sys.exit(__doc__)
    if sys.argv[1] == "fill":
        fill(pathlib.Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000)
    else:
        measure(pathlib.Path(sys.argv[2]), sys.argv[3:] or ["start", "pages", "open", "search"])
