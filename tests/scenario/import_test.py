#!/usr/bin/env python3
"""Old mailboxes are brought in: mbox files written by Python's mailbox module and by Dovecot, and Dovecot's Maildir++. With kill -9 of the server and of the command,
twice, with mails that were added, with mails that had come by themselves, and with bombs. On both engines."""
import base64
import email.message
import email.utils
import json
import mailbox
import os
import pathlib
import pwd
import shutil
import signal
import smtplib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.mail_parts import Authority, ImapServer  # noqa: E402
from support.parts import free_port, rapport_binary, wait_for  # noqa: E402
from support.server import Rapport  # noqa: E402

SCOPES = ["conversations.read", "conversations.reply", "conversations.manage", "mailboxes.manage", "customers.read", "events.read"]
DAY = 86_400
BEGIN = 1_400_000_000  # in 2014


def mail(number, sender, to, subject, text, at, references="", **fields):
    made = email.message.EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"] = email.utils.formatdate(at)
    made["Message-ID"] = f"<{number}@old.test>"
    if references:
        made["In-Reply-To"], made["References"] = references.split()[-1], references
    for name, value in fields.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def thread(n, at):
    """A question, our answer, and thanks."""
    customer = f"Customer {n} <customer{n}@dest.test>"
    first = mail(f"{n}.1", customer, "box@ours.test", f"Meter {n}", f"My meter {n} is broken.\n\nFrom here on it hums.\n", at)
    first.add_attachment(f"reading {n}".encode(), maintype="application", subtype="octet-stream", filename=f"reading-{n}.bin")
    ours = mail(f"{n}.2", "Example <box@ours.test>", customer, f"Re: Meter {n}", f"We come and look at meter {n}.\n", at + 3600, f"<{n}.1@old.test>")
    thanks = mail(f"{n}.3", customer, "box@ours.test", f"Re: Meter {n}", f"Thank you, {n} works.\n", at + DAY, f"<{n}.1@old.test> <{n}.2@old.test>")
    return first, ours, thanks


def call(rapport, method, path, body=None, status=200):
    got, _, answer = rapport.request(method, path, body, key=rapport.agent)
    assert got == status, (method, path, got, answer)
    return answer


def command(rapport, *words, **options):
    return subprocess.Popen([rapport_binary(), "import", *map(str, words), "--mailbox", "box@ours.test", "--server", rapport.url], env={**os.environ, "RAPPORT_API_KEY": rapport.agent},
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def bring(rapport, *words, code=0):
    process = command(rapport, *words, "--json")
    out, trouble = process.communicate(timeout=300)
    assert process.returncode == code, (words, process.returncode, out, trouble)
    return json.loads(out)


def conversations(rapport, state="resolved"):
    found, after = [], ""
    while True:
        page = call(rapport, "GET", f"/v1/conversations?limit=100&state={state}" + (f"&after={after}" if after else ""))
        found += page["items"]
        after = page.get("next")
        if not after:
            return found


def fsck(rapport):
    rapport.stop()
    done = rapport.command("fsck")
    assert done.returncode == 0, done.stdout + done.stderr
    rapport.start()


def by_python(rapport, folder):
    """Python's mbox: mboxo with quoted From lines. Killed in between, on both sides; once more; then the file grows."""
    path = folder / "python.mbox"
    box = mailbox.mbox(path)
    threads = 150
    for n in range(threads):
        for one in thread(n, BEGIN + n * DAY):
            made = mailbox.mboxMessage(one)
            made.set_from("old@old.test", time.gmtime(BEGIN + n * DAY))
            made.set_flags("RO")
            box.add(made)
    box.flush()
    judged = bring(rapport, "mbox", path, "--dry-run")[0]
    assert judged["counts"]["received"] == 2 * threads and judged["counts"]["sent"] == threads, judged
    assert not conversations(rapport) and not call(rapport, "GET", "/v1/imports")["items"], "a dry run writes nothing"

    killed = 0
    process = command(rapport, "mbox", path)
    while process.poll() is None:
        items = call(rapport, "GET", "/v1/imports")["items"]
        if items and items[0]["counts"]["mails"] >= 100 * (killed + 1) and killed < 2:
            killed += 1
            if killed == 1:
                process.send_signal(signal.SIGKILL)
                process.wait()
                process = command(rapport, "mbox", path)
            else:
                rapport.process.send_signal(signal.SIGKILL)
                rapport.process.wait()
                rapport.start()
        time.sleep(0.002)
    out, trouble = process.communicate()
    assert process.returncode == 0, (out, trouble)
    assert killed == 2, killed
    state = call(rapport, "GET", "/v1/imports")["items"]
    assert len(state) == 1 and state[0]["state"] == "finished", state
    counts = state[0]["counts"]
    assert counts == {"mails": 3 * threads, "received": 2 * threads, "sent": threads, "duplicates": 0, "unreadable": 0, "failed": 0, "conversations": threads, "customers": threads}, counts
    found = conversations(rapport)
    assert len(found) == threads and all(one["messages"] == 3 for one in found), [one["messages"] for one in found]
    one = next(one for one in found if one["subject"] == "Meter 7")
    assert one["opened_at"] == to_time(BEGIN + 7 * DAY) and one["last_at"] == to_time(BEGIN + 8 * DAY), one
    messages = call(rapport, "GET", f"/v1/conversations/{one['id']}/messages")["items"]
    assert [m["direction"] for m in messages] == ["in", "out", "in"], messages
    assert "\nFrom here on it hums." in messages[2]["text"], messages[2]["text"]
    attached = messages[2]["attachments"][0]
    assert attached["name"] == "reading-7.bin" and rapport.request("GET", f"/v1/attachments/{attached['id']}", key=rapport.agent)[2] == b"reading 7", attached

    again = bring(rapport, "mbox", path)[0]
    assert again["counts"]["mails"] == 0, again
    copy = folder / "copy.mbox"
    shutil.copy(path, copy)
    again = bring(rapport, "mbox", copy)[0]["counts"]
    assert again["duplicates"] == 3 * threads and again["received"] == 0, again
    for one in thread(threads, BEGIN):
        box.add(one)
    box.flush()
    more = bring(rapport, "mbox", path)[0]["counts"]
    assert more["mails"] == 3 and more["conversations"] == 1, more
    return threads + 1


def to_time(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def quiet(rapport, conversations_made):
    """Nobody was disturbed; everything can be found; a customer's answer comes back into what was brought in."""
    kinds = {}
    text = subprocess.run(["curl", "-sN", "--max-time", "3", "-H", f"Authorization: Bearer {rapport.agent}", "-H", "Last-Event-ID: 0", rapport.url + "/v1/events"], capture_output=True, text=True).stdout
    for line in text.splitlines():
        if line.startswith("data: "):
            event = json.loads(line[6:])
            kinds[event["kind"]] = kinds.get(event["kind"], 0) + 1
    assert not {"message.received", "conversation.opened", "conversation.assigned", "customer.created", "sla.warning"} & set(kinds), kinds
    assert kinds["import.finished"] == 4, kinds
    assert not list(rapport.sink.mails()), "no letter left"
    wait_for(lambda: len(call(rapport, "GET", "/v1/conversations?q=%22meter+99+is+broken%22")["items"]) == 1, 20, "what was brought in to be found")
    answer = mail("late", "customer99@dest.test", "box@ours.test", "Re: Meter 99", "It hums again.", time.time(), "<99.2@old.test>")
    lmtp(rapport, answer)
    wait_for(lambda: len(conversations(rapport, "open")) == 1, 20, "the answer")
    late = conversations(rapport, "open")[0]
    assert late["subject"] in ("Meter 99", "Re: Meter 99"), late
    # It was over for years: the answer began one that follows.
    assert len(conversations(rapport)) == conversations_made


def lmtp(rapport, made):
    with smtplib.LMTP("127.0.0.1", rapport.lmtp) as client:
        client.sendmail("customer@dest.test", ["box@ours.test"], made.as_bytes(policy=email.policy.SMTP))


def bombs(rapport, folder):
    """What is made to cost much costs little, and the mail behind it comes in."""
    parts = "".join(f"--b\nContent-Type: text/plain\n\n{n}\n" for n in range(10_000))
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(200))
    bodies = [f"Content-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n", nested, "X: " + "y" * 2_000_000 + "\n\nx\n", "Content-Type: text/plain; charset=nonsense\n\n\xff\xfe\x00\n",
              "Content-Transfer-Encoding: base64\nContent-Type: application/zip\n\n" + base64.encodebytes(b"\0" * 3_000_000).decode(), "Content-Length: 99999999\n\nshort\n"]
    with open(folder / "bombs.mbox", "wb") as file:
        for n, body in enumerate(bodies + ["\nafter all of them\n"]):
            file.write(f"From x@y.test Sat Nov 01 09:30:00 2014\nFrom: x{n}@y.test\nMessage-ID: <bomb{n}@y.test>\n{body}\n".encode("latin-1"))
        file.write(b"From x@y.test Sat Nov 01 09:30:00 2014\nSubject: too large\n\n" + b"x" * (70 << 20) + b"\n\n")
    begun = time.monotonic()
    report = bring(rapport, "mbox", folder / "bombs.mbox", code=3)[0]
    seconds = time.monotonic() - begun
    assert report["too_large"] == 1 and report["counts"]["received"] == len(bodies) + 1 and report["counts"]["failed"] == 0, report
    assert seconds < 30, seconds
    print(f"    {seconds:.1f} s for bombs")


def by_dovecot(rapport, folder, engine):
    """Maildir++ and mbox as Dovecot writes them, with its flags; a mail that had come by LMTP is not brought in again."""
    authority = Authority(folder / "ca")
    key, chain = authority.issue("imap", ["localhost"])
    dovecot = ImapServer(folder / "dovecot", {"box": "secret"}, key, chain)
    try:
        known = mail("known", "known@dest.test", "box@ours.test", "Known", "This one came by itself.", time.time())
        lmtp(rapport, known)
        wait_for(lambda: any(one["subject"] == "Known" for one in conversations(rapport, "open")), 20, "the mail that came by itself")
        dovecot.admin("mailbox", "create", "-u", "box", "Sent", "Drafts", "Archive.2014")
        saved = []
        for n, folder_name in ((1000, "INBOX"), (1001, "Archive.2014")):
            first, ours, thanks = thread(n, BEGIN)
            for one, where in ((first, folder_name), (ours, "Sent"), (thanks, folder_name)):
                save(dovecot, where, one)
                saved.append((where, one))
        save(dovecot, "INBOX", known)
        saved.append(("INBOX", known))
        save(dovecot, "Drafts", mail("draft", "box@ours.test", "x@dest.test", "Draft", "Not said yet.", BEGIN))
        dovecot.admin("flags", "add", "-u", "box", "\\Seen \\Flagged", "mailbox", "INBOX", "subject", "Meter")
        open_before = len(conversations(rapport, "open"))
        maildir = folder / "dovecot" / "mails" / "box" / "Maildir"
        reports = bring(rapport, "maildir", maildir, "--leave", "unread", "--label", "old")
        total = {}
        for one in reports:
            for name, n in one["counts"].items():
                total[name] = total.get(name, 0) + n
        assert total["received"] == 4 and total["sent"] == 2 and total["duplicates"] == 1 and total["failed"] == 0, reports
        found = [one for one in conversations(rapport) + conversations(rapport, "open") if one["subject"] in ("Meter 1000", "Meter 1001")]
        assert sorted((one["subject"], one["messages"], one["state"], one["priority"]) for one in found) == [("Meter 1000", 3, "resolved", "high"), ("Meter 1001", 3, "open", "normal")], found
        assert all(len(one["labels"]) == 1 for one in found), found
        assert len(conversations(rapport, "open")) == open_before + 1
        again = bring(rapport, "maildir", maildir, "--leave", "unread")
        assert sum(one["counts"]["duplicates"] for one in again) == 7 and sum(one["counts"]["received"] for one in again) == 0, again
        # The same mails as an mbox of Dovecot's: with lengths, and its own fields.
        user = pwd.getpwnam("mail")
        target = folder / "as-mbox"
        target.mkdir()
        os.chown(target, user.pw_uid, user.pw_gid)
        as_mbox = ("-o", f"mail_location=mbox:{target}:INBOX={target}/inbox")
        dovecot.admin(*as_mbox, "mailbox", "create", "-u", "box", "Sent")
        for where, one in saved:
            if where != "Archive.2014":
                save(dovecot, where, one, *as_mbox)
        text = (target / "inbox").read_text()
        assert "Content-Length:" in text or "X-UID:" in text or "Status:" in text, text[:500]
        report = bring(rapport, "mbox", target / "inbox", target / "Sent")
        assert sum(one["counts"]["duplicates"] for one in report) == 5 and sum(one["counts"]["received"] + one["counts"]["sent"] for one in report) == 0, report
    finally:
        dovecot.stop()


def save(dovecot, folder, made, *options):
    done = subprocess.run(["doveadm", "-c", dovecot.config, *options, "save", "-u", "box", "-m", folder], input=made.as_bytes(), capture_output=True)
    assert done.returncode == 0, done.stderr


def flat(rapport, folder):
    """The command's memory does not grow with the file."""
    path = folder / "large.mbox"
    body = b"x" * 75 + b"\n"
    with open(path, "wb") as file:
        for n in range(36):
            file.write(f"From x@y.test Sat Nov 01 09:30:00 2014\nFrom: l{n}@y.test\nMessage-ID: <large{n}@y.test>\nSubject: large\n\n".encode() + body * 70_000 + b"\n")
    process = command(rapport, "mbox", path, "--dry-run")
    most = 0
    while process.poll() is None:
        try:
            most = max(most, int((pathlib.Path("/proc") / str(process.pid) / "statm").read_text().split()[1]) * 4096)
        except (OSError, IndexError):
            pass
        time.sleep(0.01)
    assert process.returncode == 0, process.communicate()
    print(f"    {path.stat().st_size >> 20} MiB in {most >> 20} MiB of memory")
    assert most < 120 << 20, most


def refusals(rapport, folder):
    reader = rapport.new_key("reader", ["conversations.read"])
    assert rapport.request("GET", "/v1/imports", key=reader)[0] == 403
    assert rapport.request("POST", "/v1/imports", {"source": "x", "kind": "mbox", "mailbox": "mbx_1"}, key=reader)[0] == 403
    assert command(rapport, "mbox", folder / "nowhere").wait() == 1
    assert command(rapport, "maildir", folder).wait() == 1
    assert command(rapport, "floppy", folder).wait() == 2
    assert command(rapport, "mbox", folder, "--leave", "alone").wait() == 2


def run(engine):
    port = free_port()
    with Rapport(engine, f'[inbound]\nlmtp_listen = "127.0.0.1:{port}"\npeers = "127.0.0.1"\n') as rapport:
        rapport.lmtp = port
        rapport.agent = rapport.new_key("agent", SCOPES)
        call(rapport, "POST", "/v1/mailboxes", {"address": "box@ours.test", "name": "Example", "locale": "en"}, 201)
        folder = rapport.folder / "old"
        folder.mkdir()
        folder.chmod(0o755)
        refusals(rapport, folder)
        made = by_python(rapport, folder)
        quiet(rapport, made)
        bombs(rapport, folder)
        by_dovecot(rapport, folder, engine)
        if engine == "sqlite":
            flat(rapport, folder)
        fsck(rapport)
    print(f"  {engine}: old mailboxes were brought in")


if __name__ == "__main__":
    for engine in sys.argv[1:] or ["sqlite", "postgresql"]:
        run(engine)
