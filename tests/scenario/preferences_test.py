#!/usr/bin/env python3
"""What customers wish: promotional mail with consent only, its proof checked by hand, one-click unsubscribing as RFC 8058 has it (the fields covered by a
DKIM signature that OpenDKIM verifies behind a real Postfix), the same by mail, quiet hours, legal notices that go anyway. On both engines."""
import base64
import contextlib
import datetime
import hashlib
import hmac
import json
import pathlib
import re
import smtplib
import sqlite3
import subprocess
import sys
import urllib.parse
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from mail_out_test import keys_of, only_signature, raw_mails, zone_of  # noqa: E402
from support.mail_parts import NameServer, opendkim_says  # noqa: E402
from support.parts import Postfix, free_port, wait_for  # noqa: E402
from support.server import Rapport, text_of  # noqa: E402

PUBLIC = "https://post.sender.example"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ONE_CLICK = b"List-Unsubscribe=One-Click"
WORDING = "Yes, send me offers of Example Utilities by e-mail. I can withdraw at any time."


def world(engine):
    """A server that signs, a Postfix that takes its mail and brings back what is for the bounce domain."""
    smtp = free_port()
    rapport = Rapport(engine, f'[inbound]\nsmtp_listen = "127.0.0.1:{smtp}"\nbounce_domain = "bounces.test"\n')
    rapport.names = NameServer(rapport.folder / "dns", {"sender.example": ""})
    rapport.postfix = Postfix(rapport.folder / "postfix", {"dest.test": f"smtp:[127.0.0.1]:{rapport.sink.port}", "bounces.test": f"smtp:[127.0.0.1]:{smtp}"})
    text = rapport.config.read_text().replace(f'public_url = "{rapport.url}"', f'public_url = "{PUBLIC}"')
    text = text.replace('from = "post@example.org"', f'from = "post@sender.example"\ndns = "127.0.0.1@{rapport.names.port}"')
    rapport.config.write_text(text.replace(f'smart_host = "127.0.0.1:{rapport.sink.port}"', f'smart_host = "127.0.0.1:{rapport.postfix.port}"'))
    rapport.key = rapport.new_key("all", ["deliveries.read", "deliveries.send", "customers.read", "customers.write", "outbox.read", "settings.read",
                                          "settings.manage", "templates.write", "audit.read", "suppressions.read", "suppressions.manage", "events.read"])
    return rapport


def sign(rapport):
    wait_for(lambda: len(keys_of(rapport, "made")) == 2, 20, "the first pair of keys")
    rapport.names.change("sender.example", zone_of(keys_of(rapport)))
    assert rapport.request("POST", "/v1/settings/mail/dkim/check")[0] == 200
    assert len(keys_of(rapport, "active")) == 2, keys_of(rapport)


def make_kind(rapport):
    kind = {"name": "offer", "names": {"en": "Offer"}, "class": "promotional", "category": "offers", "delivery": "plain",
            "schema": {"type": "object", "required": ["what"], "properties": {"what": {"type": "string", "maxLength": 100}}}}
    assert rapport.request("POST", "/v1/kinds", kind | {"category": "orders"})[0] == 422, "advertising does not hide among orders"
    assert rapport.request("POST", "/v1/kinds", kind)[0] == 201
    status, _, draft = rapport.request("POST", "/v1/templates", {"kind": "offer", "locale": "en", "subject": "{{what}}", "text": "Buy {{what}}.\n",
                                                                  "html": "<p>Buy {{what}}.</p>"})
    assert status == 201, draft
    assert rapport.request("POST", f"/v1/templates/{draft['version']['id']}/publication")[0] == 201


def customer(rapport, address, **more):
    status, _, made = rapport.request("POST", "/v1/customers", {"name": "Ada", "locale": "en", "addresses": [{"kind": "email", "value": address}], **more})
    assert status == 201, made
    return made["id"]


def send(rapport, kind, address, data, **more):
    status, _, answer = rapport.request("POST", "/v1/notices", {"kind": kind, "recipients": [{"email": address}], "data": data, **more})
    assert status == 202, answer
    return answer["notices"][0]


def offer(rapport, address):
    return send(rapport, "offer", address, {"what": "tea"})


def give(rapport, who, **more):
    body = {"category": "offers", "method": "form", "wording": {"text": WORDING, "version": "2026-1", "locale": "en"}, "source": "https://shop.example.org/",
            "remote": "192.0.2.77", **more}
    return rapport.request("POST", f"/v1/customers/{who}/consents", body)


def field(mail, name):
    """A header field of the raw mail, unfolded."""
    head = mail.replace(b"\r\n", b"\n").split(b"\n\n")[0]
    found = re.findall(rb"^" + name.encode() + rb":((?:.*\n[ \t])*.*)$", head, re.M | re.I)
    assert len(found) == 1, (name, found)
    return re.sub(rb"\n[ \t]+", b" ", found[0]).strip().decode()


def refusable_mail(rapport, address):
    """A mail to the address that can be unsubscribed from, as soon as it has arrived."""
    wait_for(lambda: any(address in (m["To"] or "") and m["List-Unsubscribe"] for m in rapport.sink.mails()), 20, f"such a mail to {address}")
    raw = next(m for m in raw_mails(rapport) if f"To: <{address}>".encode() in m and b"\nList-Unsubscribe:" in m)
    return raw[raw.index(b"Received:"):] if b"Received:" in raw else raw


def unsubscribe_links(mail):
    https, mailto = re.fullmatch(r"<(https://[^>]+)>, <(mailto:[^>]+)>", field(mail, "List-Unsubscribe")).groups()
    assert https.startswith(PUBLIC + "/u/"), https
    return urllib.parse.urlsplit(https).path, mailto.removeprefix("mailto:")


def page(rapport, path, method="GET", body=None, headers=None):
    status, fields, content = rapport.request(method, path, body, key="", headers=headers or (FORM if body is not None else None))
    assert fields["Set-Cookie"] is None, "no cookie is set"
    return status, content.decode()


def no_mail(rapport, address):
    assert not [m for m in rapport.sink.mails() if address in (m["To"] or "")], address


def decision(rapport, notice):
    return rapport.get(f"/v1/notices/{notice['id']}")


# ---- the log, by hand (RFC 6962 §2.1, C2SP tlog-proof and signed-note)

def check_record(rapport, record):
    salt = base64.b64decode(record["salt"])
    entry = hmac.new(salt, record["record"].encode(), hashlib.sha256).digest()
    assert entry.hex() == record["commitment"]
    head, note = record["proof"].split("\n\n", 1)
    lines = head.split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1" and lines[1] == "extra " + record["salt"], lines
    index = int(lines[2].removeprefix("index "))
    assert index == record["leaf_index"]
    path = [base64.b64decode(line) for line in lines[3:]]
    origin, size, root = note.split("\n")[:3]
    size, node, last = int(size), hashlib.sha256(b"\0" + entry).digest(), index
    width = size - 1
    for other in path:  # RFC 9162 §2.1.3.2
        if last % 2 == 1 or last == width:
            node = hashlib.sha256(b"\1" + other + node).digest()
            while last % 2 == 0 and last:
                last, width = last >> 1, width >> 1
        else:
            node = hashlib.sha256(b"\1" + node + other).digest()
        last, width = last >> 1, width >> 1
    assert width == 0 and base64.b64encode(node).decode() == root, "the record is in the signed tree"
    check_note(rapport, note, origin)
    return json.loads(record["record"])


def check_note(rapport, note, origin):
    text, signatures = note.split("\n\n", 1)
    public = base64.b64decode(rapport.get("/v1/settings/keys")["log"]["public_key"].split("+", 2)[2])
    signature = base64.b64decode(next(s for s in signatures.splitlines() if s.startswith(f"— {origin} ")).split(" ")[2])
    (rapport.folder / "log.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + public[1:])
    (rapport.folder / "note").write_bytes((text + "\n").encode())
    (rapport.folder / "note.sig").write_bytes(signature[4:])
    done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", rapport.folder / "log.der", "-keyform", "DER", "-rawin", "-in",
                           rapport.folder / "note", "-sigfile", rapport.folder / "note.sig"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def proof_of(rapport, consent):
    found = {}

    def look():
        status, _, found["proof"] = rapport.request("GET", f"/v1/consents/{consent}/proof")
        assert status in (200, 503), found
        return status == 200
    wait_for(look, 20, "the log's next checkpoint")
    return found["proof"]


# ---- what is promised

def consent_first(rapport):
    """Nothing promotional without consent; with it, its proof."""
    who = customer(rapport, "ada@dest.test")
    for address in ("ada@dest.test", "stranger@dest.test"):
        kept = offer(rapport, address)
        assert (kept["state"], kept["decision"]) == ("suppressed", "no_consent") and "delivery" not in kept, kept
        assert decision(rapport, kept)["decision"] == "no_consent"
    status, _, refused = give(rapport, who, method="imported")
    assert status == 422 and refused["fields"][0]["pointer"] == "/given_at", refused
    status, _, consent = give(rapport, who)
    assert status == 201 and consent["state"] == "given" and consent["remote"] == "192.0.2.0/24", consent
    said = check_record(rapport, proof_of(rapport, consent["id"])["given"])
    assert said["wording"] == WORDING and said["wording_sha256"] == hashlib.sha256(WORDING.encode()).hexdigest(), said
    assert said["customer"] == who and said["address"] == "ada@dest.test" and said["controller"] == "Example Utilities", said
    sent = offer(rapport, "ada@dest.test")
    assert sent["state"] == "submitted" and "decision" not in sent, sent
    no_mail(rapport, "stranger@dest.test")
    return who, consent["id"]


def covered_by_dkim(rapport, mail):
    """Both fields are there, signed by both keys; neither can be changed."""
    assert field(mail, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    keys = keys_of(rapport, "active")
    records = {k["record_name"]: k["record"] for k in keys}
    for key in keys:
        single = only_signature(mail, key["selector"])
        covered = [h.strip().lower() for h in re.search(r"\bh=([^;]+);", field(single, "DKIM-Signature")).group(1).split(":")]
        assert "list-unsubscribe" in covered and "list-unsubscribe-post" in covered, covered
        said = opendkim_says(rapport.folder / "opendkim", single, records)
        assert "succeeded" in said.stderr + said.stdout, said
        assert "list-id" in covered and field(single, "List-Id") == "<offers.sender.example>", covered
        for name in (b"<offers.sender.", b"https://post.sender.example/u/", b"List-Unsubscribe=One-Click", b"mailto:unsubscribe-"):
            changed = single.replace(name, name.replace(b"e", b"a", 1), 1)
            assert changed != single
            said = opendkim_says(rapport.folder / "opendkim", changed, records)
            assert "succeeded" not in said.stderr + said.stdout, (name, said)


def one_click(rapport, who, consent):
    mail = refusable_mail(rapport, "ada@dest.test")
    covered_by_dkim(rapport, mail)
    path, _ = unsubscribe_links(mail)
    # A scanner of links looks at everything, again and again.
    for method in ("GET", "HEAD", "GET"):
        assert page(rapport, path, method)[0] == 200
    shown = page(rapport, path)[1]
    assert "ada@dest.test" not in shown and ">Ada<" not in shown and "a•••@d•••.test" in shown, shown
    assert rapport.get(f"/v1/consents/{consent}")["state"] == "given"
    # Forged, foreign, without the words of RFC 8058: a clear page, and nothing changes.
    for bad in (path[:-1] + ("A" if path[-1] != "A" else "B"), "/u/nonsense", path[:20]):
        status, said = page(rapport, bad, "POST", ONE_CLICK)
        assert status == 404 and "Nothing was changed" in said, (status, said)
    assert page(rapport, path, "POST", b"List-Unsubscribe=Maybe")[0] == 400
    assert rapport.request("POST", path, ONE_CLICK, key="", headers=FORM | {"Sec-Fetch-Site": "cross-site"})[0] == 403, "another site's form"
    assert rapport.get(f"/v1/consents/{consent}")["state"] == "given"
    # The mail provider posts: no cookie, no question, as often as it likes; also as multipart/form-data.
    boundary = "x1"
    multipart = f"--{boundary}\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--{boundary}--\r\n".encode()
    assert page(rapport, path, "POST", multipart, {"Content-Type": f"multipart/form-data; boundary={boundary}"})[0] == 200
    for _ in range(2):
        assert page(rapport, path, "POST", ONE_CLICK)[0] == 200
    ended = rapport.get(f"/v1/consents/{consent}")
    assert (ended["state"], ended["ended_how"], ended["ended_by"]) == ("withdrawn", "one_click", "customer"), ended
    said = check_record(rapport, proof_of(rapport, consent)["withdrawn"])
    assert said["event"] == "withdrawn" and said["how"] == "one_click", said
    kept = offer(rapport, "ada@dest.test")
    assert (kept["state"], kept["decision"]) == ("suppressed", "not_wanted") and "refused" in kept["reason"], kept
    sent = send(rapport, "order_confirmation", "ada@dest.test", rapport.get("/v1/kinds/order_confirmation")["sample"])
    assert sent["state"] == "submitted", "orders are another matter"
    assert rapport.get("/v1/suppressions?q=ada@")["items"] == [], "the address itself is not suppressed"
    timeline = [e["kind"] for e in rapport.get(f"/v1/customers/{who}/timeline")["items"]]
    assert timeline.count("consent.withdrawn") == 1 and "preferences.changed" in timeline, timeline


def by_mail(rapport):
    """RFC 2369: a mail to the address is the same wish, for this category; mail about orders goes on."""
    who = customer(rapport, "bea@dest.test")
    assert give(rapport, who)[0] == 201
    assert offer(rapport, "bea@dest.test")["state"] == "submitted"
    _, address = unsubscribe_links(refusable_mail(rapport, "bea@dest.test"))
    assert address.endswith("@bounces.test"), address
    with smtplib.SMTP("127.0.0.1", rapport.postfix.port) as postfix:
        postfix.sendmail("bea@dest.test", [address], "Subject: unsubscribe\r\n\r\n")
    wait_for(lambda: rapport.get(f"/v1/customers/{who}/consents")["items"][0]["state"] == "withdrawn", 30, "the mail to take effect")
    assert offer(rapport, "bea@dest.test")["decision"] == "not_wanted"
    assert send(rapport, "order_confirmation", "bea@dest.test", rapport.get("/v1/kinds/order_confirmation")["sample"])["state"] == "submitted"
    assert rapport.get("/v1/suppressions?q=bea@")["items"] == [], "it is a wish, not a dead address"


def double_opt_in(rapport):
    who = customer(rapport, "cai@dest.test")
    status, _, asked = give(rapport, who, method="double_opt_in")
    assert status == 201 and asked["state"] == "pending", asked
    assert rapport.request("GET", f"/v1/consents/{asked['id']}/proof")[0] == 409, "nothing was given yet"
    mail, text = rapport.mail_to("cai@dest.test", containing="/u/")
    assert WORDING in text and mail["List-Unsubscribe"] is None, text
    path = urllib.parse.urlsplit(re.search(r"https://\S+/u/\S+", text).group()).path
    assert page(rapport, path)[0] == 200
    assert offer(rapport, "cai@dest.test")["decision"] == "no_consent", "a look is no consent"
    assert page(rapport, path, "POST", b"action=confirm")[0] == 200
    assert offer(rapport, "cai@dest.test")["state"] == "submitted"
    said = check_record(rapport, proof_of(rapport, asked["id"])["given"])
    assert said["method"] == "double_opt_in" and said["remote"] == "127.0.0.0/24", said
    status, fields, export = rapport.request("GET", f"/v1/customers/{who}/consents/export")
    assert status == 200 and "attachment" in fields["Content-Disposition"] and len(export["proofs"]) == 1, export


def quiet_hours(rapport):
    who = customer(rapport, "dao@dest.test")
    zone = zoneinfo.ZoneInfo("Asia/Tokyo")
    now = datetime.datetime.now(zone)
    clock = lambda hours: (now + datetime.timedelta(hours=hours)).strftime("%H:%M")  # noqa: E731
    wishes = {"locale": "th", "time_zone": "Asia/Tokyo", "quiet_hours": [{"days": [], "from": clock(-1), "until": clock(2)}]}
    path = f"/v1/customers/{who}/preferences"
    assert rapport.request("PUT", path, wishes | {"time_zone": "Europe/Atlantis"})[0] == 422
    status, _, kept = rapport.request("PUT", path, wishes)
    assert status == 200 and kept["quiet_until"], kept
    end = now.replace(second=0, microsecond=0) + datetime.timedelta(hours=2)
    sample = rapport.get("/v1/kinds/order_confirmation")["sample"]
    waits = send(rapport, "order_confirmation", "dao@dest.test", sample)
    assert waits["decision"] == "quiet_until" and waits["locale"] == "th", waits
    assert datetime.datetime.fromisoformat(waits["send_at"].replace("Z", "+00:00")) == end, (waits, end)
    letter = rapport.get(f"/v1/outbox?owner={waits['delivery']['id']}")["items"][0]
    assert letter["state"] == "queued" and letter["next_at"] == waits["send_at"], letter
    # What is legal, or urgent, does not wait.
    legal = send(rapport, "security", "dao@dest.test", rapport.get("/v1/kinds/security")["sample"])
    assert legal["decision"] == "legal" and "send_at" not in legal and "whatever the customer prefers" in legal["reason"], legal
    assert rapport.request("PATCH", "/v1/kinds/payment", {"urgent": True})[0] == 200
    urgent = send(rapport, "payment", "dao@dest.test", rapport.get("/v1/kinds/payment")["sample"])
    assert urgent["decision"] == "urgent" and "send_at" not in urgent, urgent
    mail, text = rapport.mail_to("dao@dest.test", containing="ไม่สามารถยกเลิกการรับได้")
    assert mail["List-Unsubscribe"] is None and mail["List-Unsubscribe-Post"] is None, "a legal letter offers no way to refuse it"
    # A notice for a time outside of them is not moved.
    later = (end + datetime.timedelta(hours=1)).astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert "decision" not in send(rapport, "order_confirmation", "dao@dest.test", sample, send_at=later)
    events = [e for e in rapport.get("/v1/customers/" + who + "/timeline")["items"] if e["kind"] == "notice.submitted" and e["subject"] == waits["id"]]
    assert events[0]["data"]["decision"] == "quiet_until" and events[0]["data"]["send_at"] == waits["send_at"], events


def own_page(rapport):
    """The customer's page behind a link that the organisation asks for: saved by a form, as a browser sends it."""
    who = customer(rapport, "eli@dest.test")
    status, _, link = rapport.request("POST", f"/v1/customers/{who}/preferences/link")
    assert status == 201, link
    path = urllib.parse.urlsplit(link["url"]).path
    fields = [("action", "save"), ("locale", "fa"), ("zone", "Asia/Tehran"), ("shown", "orders"), ("shown", "offers"), ("want", "offers"),
              ("days.1", "fri"), ("from.1", "00:00"), ("until.1", "12:00")]
    status, said = page(rapport, path, "POST", urllib.parse.urlencode(fields).encode())
    assert status == 200 and 'dir="rtl"' in said and "ذخیره شد" in said, said
    kept = rapport.get(f"/v1/customers/{who}/preferences")
    wanted = {c["category"]: c["wanted"] for c in kept["choices"]}
    assert kept["locale"] == "fa" and kept["time_zone"] == "Asia/Tehran" and wanted["offers"] and not wanted["orders"] and wanted["payments"], kept
    assert kept["quiet_hours"] == [{"days": ["fri"], "from": "00:00", "until": "12:00"}], kept
    given = rapport.get(f"/v1/customers/{who}/consents")["items"][0]
    assert given["method"] == "page" and given["wording_version"] == "page-1" and "Offers" in given["wording"], given
    # An agent cannot give a consent by a tick; withdrawing is one request.
    assert rapport.request("PUT", f"/v1/customers/{who}/preferences", {"choices": [{"category": "news", "wanted": True}]})[0] == 422
    assert rapport.request("POST", f"/v1/consents/{given['id']}/withdrawal")[0] == 200
    assert offer(rapport, "eli@dest.test")["decision"] == "not_wanted"


def may_not(rapport):
    reader = rapport.new_key("reads", ["customers.read"])
    who = customer(rapport, "fay@dest.test")
    for method, path, body in (("PUT", f"/v1/customers/{who}/preferences", {}), ("POST", f"/v1/customers/{who}/consents", {}),
                               ("POST", f"/v1/customers/{who}/preferences/link", None), ("POST", "/v1/categories", {})):
        assert rapport.request(method, path, body, key=reader)[0] == 403, path
        assert rapport.request(method, path, body, key="")[0] == 401, path
    status, _, changed = rapport.request("PATCH", f"/v1/customers/{who}", {"external_id": "F-1"})
    assert status == 200 and changed["external_id"] == "F-1", changed
    status, _, changed = rapport.request("PATCH", f"/v1/customers/{who}", {"external_id": ""})
    assert status == 200 and "external_id" not in changed, changed


def links_outlive_the_master_key(rapport):
    """Twice: what the first key signed is recognised under the third."""
    path, _ = unsubscribe_links(refusable_mail(rapport, "cai@dest.test"))
    who = customer(rapport, "gil@dest.test")
    assert give(rapport, who)[0] == 201 and offer(rapport, "gil@dest.test")["state"] == "submitted"
    _, address = unsubscribe_links(refusable_mail(rapport, "gil@dest.test"))
    status, _, sent = rapport.request("POST", "/v1/deliveries", {"kind": "registered", "subject": "Contract", "text": "Text",
                                                                 "recipients": [{"email": "gil@dest.test", "second_email": "gil@home.test"}]})
    assert status == 202, sent
    entry = urllib.parse.urlsplit(rapport.get(f"/v1/deliveries/{sent['deliveries'][0]['id']}/verification")["url"]).path
    rapport.stop()
    done = rapport.command("key", "rotate", "master")
    assert done.returncode == 0, done.stdout + done.stderr
    done = rapport.command("key", "rotate", "master")
    assert done.returncode == 0, done.stdout + done.stderr
    done = rapport.command("fsck")
    assert done.returncode == 0 and "preferences" in done.stdout, done.stdout + done.stderr
    rapport.start()
    assert page(rapport, path, "POST", ONE_CLICK)[0] == 200
    assert offer(rapport, "cai@dest.test")["decision"] == "not_wanted"
    with smtplib.SMTP("127.0.0.1", rapport.postfix.port) as postfix:
        postfix.sendmail("gil@dest.test", [address], "Subject: unsubscribe\r\n\r\n")
    wait_for(lambda: rapport.get(f"/v1/customers/{who}/consents")["items"][0]["state"] == "withdrawn", 30, "the mail to an address of before to take effect")
    status, _, shown = rapport.request("GET", entry, key="")
    assert status == 200 and sent["deliveries"][0]["id"] in shown.decode(), "the entry on a printed certificate is lost"


def tampering_is_noticed(rapport, who):
    """Each change is made behind the program's back, must be named by fsck with the consent, and is taken back."""
    given = next(c for c in rapport.get(f"/v1/customers/{who}/consents")["items"] if c["state"] == "withdrawn")
    rapport.stop()

    def fsck():
        done = rapport.command("fsck")
        return done.returncode, done.stdout + done.stderr

    assert fsck()[0] == 0, fsck()
    other = "'Yes, and sell my address.'"
    digest = hashlib.sha256(b"Yes, and sell my address.").hexdigest()
    literal = (lambda h: f"'\\x{h}'::bytea") if rapport.database else (lambda h: f"x'{h}'")
    number = number_of(rapport, given["wording"])
    changes = {
        "the words": (f"UPDATE consent SET wording = {other} WHERE id = {number}", "its wording was changed"),
        "the words with their digest": (f"UPDATE consent SET wording = {other}, wording_digest = {literal(digest)} WHERE id = {number}", "than the record in the log"),
        "the time": (f"UPDATE consent SET given_at = given_at - 1000000 WHERE id = {number}", "than the record in the log"),
        "the withdrawal": (f"UPDATE consent SET ended_at = ended_at + 1000000 WHERE id = {number}", "than the record in the log"),
        "its end": (f"UPDATE consent SET state = 'given', ended_at = NULL, withdrawal = NULL WHERE id = {number}", "that no consent speaks of"),
        "the record in the log": (f"UPDATE log_record SET record = {literal('7b7d')} WHERE id = {number}", "than the record in the log"),
        "all of it": (f"DELETE FROM log_record WHERE id = {number}", "the log has no record of it"),
    }
    for what, (change, words) in changes.items():
        with taken_back(rapport):
            run_sql(rapport, change)
            code, said = fsck()
            assert code != 0 and words in said, f"{what}: {code} {said}"
    assert fsck()[0] == 0, fsck()
    rapport.start()


def run_sql(rapport, text):
    if rapport.database:
        return rapport.database.query(text, "scenario")
    with contextlib.closing(sqlite3.connect(rapport.folder / "rapport.db")) as db, db:
        return [str(row[0]) for row in db.execute(text)]


def number_of(rapport, wording):
    """Of the withdrawn consent to these words, as the database numbers it."""
    return run_sql(rapport, "SELECT id FROM consent WHERE state = 'withdrawn' AND wording = '%s' ORDER BY id LIMIT 1" % wording.replace("'", "''"))[0]


@contextlib.contextmanager
def taken_back(rapport):
    tables = ("consent", "log_record")
    for table in tables:
        run_sql(rapport, f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
    try:
        yield
    finally:
        for table in tables:
            run_sql(rapport, f"DELETE FROM {table}")
            run_sql(rapport, f"INSERT INTO {table} SELECT * FROM kept_{table}")
            run_sql(rapport, f"DROP TABLE kept_{table}")


def main():
    for engine in ("sqlite", "postgresql"):
        with world(engine) as rapport:
            try:
                sign(rapport)
                make_kind(rapport)
                who, consent = consent_first(rapport)
                one_click(rapport, who, consent)
                tampering_is_noticed(rapport, who)
                print(f"{engine}: tampering_is_noticed: good")
                for part in (by_mail, double_opt_in, quiet_hours, own_page, may_not, links_outlive_the_master_key):
                    part(rapport)
                    print(f"{engine}: {part.__name__}: good")
            finally:
                rapport.postfix.command("stop")
                rapport.names.stop()


if __name__ == "__main__":
    main()
