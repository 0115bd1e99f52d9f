#!/usr/bin/env python3
"""Mail that lies in mailboxes of Dovecot is read by IMAP and becomes conversations: with TLS and STARTTLS, told by IDLE, each once, through kill -9, other numbers, wrong
passwords and certificates, and mails that are too large. On both engines."""
import email.utils
import imaplib
import os
import pathlib
import signal
import smtplib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.mail_parts import Authority, ImapServer  # noqa: E402
from support.parts import wait_for  # noqa: E402
from support.server import Rapport  # noqa: E402

SCOPES = ["conversations.read", "conversations.reply", "mailboxes.manage", "customers.read"]


def mail(to, words, sender="Ada <ada@dest.test>", **fields):
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {words}", f"Date: {email.utils.formatdate()}", f"Message-ID: {email.utils.make_msgid(domain='dest.test')}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\r\n".join(lines) + "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + words + " end\r\n"


def hand_over(dovecot, raw, to, sender="ada@dest.test"):
    with smtplib.LMTP("127.0.0.1", dovecot.lmtp) as client:
        client.sendmail(sender, to if isinstance(to, list) else [to], raw)


def call(rapport, method, path, body=None, status=200):
    got, _, answer = rapport.request(method, path, body, key=rapport.agent)
    assert got == status, (method, path, got, answer)
    return answer


def all_messages(rapport):
    found = []
    for one in call(rapport, "GET", "/v1/conversations?limit=200&state=open")["items"]:
        page = call(rapport, "GET", f"/v1/conversations/{one['id']}/messages?limit=100")
        found += [m for m in page["items"] if m["direction"] == "in"]
    return found


def message_with(rapport, words, seconds=20):
    found = []

    def look():
        found[:] = [m for m in all_messages(rapport) if m["text"].strip() == words + " end"]
        return bool(found)
    wait_for(look, seconds, f"the message {words!r}")
    assert len(found) == 1, found
    return found[0]


def pickup(rapport, identifier):
    return next(one for one in call(rapport, "GET", "/v1/mail-pickups")["items"] if one["id"] == identifier)


def follows(rapport, identifier, seconds=20):
    wait_for(lambda: pickup(rapport, identifier)["state"] == "following", seconds, f"the mailbox to be followed: {pickup(rapport, identifier)}")


def in_trouble(rapport, identifier, code, seconds=20):
    wait_for(lambda: pickup(rapport, identifier).get("trouble_code") == code, seconds, f"{code}: {pickup(rapport, identifier)}")


def setting_up(rapport, dovecot):
    """What is wrong is said in words; a password goes only where it was given for."""
    new = {"address": "box@ours.test", "host": "localhost", "port": dovecot.imaps, "security": "tls", "login": "box", "password": "not this one"}
    problem = call(rapport, "POST", "/v1/mail-pickups", {**new, "address": "nobody@ours.test", "host": "a b", "port": 0}, 422)
    assert {f["pointer"] for f in problem["fields"]} == {"/address", "/host", "/port"}, problem
    reader = rapport.new_key("reader", ["conversations.read"])
    assert rapport.request("GET", "/v1/mail-pickups", key=reader)[0] == 403
    made = call(rapport, "POST", "/v1/mail-pickups", new, 201)
    assert "password" not in made, made
    in_trouble(rapport, made["id"], "sign_in_refused")
    path = f"/v1/mail-pickups/{made['id']}"
    assert call(rapport, "POST", path + "/check", status=409)["code"] == "sign_in_refused"
    problem = call(rapport, "PATCH", path, {"host": "127.0.0.1"}, 422)
    assert problem["fields"][0]["pointer"] == "/password", problem
    call(rapport, "PATCH", path, {"password": "se\"cr\\et", "folder": "Nowhere/Straße"})
    in_trouble(rapport, made["id"], "no_such_folder")
    call(rapport, "PATCH", path, {"folder": "INBOX"})
    follows(rapport, made["id"])
    assert call(rapport, "POST", path + "/check")["messages"] == 150
    wrong = call(rapport, "POST", "/v1/mail-pickups", {**new, "host": "127.0.0.1", "password": "x"}, 201)
    in_trouble(rapport, wrong["id"], "tls_failed")
    call(rapport, "DELETE", f"/v1/mail-pickups/{wrong['id']}", status=204)
    plain = call(rapport, "POST", "/v1/mail-pickups", {**new, "address": "sales@ours.test", "port": dovecot.imap, "security": "starttls", "login": "sales", "password": "other",
                                                       "mark_seen": True, "from_now": False}, 201)
    follows(rapport, plain["id"])
    return made["id"], plain["id"]


def flags(dovecot, user, password):
    with imaplib.IMAP4("127.0.0.1", dovecot.imap) as client:
        client.login(user, password)
        client.select("INBOX", readonly=True)
        return client.fetch("1:*", "(FLAGS)")[1]


def marked(dovecot):
    """Subjects in the mailbox whose mails are marked as seen."""
    with imaplib.IMAP4("127.0.0.1", dovecot.imap) as client:
        client.login("sales", "other")
        client.select("INBOX", readonly=True)
        found = client.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
        return [one[1].decode().removeprefix("Subject:").strip() for one in found if isinstance(one, tuple) and b"Seen" in one[0]]


def reading(rapport, dovecot):
    message_with(rapport, "lay there in sales")
    assert not [m for m in all_messages(rapport) if "lay there before" in m["text"]], "what lay there at the beginning is left alone"
    begun = time.monotonic()
    hand_over(dovecot, mail("box@ours.test", "told by idle"), "box@ours.test")
    first = message_with(rapport, "told by idle", 10)
    print(f"    {time.monotonic() - begun:.2f} s from Dovecot's 250 until the API shows it")
    answer = call(rapport, "POST", f"/v1/conversations/{first['conversation']}/messages", {"kind": "reply", "text": "We come."}, 201)
    got, _ = rapport.mail_to("ada@dest.test", containing="We come.", seconds=30)
    token = email.utils.parseaddr(got["Reply-To"])[1]
    assert token.startswith("box+c"), (token, answer)
    hand_over(dovecot, mail(token, "with the token"), token)
    back = message_with(rapport, "with the token")
    assert back["conversation"] == first["conversation"] and back["matched_by"] == "token", back
    hand_over(dovecot, mail(token, "away", Auto_Submitted="auto-replied"), token, "")
    wait_for(lambda: any(m.get("automatic") for m in all_messages(rapport)), 20, "the answer of a program")
    assert all(b"Seen" not in one for one in flags(dovecot, "box", 'se"cr\\et')), "a mailbox stays as it was"
    wait_for(lambda: all(b"Seen" in one for one in flags(dovecot, "sales", "other")), 10, "mails to be marked")


def both(rapport, dovecot):
    """One mail to two mailboxes has two copies, with traces of their own: it is one message, in both."""
    raw = mail("box@ours.test, sales@ours.test", "to both")
    for address in ("box@ours.test", "sales@ours.test"):
        hand_over(dovecot, raw, address)
    message = message_with(rapport, "to both")
    wait_for(lambda: len(call(rapport, "GET", f"/v1/conversations/{message['conversation']}")["mailboxes"]) == 2, 15, "both mailboxes to show it")
    assert len([m for m in all_messages(rapport) if "to both" in m["text"]]) == 1


def too_large(rapport, dovecot):
    raw = mail("box@ours.test", "large") + "x" * 70 + "\r\n"
    hand_over(dovecot, raw + ("y" * 76 + "\r\n") * 30_000, "box@ours.test")
    found = []

    def look():
        found[:] = [m for m in all_messages(rapport) if m.get("subject") == "large"]
        return bool(found)
    wait_for(look, 20, "the mail that is too large")
    assert "too many to be fetched" in found[0]["text"] and "INBOX at localhost" in found[0]["text"], found
    hand_over(dovecot, mail("box@ours.test", "after the large one"), "box@ours.test")
    message_with(rapport, "after the large one")


def numbered_anew(rapport, dovecot, identifier):
    before = len(all_messages(rapport))
    dovecot.admin("mailbox", "update", "-u", "box", "--uid-validity", "987654", "INBOX")
    dovecot.stop()
    dovecot.start()
    for seconds in (0.2, 0.3):  # in the middle of looking at them anew
        time.sleep(seconds)
        os.kill(rapport.process.pid, signal.SIGKILL)
        rapport.process.wait()
        rapport.start()
    follows(rapport, identifier, 30)
    hand_over(dovecot, mail("box@ours.test", "after other numbers"), "box@ours.test")
    message_with(rapport, "after other numbers", 30)
    assert len(all_messages(rapport)) == before + 1, "each once, and nothing of what had been there before"


def killed(rapport, dovecot, identifier):
    words, others = [f"kill {n}" for n in range(60)], [f"mark {n}" for n in range(30)]
    for one, other in zip(words[:30], others):
        hand_over(dovecot, mail("box@ours.test", one), "box@ours.test")
        hand_over(dovecot, mail("sales@ours.test", other), "sales@ours.test")
    wait_for(lambda: any("kill" in m["text"] for m in all_messages(rapport)) and any("mark" in one for one in marked(dovecot)), 20, "the first ones")
    os.kill(rapport.process.pid, signal.SIGKILL)
    rapport.process.wait()
    for one in words[30:]:
        hand_over(dovecot, mail("box@ours.test", one), "box@ours.test")
    seen = [one for one in marked(dovecot) if "mark" in one]
    dovecot.stop()  # nothing more comes: what was marked there is here
    rapport.start()
    wait_for(lambda: set(seen) <= {m["text"].strip().removesuffix(" end") for m in all_messages(rapport)}, 5, f"what was marked as seen: {seen}")
    dovecot.start()
    words += others
    there = []

    def look():
        there[:] = [m["text"].strip().removesuffix(" end") for m in all_messages(rapport)]
        return set(words) <= set(there)
    wait_for(look, 40, "every mail")
    time.sleep(1)
    look()
    assert all(there.count(one) == 1 for one in words), [one for one in words if there.count(one) != 1]
    took = pickup(rapport, identifier)["took"]
    call(rapport, "PATCH", f"/v1/mail-pickups/{identifier}", {"enabled": False})
    hand_over(dovecot, mail("box@ours.test", "nobody fetches"), "box@ours.test")
    time.sleep(2)
    one = pickup(rapport, identifier)
    assert one["state"] == "off" and one["took"] == took, one


for engine in sys.argv[1:] or ("sqlite", "postgresql"):
    rapport = Rapport(engine, "[inbound]\nmax_mail_mb = 2\n")
    authority = Authority(rapport.folder / "authority")
    key, chain = authority.issue("imap", ["localhost"])
    dovecot = ImapServer(rapport.folder / "dovecot", {"box": "se\"cr\\et", "sales": "other"}, key, chain)
    rapport.config.write_text(rapport.config.read_text().replace('tls = "off"', f'tls = "off"\nca_file = "{authority.certificate}"'))
    rapport.agent = rapport.new_key("desk", SCOPES)
    with rapport:
        try:
            for name in ("box", "sales"):
                call(rapport, "POST", "/v1/mailboxes", {"address": f"{name}@ours.test", "name": name, "locale": "en"}, 201)
            for _ in range(150):
                hand_over(dovecot, mail("box@ours.test", "lay there before"), "box@ours.test")
            hand_over(dovecot, mail("sales@ours.test", "lay there in sales"), "sales@ours.test")
            box, sales = setting_up(rapport, dovecot)
            reading(rapport, dovecot)
            both(rapport, dovecot)
            too_large(rapport, dovecot)
            numbered_anew(rapport, dovecot, box)
            killed(rapport, dovecot, box)
            rapport.stop()
            checked = rapport.command("fsck")
            assert checked.returncode == 0, checked.stdout + checked.stderr
            assert 'se"cr' not in (rapport.folder / "server.log").read_text()
        except AssertionError:
            print(dovecot.log()[-2000:])
            raise
        finally:
            dovecot.stop()
    print(f"  {engine}: good")
