#!/usr/bin/env python3
"""Promise: registered deliveries end to end, at least three times as many a second as Postfix relays of the same mails without evidence.

10 KB mails into smtp-sink. Rapport: submitted in batches, A.1 and C.1 sealed and logged, until the sink has the last mail and its C.1 is
durable. Postfix: smtp-source into an own instance that relays to the same sink, until its queue is empty. bench/end_to_end.py [mails]"""
import json
import http.client
import pathlib
import sys
import tempfile
import time

from common import Bench, Relay, counting_sink, fsync_latency, machine, wait_for

mails = int(sys.argv[1]) if len(sys.argv) > 1 else 10000


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


print(machine())
with tempfile.TemporaryDirectory() as probe:
    print("fdatasync of 4 KiB: median %.2f ms, p99 %.2f ms" % fsync_latency(probe))
sink_port, sink = counting_sink()
try:
    ours, submitted = rapport(sink_port)
    with Relay(sink_port) as relay:
        theirs, accepted = relay.rate(mails, 10240)
    print(f"rapport  end to end {ours:7.0f}/s   (submitted at {submitted:.0f}/s)")
    print(f"postfix  end to end {theirs:7.0f}/s   (accepted at {accepted:.0f}/s)")
    print(f"ratio {ours / theirs:.2f}")
finally:
    sink.terminate()
