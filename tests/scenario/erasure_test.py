#!/usr/bin/env python3
"""A person is erased: nothing that names them, and no word of theirs, can be found in the data folder afterwards, whether in the database, its log, files, or the search index. On both engines
(on PostgreSQL in a dump)."""
import email.message
import email.utils
import pathlib
import re
import smtplib
import subprocess
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import free_port, wait_for  # noqa: E402
from support.server import Rapport  # noqa: E402

SCOPES = ["conversations.read", "conversations.reply", "conversations.manage", "mailboxes.manage", "customers.read", "customers.write", "deliveries.read", "deliveries.erase", "audit.read"]
# Words that stand nowhere else.
WORDS = ["quagga-address", "Quaggaperson", "quaggasubject", "quaggawords", "quaggafile", "quaggacontent", "quaggaanswer", "quaggavalue", "quaggaexternal", "quaggamessageid", "quaggacomment"]


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
        call(rapport, "POST", "/v1/mailboxes", {"address": "box@ours.test", "name": "Example", "locale": "en"}, 201)
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
        rate(rapport, path)
        wait_for(lambda: call(rapport, "GET", "/v1/conversations?q=quaggawords")["items"], 20, "the words to be found")
        assert found_in(rapport.folder, {"mails", "pg"} if engine == "postgresql" else {"mails"}) or engine == "postgresql", "this test sees what is there"

        reader = rapport.new_key("reader", ["conversations.read", "conversations.manage"])
        call(rapport, "POST", path + "/erasure", {"reason": "asked for"}, 403, key=reader)
        call(rapport, "POST", path + "/erasure", {}, 422)
        call(rapport, "POST", "/v1/customers/cus_1/erasure", {"reason": "asked for"}, 404)
        report = call(rapport, "POST", f"/v1/customers/{customer}/erasure", {"reason": "asked for"})
        assert report["conversations"] == [one["id"]] and report["messages"] == 4 and report["files"] == 2 and report["attributes"], report
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
