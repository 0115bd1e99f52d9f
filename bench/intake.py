#!/usr/bin/env python3
"""Promise: mails taken in over LMTP become messages of conversations (durable before the 250, threaded, routed, a promise started, searchable) at three times
the rate at which Postfix alone accepts the same mails. bench/intake.py [mails] [engine …]

Postfix's smtp-source hands the same 4 KB mails to both from 20 sessions, with a connection for each mail and with connections that are kept. Then bench_source
($BENCH_SOURCE) with mails of many people, every other one an answer to an earlier mail. Interleaved, three rounds; the best of each is compared. Postfix discards
what it has queued, so that only its acceptance counts. Ours is told twice: until the last 250, and until every mail stands in its conversation and can be found."""
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time
import os

from common import ROOT, fsync_latency, free_port, machine
from inbox import SCOPES, Inbox
from support.parts import Postfix

SOURCE = os.environ.get("BENCH_SOURCE", ROOT / "build/release/bin/bench_source")
ROUNDS, OCTETS = 3, 4096


def furnish(bench):
    """Two mailboxes, a team of ten that is there and is given what comes in, a promise."""
    agents = [bench.request("POST", "/v1/agents", {"email": f"agent{i}@staff.example", "name": f"Agent {i}", "role": "agent"})["id"] for i in range(10)]
    team = bench.request("POST", "/v1/teams", {"name": "Support", "members": agents})["id"]
    for name in ("support", "billing"):
        bench.request("POST", "/v1/mailboxes", {"address": f"{name}@ours.example", "name": name.title(), "aliases": [], "locale": "en", "team": team})
    bench.request("POST", "/v1/sla-policies", {"name": "Everybody", "targets": {"normal": {"first_response": 4 * 3600, "next_response": 8 * 3600, "resolution": 3 * 86400}}, "steps": []})
    setting = bench.request("GET", "/v1/routing")
    bench.request("PUT", "/v1/routing", setting | {"teams": [team]})
    for agent in agents:
        bench.request("PATCH", f"/v1/routing/agents/{agent}", {"capacity": 30})
    bench.halt()
    far = int(time.time() * 1e6) + 86_400_000_000
    statement = f"UPDATE routing_agent SET presence = 'online', seen_until = {far}"
    if bench.database:
        bench.database.sql(statement, "bench")
    else:
        database = sqlite3.connect(bench.folder / "rapport.db")
        assert database.execute(statement).rowcount == len(agents)
        database.commit()
        database.close()
    bench.start()


def source(protocol, port, mails, recipient, run):
    out = subprocess.run([SOURCE, protocol, str(port), str(mails), "20", recipient, str(OCTETS), run], capture_output=True, text=True)
    if out.returncode:
        sys.exit(out.stderr)
    return float(out.stdout)


def smtp_source(protocol, port, mails, recipient, *options):
    """Mails a second, by Postfix's own tool."""
    begin = time.perf_counter()
    subprocess.run(["/usr/sbin/smtp-source", *(["-L"] if protocol == "lmtp" else []), *options, "-s", "20", "-l", str(OCTETS), "-m", str(mails),
                    "-f", "a@src.test", "-t", recipient, f"127.0.0.1:{port}"], check=True)
    return mails / (time.perf_counter() - begin)


def same_tool(engine, postfix, lmtp, mails):
    for name, options in (("a connection a mail", []), ("connections kept", ["-d"])):
        theirs = ours = 0
        for _ in range(ROUNDS):
            theirs = max(theirs, smtp_source("smtp", postfix.port, mails // 2, "b@dest.test", *options))
            ours = max(ours, smtp_source("lmtp", lmtp, mails, "support@ours.example", *options))
        print(f"{engine:10s} smtp-source, {name}: Postfix {theirs:.0f}/s, ours {ours:.0f}/s: {ours / theirs:.2f} times", flush=True)


def threads_cpu(bench):
    """Processor time by the name of the thread."""
    times = {}
    for task in pathlib.Path(f"/proc/{bench.process.pid}/task").iterdir():
        fields = (task / "stat").read_text()
        name, rest = fields[fields.index("(") + 1:fields.rindex(")")], fields.rsplit(")", 1)[1].split()
        times[name] = times.get(name, 0) + (int(rest[11]) + int(rest[12])) / os.sysconf("SC_CLK_TCK")
    return times


def open_now(bench):
    return next((c.get("open", 0) for c in bench.request("GET", "/v1/inbox")["items"] if c["scope"] == "all"), 0)


def settled(bench):
    """Open conversations, once nothing comes any more."""
    before, now = -1, open_now(bench)
    while before != now:
        time.sleep(1)
        before, now = now, open_now(bench)
    return now


def stands(bench, conversations, run, last):
    """Every mail is in its conversation, and the last ones are found."""
    while open_now(bench) < conversations:
        time.sleep(0.02)
    for n in range(last - 5, last):
        while not bench.request("GET", f"/v1/search?q=person{n}.{run}")["items"]:
            time.sleep(0.02)


def main():
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        print("fdatasync of 4 KiB: median %.2f ms, p99 %.2f ms" % fsync_latency(folder))
    for engine in sys.argv[2:] or ["sqlite", "postgresql"]:
        lmtp = free_port()
        bench = Inbox(engine, scopes=SCOPES, extra=f"[inbound]\nlmtp_listen = \"127.0.0.1:{lmtp}\"\nbounce_domain = \"bounces.example\"\n")
        postfix = Postfix(bench.folder / "postfix", {"dest.test": "discard:"}, "in_flow_delay = 0\nsmtpd_client_connection_count_limit = 0")
        bench.start()
        furnish(bench)
        same_tool(engine, postfix, lmtp, mails)
        best = {}
        for round_ in range(ROUNDS):
            run = f"r{int(time.time() * 1000):x}"
            best["postfix"] = max(best.get("postfix", 0), source("smtp", postfix.port, mails // 2, "b@dest.test", run))
            before = settled(bench)
            cpu, threads, begin = bench.cpu_seconds(), threads_cpu(bench), time.perf_counter()
            rate = source("lmtp", lmtp, mails, "support@ours.example", run)
            stands(bench, before + mails // 2, run, mails // 2)
            whole = mails / (time.perf_counter() - begin)
            used = (bench.cpu_seconds() - cpu) / mails * 1e6
            best["taken"], best["whole"] = max(best.get("taken", 0), rate), max(best.get("whole", 0), whole)
            by = {name: (t - threads.get(name, 0)) / mails * 1e6 for name, t in threads_cpu(bench).items()}
            parts = ", ".join(f"{name} {t:.0f}" for name, t in sorted(by.items(), key=lambda item: -item[1]) if t >= 5)
            print(f"{engine:10s} round {round_ + 1}: {rate:.0f}/s taken, {whole:.0f}/s until they stood in conversations and were found; {used:.0f} us of CPU each ({parts})", flush=True)
        print(f"{engine:10s} Postfix {best['postfix']:.0f}/s; taken {best['taken'] / best['postfix']:.2f} times, until found {best['whole'] / best['postfix']:.2f} times")
        print("           resident %.0f MiB, of its own %.0f MiB" % bench.memory())
        postfix.stop()
        bench.stop()


main()
