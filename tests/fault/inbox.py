"""The inbox under load: customers write by mail (LMTP) and in the chat, somebody answers, and all of it is watched as screens and webhooks do. Whoever gets no
answer sends the same again, as mail servers and browsers do."""
import base64
import collections
import concurrent.futures
import hashlib
import http.client
import http.server
import json
import random
import re
import smtplib
import sqlite3
import threading
import time

from support.parts import wait_for

SHOP = "https://shop.test"
SCOPES = ["conversations.read", "conversations.reply", "conversations.manage", "mailboxes.manage", "sla.manage", "agents.read", "agents.manage",
          "customers.read", "customers.write", "suppressions.read", "suppressions.manage", "knowledge.read", "knowledge.write", "webhooks.read", "webhooks.manage"]


class Hook(http.server.ThreadingHTTPServer):
    """Takes webhooks: which events it was told, and under which identifier."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Taker)
        self.told, self.changed = {}, []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Taker(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = self.server.told.setdefault(self.headers["webhook-id"], body)
        if known != body:
            self.server.changed.append(self.headers["webhook-id"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def furnish(house):
    """A mailbox, a team that is there and is given what comes in, a promise, a chat, a webhook."""
    made = house.command("user", "add", "owner@staff.test", "--name", "Olga", "--role", "owner")
    assert made.returncode == 0, made.stderr
    house.start()
    assert house.wait_ready()

    def make(method, path, body, status=201):
        got, answer = house.ask(method, path, body)
        assert got == status, (path, got, answer)
        return answer
    agents = [make("POST", "/v1/agents", {"email": f"a{i}@staff.test", "name": f"Agent {i}", "role": "agent"}) for i in range(2)]
    agents = [a.get("agent", a)["id"] for a in agents]
    team = make("POST", "/v1/teams", {"name": "Support", "members": agents})["id"]
    mailbox = make("POST", "/v1/mailboxes", {"address": "box@ours.test", "name": "Box", "aliases": [], "locale": "en", "team": team})["id"]
    make("PUT", "/v1/routing", {"teams": [team], "weights": {"email": 1, "form": 1, "chat": 1}, "skills": []}, 200)
    for agent in agents:
        make("PATCH", f"/v1/routing/agents/{agent}", {"capacity": 1000}, 200)
    make("POST", "/v1/sla-policies", {"name": "All", "targets": {"normal": {"first_response": 1, "next_response": 1, "resolution": 60}}, "steps": []})
    house.site = make("POST", "/v1/chat-sites", {"name": "Shop", "mailbox": mailbox, "origins": [SHOP], "mail_after_s": 86400})["id"]
    house.webhook = make("POST", "/v1/webhooks", {"url": f"http://127.0.0.1:{house.hook.server_port}/", "events": ["message.*"]})["webhook"]["id"]
    house.stop()
    there = f"UPDATE routing_agent SET presence = 'online', seen_until = {int((time.time() + 86400) * 1e6)}"
    if house.database:
        house.database.sql(there, "fault")
    else:
        connection = sqlite3.connect(house.database_url)
        assert connection.execute(there).rowcount == 2
        connection.commit()
        connection.close()


class Inbox:
    def __init__(self, house, seed):
        self.house, self.chance, self.lock = house, random.Random(f"{seed} inbox"), threading.Lock()
        self.mails, self.replies, self.chats = ({"taken": {}, "unanswered": {}} for _ in range(3))
        self.numbers = collections.Counter()
        self.stopping, self.known = None, []  # conversations that can be answered
        self.heard, self.events = 0, []  # the stream: last sequence number, and what came
        self.visitors = [base64.urlsafe_b64encode(hashlib.sha256(f"{seed} {i}".encode()).digest()).decode().rstrip("=") for i in range(4)]

    def count(self):
        return sum(len(kind["taken"]) for kind in (self.mails, self.replies, self.chats))

    def next(self, kind, letter, **more):
        with self.lock:
            self.numbers[letter] += 1
            key = f"{letter}{self.numbers[letter]:06}"
            kind["unanswered"][key] = more
            return key, more

    def take(self, kind, key, answer):
        with self.lock:
            kind["taken"][key] = kind["unanswered"].pop(key) | {"answer": answer}

    # ---- mails

    def mail_of(self, key, mail):
        lines = [f"From: Person <p{mail['person']}@example.com>", "To: box@ours.test", f"Subject: about {key}", "Date: Sun, 22 Nov 2026 09:30:00 +0000",
                 f"Message-ID: <{key}@example.com>"]
        if mail["parent"]:
            lines.append(f"In-Reply-To: <{mail['parent']}@example.com>")
        return "\r\n".join(lines) + f"\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nword{key} " + "y" * mail["size"] + "\r\n"

    def hand_over(self, client, key, mail):
        """True: 250."""
        client.ehlo_or_helo_if_needed()
        if client.mail("p@example.com")[0] != 250 or client.rcpt("box@ours.test")[0] != 250:
            client.rset()
            return False
        return client.data(self.mail_of(key, mail).encode())[0] == 250

    def new_mail(self):
        person = self.chance.randrange(30)
        with self.lock:
            own = [key for key, mail in self.mails["taken"].items() if mail["person"] == person]
        parent = self.chance.choice(own) if own and self.chance.random() < 0.5 else None
        return self.next(self.mails, "m", person=person, parent=parent, size=self.chance.choice([20, 900, 4000, 40000]))

    def write_mails(self):
        client, waiting = None, None
        while not self.stopping.wait(0.03):
            waiting = waiting or self.new_mail()
            try:
                client = client or smtplib.LMTP("127.0.0.1", self.house.lmtp, timeout=10)
                if self.hand_over(client, *waiting):
                    self.take(self.mails, waiting[0], None)
                    waiting = None
            except (OSError, smtplib.SMTPException):
                client = None
        if client:
            client.close()

    # ---- answers of agents, and the chat

    def reply(self, connection, key, wanted):
        return self.house.ask("POST", f"/v1/conversations/{wanted['conversation']}/messages",
                              {"kind": "reply", "text": f"answer{key}", "attachments": [], "key": key}, connection)

    def say(self, connection, key, wanted):
        body = {"key": key, "text": f"word{key}", "files": [], "locale": "en"}
        return self.house.ask("POST", f"/chat/{self.house.site}/messages", body, connection, self.visitors[wanted["visitor"]], {"Origin": SHOP})

    def send_all(self, kind, new, send, pause):
        connection, waiting = self.house.connection(), None
        while not self.stopping.wait(pause):
            waiting = waiting or new(connection)
            if not waiting:
                continue
            try:
                status, answer = send(connection, *waiting)
            except (OSError, http.client.HTTPException):
                connection.close()
                continue
            if status == 201:
                self.take(kind, waiting[0], answer)
                waiting = None
            elif status not in (429, 503):
                raise AssertionError(f"unexpected answer {status}: {answer}")
        connection.close()

    def new_reply(self, connection):
        try:
            status, page = self.house.ask("GET", "/v1/conversations?limit=20&state=open", None, connection)
        except (OSError, http.client.HTTPException):
            connection.close()
            return None
        items = [c["id"] for c in page["items"] if c["channel"] == "email"] if status == 200 else []
        return self.next(self.replies, "r", conversation=self.chance.choice(items)) if items else None

    def write_replies(self):
        self.send_all(self.replies, self.new_reply, self.reply, 0.1)

    def write_chats(self):
        self.send_all(self.chats, lambda _: self.next(self.chats, "c", visitor=self.chance.randrange(len(self.visitors))), self.say, 0.15)

    # ---- a screen

    def watch(self):
        while not self.stopping.is_set():
            connection = self.house.connection()
            connection.timeout = 1
            try:
                self.read_stream(connection, lambda: self.stopping.is_set())
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
            finally:
                connection.close()

    def read_stream(self, connection, enough):
        connection.request("GET", "/v1/events", headers={"Authorization": f"Bearer {self.house.key}", "Last-Event-ID": str(self.heard)})
        stream = connection.getresponse()
        while not enough():
            line = stream.readline()
            if not line:
                return
            if not line.endswith(b"\n") or not line.startswith(b"data:"):
                continue
            event = json.loads(line[5:])
            assert event["seq"] > self.heard, f"event {event['seq']} came after {self.heard}"
            self.heard = event["seq"]
            if event["kind"].startswith("message."):
                self.events.append(event)

    # ---- what must hold

    def workers(self, stopping):
        self.stopping = stopping
        return [self.write_mails, self.write_replies, self.write_chats, self.watch]

    def settle(self):
        """What had no answer is sent again: now it must be taken."""
        connection = self.house.connection()
        if self.mails["unanswered"]:
            client = smtplib.LMTP("127.0.0.1", self.house.lmtp, timeout=10)
            for key, mail in list(self.mails["unanswered"].items()):
                assert self.hand_over(client, key, mail), f"the mail {key} is refused"
                self.take(self.mails, key, None)
            client.close()
        for kind, send in ((self.replies, self.reply), (self.chats, self.say)):
            for key, wanted in list(kind["unanswered"].items()):
                status, answer = send(connection, key, wanted)
                assert status == 201, f"{key} sent again: {status} {answer}"
                self.take(kind, key, answer)
        connection.close()

    def check_some(self, chance):
        """After every round: some of what was taken is found by its words, in one conversation."""
        keys = list(self.mails["taken"])
        connection = self.house.connection()
        for key in chance.sample(keys, min(4, len(keys))):
            found = []

            def look():
                found[:] = self.house.get_json(f"/v1/search?q=word{key}&kind=conversation", connection)["items"]
                return found
            wait_for(look, 15, f"the mail {key}, which got its 250, to be found")
            assert len(found) == 1, f"{key} is found in {len(found)} conversations"
        connection.close()

    def everything(self):
        """All messages as a screen reads them: (conversation, message)."""
        conversations, own = [], threading.local()
        for state in ("open", "pending", "snoozed", "resolved", "spam"):
            after = ""
            while after is not None:
                page = self.house.get_json(f"/v1/conversations?limit=200&state={state}{after}")
                conversations += page["items"]
                after = f"&after={page['next']}" if page.get("next") else None

        def read(conversation):
            own.connection = getattr(own, "connection", None) or self.house.connection()
            found, after = [], ""
            while after is not None:
                page = self.house.get_json(f"/v1/conversations/{conversation['id']}/messages?limit=100{after}", own.connection)
                found += [(conversation["id"], message) for message in page["items"]]
                after = f"&after={page['next']}" if page.get("next") else None
            return found
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            return conversations, [one for some in pool.map(read, conversations) for one in some]

    def check_all(self, sink):
        """In the end: everything once, threaded; answers left once or nobody knows; screens and webhooks heard of all of it."""
        places = collections.defaultdict(list)
        last_mail = max(self.mails["taken"], default=None)
        if last_mail:
            wait_for(lambda: self.house.get_json(f"/v1/search?q=word{last_mail}&kind=conversation")["items"], 15, "the last mail to be found")
        conversations, messages = self.everything()
        for conversation, message in messages:
            for key in re.findall(r"(?:word|answer)([mrc]\d{6})", message["text"]):
                places[key].append((conversation, message))
        self.check_once(places)
        homeless = [c["id"] for c in conversations if c["state"] == "open" and not c.get("assignee")]
        assert not homeless, f"{len(homeless)} conversations were given to nobody, while everybody has room: {homeless[:3]}"
        unknown = self.check_sent(places, sink)
        self.check_watched(messages)
        self.places, self.messages = places, messages
        return (f"inbox: {len(conversations)} conversations, {len(self.mails['taken'])} mails, {len(self.chats['taken'])} chat messages, "
                f"{len(self.replies['taken'])} answers ({unknown} unknown), {len(self.house.hook.told)} webhooks")

    def check_once(self, places):
        """What was taken is there once, in the conversation of what it answers, and nothing else is there."""
        for kind in (self.mails, self.replies, self.chats):
            for key in kind["taken"]:
                assert len(places[key]) == 1, f"{key} was taken and is there {len(places[key])} times"
        strange = set(places) - set().union(*(kind["taken"] for kind in (self.mails, self.replies, self.chats)))
        assert not strange, f"messages that nobody was told of: {sorted(strange)[:5]}"
        for key, mail in self.mails["taken"].items():
            if mail["parent"]:
                assert places[key][0][0] == places[mail["parent"]][0][0], f"{key} answers {mail['parent']} and stands elsewhere"

    def check_sent(self, places, sink):
        left = collections.Counter(m.group(1) for m in (re.match(r"<cnv\.([0-9a-z]+)\.", one) for one in sink) if m)
        unknown = 0
        for key in self.replies["taken"]:
            message = places[key][0][1]
            times = left.pop(message["id"].removeprefix("msg_"), 0)
            assert times <= 1, f"the answer {key} left {times} times"
            assert message["state"] in ("sent", "unknown"), f"the answer {key} ended as {message['state']}"
            assert message["state"] == "unknown" or times == 1, f"the answer {key} is sent, and its mail did not arrive"
            unknown += message["state"] == "unknown"
        assert not left, f"{len(left)} mails are of no answer"
        return unknown

    def heard_of(self):
        return collections.Counter(e["data"]["message"] for e in self.events if e["kind"] in ("message.received", "message.sent"))

    def check_heard(self, messages):
        there, heard = collections.Counter(message["id"] for _, message in messages), self.heard_of()
        assert heard == there, (f"the stream told of {heard.total()} messages, {there.total()} are there; only there: {sorted((there - heard).elements())[:5]}, "
                                f"only told: {sorted((heard - there).elements())[:5]}; last heard {self.heard}")

    def check_watched(self, messages):
        """Whoever resumed the stream again and again has heard of every message once, as a refetch shows them; so have webhooks."""
        there, end = collections.Counter(message["id"] for _, message in messages), time.monotonic() + 20
        while self.heard_of() != there and time.monotonic() < end:
            connection = self.house.connection()
            connection.timeout = 2
            try:
                self.read_stream(connection, lambda: self.heard_of() == there)
            except TimeoutError:
                pass
            finally:
                connection.close()
        self.check_heard(messages)
        hook = self.house.hook

        def told():
            return collections.Counter(d["data"]["message"] for d in list(hook.told.values()) if d["type"] in ("message.received", "message.sent"))

        def waiting():
            """Of those that a loaded machine did not take in time, the next attempt may be minutes away."""
            states = (self.house.get_json(f"/v1/webhooks/{self.house.webhook}/messages?limit=200&state={state}")["items"] for state in ("queued", "attempting"))
            return sum(one["kind"] in ("message.received", "message.sent") for items in states for one in items)
        wait_for(lambda: told().total() + waiting() >= there.total(), 60, f"webhooks to tell of {there.total()} messages, or to say that they wait")
        assert told() <= there, "a webhook told of a message that is not there, or of one twice under two identifiers"
        assert not hook.changed, "a webhook was sent again under its identifier with other words"
