#!/usr/bin/env python3
"""Bulk: rows taken in, rows made into notices, mails that smtp-sink accepted (counted in the outbox; nobody activates DKIM keys here), memory. bench/bulk.py [rows] [seconds of carrying out]"""
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests"))
from support.parts import SmtpSink, wait_for  # noqa: E402
from support.server import ALL_SCOPES, Rapport  # noqa: E402

ROWS, SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, int(sys.argv[2]) if len(sys.argv) > 2 else 30


class Discarding(SmtpSink):
    def restart(self, *options):
        self.process = subprocess.Popen(["/usr/sbin/smtp-sink", "-u", "nobody", f"127.0.0.1:{self.port}", "1000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def rss(rapport):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{rapport.process.pid}/status").read_text()).group(1)) // 1024


with Rapport("sqlite") as rapport, tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    rapport.sink.stop()
    rapport.sink.process = None
    Discarding.restart(rapport.sink)
    rapport.key = rapport.new_key("bench", ALL_SCOPES)
    file.write("email,name,reference,subject,text\n")
    for i in range(ROWS):
        file.write(f"c{i}@example.com,Ada Conti {i},R-{i},Your contract {i},\"Some words about it, number {i}.\"\n")
    file.flush()
    before = rss(rapport)
    start = time.monotonic()
    answer = subprocess.run(["curl", "-sS", "-T", file.name, "-X", "POST", "-H", f"Authorization: Bearer {rapport.key}", "-H", "Content-Type: text/csv",
                             f"{rapport.url}/v1/bulk?kind=announcement"], capture_output=True, text=True, check=True).stdout
    took = time.monotonic() - start
    job = re.search(r"blk_\w+", answer).group()
    print(f"taken in: {ROWS} rows, {pathlib.Path(file.name).stat().st_size >> 20} MiB in {took:.1f} s: {ROWS / took:,.0f}/s; RSS {before} -> {rss(rapport)} MiB", flush=True)
    mapping = rapport.get(f"/v1/bulk/{job}")["suggested"]
    assert rapport.request("PUT", f"/v1/bulk/{job}/mapping", mapping)[0] == 200
    assert rapport.request("POST", f"/v1/bulk/{job}/start")[0] == 200
    time.sleep(3)
    letters = lambda: int(re.search(r"\d+", subprocess.run(["sqlite3", "-readonly", str(rapport.folder / "rapport.db"),  # noqa: E731
                                                           "SELECT COUNT(*) FROM outbox WHERE state='accepted'"], capture_output=True, text=True).stdout or "0").group())
    at, rows, sent = time.monotonic(), rapport.get(f"/v1/bulk/{job}")["progress"]["processed"], letters()
    most = 0
    while time.monotonic() - at < SECONDS:
        most = max(most, rss(rapport))
        time.sleep(1)
    seconds = time.monotonic() - at
    done = rapport.get(f"/v1/bulk/{job}")["progress"]["processed"]
    print(f"carried out beside the sending: {(done - rows) / seconds:,.0f} rows/s; RSS at most {most} MiB", flush=True)
    assert rapport.request("POST", f"/v1/bulk/{job}/pause")[0] == 200 or done == ROWS
    sent_then, at = letters(), time.monotonic()
    time.sleep(15)
    print(f"mails: {(sent_then - sent) / seconds:,.0f}/s beside it; {(letters() - sent_then) / (time.monotonic() - at):,.0f}/s once paused", flush=True)
