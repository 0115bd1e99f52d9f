#!/usr/bin/env python3
"""Promise: registered deliveries end to end, at least three times as many a second as Postfix relays of the same mails without evidence.

10 KB mails into smtp-sink. Rapport: submitted in batches, A.1 and C.1 sealed and logged, until the sink has the last mail and its C.1 is
durable. Postfix: smtp-source into an own instance that relays to the same sink, until its queue is empty. bench/end_to_end.py [mails]"""
import json
import http.client
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from common import Bench, SmtpSink, can_connect, free_port, fsync_latency, machine, wait_for

mails = int(sys.argv[1]) if len(sys.argv) > 1 else 10000


def counting_sink():
    """smtp-sink that keeps nothing: the sink must not be the limit."""
    port = free_port()
    process = subprocess.Popen(["/usr/sbin/smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "1000"], stdout=subprocess.DEVNULL)
    wait_for(lambda: can_connect(port), 10, "smtp-sink")
    return port, process


def rapport(sink_port):
    bench = Bench(mail_port=sink_port)
    bench.start()
    text = ("This is the text of the notice, and it is long. " * 110)[:5000]  # about 10 KB as text and HTML
    connection = http.client.HTTPConnection("127.0.0.1", bench.port)
    headers = {"Authorization": f"Bearer {bench.key}", "Content-Type": "application/json"}
    started = time.perf_counter()
    for first in range(0, mails, 500):
        batch = {"deliveries": [{"kind": "registered", "recipients": [{"email": f"r{i}@example.com", "second_email": f"r{i}@example.net"}],
                                 "subject": "Change of your contract", "text": text} for i in range(first, min(first + 500, mails))]}
        connection.request("POST", "/v1/deliveries", json.dumps(batch), headers | {"Idempotency-Key": f"b{first}"})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 202, body[:300]
    submitted = time.perf_counter()

    def notified():
        connection.request("GET", "/v1/deliveries?state=submitted&limit=1", headers=headers)
        return not json.loads(connection.getresponse().read())["items"]
    wait_for(notified, 600, "every invitation to be sent")
    ended = time.perf_counter()
    bench.stop()
    return mails / (ended - started), mails / (submitted - started)


def postfix(sink_port):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rapport-postfix-"))
    for name in ("queue", "data"):
        (folder / name).mkdir()
    subprocess.run(["chown", "postfix", folder / "data"], check=True)
    folder.chmod(0o755)
    port = free_port()
    master = pathlib.Path("/etc/postfix/master.cf").read_text() if pathlib.Path("/etc/postfix/master.cf").exists() else pathlib.Path("/usr/share/postfix/master.cf.dist").read_text()
    lines = []
    for line in master.splitlines():
        words = line.split()
        if line.startswith("smtp ") and words[1] == "inet":
            line = f"127.0.0.1:{port} inet n - n - - smtpd"
        elif len(words) == 8 and words[4] in ("y", "-") and not line.startswith(("#", " ")):
            words[4] = "n"
            line = " ".join(words)
        lines.append(line)
    (folder / "master.cf").write_text("\n".join(lines) + "\n")
    (folder / "main.cf").write_text(f"""compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
myhostname = bench.local
mydestination =
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{sink_port}
smtp_dns_support_level = disabled
in_flow_delay = 0
smtpd_client_connection_count_limit = 0
smtp_destination_concurrency_limit = 50
default_destination_concurrency_limit = 50
initial_destination_concurrency = 50
smtp_connection_cache_destinations = [127.0.0.1]:{sink_port}
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
""")
    subprocess.run(["postfix", "-c", folder, "start"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: can_connect(port), 20, "Postfix")
        started = time.perf_counter()
        subprocess.run(["/usr/sbin/smtp-source", "-s", "50", "-l", "10240", "-m", str(mails), "-f", "a@bench.local", "-t", "b@dest.local", f"127.0.0.1:{port}"], check=True)
        accepted = time.perf_counter()

        def empty():
            return not any(p.is_file() for q in ("incoming", "active", "deferred") for p in (folder / "queue" / q).rglob("*"))
        wait_for(empty, 600, "Postfix's queue to empty")
        return mails / (time.perf_counter() - started), mails / (accepted - started)
    finally:
        subprocess.run(["postfix", "-c", folder, "stop"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)


print(machine())
with tempfile.TemporaryDirectory() as probe:
    print("fdatasync of 4 KiB: median %.2f ms, p99 %.2f ms" % fsync_latency(probe))
sink_port, sink = counting_sink()
try:
    ours, submitted = rapport(sink_port)
    theirs, accepted = postfix(sink_port)
    print(f"rapport  end to end {ours:7.0f}/s   (submitted at {submitted:.0f}/s)")
    print(f"postfix  end to end {theirs:7.0f}/s   (accepted at {accepted:.0f}/s)")
    print(f"ratio {ours / theirs:.2f}")
finally:
    sink.terminate()
