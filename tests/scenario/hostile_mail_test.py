#!/usr/bin/env python3
"""Mails that were made to do harm: bombs of parts, nesting, headers, encodings and charsets, octets that no mail may have, sizes that are only declared, files that would like to
run. Each costs bounded time and memory, is kept as it came, becomes one message, and changes nobody else's conversation; the mail after it is not held up. Then mails in the
charsets that our six languages are written in: all of their words are there. On both engines."""
import base64
import email.message
import email.policy
import io
import pathlib
import re
import smtplib
import socket
import sys
import time
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import free_port, wait_for  # noqa: E402
from support.server import Rapport  # noqa: E402

SCOPES = ["conversations.read", "conversations.reply", "conversations.manage", "mailboxes.manage", "customers.read", "suppressions.read"]
LIMIT_MB = 16
SECONDS, MEMORY_MB = 20, 400  # of one mail, generously: they take a tenth of it
EVE = "eve@elsewhere.test"


def start(engine):
    smtp, lmtp = free_port(), free_port()
    rapport = Rapport(engine, f"[inbound]\nsmtp_listen = \"127.0.0.1:{smtp}\"\nlmtp_listen = \"127.0.0.1:{lmtp}\"\nbounce_domain = \"bounces.test\"\nmax_mail_mb = {LIMIT_MB}\n")
    rapport.smtp, rapport.lmtp = smtp, lmtp
    rapport.agent = rapport.new_key("desk", SCOPES)
    return rapport


def get(rapport, path):
    return rapport.get(path, key=rapport.agent)


def post(rapport, path, body, status=201):
    got, _, answer = rapport.request("POST", path, body, key=rapport.agent)
    assert got == status, (path, got, answer)
    return answer


def lmtp(rapport, raw, sender=EVE, to="box@ours.test"):
    with smtplib.LMTP("127.0.0.1", rapport.lmtp, timeout=60) as client:
        client.sendmail(sender, [to], raw)


def head(name, more=b""):
    return f"From: Eve <{EVE}>\r\nTo: box@ours.test\r\nSubject: {name}\r\nX-Case: case {name} end\r\n".encode() + more + b"MIME-Version: 1.0\r\n"


def plain(name, words, sender=EVE, more=""):
    return (f"From: {sender}\r\nTo: box@ours.test\r\nSubject: {name}\r\nX-Case: case {name} end\r\n{more}MIME-Version: 1.0\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n").encode()


def multipart(name, *parts, kind="mixed"):
    return head(name) + f"Content-Type: multipart/{kind}; boundary=m\r\n\r\n".encode() + b"".join(b"--m\r\n" + one + b"\r\n" for one in parts) + b"--m--\r\n"


def file_part(name, octets, kind="application/octet-stream"):
    coded = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    return f"Content-Type: {kind}\r\nContent-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode() + coded


def zip_bomb():
    """Zips in a zip: some kilobytes that say to be gigabytes."""
    inner = b"\0" * (20 << 20)
    for depth in range(3):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as one:
            for i in range(1 if depth == 0 else 10):
                one.writestr(f"{depth}-{i}.zip", inner)
        inner = out.getvalue()
    return inner


def nested(name, depth, kind):
    raw = head(name)
    for i in range(depth):
        raw += (f"Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n" if kind == "multipart" else "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n").encode()
    return raw + b"\r\nthe innermost words\r\n"


def bombs():
    """Name, octets, must it be said that it could not be read whole?"""
    mb = 1 << 20
    yield "ten thousand parts", multipart("ten thousand parts", *[b"\r\nx"] * 10_000), True
    yield "parts of one octet", head("parts of one octet") + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\na\r\n" * (4 * mb // 10), True
    yield "a thousand parts", multipart("a thousand parts", *[b"\r\nx"] * 1000), True
    yield "nested multiparts", nested("nested multiparts", 200, "multipart"), True
    yield "nested messages", nested("nested messages", 200, "message"), True
    yield "a header without end", head("a header without end", b"X-Long: " + b"".join(b"a" * 900 + b"\r\n " for _ in range(8 * 1100)) + b"\r\n") + b"\r\nx\r\n", True
    yield "very many fields", head("very many fields", b"".join(b"X-%d: a\r\n" % i for i in range(400_000))) + b"\r\nx\r\n", True
    yield "very many recipients", head("very many recipients", b"Cc: " + b",\r\n ".join(b"p%d@people.test" % i for i in range(10_000)) + b"\r\n") + b"\r\nx\r\n", False
    yield "very many references", head("very many references", b"References: " + b"\r\n ".join(b"<%d@x.test>" % i for i in range(10_000)) + b"\r\n") + b"\r\nx\r\n", False
    yield "coded words", head("coded words", b"X-Words: " + b"\r\n ".join([b"=?utf-8?q?=00=ff?="] * 8_000) + b"\r\n") + b"\r\nx\r\n", False
    yield "a name in pieces", multipart("a name in pieces", b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment" + b"".join(
        b";\r\n filename*%d*=%%41%%42" % i for i in range(8_000)) + b"\r\n\r\nx"), False
    yield "a zip bomb", multipart("a zip bomb", file_part("42.zip", zip_bomb(), "application/zip")), False
    yield "codings in codings", multipart("codings in codings", b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(
        multipart("inner", file_part("x.gz", base64.encodebytes(b"\x1f\x8b\x08" + b"A" * mb)))).replace(b"\n", b"\r\n")), False
    yield "soft line breaks", head("soft line breaks") + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=\r\n" * (3 * mb) + b"end\r\n", False
    yield "uuencode", head("uuencode") + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n" + b"M" * (8 * mb) + b"\r\nend\r\n", False
    for charset in ("x-nothing", "utf-16", "utf-7", "iso-2022-kr", "utf-8\\0", "\xe9", "A" * 10_000):
        name = f"charset {charset[:12]!a}"
        yield name, head(name) + b"Content-Type: text/plain; charset=\"" + charset.encode("latin-1") + b"\"\r\n\r\n\xff\xfe\x1b$)C words +AGE-\x0e\xb0\xa1\r\n", False
    yield "eight bits", head("eight bits", b"Subject: Gr\xfc\xdfe \xff\xfe \xf0\x28\x8c\x28\r\nX-\xe9\xff: \xc3\r\n") + b"Content-Type: text/plain; name=\"\xff\xe9\"\r\n\r\nGr\xfc\xdfe\r\n", False
    yield "deep HTML", head("deep HTML") + b"Content-Type: text/html\r\n\r\n" + b"<div><span>\r\n" * (3 * mb // 13) + b"end", False
    yield "broken HTML", head("broken HTML") + b"Content-Type: text/html\r\n\r\n" + b"<a href='x" * 100 + b"<!--\r\n" * 100_000 + b"&#x10ffff;&lt;<\r\n" * 100_000, False
    yield "quotations", plain("quotations", "> " * 200 + "\r\n" + "On Monday, Ann wrote:\r\n>\r\n" * 100_000), False
    yield "an empty one", b"\r\n", True
    yield "a long line", head("a long line") + b"\r\n" + b"x" * (8 * mb) + b"\r\n", False


def memory(rapport, what):
    return int(re.search(rf"{what}:\s+(\d+)", pathlib.Path(f"/proc/{rapport.process.pid}/status").read_text()).group(1)) / 1024


def forget_peak(rapport):
    pathlib.Path(f"/proc/{rapport.process.pid}/clear_refs").write_text("5")


def newest(rapport):
    return get(rapport, "/v1/conversations?limit=1&state=open")["items"][0]


def harmless(rapport, adas):
    """Each bomb becomes one message, whole, and what follows it is not held up."""
    seen, costs = newest(rapport)["number"], []
    for name, raw, is_said in bombs():
        forget_peak(rapport)
        before, begun = memory(rapport, "VmRSS"), time.monotonic()
        lmtp(rapport, raw)
        wait_for(lambda: newest(rapport)["number"] > seen, SECONDS, f"the message of {name!r}")
        took = time.monotonic() - begun
        grown = memory(rapport, "VmHWM") - before
        one = newest(rapport)
        assert one["number"] == seen + 1 and one["messages"] == 1, (name, one)
        seen += 1
        [message] = get(rapport, f"/v1/conversations/{one['id']}/messages")["items"]
        assert bool(message.get("trouble")) == is_said, (name, message.get("trouble"), len(message["attachments"]))
        status, _, kept = rapport.request("GET", f"/v1/messages/{message['id']}/raw", key=rapport.agent)
        assert status == 200 and raw in kept, f"{name}: not kept as it came ({len(raw)} octets, {len(kept)} kept)"
        assert rapport.request("GET", f"/v1/messages/{message['id']}", key=rapport.agent)[0] == 200, name
        assert took < SECONDS and grown < MEMORY_MB, f"{name}: {took:.1f} s, {grown:.0f} MB"
        costs.append((took, grown, name))
    assert get(rapport, f"/v1/conversations/{adas['id']}") == adas, "Ada's conversation is as it was"
    slowest, largest = max(costs), max(costs, key=lambda one: one[1])
    print(f"    {len(costs)} bombs: the slowest {slowest[0]:.2f} s ({slowest[2]}), the largest {largest[1]:.0f} MB ({largest[2]})")


def forbidden_octets(rapport):
    """NUL stands in no mail (RFC 5322 §2.2), and arrives all the same: what stands after it is not lost."""
    seen = newest(rapport)["number"]
    words = "before\0after the first\r\nand the last"
    lmtp(rapport, plain("nul\0 in a subject", words, more="Message-ID: <a\0b@x.test>\r\n"))
    coded = base64.b64encode(words.encode()).decode()
    lmtp(rapport, plain("nul coded", coded, more="Content-Transfer-Encoding: base64\r\n"))
    lmtp(rapport, f"From: \"Eve\0 Evil\" <eve\0@elsewhere.test>\r\nTo: box@ours.test\r\nSubject: nul in from\r\n\r\n{words}\r\n".encode())
    wait_for(lambda: newest(rapport)["number"] >= seen + 3, SECONDS, "the mails with NUL")
    for one in get(rapport, "/v1/conversations?limit=3&state=open")["items"]:
        [message] = get(rapport, f"/v1/conversations/{one['id']}/messages")["items"]
        assert "before" in message["text"] and "after the first" in message["text"] and "and the last" in message["text"], (one["subject"], message["text"])


def declared_sizes(rapport):
    """What is only declared costs nothing; what is too much ends."""
    forget_peak(rapport)
    before = memory(rapport, "VmRSS")
    with smtplib.SMTP("127.0.0.1", rapport.smtp, timeout=60) as client:
        client.ehlo()
        assert client.mail(EVE, ["SIZE=1073741824"])[0] == 552
        assert client.mail(EVE)[0] == 250 and client.rcpt("box@ours.test")[0] == 250, "the next mail may come"
    for begin, piece in ((b"BDAT 1073741824\r\n", b"a" * 65_536), (b"DATA\r\n", b"a" * 65_536), (b"DATA\r\n", b"X-Endless: a\r\n" * 4_000)):
        with socket.create_connection(("127.0.0.1", rapport.smtp), 60) as s:
            s.sendall(f"EHLO x\r\nMAIL FROM:<{EVE}>\r\nRCPT TO:<box@ours.test>\r\n".encode() + begin)
            time.sleep(0.2)
            sent = 0
            try:
                while sent < 256 << 20:
                    s.sendall(piece)
                    sent += len(piece)
            except OSError:
                pass
            assert sent < 256 << 20, f"{begin!r}: it was taken without end"
    with socket.create_connection(("127.0.0.1", rapport.port), 60) as s:
        s.sendall(f"POST /v1/attachments?name=a.bin HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {rapport.agent}\r\nContent-Type: application/octet-stream\r\n"
                  "Content-Length: 1073741824\r\n\r\n".encode())
        assert b" 413 " in s.recv(4096), "refused before its body"
    body = __import__("gzip").compress(b" " * (200 << 20) + b"{}")
    status, _, problem = rapport.request("POST", "/v1/conversations", body, key=rapport.agent, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})
    assert 400 <= status < 500, (status, problem)
    grown = memory(rapport, "VmHWM") - before
    assert grown < 150, f"what was only declared cost {grown:.0f} MB"


def files(rapport):
    """What a file is says its content; it is handed out so that no browser runs it."""
    svg = b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"><script>alert(1)</script></svg>"
    page = b"<!DOCTYPE html><html><body><script>alert(document.cookie)</script></body></html>"
    given = {"picture.png": (svg, "image/png", "image/svg+xml"), "letter.pdf": (page, "application/pdf", "text/html"), "program.txt": (b"MZ\x90\0\x03" + b"\0" * 100, "text/plain", None),
             "../../etc/passwd": (b"root:x:0", "text/plain", None), "a\"; filename=evil.html": (page, "text/html", "text/html")}
    raw = multipart("files", b"Content-Type: text/html\r\n\r\n<p onclick=alert(1)>see</p><script>alert(1)</script>",
                    *[file_part(name.replace('"', '\\"'), octets, kind) for name, (octets, kind, _) in given.items()])
    lmtp(rapport, raw)
    wait_for(lambda: newest(rapport)["subject"] == "files", SECONDS, "the files")
    [message] = get(rapport, f"/v1/conversations/{newest(rapport)['id']}/messages")["items"]
    assert len(message["attachments"]) == len(given), message
    for one, (octets, said, found) in zip(message["attachments"], given.values()):
        status, headers, content = rapport.request("GET", f"/v1/attachments/{one['id']}", key=rapport.agent)
        assert status == 200 and content == octets, one
        assert found is None or one["media_type"] == found, (one, "told by its content, not by what the sender says")
        assert headers["Content-Disposition"].startswith("attachment;") and "/" not in one["name"] and "\r" not in headers["Content-Disposition"], (one, headers["Content-Disposition"])
        assert "sandbox" in headers["Content-Security-Policy"] and "default-src 'none'" in headers["Content-Security-Policy"], headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff" and "private" in headers["Cache-Control"] or "no-store" in headers["Cache-Control"], headers.items()
    status, headers, content = rapport.request("GET", f"/v1/messages/{message['id']}/html", key=rapport.agent)
    assert status == 200 and b"<script>" in content, "as it came …"
    assert "sandbox" in headers["Content-Security-Policy"] and "script-src" not in headers["Content-Security-Policy"] and "default-src 'none'" in headers["Content-Security-Policy"]


WORDS = {"it": ("Perché la città è così? È già finita", ["iso-8859-1", "iso-8859-15", "windows-1252", "utf-16"]), "th": ("ใบเสร็จรับเงิน ฉันยังไม่ได้รับ", ["tis-620", "windows-874", "utf-8"]),
         "ja": ("請求書をもう一度送ってください", ["iso-2022-jp", "shift_jis", "cp932", "euc-jp"]), "ko": ("배송이 아직 도착하지 않았습니다", ["euc-kr", "ks_c_5601-1987", "cp949"]),
         "fa": ("سلام من خريد کردم", ["windows-1256", "utf-8"])}
PYTHON = {"windows-874": "cp874", "ks_c_5601-1987": "euc_kr"}


def charsets(rapport):
    """Subject, name, words and names of files in what our six languages have been written in, made by Python's mail library."""
    for words, names in WORDS.values():
        words = words if words.isascii() else words.replace("\u06a9", "\u0643") if "سلام" in words else words
        for name in names:
            for coding in ("quoted-printable", "base64"):
                octets = words.encode(PYTHON.get(name, name))
                coded = base64.b64encode(octets).decode() if coding == "base64" else "".join(f"={octet:02X}" for octet in octets)
                subject = f"=?{name}?b?{base64.b64encode(octets).decode()}?="
                lmtp(rapport, (f"From: {subject} <c@charsets.test>\r\nTo: box@ours.test\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset={name}\r\n"
                               f"Content-Transfer-Encoding: {coding}\r\n\r\n" + "=\r\n".join(re.findall("(?:=..){1,20}", coded) if coding != "base64" else [coded])).encode())
                seen = []

                def look():
                    one = newest(rapport)
                    [message] = get(rapport, f"/v1/conversations/{one['id']}/messages")["items"]
                    seen[:] = [(one["subject"], message["from"]["name"], message["text"].strip())]
                    return message["from"]["address"] == "c@charsets.test" and seen[0] == (words,) * 3
                try:
                    wait_for(look, 15, "")
                except AssertionError:
                    raise AssertionError(f"{name}, {coding}: {seen} for {words}") from None
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = "Ada <ada@charsets.test>", "box@ours.test", "a file"
    mail.set_content("see")
    mail.add_attachment(b"x" * 10, maintype="application", subtype="octet-stream", filename="قرارداد ۱۴۰۵ – 契約書.bin")
    lmtp(rapport, mail.as_bytes())
    wait_for(lambda: newest(rapport)["subject"] == "a file", 15, "the file with a name")
    [message] = get(rapport, f"/v1/conversations/{newest(rapport)['id']}/messages")["items"]
    assert message["attachments"][0]["name"] == "قرارداد ۱۴۰۵ – 契約書.bin", message["attachments"]


for engine in sys.argv[1:] or ("sqlite", "postgresql"):
    with start(engine) as rapport:
        post(rapport, "/v1/mailboxes", {"address": "box@ours.test", "name": "Ours", "locale": "en"})
        time.sleep(1.2)  # mailboxes are read every second
        lmtp(rapport, plain("Broken meter", "It blinks.", "Ada <ada@dest.test>", "Message-ID: <first@dest.test>\r\n"), "ada@dest.test")
        wait_for(lambda: get(rapport, "/v1/conversations?state=open")["items"], 10, "Ada's mail")
        adas = get(rapport, f"/v1/conversations/{newest(rapport)['id']}")
        harmless(rapport, adas)
        forbidden_octets(rapport)
        declared_sizes(rapport)
        files(rapport)
        charsets(rapport)
        assert get(rapport, f"/v1/conversations/{adas['id']}") == adas
        rapport.stop()
        checked = rapport.command("fsck")
        assert checked.returncode == 0, checked.stdout + checked.stderr
    print(f"  {engine}: good")
