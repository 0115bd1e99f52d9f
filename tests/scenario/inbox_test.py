#!/usr/bin/env python3
"""Conversations against real mail servers: Postfix hands customers' mails over by LMTP, answers leave through it into Dovecot's mailboxes, and customers answer
with and without what matters, as colleagues, strangers, programs and forgers. Then the program is killed while mails come in. On both engines."""
import concurrent.futures
import email.utils
import os
import pathlib
import re
import signal
import smtplib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import Dovecot, Postfix, free_port, wait_for  # noqa: E402
from support.server import Rapport, text_of  # noqa: E402

SCOPES = ["conversations.read", "conversations.reply", "conversations.manage", "mailboxes.manage", "customers.read", "suppressions.read", "outbox.read"]
KEEP = 'require ["fileinto"];\nkeep;\n'


def start(engine):
    lmtp = free_port()
    rapport = Rapport(engine, f"[inbound]\nlmtp_listen = \"127.0.0.1:{lmtp}\"\nbounce_domain = \"bounces.test\"\nmax_mail_mb = 4\n")
    rapport.lmtp = lmtp
    ours = f"lmtp:inet:127.0.0.1:{lmtp}"
    rapport.postfix = Postfix(rapport.folder / "postfix", {"ours.test": ours, "bounces.test": ours}, refusals={"gone@dest.test": "550 5.1.1 user unknown"})
    rapport.dovecot = Dovecot(rapport.folder / "dovecot", rapport.postfix.port, KEEP)
    rapport.postfix.reroute({"ours.test": ours, "bounces.test": ours, "dest.test": f"lmtp:inet:127.0.0.1:{rapport.dovecot.port}"})
    text = rapport.config.read_text()
    rapport.config.write_text(text.replace(f"smart_host = \"127.0.0.1:{rapport.sink.port}\"", f"smart_host = \"127.0.0.1:{rapport.postfix.port}\""))
    rapport.agent = rapport.new_key("desk", SCOPES)
    return rapport


def get(rapport, path):
    return rapport.get(path, key=rapport.agent)


def post(rapport, path, body, status=201):
    got, _, answer = rapport.request("POST", path, body, key=rapport.agent)
    assert got == status, (path, got, answer)
    return answer


def mail(sender, to, subject, text, **fields):
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}", f"Date: {email.utils.formatdate()}"]
    fields.setdefault("Message_ID", email.utils.make_msgid(domain="dest.test"))
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items() if value]
    return "\r\n".join(lines) + "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n"


def hand_over(rapport, raw, to, sender="ada@dest.test"):
    """To Postfix, as a customer's provider does; Postfix hands it to us."""
    with smtplib.SMTP("127.0.0.1", rapport.postfix.port) as client:
        client.sendmail(sender, to if isinstance(to, list) else [to], raw)


def messages(rapport, conversation):
    found, after = [], ""
    while True:
        page = get(rapport, f"/v1/conversations/{conversation}/messages?limit=100{after}")
        found += page["items"]
        if "next" not in page:
            return found
        after = "&after=" + page["next"]


def all_conversations(rapport, state="open"):
    found, after = [], ""
    while True:
        page = get(rapport, f"/v1/conversations?limit=200&state={state}{after}")
        found += page["items"]
        if "next" not in page:
            return found
        after = "&after=" + page["next"]


def message_with(rapport, text, seconds=20):
    """The message whose own words begin so, wherever it landed."""
    found = []

    def look():
        for state in ("open", "pending", "resolved", "spam"):
            for one in all_conversations(rapport, state):
                for message in messages(rapport, one["id"]):
                    if message["direction"] == "in" and message["text"].startswith(text):
                        found[:] = [message]
                        return True
        return False
    wait_for(look, seconds, f"the message {text!r}")
    return found[0]


def delivered(rapport, containing, seconds=20):
    found = []

    def look():
        found[:] = [m for m in rapport.dovecot.mails() if containing in text_of(m)]
        return bool(found)
    wait_for(look, seconds, f"{containing!r} in a mailbox of Dovecot")
    return found[0]


def begin(rapport):
    """A customer writes; the agent answers; the answer lies in the customer's mailbox as the next mail of one thread."""
    hand_over(rapport, mail("Ada <ada@dest.test>", "box@ours.test", "Broken meter", "It blinks.", Message_ID="<first@dest.test>"), "box@ours.test")
    first = message_with(rapport, "It blinks.")
    assert first["matched_by"] == "none" and first["has_raw"], first
    conversation = first["conversation"]
    answer = post(rapport, f"/v1/conversations/{conversation}/messages", {"kind": "reply", "html": "<p>We <b>come</b>.</p><script>x</script>", "key": "one"})
    again = post(rapport, f"/v1/conversations/{conversation}/messages", {"kind": "reply", "html": "<p>We <b>come</b>.</p><script>x</script>", "key": "one"})
    assert again["id"] == answer["id"] and answer["state"] == "queued" and answer["leaves_at"], (answer, again)
    got = delivered(rapport, "We come.")
    assert got["In-Reply-To"] == "<first@dest.test>" and got["References"] == "<first@dest.test>", dict(got)
    assert got["Auto-Submitted"] is None and "<script" not in got.as_string(), dict(got)
    assert re.search(r"box\+c[0-9a-z]{30}@ours\.test", got["Reply-To"]) and email.utils.parseaddr(got["From"]) == ("Example Utilities", "box@ours.test"), dict(got)
    wait_for(lambda: get(rapport, f"/v1/messages/{answer['id']}")["state"] == "sent", 20, "the answer's outcome")
    assert len([m for m in rapport.dovecot.mails() if m["Message-ID"] == got["Message-ID"]]) == 1, "it left once"
    return conversation, got


def answers(rapport, conversation, got):
    """What comes back, and where it must land."""
    token = re.search(r"box\+c[0-9a-z]+@ours\.test", got["Reply-To"]).group()
    forged = token[:-15] + ("7" if token[-15] != "7" else "8") + token[-14:]
    ours = got["Message-ID"]
    ada, eve, bob = "Ada <ada@dest.test>", "Eve <eve@dest.test>", "Bob <bob@dest.test>"
    cases = [
        # words, sender, to, fields, in the conversation?, matched by
        ("with everything", ada, token, {"In_Reply_To": ours, "References": f"<first@dest.test> {ours}"}, True, "token"),
        ("headers stripped", ada, token, {}, True, "token"),
        ("without token", ada, "box@ours.test", {"In_Reply_To": ours}, True, "own_message_id"),
        ("another subject", ada, "box@ours.test", {"References": ours, "Subject2": ""}, True, "own_message_id"),
        ("her own thread", ada, "box@ours.test", {"In_Reply_To": "<first@dest.test>"}, True, "reference"),
        ("a new matter", ada, "box@ours.test", {}, False, "none"),
        ("from another address", "Ada <ada@home.dest.test>", token, {"In_Reply_To": ours}, False, "none"),
        ("a stranger", eve, token, {"In_Reply_To": ours, "References": ours}, False, "none"),
        ("a forged token", ada, forged, {}, False, "none"),
        ("a forger", eve, forged, {"In_Reply_To": "<first@dest.test>"}, False, "none"),
        ("her Message-ID again", eve, "box@ours.test", {"Message_ID": "<first@dest.test>"}, False, "none"),
        ("we are you", "Us <box@ours.test>", token, {"In_Reply_To": ours}, False, "none"),
        ("a colleague joins", ada, token, {"Cc": bob, "In_Reply_To": ours}, True, "token"),
        ("a program", ada, token, {"Auto_Submitted": "auto-replied", "In_Reply_To": ours}, True, "token"),
    ]
    for words, sender, to, fields, inside, by in cases:
        hand_over(rapport, mail(sender, to, "Re: Broken meter", words, **fields), to, email.utils.parseaddr(sender)[1])
        message = message_with(rapport, words)
        assert (message["conversation"] == conversation) == inside and message["matched_by"] == by, (words, message)
        assert message["matched"], message
    hand_over(rapport, mail(bob, "box@ours.test", "Re: Broken meter", "the colleague answers", In_Reply_To=ours), "box@ours.test", "bob@dest.test")
    assert message_with(rapport, "the colleague answers")["conversation"] == conversation
    stranger = get(rapport, "/v1/conversations/" + message_with(rapport, "a stranger")["conversation"])
    assert [one["conversation"] for one in stranger["suggestions"]] == [conversation], stranger
    assert message_with(rapport, "we are you")["claims"] == "mailbox"
    assert message_with(rapport, "a program")["automatic"] == "Auto-Submitted: auto-replied"
    there = [m["text"].strip() for m in messages(rapport, conversation) if m["direction"] == "in"]
    assert sorted(there) == sorted(["It blinks.", "the colleague answers"] + [c[0] for c in cases if c[4]]), there


def other_mails(rapport):
    """One mail to two mailboxes, octets twice, a mail bomb, a bounce."""
    sales = post(rapport, "/v1/mailboxes", {"address": "sales@ours.test", "name": "Sales", "locale": "en"})["id"]
    raw = mail("Carl <carl@dest.test>", "box@ours.test, sales@ours.test", "Both", "to both of you")
    hand_over(rapport, raw, ["box@ours.test", "sales@ours.test"], "carl@dest.test")
    both = message_with(rapport, "to both of you")
    wait_for(lambda: sales in get(rapport, f"/v1/conversations/{both['conversation']}")["mailboxes"], 10, "the second mailbox")
    assert len(messages(rapport, both["conversation"])) == 1

    bomb = "From: bomb@dest.test\r\nTo: box@ours.test\r\nSubject: bomb\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n"
    bomb += "".join(f"--b{i}\r\nContent-Type: multipart/mixed; boundary=b{i + 1}\r\n\r\n" for i in range(200)) + "--b0\r\n\r\n" + "--b0\r\n\r\nx\r\n" * 10_000
    with smtplib.LMTP("127.0.0.1", rapport.lmtp) as client:
        client.sendmail("bomb@dest.test", ["box@ours.test"], bomb)
    found = []

    def look():
        found[:] = [m for one in all_conversations(rapport) for m in messages(rapport, one["id"]) if m.get("trouble")]
        return bool(found)
    wait_for(look, 20, "the bomb to be shown")
    status, headers, raw = rapport.request("GET", f"/v1/messages/{found[0]['id']}/raw", key=rapport.agent)
    assert status == 200 and raw.count(b"boundary=b") == 201 and "attachment" in headers["Content-Disposition"], (status, headers)
    assert "sandbox" in headers["Content-Security-Policy"] and headers["X-Content-Type-Options"] == "nosniff", headers

    gone = post(rapport, "/v1/conversations", {"mailbox": get(rapport, "/v1/mailboxes")["items"][0]["id"], "to": ["gone@dest.test"], "subject": "Hello", "text": "Are you there?"})
    sent = messages(rapport, gone["id"])[0]
    wait_for(lambda: get(rapport, f"/v1/messages/{sent['id']}")["state"] == "failed", 40, "the bounce to be told")
    letter = get(rapport, f"/v1/messages/{sent['id']}")["letters"][0]
    assert letter["state"] == "accepted" and letter["returned"].startswith("5.1.1"), letter
    assert len(messages(rapport, gone["id"])) == 1, "a bounce is no message"


def taken_back(rapport):
    wanted = {"mailbox": get(rapport, "/v1/mailboxes")["items"][0]["id"], "to": ["ada@dest.test"], "subject": "Oops", "text": "This never leaves."}
    made = post(rapport, "/v1/conversations", wanted)
    message = messages(rapport, made["id"])[0]
    status, _, _ = rapport.request("DELETE", f"/v1/messages/{message['id']}", key=rapport.agent)
    assert status == 204, status
    assert messages(rapport, made["id"]) == []
    return "This never leaves."


def may_not(rapport, conversation):
    """Whoever lacks a permission gets nowhere; what is not there is not there."""
    stranger, reader = rapport.new_key("stranger", ["events.read", "deliveries.read", "suppressions.read"]), rapport.new_key("reader", ["conversations.read"])
    message = messages(rapport, conversation)[0]["id"]
    reads = ["/v1/inbox", "/v1/conversations", f"/v1/conversations/{conversation}", f"/v1/conversations/{conversation}/messages", f"/v1/messages/{message}",
             f"/v1/messages/{message}/html", f"/v1/messages/{message}/raw", "/v1/attachments/att_0000000000001", "/v1/mailboxes", "/v1/labels", "/v1/teams", "/v1/assignees"]
    for path in reads:
        assert rapport.request("GET", path, key=stranger)[0] == 403, path
    mails = [one for one in rapport.get("/v1/inbound?limit=200", key=stranger)["items"] if one.get("kind") == "conversation"]
    assert {(one["sender"], one["recipient"]) for one in mails} == {("", "")}, mails
    both = rapport.new_key("both", ["suppressions.read", "conversations.read"])
    assert all(one["recipient"] for one in rapport.get("/v1/inbound?kind=conversation", key=both)["items"]), "they are shown to who may read conversations"
    assert rapport.request("GET", f"/v1/inbound/{mails[0]['id']}/raw", key=stranger)[0] == 404, "raw mails of customers are for those who may read conversations"
    for method, path, body in (("PATCH", f"/v1/conversations/{conversation}", {"state": "resolved"}), ("POST", "/v1/mailboxes", {"address": "x@ours.test", "name": "x", "locale": "en"}),
                               ("POST", f"/v1/conversations/{conversation}/messages", {"kind": "note", "text": "x"}), ("POST", "/v1/labels", {"name": "x"}),
                               ("POST", f"/v1/conversations/{conversation}/merge", {"into": conversation}), ("DELETE", f"/v1/messages/{message}", None)):
        assert rapport.request(method, path, body, key=reader)[0] == 403, (method, path)
    writer = rapport.new_key("writer", ["conversations.read", "conversations.reply"])
    assert rapport.request("PATCH", f"/v1/conversations/{conversation}", {"state": "spam"}, key=writer)[0] == 403
    assert rapport.request("GET", "/v1/conversations/cnv_0000000000001", key=reader)[0] == 404
    version = get(rapport, f"/v1/conversations/{conversation}")["version"]
    assert rapport.request("PATCH", f"/v1/conversations/{conversation}", {"priority": "high"}, key=rapport.agent, headers={"If-Match": f'"{version}"'})[0] == 200
    status, _, problem = rapport.request("PATCH", f"/v1/conversations/{conversation}", {"priority": "low"}, key=rapport.agent, headers={"If-Match": f'"{version}"'})
    assert status == 409 and problem["code"] == "changed_meanwhile", problem


def many(rapport):
    """The same change to many: each for itself."""
    some = [one["id"] for one in all_conversations(rapport)[:3]]
    done = rapport.request("POST", "/v1/conversation-changes", {"conversations": some + ["cnv_0000000000001"], "change": {"state": "resolved"}}, key=rapport.agent)
    assert done[0] == 200 and [one["changed"] for one in done[2]["items"]] == [True] * 3 + [False], done
    assert done[2]["items"][3]["code"] == "not_found" and done[2]["items"][0]["was"] == "open", done
    rapport.request("POST", "/v1/conversation-changes", {"conversations": some, "change": {"state": "open"}}, key=rapport.agent)
    assert {one["state"] for one in all_conversations(rapport) if one["id"] in some} == {"open"}


def load_and_kill(rapport):
    """Killed while mails come in and answers go out: what got its 250 is one message, what got its 201 leaves once."""
    accepted, posted, stop = [], [], time.monotonic() + 6
    conversation = all_conversations(rapport)[0]["id"]

    def customer(number):
        try:
            with smtplib.LMTP("127.0.0.1", rapport.lmtp) as client:
                n = 0
                while time.monotonic() < stop:
                    words = f"kill {number} {n}"
                    client.sendmail(f"k{number}@dest.test", ["box@ours.test"], mail(f"k{number}@dest.test", "box@ours.test", words, words + " end"))
                    accepted.append(words)
                    n += 1
        except (OSError, smtplib.SMTPException):
            pass

    def agent():
        n = 0
        while time.monotonic() < stop:
            words = f"answer {n} end"
            status, _, _ = rapport.request("POST", f"/v1/conversations/{conversation}/messages",
                                           {"kind": "reply", "text": words, "to": ["ada@dest.test"], "key": words}, key=rapport.agent)
            if status != 201:
                break
            posted.append(words)
            n += 1
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        running = [pool.submit(customer, i) for i in range(4)] + [pool.submit(agent)]
        wait_for(lambda: len(accepted) > 60 and len(posted) > 5, 20, "mails and answers")
        os.kill(rapport.process.pid, signal.SIGKILL)
        rapport.process.wait()
        for one in running:
            one.result()
    rapport.start()

    def texts():
        return [m["text"].strip() for one in all_conversations(rapport) for m in messages(rapport, one["id"]) if m["direction"] == "in"]
    wait_for(lambda: {w + " end" for w in accepted} <= set(texts()), 40, "every mail that got its 250")
    there = texts()
    twice = [words for words in accepted if there.count(words + " end") != 1]
    assert not twice, twice
    ended = {}

    def look():
        ended.clear()
        ended.update({m["text"].strip(): m["state"] for m in messages(rapport, conversation) if m["direction"] == "out"})
        return all(ended.get(words) in ("sent", "unknown") for words in posted)
    wait_for(look, 60, f"every answer that got its 201 to have an end: {ended}")
    wait_for(lambda: all(any(text_of(m).startswith(w) for m in rapport.dovecot.mails()) for w in posted if ended[w] == "sent"), 20, "what has left")
    for words in posted:
        copies = [m for m in rapport.dovecot.mails() if text_of(m).startswith(words)]
        assert len(copies) == 1 or (not copies and ended[words] == "unknown"), (words, len(copies), ended[words])
    return len(accepted), len(posted)


for engine in sys.argv[1:] or ("sqlite", "postgresql"):
    rapport = start(engine)
    with rapport:
        try:
            box = post(rapport, "/v1/mailboxes", {"address": "box@ours.test", "name": "Example Utilities", "locale": "en"})
            conversation, got = begin(rapport)
            never = taken_back(rapport)
            answers(rapport, conversation, got)
            other_mails(rapport)
            may_not(rapport, conversation)
            many(rapport)
            accepted, posted = load_and_kill(rapport)
            assert not any(never in text_of(m) for m in rapport.dovecot.mails()), "what was taken back has left"
            rapport.stop()
            checked = rapport.command("fsck")
            assert checked.returncode == 0, checked.stdout + checked.stderr
        except AssertionError:
            print(rapport.postfix.log()[-2000:], rapport.dovecot.log()[-1000:])
            raise
        finally:
            rapport.dovecot.stop()
            rapport.postfix.stop()
    print(f"  {engine}: good; {accepted} mails and {posted} answers through kill -9")
