#!/usr/bin/env python3
"""Who looks and writes, answers that cross, what is unread, and how customers rate what was resolved: two agents at one conversation over the event stream, a letter
whose links a scanner opens before its reader, the widget, what is set for a site, a site's secret changed. On both engines."""
import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import secrets
import signal
import smtplib
import sys
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import free_port, wait_for  # noqa: E402
from support.server import Rapport, text_of  # noqa: E402

SHOP = "https://shop.test"
UNSAFE = {"X-Rapport-Request": "1"}


def start(engine):
    lmtp = free_port()
    rapport = Rapport(engine, f"[inbound]\nlmtp_listen = \"127.0.0.1:{lmtp}\"\n")
    rapport.lmtp = lmtp
    rapport.desk = rapport.new_key("desk", ["conversations.read", "conversations.reply", "conversations.manage", "mailboxes.manage", "customers.read", "events.read"])
    return rapport


class Agent:
    """Somebody who is signed in, and hears the event stream."""

    def __init__(self, rapport, name):
        made = rapport.command("user", "add", f"{name.lower()}@staff.test", "--name", name, "--role", "owner")
        assert made.returncode == 0, made.stderr
        self.rapport, self.name, self.heard = rapport, name, []
        self.token = re.search(r"token=(\S+)", rapport.command("user", "link", f"{name.lower()}@staff.test").stdout).group(1)

    def sign_in(self):
        status, headers, session = self.rapport.request("POST", "/v1/session/link", {"token": self.token}, key="", headers=UNSAFE)
        assert status == 201, session
        self.id = session["agent"]["id"]
        self.headers = {"Cookie": headers["Set-Cookie"].split(";")[0], **UNSAFE}
        threading.Thread(target=self.listen, daemon=True).start()
        return self

    def listen(self):
        try:
            with urllib.request.urlopen(urllib.request.Request(self.rapport.url + "/v1/events", headers=self.headers)) as stream:
                name = ""
                for line in stream:
                    if line.startswith(b"event:"):
                        name = line[6:].strip().decode()
                    elif line.startswith(b"data:") and name == "passing":
                        self.heard.append(json.loads(line[5:]))
                    elif line == b"\n":
                        name = ""
        except OSError:
            pass

    def do(self, method, path, body=None, status=200):
        got, _, answer = self.rapport.request(method, path, body, key="", headers=self.headers)
        assert got == status, (method, path, got, answer)
        return answer

    def lookers(self, conversation):
        """What the stream said last of who is there."""
        said = [one["data"]["lookers"] for one in self.heard if one["kind"] == "looking.changed" and one["subject"] == conversation]
        return {one["name"]: one["doing"] for one in said[-1]} if said else None


def call(rapport, method, path, body=None, status=200):
    got, _, answer = rapport.request(method, path, body, key=rapport.desk)
    assert got == status, (method, path, got, answer)
    return answer


def hand_over(rapport, number, subject, sender="ada@dest.test", **fields):
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    with smtplib.LMTP("127.0.0.1", rapport.lmtp) as client:
        client.sendmail(sender, ["box@ours.test"], f"From: {sender}\r\nTo: box@ours.test\r\nSubject: {subject}\r\nMessage-ID: <{number}@dest.test>\r\n{more}\r\nIt is broken.\r\n")
    found = []

    def there():
        found[:] = [one for state in ("open", "pending") for one in call(rapport, "GET", f"/v1/conversations?state={state}")["items"] if one["subject"] == subject]
        return bool(found)
    wait_for(there, 10, f"the mail {subject}")
    return found[0]["id"]


def two_agents(rapport, ann, bob):
    conversation = hand_over(rapport, 1, "Meter")
    unread = lambda who: {one["id"]: one["unread"] for one in who.do("GET", "/v1/conversations")["items"]}[conversation]  # noqa: E731
    assert unread(ann) and unread(bob)
    assert all("unread" not in one for one in call(rapport, "GET", "/v1/conversations")["items"]), "a program has seen nothing"
    first = ann.do("GET", f"/v1/conversations/{conversation}/messages")["items"][0]["id"]

    ann.do("PUT", "/v1/looking", {"screen": "a", "conversation": conversation}, 204)
    wait_for(lambda: bob.lookers(conversation) == {"Ann": "viewing"}, 5, "Bob to see that Ann looks")
    ann.do("PUT", "/v1/looking", {"screen": "a", "conversation": conversation, "doing": "replying"}, 204)
    wait_for(lambda: bob.lookers(conversation) == {"Ann": "replying"}, 5, "Bob to see that Ann writes")
    assert rapport.request("PUT", "/v1/looking", {"screen": "k", "conversation": conversation}, key=rapport.desk)[0] == 403
    ann.do("PUT", f"/v1/conversations/{conversation}/seen", {"up_to": first}, 204)
    wait_for(lambda: any(one["kind"] == "seen.changed" for one in ann.heard), 5, "Ann's other screens to hear of her mark")
    assert not any(one["kind"] == "seen.changed" for one in bob.heard), "Ann's marks are her own"
    assert not unread(ann) and unread(bob)
    assert [one["id"] for one in bob.do("GET", "/v1/conversations?unread=true")["items"]] == [conversation]
    assert ann.do("GET", "/v1/conversations?unread=true")["items"] == []
    assert [one["id"] for one in bob.do("GET", "/v1/conversations?q=is:unread%20meter")["items"]] == [conversation]

    # Bob answers while Ann writes.
    bob.do("POST", f"/v1/conversations/{conversation}/messages", {"kind": "reply", "text": "Somebody comes on Monday.", "attachments": []}, 201)
    answer = {"kind": "reply", "text": "Please send a photo.", "attachments": [], "key": "k1", "seen": first}
    refused = ann.do("POST", f"/v1/conversations/{conversation}/messages", answer, 409)
    assert refused["code"] == "answered_meanwhile" and "Bob answered" in refused["fields"][0]["rule"], refused
    newest = re.search(r"msg_\w+", refused["fields"][0]["rule"]).group()
    sent = ann.do("POST", f"/v1/conversations/{conversation}/messages", {**answer, "seen": newest}, 201)
    assert ann.do("POST", f"/v1/conversations/{conversation}/messages", answer, 201)["id"] == sent["id"], "the same key once more"

    # Marks survive a kill; who looked is told until it ends by itself.
    os.kill(rapport.process.pid, signal.SIGKILL)
    rapport.process.wait()
    rapport.start()
    assert not unread_of(ann, conversation) and unread_of(bob, conversation)
    assert [one["conversation"] for one in bob.do("GET", "/v1/looking")["items"]] == [conversation]
    ann.do("PUT", "/v1/looking", {"screen": "a"}, 204)
    assert bob.do("GET", "/v1/looking")["items"] == []
    ann.do("DELETE", f"/v1/conversations/{conversation}/seen", status=204)
    assert unread_of(ann, conversation)
    ann.do("PUT", "/v1/inbox/seen", {}, 204)
    assert not unread_of(ann, conversation)
    assert not [one for one in all_events(rapport) if one["kind"].startswith(("looking.", "seen."))], "no journal has it"


def unread_of(who, conversation):
    return who.do("GET", f"/v1/conversations/{conversation}")["unread"]


def all_events(rapport):
    found, numbered = [], False
    request = urllib.request.Request(rapport.url + "/v1/events", headers={"Authorization": f"Bearer {rapport.desk}", "Last-Event-ID": "0"})
    with urllib.request.urlopen(request, timeout=2) as stream:
        try:
            for line in stream:
                if line.startswith(b"id:"):  # what is only passing by has no number
                    numbered = True
                elif line.startswith(b"data:") and numbered:
                    found.append(json.loads(line[5:]))
                elif line == b"\n":
                    numbered = False
        except TimeoutError:
            pass
    return found


def rated_by_mail(rapport, ann):
    settings = {"on": True, "delay_s": 1, "scale": "stars", "locales": [], "question": {"en": "Was the meter mended well?"}, "again_after_days": 0, "changeable_days": 14}
    call(rapport, "PUT", "/v1/rating-settings/organisation", settings)
    conversation = hand_over(rapport, 2, "Second meter", sender="bea@dest.test")
    ann.do("POST", f"/v1/conversations/{conversation}/messages", {"kind": "reply", "text": "Mended.", "attachments": [], "then": "resolved"}, 201)
    mail, text = rapport.mail_to("bea@dest.test", containing="Was the meter mended well?")
    assert mail["Auto-Submitted"] == "auto-generated" and "box+c" in mail["Reply-To"], mail.as_string()
    link = re.search(r"https?://\S+/rating/\S+\?score=4\S*", text).group()
    path = link[len(rapport.url):]
    # A filter of mail opens every link, twice.
    for one in set(re.findall(r"https?://\S+/rating/\S+", text)):
        for method in ("GET", "HEAD", "GET"):
            status, headers, page = rapport.request(method, one[len(rapport.url):], key="")
            assert status == 200 and "script-src" not in headers["Content-Security-Policy"], (status, headers)
    ratings = lambda: call(rapport, "GET", f"/v1/conversations/{conversation}/ratings")["items"]  # noqa: E731
    assert ratings()[0]["state"] == "asked" and "score" not in ratings()[0], "looking answered"
    _, _, page = rapport.request("GET", path, key="")
    assert b'value="4" required="" checked' in page and b"<script" not in page
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _, page = rapport.request("POST", path.split("?")[0] + "?lang=fa", b"score=4&comment=Very%20quick.", key="", headers=form)
    assert status == 200 and b'dir="rtl"' in page, status
    assert (ratings()[0]["score"], ratings()[0]["comment"], ratings()[0]["via"]) == (4, "Very quick.", "mail")
    report = call(rapport, "GET", "/v1/ratings/report?by=agent")
    assert (report["all"]["answers"], report["all"]["good"], report["all"]["asked"]) == (1, 1, 1), report
    found = call(rapport, "GET", "/v1/conversations?q=rating:good")["items"]
    assert [one["id"] for one in found] == [conversation], found
    assert call(rapport, "GET", "/v1/conversations?q=rating:bad")["items"] == []

    # It goes on before the letter leaves: nobody is asked.
    call(rapport, "PUT", "/v1/rating-settings/organisation", {**settings, "delay_s": 3})
    third = hand_over(rapport, 3, "Third meter", sender="cyd@dest.test")
    ann.do("POST", f"/v1/conversations/{third}/messages", {"kind": "reply", "text": "Mended.", "attachments": [], "then": "resolved"}, 201)
    wait_for(lambda: call(rapport, "GET", f"/v1/conversations/{third}/ratings")["items"], 5, "the question to be decided on")
    ann.do("PATCH", f"/v1/conversations/{third}", {"state": "open"})
    assert call(rapport, "GET", f"/v1/conversations/{third}/ratings")["items"][0]["state"] == "withdrawn"
    time.sleep(4)
    assert not [one for one in rapport.sink.mails() if "cyd@dest.test" in (one["To"] or "") and "/rating/" in text_of(one)]

    # The button of the letter, as mail programs press it: never again (RFC 8058).
    stop = re.search(r"<(\S+/stop)>", mail["List-Unsubscribe"]) if mail["List-Unsubscribe"] else None
    at = stop.group(1)[len(rapport.url):] if stop else path.split("?")[0] + "/stop"
    assert rapport.request("POST", at, b"List-Unsubscribe=One-Click", key="", headers=form)[0] == 200
    call(rapport, "PUT", "/v1/rating-settings/organisation", {**settings, "delay_s": 0})
    fourth = hand_over(rapport, 4, "Fourth meter", sender="bea@dest.test")
    ann.do("POST", f"/v1/conversations/{fourth}/messages", {"kind": "reply", "text": "Mended.", "attachments": [], "then": "resolved"}, 201)
    wait_for(lambda: [one for one in call(rapport, "GET", f"/v1/conversations/{fourth}/ratings")["items"] if one["state"] == "passed_over"], 10, "the customer to be left alone")
    assert call(rapport, "GET", f"/v1/conversations/{fourth}/ratings")["items"][0]["reason"] == "unwanted"


def chat(rapport, ann, mailbox):
    site = call(rapport, "POST", "/v1/chat-sites", {"name": "Shop", "mailbox": mailbox, "origins": [SHOP]}, 201)["id"]
    call(rapport, "PUT", f"/v1/rating-settings/{site}", {"on": True, "delay_s": 3600, "scale": "thumbs", "locales": [], "question": {}, "again_after_days": 30, "changeable_days": 14})
    token = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")

    def ask(method, path, body=None, key=token):
        return rapport.request(method, f"/chat/{site}{path}", body, key=key, headers={"Origin": SHOP})
    public = ask("GET", "")[2]
    assert "expected_s" not in public and "open" not in public, public
    never = {"name": "Never", "zone": "UTC", "week": {}, "holidays": []}
    status, _, calendar = rapport.request("POST", "/v1/calendars", never, key=rapport.owner)
    if status == 201:
        call(rapport, "PATCH", f"/v1/chat-sites/{site}", {"calendar": calendar["id"]})
        assert ask("GET", "")[2]["open"] is False
        call(rapport, "PATCH", f"/v1/chat-sites/{site}", {"calendar": ""})
    status, _, written = ask("POST", "/messages", {"key": "1", "text": "Hello", "files": [], "locale": "en"})
    assert status == 201, written
    conversation = written["conversation"]
    assert ask("POST", "/rating", {"conversation": conversation, "score": 5})[0] == 410, "nothing is resolved"
    ann.do("POST", f"/v1/conversations/{conversation}/messages", {"kind": "reply", "text": "Hello!", "attachments": [], "then": "resolved"}, 201)
    asked = lambda: ask("GET", "/conversations")[2]["items"][0].get("rating")  # noqa: E731
    wait_for(asked, 10, "the widget to be offered the question")
    assert asked()["scale"] == "thumbs", "what is set for the site counts"
    assert ask("POST", "/rating", {"conversation": conversation, "score": 3})[0] == 422
    assert ask("POST", "/rating", {"conversation": conversation, "score": 5})[0] == 204
    assert ask("POST", "/rating", {"conversation": conversation, "score": 1, "comment": "On second thought."})[0] == 204
    stranger = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    assert ask("POST", "/rating", {"conversation": conversation, "score": 5}, key=stranger)[0] in (401, 404)
    got = call(rapport, "GET", f"/v1/conversations/{conversation}/ratings")["items"]
    assert [(one["score"], one["via"], one["comment"]) for one in got] == [(1, "widget", "On second thought.")], got

    # The secret is changed: both vouch for a day, a third one does not.
    def vouch(secret, customer):
        part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")  # noqa: E731
        claims = {"sub": customer, "iss": SHOP, "aud": site, "exp": int(time.time()) + 300, "iat": int(time.time()), "jti": secrets.token_hex(8), "name": customer}
        head = part({"alg": "HS256", "typ": "JWT"}) + "." + part(claims)
        made = head + "." + base64.urlsafe_b64encode(hmac.new(base64.b64decode(secret), head.encode(), hashlib.sha256).digest()).decode().rstrip("=")
        browser = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        return ask("POST", "/vouching", {"token": made, "locale": "en"}, key=browser)[0]
    old = call(rapport, "GET", f"/v1/chat-sites/{site}/secret")["secret"]
    new = call(rapport, "POST", f"/v1/chat-sites/{site}/secret", {}, 201)["secret"]
    assert old != new and vouch(new, "c-1") == 204 and vouch(old, "c-2") == 204
    assert vouch(base64.b64encode(secrets.token_bytes(32)).decode(), "c-3") == 403
    call(rapport, "POST", f"/v1/chat-sites/{site}/secret", {}, 201)
    assert vouch(old, "c-4") == 403, "the one before the last"


for engine in sys.argv[1:] or ("sqlite", "postgresql"):
    rapport = start(engine)
    ann, bob = Agent(rapport, "Ann"), Agent(rapport, "Bob")
    rapport.owner = rapport.new_key("owner", ["sla.manage", "conversations.read"])
    with rapport:
        ann.sign_in(), bob.sign_in()
        box = call(rapport, "POST", "/v1/mailboxes", {"address": "box@ours.test", "name": "Example Utilities", "locale": "en"}, 201)["id"]
        two_agents(rapport, ann, bob)
        rated_by_mail(rapport, ann)
        chat(rapport, ann, box)
        rapport.stop()
        checked = rapport.command("fsck")
        assert checked.returncode == 0, checked.stdout + checked.stderr
    print(f"{engine}: looking, crossing, unread marks and ratings hold")
