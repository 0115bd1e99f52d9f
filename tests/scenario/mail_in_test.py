#!/usr/bin/env python3
"""Mail that comes back: a real Postfix takes our letters and returns them by SMTP and by LMTP, a real Dovecot answers for people
who are away; what is forged, too large, too much or killed in the middle. On both engines."""
import concurrent.futures
import hashlib
import os
import pathlib
import re
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import Dovecot, Postfix, free_port, wait_for  # noqa: E402
from support.server import Rapport  # noqa: E402

AWAY = """require ["vacation"];
vacation :days 1 :subject "I am away" "Back on Monday. My mailbox is full, user unknown.";
"""


def start(engine):
    smtp, lmtp = free_port(), free_port()
    rapport = Rapport(engine, f"hello = \"rapport.test\"\n[inbound]\nsmtp_listen = \"127.0.0.1:{smtp}\"\nlmtp_listen = \"127.0.0.1:{lmtp}\"\n"
                              "bounce_domain = \"bounces.test\"\nmax_mail_mb = 2\n[tls]\ncertificate = \"FOLDER/cert.pem\"\nkey = \"FOLDER/key.pem\"\n")
    rapport.smtp, rapport.lmtp = smtp, lmtp
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=rapport.test",
                    "-keyout", rapport.folder / "key.pem", "-out", rapport.folder / "cert.pem"], check=True, stderr=subprocess.DEVNULL)
    routes = {"dest.test": "discard:"}
    refusals = {"unknown@dest.test": "550 5.1.1 user unknown", "full@dest.test": "552 5.2.2 mailbox full", "later@dest.test": "452 4.2.2 the mailbox is full",
                "spam@dest.test": "554 5.7.1 listed by zen.spamhaus.org"}
    rapport.postfix = Postfix(rapport.folder / "postfix", routes | {"bounces.test": f"smtp:[127.0.0.1]:{rapport.smtp}"}, refusals=refusals)
    rapport.dovecot = Dovecot(rapport.folder / "dovecot", rapport.postfix.port, AWAY)
    rapport.routes = routes | {"away@dest.test": f"lmtp:inet:127.0.0.1:{rapport.dovecot.port}"}
    text = rapport.config.read_text().replace("FOLDER", str(rapport.folder))
    rapport.config.write_text(text.replace(f"smart_host = \"127.0.0.1:{rapport.sink.port}\"", f"smart_host = \"127.0.0.1:{rapport.postfix.port}\""))
    return rapport


def send(rapport, to, kind="registered"):
    status, _, answer = rapport.request("POST", "/v1/deliveries", {
        "kind": kind, "recipients": [{"email": to}], "subject": "s", "text": "t", **({"assurance": "basic"} if kind == "registered" else {})})
    assert status == 202, answer
    return answer["deliveries"][0]["id"]


def detail_when(rapport, delivery, holds, what):
    last = {}

    def look():
        last.update(rapport.get(f"/v1/deliveries/{delivery}"))
        return holds(last)
    try:
        wait_for(look, 30, what)
    except AssertionError:
        print(last, rapport.postfix.log()[-3000:], rapport.get("/v1/inbound"))
        raise
    return last


def codes(detail):
    return [one["code"] for one in detail["evidence"]]


def bounced(rapport):
    """Accepted by Postfix (C.1), returned by its bounce daemon (C.2); the next letter to the address does not leave."""
    first = send(rapport, "unknown@dest.test")
    detail = detail_when(rapport, first, lambda d: "C2" in codes(d), "the bounce")
    assert codes(detail)[:3] == ["A1", "C1", "C2"] and detail["state"] == "notified", detail
    xml = rapport.get(f"/v1/deliveries/{first}/evidence/{detail['evidence'][2]['id']}")
    letter = detail["letters"][0]["id"]
    bounce = rapport.get(f"/v1/bounces?letter={letter}")["items"][0]
    assert (bounce["what"], bounce["status"], bounce["told"]) == ("hard", "5.1.1", True), bounce
    raw = rapport.get(f"/v1/inbound/{bounce['message']}/raw")
    assert b"multipart/report" in raw and b"Final-Recipient: rfc822; unknown@dest.test" in raw
    original = rapport.get(f"/v1/inbound/{bounce['message']}/original")
    assert hashlib.sha256(original).hexdigest().encode() in xml, "the evidence names the report byte for byte"
    assert raw != original, "what an agent sees of it does not hold the customer's link"
    assert letter.encode() in raw, "the report is about our letter"

    second = send(rapport, "UNKNOWN@dest.test")
    detail = detail_when(rapport, second, lambda d: d["state"] == "notification_failed", "the refusal")
    assert codes(detail) == ["A1", "C2"], detail
    reply = detail["letters"][0]["last_reply"]
    assert reply.startswith("suppressed: hard bounce 5.1.1"), reply
    found = rapport.get("/v1/suppressions?q=unknown@")["items"]
    assert len(found) == 1 and found[0]["reason"] == "hard" and found[0]["letter"] == letter and "expires_at" in found[0], found
    status, _, _ = rapport.request("DELETE", f"/v1/suppressions/{found[0]['id']}")
    assert status == 200, status
    assert rapport.get("/v1/suppressions?q=unknown@")["items"] == []
    assert rapport.request("DELETE", f"/v1/suppressions/{found[0]['id']}")[0] == 404
    third = send(rapport, "unknown@dest.test")
    detail_when(rapport, third, lambda d: codes(d)[:3] == ["A1", "C1", "C2"], "the second bounce")
    verbs = [line["verb"] for line in rapport.get("/v1/audit")["items"]]
    assert "suppression.lifted" in verbs, verbs


def told_apart(rapport):
    """Full, later and blocked: failures of this letter, and of no other. A plain notice becomes failed."""
    for address, what, status in (("full@dest.test", "soft", "5.2.2"), ("later@dest.test", "soft", "4.2.2"), ("spam@dest.test", "block", "5.7.1")):
        delivery = send(rapport, address)
        detail = detail_when(rapport, delivery, lambda d: "C2" in codes(d), what)
        bounce = rapport.get(f"/v1/bounces?letter={detail['letters'][0]['id']}")["items"][0]
        assert (bounce["what"], bounce["status"]) == (what, status), bounce
        assert rapport.get(f"/v1/suppressions?q={address}")["items"] == []
    plain = send(rapport, "full@dest.test", "plain")
    detail_when(rapport, plain, lambda d: d["state"] == "failed", "the plain notice to fail")


def away(rapport):
    """Dovecot's Sieve answers no letter of ours (RFC 3834: they say that a program wrote them). Where a relay has lost that field it
    answers to the return path: whatever its text says, no bounce."""
    delivery = send(rapport, "away@dest.test")
    detail = detail_when(rapport, delivery, lambda d: d["state"] == "notified", "the letter")
    letter = detail["letters"][0]["id"]
    wait_for(rapport.dovecot.mails, 20, "the letter at Dovecot")
    with smtplib.SMTP("127.0.0.1", rapport.postfix.port) as client:
        client.sendmail(return_path(rapport), ["away@dest.test"], "From: post@example.org\r\nTo: away@dest.test\r\nSubject: s\r\nMessage-ID: <1@x.test>\r\n\r\nx\r\n")
    found = []

    def look():
        found[:] = [one for one in rapport.get("/v1/inbound?kind=auto_reply")["items"] if one.get("letter") == letter]
        return found
    try:
        wait_for(look, 30, "the absence note")
    except AssertionError:
        print(rapport.dovecot.log(), rapport.postfix.log()[-2000:], rapport.get("/v1/inbound"))
        raise
    assert rapport.get("/v1/suppressions?q=away@")["items"] == []
    assert "C2" not in codes(rapport.get(f"/v1/deliveries/{delivery}"))
    return letter


def return_path(rapport):
    mail = next(m for m in rapport.dovecot.mails() if m["Auto-Submitted"])
    address = mail["Return-Path"].strip("<>")
    assert re.fullmatch(r"bounce-[0-9a-z]{13}-[0-9a-z]{26}@bounces\.test", address), address
    assert re.fullmatch(r"<out_[0-9a-z]{13}\.[0-9a-z]{26}@example\.org>", mail["Message-ID"]), mail["Message-ID"]
    return address


def complaint_and_forgery(rapport):
    genuine = return_path(rapport)
    forged = genuine[:-20] + ("0" if genuine[-20] != "0" else "1") + genuine[-19:]
    with smtplib.SMTP("127.0.0.1", rapport.smtp) as client:
        client.ehlo("isp.test")
        assert client.mail("")[0] == 250
        code, text = client.rcpt(forged)
        assert code == 550 and text.startswith(b"5.1.1"), (code, text)
        assert client.rcpt("somebody@elsewhere.test")[0] == 550, "an open relay"
        client.rset()
        forged_report = dsn(forged, "away@dest.test")
        client.sendmail("", ["postmaster@bounces.test"], forged_report)
    wait_for(lambda: any(i.get("kind") == "forged" for i in rapport.get("/v1/inbound")["items"]), 10, "the forged report to be shown")
    assert rapport.get("/v1/suppressions?q=away@")["items"] == []
    with smtplib.SMTP("127.0.0.1", rapport.smtp) as client:
        client.sendmail("fbl@isp.test", ["fbl@bounces.test"], complaint(genuine))
    wait_for(lambda: rapport.get("/v1/suppressions?reason=complaint")["items"], 10, "the complaint")
    plain = send(rapport, "away@dest.test", "plain")
    detail = detail_when(rapport, plain, lambda d: d["state"] == "failed", "the notice to be held back")
    assert detail["letters"][0]["last_reply"].startswith("suppressed: complaint"), detail
    legal = send(rapport, "away@dest.test")
    detail_when(rapport, legal, lambda d: d["state"] == "notified", "the registered invitation to leave all the same")
    status, _, csv = rapport.request("GET", "/v1/suppressions.csv")
    assert status == 200 and b"\"away@dest.test\",complaint," in csv, csv


def by_hand(rapport):
    """A person adds and lifts; whoever may not, may not; what is wrong is named."""
    status, _, added = rapport.request("POST", "/v1/suppressions", {"address": "Nobody@dest.test", "note": "asked by phone"})
    assert status == 201 and (added["address"], added["reason"], added["detail"]) == ("nobody@dest.test", "manual", "asked by phone"), added
    detail = detail_when(rapport, send(rapport, "nobody@dest.test"), lambda d: d["state"] == "notification_failed", "the letter to be held back")
    assert detail["letters"][0]["last_reply"].startswith("suppressed: by a person asked by phone"), detail
    assert rapport.request("POST", "/v1/suppressions", {"address": "not an address", "note": ""})[0] == 422
    late = rapport.request("POST", "/v1/suppressions", {"address": "a@b.test", "note": "", "expires_at": "2020-01-01T00:00:00Z"})
    assert late[0] == 422 and late[2]["fields"][0]["pointer"] == "/expires_at", late
    assert rapport.request("GET", "/v1/suppressions?after=nonsense")[0] == 422
    stranger, mail = rapport.new_key("stranger", ["events.read"]), rapport.get("/v1/inbound")["items"][0]["id"]
    for method, path in (("GET", "/v1/suppressions"), ("GET", "/v1/suppressions.csv"), ("POST", "/v1/suppressions"), ("DELETE", f"/v1/suppressions/{added['id']}"),
                         ("GET", "/v1/bounces"), ("GET", "/v1/inbound"), ("GET", f"/v1/inbound/{mail}/raw")):
        status = rapport.request(method, path, {"address": "a@b.test", "note": ""} if method == "POST" else None, key=stranger)[0]
        assert status == 403, (method, path, status)
    looker = rapport.new_key("looker", ["suppressions.read"])
    assert rapport.request("GET", f"/v1/inbound/{mail}/raw", key=looker)[0] == 403, "a bounce may hold the letter"
    assert rapport.request("DELETE", f"/v1/suppressions/{added['id']}", key=looker)[0] == 403
    assert rapport.request("GET", "/v1/inbound/inb_0000000000001/raw")[0] == 404
    assert rapport.request("DELETE", f"/v1/suppressions/{added['id']}")[0] == 200


def dsn(return_path_, to):
    return (f"From: MAILER-DAEMON@mx.test\r\nTo: <{return_path_}>\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nno\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
            f"Reporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; {to}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\n"
            f"Content-Type: text/rfc822-headers\r\n\r\nReturn-Path: <{return_path_}>\r\nSubject: s\r\n\r\n--b--\r\n")


def complaint(return_path_):
    return ("From: fbl@isp.test\r\nTo: fbl@bounces.test\r\nSubject: abuse\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; "
            "boundary=b\r\n\r\n--b\r\n\r\nspam\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: isp/1\r\nVersion: 1\r\n"
            f"Original-Mail-From: <{return_path_}>\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\nx\r\n--b--\r\n")


def clients(rapport):
    """Other programs speak to us: swaks over STARTTLS and LMTP; smuggling, sizes, and silence get what they deserve."""
    common = ["--from", "a@b.test", "--to", "postmaster@bounces.test", "--body", "x"]
    plain = subprocess.run(["swaks", "--server", f"127.0.0.1:{rapport.smtp}", *common], capture_output=True, text=True)
    assert plain.returncode == 0 and "250 2.0.0 Kept" in plain.stdout, plain.stdout
    with smtplib.SMTP("127.0.0.1", rapport.smtp) as client:
        context = ssl.create_default_context(cafile=rapport.folder / "cert.pem")
        context.check_hostname = False
        client.starttls(context=context)
        client.sendmail("a@b.test", ["postmaster@bounces.test"], "Subject: over TLS\r\n\r\nx\r\n")
    assert any(one["peer"].endswith(" tls") for one in rapport.get("/v1/inbound")["items"])
    lmtp = subprocess.run(["swaks", "--server", f"127.0.0.1:{rapport.lmtp}", "--protocol", "LMTP", *common], capture_output=True, text=True)
    assert lmtp.returncode == 0 and "250 2.0.0 Kept" in lmtp.stdout, lmtp.stdout
    with smtplib.SMTP("127.0.0.1", rapport.smtp) as client:
        client.ehlo()
        assert client.has_extn("smtputf8") and client.esmtp_features["size"] == str(2 << 20), client.esmtp_features
        try:
            client.sendmail("a@b.test", ["postmaster@bounces.test"], b"Subject: x\r\n\r\n" + b"y" * (3 << 20))
            raise AssertionError("a mail beyond the limit was taken")
        except smtplib.SMTPSenderRefused as refused:
            assert refused.smtp_code == 552, refused
    with socket.create_connection(("127.0.0.1", rapport.smtp)) as s:
        s.sendall(b"EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<postmaster@bounces.test>\r\nDATA\r\n")
        time.sleep(0.2)
        s.sendall(b"Subject: x\r\n\r\ny\n.\r\nMAIL FROM:<admin@b.test>\r\nRCPT TO:<postmaster@bounces.test>\r\nDATA\r\nsmuggled\r\n.\r\n")
        said = b""
        while octets := s.recv(4096):
            said += octets
        assert said.rstrip().splitlines()[-1].startswith(b"521 5.5.2"), said
    assert not any("admin@b.test" == one["sender"] for one in rapport.get("/v1/inbound?limit=200")["items"])


def all_inbound(rapport):
    found, after = [], ""
    while True:
        page = rapport.get(f"/v1/inbound?limit=200{after}")
        found += page["items"]
        if "next" not in page:
            return found
        after = "&after=" + page["next"]


def load_and_kill(rapport):
    """Under load from Postfix's smtp-source, then killed while mails come in: what got its 250 is there, once."""
    before = len(all_inbound(rapport))
    done = subprocess.run(["smtp-source", "-s", "20", "-m", "1000", "-l", "4096", "-f", "a@load.test", "-t", "postmaster@bounces.test",
                           f"inet:127.0.0.1:{rapport.smtp}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    wait_for(lambda: len(all_inbound(rapport)) == before + 1000, 20, "all mails of the load")
    kept, stop = [], time.monotonic() + 3

    def sender(number):
        try:
            with smtplib.LMTP("127.0.0.1", rapport.lmtp) as client:
                n = 0
                while time.monotonic() < stop:
                    client.sendmail(f"kill-{number}-{n}@b.test", ["postmaster@bounces.test"], f"Subject: {number} {n}\r\n\r\nx\r\n")
                    kept.append(f"kill-{number}-{n}@b.test")
                    n += 1
        except (OSError, smtplib.SMTPException):
            pass
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        running = [pool.submit(sender, i) for i in range(8)]
        wait_for(lambda: len(kept) > 50, 10, "mails")
        os.kill(rapport.process.pid, signal.SIGKILL)
        rapport.process.wait()
        for one in running:
            one.result()
    rapport.start()
    wait_for(lambda: all(one["state"] != "waiting" for one in all_inbound(rapport)), 20, "the spool to be handled")
    there = [one["sender"] for one in all_inbound(rapport)]
    lost = [sender_ for sender_ in kept if there.count(sender_) != 1]
    assert not lost, f"{len(lost)} of {len(kept)} mails that got 250 are not there once: {lost[:3]}"
    return len(kept)


for engine in sys.argv[1:] or ("sqlite", "postgresql"):
    rapport = start(engine)
    with rapport:
        try:
            rapport.postfix.reroute(rapport.routes | {"bounces.test": f"smtp:[127.0.0.1]:{rapport.smtp}"})
            bounced(rapport)
            told_apart(rapport)
            rapport.postfix.reroute(rapport.routes | {"bounces.test": f"lmtp:inet:127.0.0.1:{rapport.lmtp}"})
            by_lmtp = send(rapport, "full@dest.test")
            detail_when(rapport, by_lmtp, lambda d: "C2" in codes(d), "the bounce by LMTP")
            assert any(one["peer"].startswith("lmtp ") for one in rapport.get("/v1/inbound?kind=bounce")["items"])
            away(rapport)
            complaint_and_forgery(rapport)
            by_hand(rapport)
            clients(rapport)
            kept = load_and_kill(rapport)
            rapport.stop()
            checked = rapport.command("fsck")
            assert checked.returncode == 0, checked.stdout + checked.stderr
        finally:
            rapport.dovecot.stop()
            rapport.postfix.stop()
    print(f"  {engine}: good; {kept} mails kept through kill -9")
