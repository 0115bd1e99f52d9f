#!/usr/bin/env python3
"""Web chat as a page of another site uses it, against a WebSocket client that we did not write (npm's ws): writing, answers, resuming, long polls, e-mail for
what stays unread and its answer, other devices, tokens of the site that are forged, old or used, strangers, floods, and a program that is killed. On both engines."""
import base64
import concurrent.futures
import hashlib
import hmac
import json
import os
import pathlib
import re
import secrets
import signal
import smtplib
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import free_port, wait_for  # noqa: E402
from support.server import Rapport, text_of  # noqa: E402

WEB = pathlib.Path(__file__).resolve().parents[2] / "web"
SHOP = "https://shop.test"
SCOPES = ["conversations.read", "conversations.reply", "conversations.manage", "mailboxes.manage", "customers.read", "suppressions.read"]
SOCKET = """
import WebSocket from 'ws';
const [url, token] = process.argv.slice(2);
const socket = new WebSocket(url, ['rapport-chat', token], { origin: 'https://shop.test' });
socket.on('open', () => console.log(JSON.stringify({ type: 'open', protocol: socket.protocol })));
socket.on('message', (data) => console.log(String(data)));
socket.on('unexpected-response', (_, answer) => { console.log(JSON.stringify({ type: 'refused', status: answer.statusCode })); process.exit(); });
socket.on('close', (code) => { console.log(JSON.stringify({ type: 'close', code })); process.exit(); });
socket.on('error', () => process.exit(1));
process.stdin.on('data', (line) => String(line).startsWith('long') ? socket.send('x'.repeat(100000)) : socket.ping());
socket.on('pong', () => console.log(JSON.stringify({ type: 'pong' })));
"""


class Socket:
    """A WebSocket in a program of its own; what it hears is kept in order."""

    def __init__(self, rapport, site, token, after=""):
        program = WEB / "node_modules" / f".chat-socket-{os.getpid()}.mjs"
        program.write_text(SOCKET)
        url = f"{rapport.url.replace('http', 'ws')}/chat/{site}/stream{after and f'?after={after}'}"
        self.process = subprocess.Popen(["node", program, url, token], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.heard = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.heard.append(json.loads(line))

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait(self, kind, count=1):
        wait_for(lambda: sum(one["type"] == kind for one in self.heard) >= count, 15, f"{count} × {kind} on the socket; heard {self.heard}")
        return [one for one in self.heard if one["type"] == kind][-1]

    def close(self):
        self.process.kill()
        self.process.wait()


class Visitor:
    def __init__(self, rapport, site):
        self.rapport, self.site, self.token = rapport, site, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")

    def ask(self, method, path, body=None, origin=SHOP, token=None):
        return self.rapport.request(method, f"/chat/{self.site}{path}", body, key=token or self.token, headers={"Origin": origin})

    def get(self, path):
        status, _, answer = self.ask("GET", path)
        assert status == 200, (path, status, answer)
        return answer

    def write(self, text, conversation=None, key=None, files=()):
        body = {"key": key or secrets.token_hex(8), "text": text, "files": list(files), "locale": "en"}
        if conversation:
            body["conversation"] = conversation
        status, _, answer = self.ask("POST", "/messages", body)
        assert status == 201, (status, answer)
        return answer

    def do(self, path, body, status=204):
        got, _, answer = self.ask("POST", path, body)
        assert got == status, (path, got, answer)
        return answer

    def messages(self, conversation):
        return self.get(f"/conversations/{conversation}/messages")["items"]

    def prove(self, address):
        self.do("/address", {"email": address, "locale": "en"})
        _, text = self.rapport.mail_to(address, containing="15 minutes")
        code = re.search(r"\b\d{6}\b", text).group()
        wrong = f"{(int(code) + 1) % 1000000:06}"
        assert self.ask("POST", "/address/confirmation", {"code": wrong})[0] == 403
        self.do("/address/confirmation", {"code": code})


def start(engine):
    lmtp = free_port()
    rapport = Rapport(engine, f"[inbound]\nlmtp_listen = \"127.0.0.1:{lmtp}\"\nbounce_domain = \"bounces.test\"\n")
    rapport.lmtp = lmtp
    rapport.agent = rapport.new_key("desk", SCOPES)
    return rapport


def agent(rapport, method, path, body=None, status=200):
    got, _, answer = rapport.request(method, path, body, key=rapport.agent)
    assert got == status, (path, got, answer)
    return answer


def answer(rapport, conversation, text):
    return agent(rapport, "POST", f"/v1/conversations/{conversation}/messages", {"kind": "reply", "text": text, "attachments": []}, 201)


def killed_between_accept_and_ack(rapport, site):
    """Whatever was acknowledged is there once; whatever was not is sent again with its key, and is there once, too."""
    visitor = Visitor(rapport, site)
    first = visitor.write("begins")["conversation"]
    keys = [f"k{i}" for i in range(14)]

    def send(key):
        body = {"key": key, "text": f"words of {key}", "files": [], "locale": "en", "conversation": first}
        return visitor.ask("POST", "/messages", body)[0]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(send, key) for key in keys]
        jobs[2].add_done_callback(lambda _: rapport.process.send_signal(signal.SIGKILL))
        rapport.process.wait()
        acknowledged = [key for key, job in zip(keys, jobs) if job.result() == 201]
    rapport.start()
    texts = [one["text"] for one in visitor.messages(first)]
    assert all(f"words of {key}" in texts for key in acknowledged), "an acknowledged message is lost"
    for key in keys:
        visitor.write(f"words of {key}", first, key)
    texts = [one["text"] for one in visitor.messages(first)]
    assert sorted(texts) == sorted(["begins"] + [f"words of {key}" for key in keys]), texts
    print(f"  killed after {len(acknowledged)} of {len(keys)} acknowledgements: each message is there once")


def strangers_see_nothing(rapport, site, visitor, conversation):
    status, headers, _ = visitor.ask("GET", "", origin="https://evil.test")
    assert status == 403, "a foreign page was let in"
    status, headers, _ = visitor.ask("GET", "")
    assert status == 200 and headers["Access-Control-Allow-Origin"] == SHOP and "Access-Control-Allow-Credentials" not in headers
    preflight = rapport.request("OPTIONS", f"/chat/{site}/messages", key="", headers={"Origin": SHOP, "Access-Control-Request-Method": "POST"})
    assert preflight[0] == 204 and "Authorization" in preflight[1]["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in rapport.request("OPTIONS", "/v1/agents", key="", headers={"Origin": SHOP, "Access-Control-Request-Method": "POST"})[1]
    other = Visitor(rapport, site)
    assert other.ask("GET", "/conversations")[0] == 401
    other.write("somebody else")
    for path in (f"/conversations/{conversation}/messages",):
        assert other.ask("GET", path)[0] == 404
    assert other.ask("POST", "/messages", {"key": "x", "text": "let me in", "files": [], "locale": "en", "conversation": conversation})[0] == 404
    assert other.ask("POST", "/receipt", {"conversation": conversation, "up_to": visitor.messages(conversation)[0]["id"]})[0] == 404
    refused = Socket(rapport, site, other.token[:-1] + "A")
    assert refused.wait("refused")["status"] == 401


def talk(rapport, site):
    visitor = Visitor(rapport, site)
    sent = visitor.write("Is my parcel on its way?", key="k1")
    again = visitor.write("Is my parcel on its way?", key="k1")
    assert again["repeated"] and again["message"] == sent["message"], again
    conversation = sent["conversation"]
    seen = agent(rapport, "GET", f"/v1/conversations/{conversation}")
    assert seen["channel"] == "chat" and seen["messages"] == 1 and "customer" not in seen["from"] and seen["reply"]["to"] == [], seen
    # Just started, the program follows the journal from then on.
    wait_for(lambda: visitor.get(f"/news?after={visitor.get('/conversations')['seq']}")["items"] == [], 15, "the program to follow its journal")

    socket = Socket(rapport, site, visitor.token)
    assert socket.wait("open")["protocol"] == "rapport-chat"
    socket.wait("hello")
    socket.say("ping")
    socket.wait("pong")
    agent(rapport, "POST", f"/v1/conversations/{conversation}/typing", {}, 204)
    socket.wait("typing")
    began = time.monotonic()
    answer(rapport, conversation, "It arrives tomorrow.")
    news = socket.wait("message")
    print(f"  answer on the visitor's socket after {(time.monotonic() - began) * 1000:.0f} ms")
    assert [one["text"] for one in visitor.messages(conversation)] == ["Is my parcel on its way?", "It arrives tomorrow."]
    agent(rapport, "POST", f"/v1/conversations/{conversation}/messages", {"kind": "note", "text": "careful with this one", "attachments": []}, 201)
    socket.close()

    # Missed while away: told after coming back, by socket and by poll; before our time: read everything again.
    answer(rapport, conversation, "At noon.")
    resumed = Socket(rapport, site, visitor.token, news["seq"])
    assert resumed.wait("message")["conversation"] == conversation
    resumed.say("long")
    assert resumed.wait("close")["code"] == 1009
    page = visitor.get(f"/news?after={news['seq'] - 1}")
    assert sum(one["type"] == "message" for one in page["items"]) == 2, (news, page)
    assert visitor.get("/news?after=1")["items"][0]["type"] == "reset"
    waiting = concurrent.futures.ThreadPoolExecutor(1).submit(visitor.get, f"/news?after={page['seq']}&wait=20")
    answer(rapport, conversation, "Or at one.")
    assert any(one["type"] == "message" for one in waiting.result(15)["items"])
    texts = [one["text"] for one in visitor.messages(conversation)]
    assert texts == ["Is my parcel on its way?", "It arrives tomorrow.", "At noon.", "Or at one."], texts
    return visitor, conversation


def files_are_theirs(rapport, site, visitor, conversation):
    status, _, file = rapport.request("POST", f"/chat/{site}/files?name=photo.txt", b"a broken meter", key=visitor.token, headers={"Origin": SHOP, "Content-Type": "text/plain"})
    assert status == 201, file
    visitor.write("see here", conversation, files=[file["id"]])
    shown = visitor.messages(conversation)[-1]["files"]
    assert [one["name"] for one in shown] == ["photo.txt"]
    assert visitor.ask("GET", f"/files/{file['id']}")[2] == b"a broken meter"
    other = Visitor(rapport, site)
    other.write("somebody else")
    assert other.ask("GET", f"/files/{file['id']}")[0] == 404


def unread_goes_by_mail(rapport, site, visitor, conversation):
    visitor.prove("ada@dest.test")
    chats = visitor.get("/conversations")
    assert chats["known"] and "ada@dest.test" not in chats["address"], chats
    seen = agent(rapport, "GET", f"/v1/conversations/{conversation}")
    assert seen["from"]["customer"], seen
    # Seen at once: no mail for it.
    first = answer(rapport, conversation, "You have read this one.")
    visitor.do("/receipt", {"conversation": conversation, "up_to": first["id"]})
    answer(rapport, conversation, "This one you have not.")
    mail, text = rapport.mail_to("ada@dest.test", containing="This one you have not.")
    assert "You have read this one." not in text, text
    assert "+" in mail["Reply-To"], mail["Reply-To"]
    raw = f"From: Ada <ada@dest.test>\r\nTo: {mail['Reply-To']}\r\nSubject: Re: {mail['Subject']}\r\nMessage-ID: <back@dest.test>\r\nIn-Reply-To: {mail['Message-ID']}\r\n\r\nThank you, by mail.\r\n"
    with smtplib.LMTP("127.0.0.1", rapport.lmtp) as client:
        client.sendmail("ada@dest.test", [mail["Reply-To"]], raw)
    wait_for(lambda: any(one["text"].strip() == "Thank you, by mail." and one["by_mail"] for one in visitor.messages(conversation)), 15, "the mail's answer in the chat")
    # Who wrote by mail last is answered by mail at once, and in the chat.
    answer(rapport, conversation, "Glad to help.")
    rapport.mail_to("ada@dest.test", containing="Glad to help.")
    # Another device, after proving the same address, has everything.
    device = Visitor(rapport, site)
    assert device.ask("GET", f"/conversations/{conversation}/messages")[0] == 401
    before = len(list(rapport.sink.mails()))
    device.do("/address", {"email": "ada@dest.test", "locale": "en"})
    wait_for(lambda: len(list(rapport.sink.mails())) > before, 15, "another code")
    codes = [re.search(r"\b\d{6}\b", text_of(one)).group() for one in rapport.sink.mails() if "15 minutes" in text_of(one)]
    assert any(device.ask("POST", "/address/confirmation", {"code": code})[0] == 204 for code in reversed(codes))
    assert device.messages(conversation)[0]["text"] == "Is my parcel on its way?"


def others_mails_stay_inside(rapport, visitor, conversation):
    """An agent asks a supplier by mail, who answers: neither is the visitor's to read."""
    before = visitor.messages(conversation)
    path = f"/v1/conversations/{conversation}/messages"
    agent(rapport, "POST", path, {"kind": "reply", "text": "Between us: can we give this customer anything?", "to": ["supplier@parts.test"], "attachments": []}, 201)
    mail, _ = rapport.mail_to("supplier@parts.test", containing="Between us", seconds=30)
    raw = f"From: Supplier <supplier@parts.test>\r\nTo: {mail['Reply-To']}\r\nSubject: Re: {mail['Subject']}\r\nMessage-ID: <us@parts.test>\r\nIn-Reply-To: {mail['Message-ID']}\r\n\r\nNothing at all.\r\n"
    with smtplib.LMTP("127.0.0.1", rapport.lmtp) as client:
        client.sendmail("supplier@parts.test", [mail["Reply-To"]], raw)
    wait_for(lambda: any(one["text"].strip() == "Nothing at all." for one in agent(rapport, "GET", path)["items"]), 15, "the supplier's answer at the agent's")
    assert visitor.messages(conversation) == before, visitor.messages(conversation)[len(before):]


def b64(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).decode().rstrip("=")


def jwt(secret, claims, alg="HS256"):
    head = f"{b64({'alg': alg, 'typ': 'JWT'})}.{b64(claims)}"
    return f"{head}.{b64(hmac.new(secret, head.encode(), hashlib.sha256).digest())}"


def the_site_vouches(rapport, site):
    secret = base64.b64decode(agent(rapport, "GET", f"/v1/chat-sites/{site}/secret")["secret"])
    claims = {"sub": "shop-4711", "aud": site, "jti": "n1", "exp": int(time.time()) + 300, "name": "Ben Okafor", "email": "ben@dest.test"}
    visitor, other = Visitor(rapport, site), Visitor(rapport, site)

    def refused(who, token, code):
        status, _, problem = who.ask("POST", "/vouching", {"token": token, "locale": "en"})
        assert status == 403 and problem["code"] == code, (status, problem)
    refused(visitor, jwt(b"x" * 32, claims), "vouching_refused")
    refused(visitor, jwt(secret, claims, "none"), "vouching_refused")
    refused(visitor, jwt(secret, claims)[:-2] + "AA", "vouching_refused")
    refused(visitor, jwt(secret, claims | {"aud": "sit_000000000000a"}), "vouching_refused")
    refused(visitor, jwt(secret, claims | {"exp": int(time.time()) - 1}), "vouching_expired")
    refused(visitor, jwt(secret, claims | {"exp": int(time.time()) + 90_000}), "vouching_refused")
    conversation = visitor.write("I am signed in there")["conversation"]
    visitor.do("/vouching", {"token": jwt(secret, claims), "locale": "en"})
    visitor.do("/vouching", {"token": jwt(secret, claims), "locale": "en"})  # a lost answer, asked again
    refused(other, jwt(secret, claims), "vouching_used")
    seen = agent(rapport, "GET", f"/v1/conversations/{conversation}")
    customer = rapport.get(f"/v1/customers/{seen['from']['customer']}", key=rapport.agent)
    assert customer["external_id"] == "shop-4711" and customer["addresses"][0]["value"] == "ben@dest.test", customer
    other.do("/vouching", {"token": jwt(secret, claims | {"jti": "n2"}), "locale": "en"})
    assert other.messages(conversation)[0]["text"] == "I am signed in there"
    status, _, problem = other.ask("POST", "/vouching", {"token": jwt(secret, {**claims, "jti": "n3", "sub": "somebody-else", "email": "x@dest.test"}), "locale": "en"})
    assert status == 409 and problem["code"] == "another_customer", (status, problem)
    # The next token, and the old one until the new one was used.
    old, next_token = visitor.token, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    visitor.do("/token", {"next": next_token})
    assert visitor.ask("GET", "/conversations", token=old)[0] == 200
    visitor.token = next_token
    visitor.write("with the new one", conversation)
    assert visitor.ask("GET", "/conversations", token=old)[0] == 401


def floods_are_limited(rapport, site, visitor, conversation):
    statuses = []
    for i in range(40):
        status, headers, _ = visitor.ask("POST", "/messages", {"key": f"flood {i}", "text": "x", "files": [], "locale": "en", "conversation": conversation})
        statuses.append(status)
        if status == 429:
            assert int(headers["Retry-After"]) >= 1 and headers["Access-Control-Allow-Origin"] == SHOP
            return
    raise AssertionError(f"nothing was limited: {statuses}")


def scenario(engine):
    with start(engine) as rapport:
        mailbox = agent(rapport, "POST", "/v1/mailboxes", {"address": "help@ours.test", "name": "Help", "aliases": [], "locale": "en"}, 201)
        refused = rapport.request("POST", "/v1/chat-sites", {"name": "Shop", "mailbox": mailbox["id"], "origins": ["https://shop.test/path"]}, key=rapport.agent)
        assert refused[0] == 422, refused
        site = agent(rapport, "POST", "/v1/chat-sites", {"name": "Shop", "mailbox": mailbox["id"], "origins": [SHOP], "mail_after_s": 2}, 201)
        assert "widget.js" in site["embed"]
        assert rapport.request("POST", "/v1/chat-sites", {}, key=rapport.key)[0] == 403
        site = site["id"]
        killed_between_accept_and_ack(rapport, site)
        visitor, conversation = talk(rapport, site)
        strangers_see_nothing(rapport, site, visitor, conversation)
        files_are_theirs(rapport, site, visitor, conversation)
        unread_goes_by_mail(rapport, site, visitor, conversation)
        others_mails_stay_inside(rapport, visitor, conversation)
        the_site_vouches(rapport, site)
        floods_are_limited(rapport, site, visitor, conversation)
        script = rapport.request("GET", "/widget.js", key="")
        assert script[0] == 200 and script[1]["Cross-Origin-Resource-Policy"] == "cross-origin", script[1]
        rapport.stop()
        checked = rapport.command("fsck")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        print(f"{engine}: good")


if __name__ == "__main__":
    for one in sys.argv[1:] or ["sqlite", "postgresql"]:
        scenario(one)
