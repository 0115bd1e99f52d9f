#!/usr/bin/env python3
"""What bad input gets: a problem document that names field, rule and fix, and nothing stored; bad clients are bounded."""
import base64
import json
import pathlib
import resource
import socket
import sqlite3
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import wait_for  # noqa: E402
from support.server import Rapport  # noqa: E402

GOOD = {"kind": "registered", "recipients": [{"email": "ada@example.com", "second_email": "ada@example.net"}], "subject": "Hello", "text": "Good day."}
ONE_MB = base64.b64encode(b"a" * (1 << 20)).decode()


def counts(rapport):
    """Rows of every table; what signing in leaves is no content."""
    with sqlite3.connect(f"file:{rapport.folder}/rapport.db?mode=ro", uri=True) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: db.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables}


def settled(rapport):
    """The counts, once nothing moves any more."""
    last = [None]

    def still():
        before, last[0] = last[0], counts(rapport)
        time.sleep(1.2)  # longer than a checkpoint of the log and its time stamp take to be due
        return before == last[0] and last[0] == counts(rapport)
    wait_for(still, 30, "the server to be idle")
    return last[0]


def refused(answer, status, code=None, pointer=None):
    got, headers, problem = answer
    assert got == status, f"{status} was expected: {got} {problem}"
    assert headers["Content-Type"] == "application/problem+json" and problem["status"] == status, problem
    for member in ("type", "title", "code", "request_id"):
        assert problem.get(member), f"the problem document has no {member}: {problem}"
    assert code is None or problem["code"] == code, problem
    if pointer is not None:
        found = [f for f in problem.get("fields", []) if f["pointer"] == pointer]
        assert found and found[0]["rule"] and found[0]["fix"], f"{pointer} is not named with rule and fix: {problem}"


def bad_fields(rapport):
    def post(change, **options):
        body = {k: v for k, v in (GOOD | change).items() if v is not ...}
        return rapport.request("POST", "/v1/deliveries", body, **options)

    for member in ("kind", "recipients", "subject", "text"):
        refused(post({member: ...}), 422, pointer=f"/{member}")
    refused(post({"subject": "x" * 201}), 422, pointer="/subject")
    refused(post({"text": "x" * 100_001}), 422, pointer="/text")
    refused(post({"subject": ""}), 422, pointer="/subject")
    refused(post({"subject": 42}), 422, pointer="/subject")
    refused(post({"subject": None}), 422, pointer="/subject")
    refused(post({"recipients": "ada@example.com"}), 422, pointer="/recipients")
    refused(post({"recipients": []}), 422, pointer="/recipients")
    refused(post({"kind": "certified"}), 422, pointer="/kind")
    refused(post({"colour": "red"}), 422, pointer="/colour")
    refused(post({"subject": "two\nlines"}), 422, pointer="/subject")
    refused(post({"subject": "two\n\nparagraphs"}), 422, pointer="/subject")
    refused(post({"reference": "4711\t"}), 422, pointer="/reference")
    refused(post({"recipients": [GOOD["recipients"][0] | {"name": "Ada\r\nBcc: eve@example.com"}]}), 422, pointer="/recipients/0/name")
    refused(post({"assurance": "high"}), 422, pointer="/assurance")
    refused(post({"accept_until": "2001-01-01T00:00:00Z"}), 422, pointer="/accept_until")
    refused(post({"accept_until": "tomorrow"}), 422, pointer="/accept_until")
    refused(post({"locale": "xx"}), 422, pointer="/locale")
    refused(rapport.request("POST", "/v1/deliveries", b'{"kind": "registered",', headers={"Content-Type": "application/json"}), 400, "json_syntax")
    refused(rapport.request("POST", "/v1/deliveries", b"\xff\xfe", headers={"Content-Type": "application/json"}), 400)
    refused(rapport.request("POST", "/v1/deliveries", b"[" * 100_000, headers={"Content-Type": "application/json"}), 400)
    refused(rapport.request("POST", "/v1/deliveries", b"kind=plain", headers={"Content-Type": "application/x-www-form-urlencoded"}), 415)
    refused(rapport.request("GET", "/v1/deliveries?limit=many"), 422, pointer="/limit")
    refused(rapport.request("GET", "/v1/deliveries?colour=red"), 422, pointer="/colour")
    refused(rapport.request("GET", "/v1/deliveries/dlv_0000000000000"), 404)
    refused(rapport.request("POST", "/v1/deliveries", GOOD, key=""), 401)
    refused(rapport.request("PUT", "/v1/deliveries", GOOD), 405, "method_not_allowed")


def bad_recipients(rapport):
    def post(*recipients, **change):
        return rapport.request("POST", "/v1/deliveries", GOOD | {"recipients": list(recipients)} | change)

    refused(post({"email": "nobody"}), 422, pointer="/recipients/0/email")
    refused(post(GOOD["recipients"][0], {"email": "a b@example.com"}), 422, pointer="/recipients/1/email")
    refused(post({"name": "Ada"}), 422)
    refused(post({"customer": "cus_0000000000001"}), 422, pointer="/recipients/0/customer")
    refused(post({"customer": "dlv_0000000000001"}), 422, pointer="/recipients/0/customer")
    refused(post({"email": "ada@example.com"}), 422, pointer="/recipients/0/second_email")
    refused(post({"email": "ada@example.com", "second_email": "ada@example.com"}), 422, pointer="/recipients/0/second_email")
    batch = {"deliveries": [GOOD, GOOD | {"subject": ""}]}
    refused(rapport.request("POST", "/v1/deliveries", batch), 422, pointer="/deliveries/1/subject")
    refused(rapport.request("POST", "/v1/deliveries", {"deliveries": [{"kind": "plain", "recipients": [{"email": "a@example.com"}], "subject": "s", "text": "t"}] * 1001}),
            422, pointer="/deliveries")


def bad_attachments(rapport):
    def post(*files):
        return rapport.request("POST", "/v1/deliveries", GOOD | {"files": list(files)})

    text = {"name": "a.txt", "media_type": "text/plain", "data": "QUJD"}
    refused(post(text | {"data": ONE_MB + "QUJD"}), 422, pointer="/files/0/data")
    refused(post(text | {"data": "not base64!"}), 422, pointer="/files/0/data")
    refused(post(text, {"name": "setup.exe", "media_type": "application/x-msdownload", "data": "TVqQ"}), 422)
    refused(post({"name": "setup.exe", "media_type": "application/octet-stream", "data": base64.b64encode(b"MZ\x90\0" + b"\0" * 60).decode()}), 422)
    refused(post(text | {"media_type": "application/pdf", "name": "a.pdf"}), 422)
    refused(post(text | {"name": "../../etc/passwd"}), 422, pointer="/files/0")
    refused(post(*[text] * 21), 422, pointer="/files")
    refused(post({"file": "fil_0000000000001"}), 422, pointer="/files/0/file")
    refused(rapport.request("POST", "/v1/files?name=a.txt", b"a" * ((1 << 20) + 1), headers={"Content-Type": "text/plain"}), 413)
    refused(rapport.request("POST", "/v1/files?name=a.exe", b"MZ\x90\0", headers={"Content-Type": "application/x-msdownload"}), 415)
    refused(rapport.request("POST", "/v1/files", b"a", headers={"Content-Type": "text/plain"}), 422, pointer="/name")


def reused_key(rapport):
    first = rapport.request("POST", "/v1/deliveries", GOOD, headers={"Idempotency-Key": "one"})
    assert first[0] == 202, first
    before = settled(rapport)
    refused(rapport.request("POST", "/v1/deliveries", GOOD | {"text": "Other."}, headers={"Idempotency-Key": "one"}), 409, "idempotency_key_reused")
    again = rapport.request("POST", "/v1/deliveries", GOOD, headers={"Idempotency-Key": "one"})
    assert again[0] == 202 and again[2]["submission"] == first[2]["submission"]
    assert counts(rapport) == before, "a repeated request stored something"


def connect(rapport):
    s = socket.create_connection(("127.0.0.1", rapport.port), 30)
    s.settimeout(30)
    return s


def status_of(s):
    """The status of the answer; 0 when the connection was closed without one."""
    try:
        got = b""
        while b"\r\n" not in got:
            more = s.recv(4096)
            if not more:
                return 0
            got += more
        return int(got.split()[1])
    except ConnectionResetError:
        return 0


def head(rapport, length):
    return (f"POST /v1/deliveries HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {rapport.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {length}\r\n").encode()


def cut_off(rapport):
    body = json.dumps(GOOD).encode()
    whole = head(rapport, len(body)) + b"\r\n" + body
    for places in range(1, len(whole), 7):
        with connect(rapport) as s:
            s.sendall(whole[:places])
            s.shutdown(socket.SHUT_WR)  # said nothing more, and gone
    with connect(rapport) as s:
        s.sendall(head(rapport, len(body)) + b"Transfer-Encoding: chunked\r\n\r\n" + body)  # two lengths: request smuggling
        assert status_of(s) == 400


def slow(rapport):
    """A head or a body that trickles in is ended by a limit; others do not wait for it."""
    outcomes = {}

    def trickle(name, before, each):
        with connect(rapport) as s:
            begun = time.monotonic()
            s.sendall(before)
            s.settimeout(0.5)
            status = None
            while status is None and time.monotonic() - begun < 40:
                try:
                    s.sendall(each)
                    status = status_of(s)
                except TimeoutError:
                    continue
                except (BrokenPipeError, ConnectionResetError):
                    status = 0
            outcomes[name] = (status, time.monotonic() - begun)
    threads = [threading.Thread(target=trickle, args=("head", b"GET /healthz HTTP/1.1\r\nX-Slow: ", b"a")),
               threading.Thread(target=trickle, args=("body", head(rapport, 100_000) + b"\r\n", b" "))]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        begun = time.monotonic()
        assert rapport.request("GET", "/healthz")[0] == 200
        assert time.monotonic() - begun < 2, "others wait for a slow client"
        time.sleep(0.5)
    for name, (status, took) in outcomes.items():
        assert status in (408, 0) and took < 30, f"a slow {name}: {status} after {took:.0f} s"


def header_flood(rapport):
    for flood in (b"".join(b"X-%d: a\r\n" % i for i in range(2000)), b"X-Long: " + b"a" * 100_000 + b"\r\n"):
        with connect(rapport) as s:
            try:
                s.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + flood + b"\r\n")
            except (BrokenPipeError, ConnectionResetError):
                pass  # it did not read to the end
            assert status_of(s) in (431, 0)
    with connect(rapport) as s:
        s.sendall(b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert status_of(s) == 414
    with connect(rapport) as s:  # without end
        sent = 0
        try:
            s.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
            while sent < 10 << 20:
                s.sendall(b"X: " + b"a" * 1000 + b"\r\n")
                sent += 1000
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert sent < 10 << 20, "ten megabytes of header were taken"


def memory_mb(rapport):
    for line in pathlib.Path(f"/proc/{rapport.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024


def many_connections(rapport, number):
    before, connections = memory_mb(rapport), []
    try:
        for i in range(number):
            connections.append(connect(rapport))
            if i % 2:  # half of them say something and no more
                connections[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
        begun = time.monotonic()
        assert rapport.get("/healthz") and rapport.get("/v1/deliveries")["items"]
        took = time.monotonic() - begun
        grown = memory_mb(rapport) - before
        assert took < 2, f"beside {number} connections two answers took {took:.1f} s"
        assert grown < number * 0.03, f"{number} connections cost {grown:.0f} MB"
        print(f"    {number} open connections: {grown:.0f} MB more, two answers in {took * 1000:.0f} ms")
    finally:
        for s in connections:
            s.close()


def over_the_limit(rapport, limit):
    """Beyond max_connections: 503 and closed; as soon as others leave, served again."""
    connections = [connect(rapport) for _ in range(limit)]
    time.sleep(0.3)  # accepted
    with connect(rapport) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert status_of(s) in (503, 0)
    for s in connections:
        s.close()
    wait_for(lambda: rapport.request("GET", "/healthz")[0] == 200, 10, "an answer after the flood")


resource.setrlimit(resource.RLIMIT_NOFILE, (min(20_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
with Rapport(extra="[delivery]\nmax_file_mb = 1\nmax_delivery_mb = 2\n") as rapport:
    before = settled(rapport)
    for attempt in (bad_fields, bad_recipients, bad_attachments, cut_off, header_flood, slow):
        attempt(rapport)
        after = settled(rapport)
        assert after == before, f"{attempt.__name__} stored something: { {t: (before[t], n) for t, n in after.items() if n != before[t]} }"
        assert not list((rapport.folder / "blobs").rglob("*.*")), "files were left"
        print(f"    {attempt.__name__}: good")
    reused_key(rapport)
    many_connections(rapport, 2000)
    rapport.stop()
    rapport.config.write_text("max_connections = 100\n" + rapport.config.read_text())
    rapport.start()
    over_the_limit(rapport, 100)
    rapport.stop()
    checked = rapport.command("fsck")
    assert checked.returncode == 0, checked.stdout + checked.stderr
print("  bad input: good")
