#!/usr/bin/env python3
"""Promise: a file of a million rows taken in at 10,000/s; its mails, signed with DKIM (RSA-2048), leave at 1,500/s and three times as fast as those of Postfix with OpenDKIM; memory flat.

bench/bulk.py [rows] [seconds of carrying out; 0: to the end]. Rows made into notices, rendered, signed and sent to smtp-sink all at once; then the job
is paused, what waits leaves, and Postfix sends as many octets a mail through the same sink. To the end: what was sent is counted. As root (Postfix)."""
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from common import ALL_SCOPES, Relay, Rapport, counting_sink, fsync_latency, machine, wait_for

ROWS, SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, int(sys.argv[2]) if len(sys.argv) > 2 else 30


def rss(rapport):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{rapport.process.pid}/status").read_text()).group(1)) / 1024


def accepted(rapport):
    return int(subprocess.run(["sqlite3", "-readonly", "-cmd", ".timeout 5000", str(rapport.folder / "rapport.db"), "SELECT COUNT(*) FROM outbox WHERE state = 'accepted'"],
                              capture_output=True, text=True, check=True).stdout)


def upload(rapport, rows):
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("email,name,reference,subject,text\n")
        for i in range(rows):
            file.write(f"c{i}@example.com,Ada Conti {i},R-{i},Your contract {i},\"Some words about it, number {i}.\"\n")
        file.flush()
        before, start = rss(rapport), time.monotonic()
        answer = subprocess.run(["curl", "-sS", "-T", file.name, "-X", "POST", "-H", f"Authorization: Bearer {rapport.key}", "-H", "Content-Type: text/csv",
                                 f"{rapport.url}/v1/bulk?kind=announcement"], capture_output=True, text=True, check=True).stdout
        took = time.monotonic() - start
        print(f"taken in: {rows} rows, {pathlib.Path(file.name).stat().st_size >> 20} MiB in {took:.1f} s: {rows / took:,.0f}/s; RSS {before:.0f} to {rss(rapport):.0f} MiB", flush=True)
    job = re.search(r"blk_\w+", answer).group()
    assert rapport.request("PUT", f"/v1/bulk/{job}/mapping", rapport.get(f"/v1/bulk/{job}")["suggested"])[0] == 200
    return job


def sign_with_rsa(rapport):
    made = rapport.command("key", "dkim", "make", "rsa")
    assert made.returncode == 0, made.stderr
    done = rapport.command("key", "dkim", "activate", made.stdout.split()[0])
    assert done.returncode == 0, done.stderr


def octets_of_a_signed_mail(rapport):
    """A few rows first, into a sink that keeps them: they are signed, and this long."""
    job = upload(rapport, 5)
    assert rapport.request("POST", f"/v1/bulk/{job}/start")[0] == 200
    wait_for(lambda: len(list(rapport.sink.folder.iterdir())) >= 5, 60, "the first mails")
    mails = [p.read_bytes() for p in rapport.sink.folder.iterdir()]
    assert all(b"a=rsa-sha256" in m and b"a=ed25519" not in m for m in mails), mails[0][:800]
    return len(mails[0])


print(machine())
with tempfile.TemporaryDirectory() as probe:
    print("fdatasync of 4 KiB: median %.2f ms, p99 %.2f ms" % fsync_latency(probe))
rapport = Rapport("sqlite", '[log]\nlevel = "warning"\n')
sign_with_rsa(rapport)
with rapport:
    rapport.key = rapport.new_key("bench", ALL_SCOPES)
    octets = octets_of_a_signed_mail(rapport)
    rapport.sink.stop()
    _, sink = counting_sink(rapport.sink.port)
    rapport.sink.process = sink
    first = accepted(rapport)
    job = upload(rapport, ROWS)
    progress = lambda: rapport.get(f"/v1/bulk/{job}")["progress"]["processed"]  # noqa: E731
    assert rapport.request("POST", f"/v1/bulk/{job}/start")[0] == 200
    start, resident, last = time.monotonic(), [], 0
    while (SECONDS and time.monotonic() - start < SECONDS) or (not SECONDS and accepted(rapport) - first < ROWS):
        time.sleep(1)
        resident.append(rss(rapport))
        if len(resident) % 30 == 0 and not SECONDS:
            print(f"  {time.monotonic() - start:5.0f} s: {progress():,} rows, {accepted(rapport) - first:,} mails, RSS {resident[-1]:.0f} MiB", flush=True)
    seconds, rows, mails = time.monotonic() - start, progress(), accepted(rapport) - first
    print(f"rows made into notices {rows / seconds:,.0f}/s, mails signed with RSA-2048 and accepted {mails / seconds:,.0f}/s ({mails:,} of {octets} octets)", flush=True)
    quarter = max(1, len(resident) // 4)
    print(f"RSS: at most {max(resident):.0f} MiB; mean of each quarter " + ", ".join(f"{sum(q) / len(q):.0f}" for q in (resident[i:i + quarter] for i in range(0, quarter * 4, quarter)) if q), flush=True)
    if SECONDS:
        assert rapport.request("POST", f"/v1/bulk/{job}/pause")[0] == 200
        at, then = time.monotonic(), accepted(rapport)
        time.sleep(min(10, SECONDS / 3))
        print(f"mails once the job is paused: {(accepted(rapport) - then) / (time.monotonic() - at):,.0f}/s", flush=True)
        rapport.stop()
    else:
        assert mails == ROWS, (mails, ROWS)
    with Relay(rapport.sink.port, signed=True) as relay:
        theirs, _ = relay.rate(3000, octets)
    print(f"Postfix with OpenDKIM: {theirs:,.0f}/s; ratio {mails / seconds / theirs:.2f}")
