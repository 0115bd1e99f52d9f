#!/usr/bin/env python3
"""A person is erased: nothing that names them, and no word of theirs, can be found in the data folder afterwards, whether in the database, its log, files, or the search index. On both engines
(on PostgreSQL in a dump)."""
import datetime
import email.message
import email.utils
import pathlib
import re
import smtplib
import subprocess
import sys
import urllib.parse
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import free_port, wait_for  # noqa: E402
from support.server import Rapport  # noqa: E402

SCOPES = ["conversations.read", "conversations.reply", "conversations.manage", "mailboxes.manage", "customers.read", "customers.write", "deliveries.read", "deliveries.erase", "audit.read"]
# Words that stand nowhere else.
WORDS = ["quagga-address", "Quaggaperson", "quaggasubject", "quaggawords", "quaggafile", "quaggacontent", "quaggaanswer", "quaggavalue", "quaggaexternal", "quaggamessageid", "quaggacomment", "quaggaform", "quaggaheld"]


def call(rapport, method, path, body=None, status=200, key=None):
    got, _, answer = rapport.request(method, path, body, key=key or rapport.agent)
    assert got == status, (method, path, got, answer)
    return answer


def mail(number, sender, subject, text, references=""):
    made = email.message.EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "box@ours.test", subject
    made["Message-ID"], made["Date"] = f"<quaggamessageid{number}@dest.test>", email.utils.formatdate()
    if references:
        made["In-Reply-To"] = references
    made.set_content(text)
    made.add_attachment(b"quaggacontent " * 10_000, maintype="application", subtype="octet-stream", filename=f"quaggafile{number}.bin")
    return made


def send(rapport, made):
    with smtplib.LMTP("127.0.0.1", rapport.lmtp) as client:
        client.send_message(made, email.utils.parseaddr(made["From"])[1], ["box@ours.test"])


def rate(rapport, path):
    """They are asked how they were helped, and answer with words."""
    call(rapport, "PUT", "/v1/rating-settings/organisation", {"on": True, "delay_s": 0, "scale": "stars", "locales": [], "question": {}, "again_after_days": 0, "changeable_days": 14})
    call(rapport, "PATCH", path, {"state": "resolved"})
    link = re.search(r"/rating/[^?\s]+", rapport.mail_to("quagga-address@dest.test", containing="/rating/", seconds=30)[1]).group()
    body = urllib.parse.urlencode({"score": "2", "comment": "quaggacomment"}).encode()
    assert rapport.request("POST", link, body, key="", headers={"Content-Type": "application/x-www-form-urlencoded"})[0] == 200
    assert call(rapport, "GET", path + "/ratings")["items"][0]["comment"] == "quaggacomment"
    return link


def stop(rapport, link, customer):
    """Nor do they want to be asked again: everything else that they wish stays."""
    path = f"/v1/customers/{customer}/preferences"
    now = datetime.datetime.now(zoneinfo.ZoneInfo("Asia/Tokyo"))
    clock = lambda hours: (now + datetime.timedelta(hours=hours)).strftime("%H:%M")  # noqa: E731
    wishes = {"time_zone": "Asia/Tokyo", "quiet_hours": [{"days": [], "from": clock(3), "until": clock(5)}]}
    call(rapport, "PUT", path, wishes)
    assert rapport.request("GET", link + "/stop", key="")[0] == 200, "mail programs that know no one-click open it"
    assert next(c for c in call(rapport, "GET", path)["choices"] if c["category"] == "surveys")["wanted"], "looking stops nothing"
    assert rapport.request("POST", link + "/stop", b"List-Unsubscribe=One-Click", key="", headers={"Content-Type": "application/x-www-form-urlencoded"})[0] == 200
    kept = call(rapport, "GET", path)
    assert not next(c for c in kept["choices"] if c["category"] == "surveys")["wanted"], kept
    assert kept["time_zone"] == "Asia/Tokyo" and kept["quiet_hours"] == wishes["quiet_hours"], kept


def fill_in(rapport, mailbox):
    """One submission becomes a conversation, and a letter says that it has arrived; another one is held, and nobody has looked at it."""
    words = lambda text: {"en": text}  # noqa: E731
    field = lambda key, kind, use: {"key": key, "kind": kind, "label": words(key), "help": {}, "placeholder": {}, "choices": [], "file_types": [], "use": use}  # noqa: E731
    definition = {"locales": ["en"], "title": words("Contact"), "intro": {}, "button": {}, "thanks": {}, "mailbox": mailbox, "rules": [], "origins": [], "confirm": True,
                  "fields": [field("name", "short_text", "sender_name"), field("email", "email", "sender_email"), field("text", "long_text", "message")],
                  "guard": {"work": False, "least_seconds": 0}}
    form = call(rapport, "POST", "/v1/forms", {"name": "Contact", "slug": "contact", "mailbox": mailbox, "definition": definition}, 201)
    call(rapport, "POST", f"/v1/forms/{form['id']}/publication", {"version": form["version"]})
    for text in ("quaggaform, and more of it", "quaggaheld " + "https://quaggaheld.example " * 5):
        got, _, page = rapport.request("GET", "/f/contact", key="")
        token = re.search(r'name="page" value="([^"]+)"', page if isinstance(page, str) else page.decode()).group(1)
        body = urllib.parse.urlencode({"page": token, "lang": "en", "f.name": "Quaggaperson", "f.email": "quagga-address@dest.test", "f.text": text}).encode()
        got, _, answer = rapport.request("POST", "/f/contact", body, key="", headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert got in (200, 303), (got, answer)
    rapport.mail_to("quagga-address@dest.test", containing="Contact", seconds=30)
    held = call(rapport, "GET", f"/v1/forms/{form['id']}/submissions")["items"]
    assert [one["reasons"] for one in held] == [["links"]] and "quaggaheld" in held[0]["words"]["text"], held
    return form["id"]


def found_in(folder, skip):
    hits = {}
    for path in folder.rglob("*"):
        if not path.is_file() or any(part in skip for part in path.relative_to(folder).parts):
            continue
        content = path.read_bytes()
        for word in WORDS:
            if word.encode() in content or word.encode("utf-16-le") in content:
                hits.setdefault(word, []).append(path.name)
    return hits


def run(engine):
    port = free_port()
    with Rapport(engine, f'[inbound]\nlmtp_listen = "127.0.0.1:{port}"\npeers = "127.0.0.1"\n') as rapport:
        rapport.lmtp = port
        rapport.agent = rapport.new_key("agent", SCOPES)
        box = call(rapport, "POST", "/v1/mailboxes", {"address": "box@ours.test", "name": "Example", "locale": "en"}, 201)["id"]
        call(rapport, "POST", "/v1/conversation-fields", {"key": "meter", "name": "Meter", "kind": "text"}, 201)
        call(rapport, "PUT", "/v1/customer-attributes", {"attributes": [{"key": "plan", "name": "Plan", "kind": "text"}]})
        send(rapport, mail(1, "Quaggaperson <quagga-address@dest.test>", "quaggasubject", "quaggawords, and more of them"))
        send(rapport, mail(3, "Somebody Else <else@dest.test>", "Another", "Something else."))
        wait_for(lambda: len(call(rapport, "GET", "/v1/conversations?state=open")["items"]) == 2, 20, "the mails")
        items = call(rapport, "GET", "/v1/conversations?state=open")["items"]
        one = next(item for item in items if item["subject"] == "quaggasubject")
        other = next(item for item in items if item["subject"] == "Another")
        path = f"/v1/conversations/{one['id']}"
        customer = one["from"]["customer"]
        call(rapport, "PATCH", path, {"fields": {"meter": "quaggavalue"}})
        call(rapport, "PATCH", f"/v1/customers/{customer}", {"external_id": "quaggaexternal"})
        call(rapport, "PUT", f"/v1/customers/{customer}/attributes", {"values": {"plan": "quaggavalue"}})
        call(rapport, "POST", path + "/messages", {"kind": "reply", "text": "quaggaanswer"}, 201)
        call(rapport, "POST", path + "/messages", {"kind": "note", "text": "quaggaanswer, between us"}, 201)
        rapport.mail_to("quagga-address@dest.test", containing="quaggaanswer", seconds=40)
        send(rapport, mail(2, "Quaggaperson <quagga-address@dest.test>", "Re: quaggasubject", "quaggawords once more", "<quaggamessageid1@dest.test>"))
        wait_for(lambda: call(rapport, "GET", path)["messages"] == 4, 20, "the second mail")
        link = rate(rapport, path)
        stop(rapport, link, customer)
        form = fill_in(rapport, box)
        wait_for(lambda: call(rapport, "GET", "/v1/conversations?q=quaggawords")["items"], 20, "the words to be found")
        assert found_in(rapport.folder, {"mails", "pg"} if engine == "postgresql" else {"mails"}) or engine == "postgresql", "this test sees what is there"

        reader = rapport.new_key("reader", ["conversations.read", "conversations.manage"])
        call(rapport, "POST", path + "/erasure", {"reason": "asked for"}, 403, key=reader)
        call(rapport, "POST", path + "/erasure", {}, 422)
        call(rapport, "POST", "/v1/customers/cus_1/erasure", {"reason": "asked for"}, 404)
        report = call(rapport, "POST", f"/v1/customers/{customer}/erasure", {"reason": "asked for"})
        assert one["id"] in report["conversations"] and len(report["conversations"]) == 2 and report["messages"] == 5 and report["files"] == 2 and report["attributes"], report
        assert report["submissions"] == 1 and call(rapport, "GET", f"/v1/forms/{form}/submissions")["items"] == [], "what was held is gone"
        gone = call(rapport, "GET", path)
        assert gone["erased"] and gone["state"] == "resolved" and gone["subject"] == "", gone
        assert call(rapport, "GET", path + "/ratings")["items"] == [] and call(rapport, "GET", "/v1/ratings")["items"] == [], "its rating is gone"
        assert all(m["erased"] for m in call(rapport, "GET", path + "/messages")["items"])
        assert call(rapport, "POST", path + "/erasure", {"reason": "again"}, 410)["code"] == "content_erased"
        assert call(rapport, "GET", f"/v1/customers/{customer}")["name"] == ""
        wait_for(lambda: not call(rapport, "GET", "/v1/conversations?q=quaggawords")["items"], 20, "the words not to be found any more")
        assert {line["verb"] for line in call(rapport, "GET", "/v1/audit?limit=100")["items"]} >= {"conversation.erased", "customer.erased"}
        assert call(rapport, "GET", f"/v1/conversations/{other['id']}")["subject"] == "Another", "what is somebody else's stays"
        rapport.stop()
        done = rapport.command("fsck")
        assert done.returncode == 0, done.stdout + done.stderr
        if engine == "sqlite":
            hits = found_in(rapport.folder, {"mails"})
        else:
            dump = subprocess.run(["pg_dump", rapport.config.read_text().split('database = "')[1].split('"')[0]], capture_output=True)
            assert dump.returncode == 0, dump.stderr
            text = dump.stdout
            hits = {word: ["dump"] for word in WORDS if word.encode() in text or word.encode().hex().encode() in text}
            hits |= found_in(rapport.folder, {"mails", "pg"})
        assert not hits, hits
        rapport.start()
    print(f"  {engine}: nothing readable was left of a person")


if __name__ == "__main__":
    for engine in sys.argv[1:] or ["sqlite", "postgresql"]:
        run(engine)
