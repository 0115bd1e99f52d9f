#!/usr/bin/env python3
"""What users of other programs complain of, shown not to happen here where no other test shows it (tests/regressions.md has the list): mails that come at once, long threads and
large mails, visitors who only look, one network that writes without end, screens that do what the API cannot, a program that asks somebody for permission to run. On both engines."""
import base64
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import secrets
import shutil
import smtplib
import sqlite3
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import ROOT, free_port, rapport_binary, wait_for  # noqa: E402
from support.server import Rapport  # noqa: E402

SCOPES = ["conversations.read", "conversations.reply", "conversations.manage", "mailboxes.manage", "customers.read", "suppressions.read", "events.read"]
SHOP = "https://shop.test"
SESSIONS, EACH = 20, 50


def start(engine):
    lmtp = free_port()
    rapport = Rapport(engine, f"[inbound]\nlmtp_listen = \"127.0.0.1:{lmtp}\"\nbounce_domain = \"bounces.test\"\nmax_mail_mb = 4\n")
    rapport.lmtp = lmtp
    rapport.agent = rapport.new_key("desk", SCOPES)
    return rapport


def get(rapport, path):
    return rapport.get(path, key=rapport.agent)


def post(rapport, path, body, status=201):
    got, _, answer = rapport.request("POST", path, body, key=rapport.agent)
    assert got == status, (path, got, answer)
    return answer


def mail(sender, subject, text, more="", kind="plain"):
    return (f"From: {sender}\r\nTo: box@ours.test\r\nSubject: {subject}\r\nMessage-ID: <{secrets.token_hex(8)}@dest.test>\r\n{more}MIME-Version: 1.0\r\n"
            f"Content-Type: text/{kind}; charset=utf-8\r\n\r\n{text}\r\n").encode()


def lmtp(rapport, sender, *mails):
    with smtplib.LMTP("127.0.0.1", rapport.lmtp, timeout=60) as client:
        for raw in mails:
            client.sendmail(sender, ["box@ours.test"], raw)


def conversations(rapport, state="open"):
    found, after = [], ""
    while True:
        page = get(rapport, f"/v1/conversations?limit=200&state={state}{after}")
        found += page["items"]
        if "next" not in page:
            return found
        after = "&after=" + page["next"]


def memory_mb(rapport):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{rapport.process.pid}/status").read_text()).group(1)) / 1024


def told(rapport):
    """A screen hears of a mail within a moment of its 250: nobody polls, nobody reloads."""
    connection = http.client.HTTPConnection("127.0.0.1", rapport.port, timeout=30)
    connection.request("GET", "/v1/events", headers={"Authorization": f"Bearer {rapport.agent}", "Accept": "text/event-stream"})
    stream = connection.getresponse()
    assert stream.status == 200, stream.status
    heard = threading.Event()

    def listen():
        while line := stream.fp.readline():
            if b"message.received" in line:
                return heard.set()
    threading.Thread(target=listen, daemon=True).start()
    time.sleep(0.3)
    lmtp(rapport, "ada@dest.test", mail("Ada <ada@dest.test>", "to be told", "It blinks."))
    begun = time.monotonic()
    assert heard.wait(10), "nobody told the screens"
    took = time.monotonic() - begun
    assert took < 10, took
    items = conversations(rapport)
    assert [one["subject"] for one in items] == ["to be told"] and items[0]["from"]["customer"], items
    connection.sock and connection.sock.close()
    return took


def at_once(rapport):
    """A thousand mails over twenty sessions, all of one customer who is new: one customer, each mail once, all there soon after the last 250; the list is read page by page."""
    def session(number):
        lmtp(rapport, "new@dest.test", *[mail("New <new@dest.test>", f"at once {number} {i}", f"words {number} {i}") for i in range(EACH)])
    with concurrent.futures.ThreadPoolExecutor(SESSIONS) as pool:
        for job in [pool.submit(session, number) for number in range(SESSIONS)]:
            job.result()
    begun = time.monotonic()
    wait_for(lambda: sum(one["open"] for one in get(rapport, "/v1/inbox")["items"] if one["scope"] == "all") >= SESSIONS * EACH + 1, 60, "every mail")
    took = time.monotonic() - begun
    assert took < 30, f"the last was there {took:.0f} s after its 250"
    before = memory_mb(rapport)
    items = [one for one in conversations(rapport) if one["subject"].startswith("at once")]
    assert sorted(one["subject"] for one in items) == sorted(f"at once {n} {i}" for n in range(SESSIONS) for i in range(EACH))
    assert len({one["from"]["customer"] for one in items}) == 1, "one address, one customer"
    assert memory_mb(rapport) - before < 100, "a list costs memory by its page"
    return took


def long_thread(rapport):
    """A quarter of a megabyte of HTML, and three hundred messages in one conversation: each answer is a window, and quick."""
    html = "<html><body>" + "<table><tr><td><font color=red>It <b>blinks</b></font></td></tr></table>\r\n" * 3400 + "</body></html>"
    assert len(html) > 250_000
    lmtp(rapport, "ada@dest.test", mail("Ada <ada@dest.test>", "large", html, kind="html"))
    wait_for(lambda: any(one["subject"] == "large" for one in get(rapport, "/v1/conversations?limit=50&state=open")["items"]), 15, "the large mail")
    conversation = next(one["id"] for one in get(rapport, "/v1/conversations?limit=50&state=open")["items"] if one["subject"] == "large")
    [first] = get(rapport, f"/v1/conversations/{conversation}/messages")["items"]
    for path in (f"/v1/conversations/{conversation}/messages", f"/v1/messages/{first['id']}", f"/v1/messages/{first['id']}/html"):
        begun = time.monotonic()
        get(rapport, path)
        assert time.monotonic() - begun < 5, path
    for i in range(300):
        post(rapport, f"/v1/conversations/{conversation}/messages", {"kind": "note", "text": f"note {i} " + "x" * 2000})
    status, _, page = rapport.request("GET", f"/v1/conversations/{conversation}/messages?limit=1000", key=rapport.agent)
    assert status == 422 or len(page["items"]) <= 100, "a window"
    seen, after = [], ""
    while True:
        begun = time.monotonic()
        page = get(rapport, f"/v1/conversations/{conversation}/messages?limit=50{after}")
        assert time.monotonic() - begun < 5 and len(json.dumps(page)) < 300_000
        seen += page["items"]
        if "next" not in page:
            break
        after = "&after=" + page["next"]
    assert len(seen) == 301 == len({one["id"] for one in seen})
    assert get(rapport, f"/v1/conversations/{conversation}")["messages"] == 301


def rows(rapport):
    if rapport.database:
        tables = rapport.database.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", "scenario")
        return {table: rapport.database.query(f'SELECT count(*) FROM "{table}"', "scenario") for table in tables}
    with sqlite3.connect(f"file:{rapport.folder}/rapport.db?mode=ro", uri=True) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: db.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables}


def ask(rapport, site, method, path, body=None, token=None, origin=SHOP):
    return rapport.request(method, f"/chat/{site}{path}", body, key=token or "", headers={"Origin": origin})


def new_token():
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def who_only_looks(rapport, site):
    """A visitor who opens the chat and writes nothing leaves nothing: no customer, no visitor, no row at all."""
    before = rows(rapport)
    for _ in range(20):
        token = new_token()
        assert rapport.request("GET", "/widget.js", key="")[0] == 200
        assert ask(rapport, site, "GET", "")[0] == 200 and ask(rapport, site, "GET", "", token=token)[0] == 200
        assert ask(rapport, site, "GET", "/conversations", token=token)[0] == 401
        assert ask(rapport, site, "GET", "/news?after=0", token=token)[0] == 401
    time.sleep(1)
    after = rows(rapport)
    moved = {table: (before[table], n) for table, n in after.items() if n != before[table] and table not in ("checkpoint", "time_stamp", "log_tile")}
    assert not moved, f"who only looked left rows: {moved}"


def one_network(rapport, site):
    """Whoever changes their token with every message meets the limit of their network; it says when to come again."""
    statuses = []
    for i in range(40):
        status, headers, _ = ask(rapport, site, "POST", "/messages", {"key": "k", "text": f"flood {i}", "files": [], "locale": "en"}, token=new_token())
        statuses.append(status)
        if status == 429:
            assert int(headers["Retry-After"]) >= 1
            break
    assert statuses[-1] == 429 and 5 <= statuses.count(201) <= 15, statuses  # a visitor alone may write twenty
    assert rapport.request("POST", f"/chat/{site}/files?name=a.bin", b"x", key=new_token(), headers={"Origin": SHOP, "Content-Type": "application/octet-stream"})[0] == 429, "files, too"


def screens_ask_the_api(rapport):
    """Whatever address the console's sources name is in the description of the API."""
    described = [re.sub(r"\{[^}]*\}", "*", path).strip("/").split("/") for path in rapport.get("/v1/openapi.json", key="")["paths"]]
    named = set()
    for file in [*(ROOT / "web/console").rglob("*.ts*"), *(ROOT / "web/sdk").glob("*.ts")]:
        if ".test." not in file.name and file.name != "generated.ts":
            named |= set(re.findall(r"['\"`](/v1/[^'\"`\s?]*)", file.read_text()))
    assert len(named) > 100, named
    unknown = []
    for address in named:
        words = re.sub(r"\$\{[^}]*\}?", "*", address.split("${more}")[0]).strip("/").split("/")
        fits = [path for path in described if len(path) >= len(words) and all(a == b or "*" in (a, b) or "*" in a for a, b in zip(words, path))]
        if not fits and "/v1/things" not in address:
            unknown.append(address)
    assert not unknown, f"the console asks for what the API does not describe: {sorted(unknown)}"


def asks_nobody(engine):
    """From start to stop, with mail in and an answer out: every address that the program speaks to is this machine's, but the name server's, which is asked for nothing but the
    organisation's own domain (where its signing keys stand)."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rapport-calls-"))
    calls, wrapper, binary = folder / "calls", folder / "rapport", rapport_binary()
    assert shutil.which("strace"), "strace is not installed: see packages.debian"
    wrapper.write_text(f"#!/bin/sh\nexec strace -D -f -A -qq -s 64 -e signal=none -e trace=connect,sendto,sendmsg,sendmmsg -o {calls} {binary} \"$@\"\n")
    wrapper.chmod(0o755)
    os.environ["RAPPORT"] = str(wrapper)
    try:
        with start(engine) as rapport:
            post(rapport, "/v1/mailboxes", {"address": "box@ours.test", "name": "Ours", "locale": "en"})
            time.sleep(1.2)
            lmtp(rapport, "ada@dest.test", mail("Ada <ada@dest.test>", "hello", "It blinks."))
            wait_for(lambda: conversations(rapport), 15, "the mail")
            post(rapport, f"/v1/conversations/{conversations(rapport)[0]['id']}/messages", {"kind": "reply", "text": "We come."})
            rapport.mail_to("ada@dest.test", containing="We come.", seconds=30)
            time.sleep(3)
            rapport.stop()
    finally:
        os.environ["RAPPORT"] = binary
    lines = calls.read_text(errors="replace").splitlines()
    asked = [line for line in lines if re.search(r'"[^"]*\\0\\0\\1\\0\\0', line)]
    assert all(r"\7example\3org" in line for line in asked), f"the name server is asked for what is not ours: {asked}"
    spoken = {(one.group(2), one.group(1)) for line in lines if (one := re.search(r'htons\((\d+)\).*?(?:inet_addr\(|AF_INET6, )"([^"]+)"', line))}
    assert any(address == "127.0.0.1" for address, _ in spoken), f"strace saw nothing: {lines[:10]}"
    elsewhere = {one for one in spoken if one[1] != "53" and not one[0].startswith("127.") and one[0] not in ("::1", "::ffff:127.0.0.1")}
    assert not elsewhere, f"the program spoke to {elsewhere}"
    shutil.rmtree(folder)


for engine in sys.argv[1:] or ("sqlite", "postgresql"):
    with start(engine) as rapport:
        box = post(rapport, "/v1/mailboxes", {"address": "box@ours.test", "name": "Ours", "locale": "en"})
        site = post(rapport, "/v1/chat-sites", {"name": "Shop", "mailbox": box["id"], "origins": [SHOP], "mail_after_s": 2})["id"]
        time.sleep(1.2)  # mailboxes are read every second
        heard = told(rapport)
        took = at_once(rapport)
        long_thread(rapport)
        who_only_looks(rapport, site)
        one_network(rapport, site)
        screens_ask_the_api(rapport)
        rapport.stop()
        checked = rapport.command("fsck")
        assert checked.returncode == 0, checked.stdout + checked.stderr
    if engine == "sqlite":
        asks_nobody(engine)
    print(f"  {engine}: good; told {heard * 1000:.0f} ms after the 250, all of {SESSIONS * EACH} mails there {took:.1f} s after the last")
