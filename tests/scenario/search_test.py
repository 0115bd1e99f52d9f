#!/usr/bin/env python3
"""Search of the whole program: mails that come in by LMTP are found as they are typed, in six languages; customers and deliveries for those who may see them;
filters as the database knows them now. The program is killed while it reads, its index is damaged under its hands, and everything is found once. On both engines."""
import concurrent.futures
import os
import pathlib
import signal
import smtplib
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import free_port, wait_for  # noqa: E402
from support.server import ALL_SCOPES, Rapport  # noqa: E402

DESK = ["conversations.read", "conversations.reply", "conversations.manage", "mailboxes.manage"]
# What a customer wrote, and what somebody types to find it, half a word or a whole one.
LETTERS = {
    "en": ("My invoices from last year never arrived", ["inv", "invoice", "last year", '"last year"', "from:ada invoices"]),
    "it": ("Vorrei sapere perché la fattura dell'anno scorso non è arrivata", ["perche", "fatt", "dell'anno scorso", "PERCHÉ"]),
    "th": ("ฉันยังไม่ได้รับใบเสร็จรับเงินสำหรับคำสั่งซื้อนี้", ["ใบเสร็จ", "ใบเสร", "คำสั่ง"]),
    "ja": ("先月の請求書をもう一度送ってください。", ["請", "請求書", "送って"]),
    "ko": ("지난주에 주문한 배송이 아직 도착하지 않았습니다", ["배소", "배송", "배송은"]),
    "fa": ("سلام، کتاب\u200cهای من هنوز نرسیده است. شماره ۱۲۳۴۵۶۷", ["کتاب", "كتاب", "کتابهای", "1234567"]),
}


def start(engine):
    lmtp = free_port()
    rapport = Rapport(engine, f"[inbound]\nlmtp_listen = \"127.0.0.1:{lmtp}\"\n")
    rapport.lmtp = lmtp
    rapport.desk = rapport.new_key("desk", DESK)
    rapport.sender = rapport.new_key("sender", ALL_SCOPES)
    return rapport


def lmtp(rapport, sender, subject, text):
    with smtplib.LMTP("127.0.0.1", rapport.lmtp) as client:
        client.ehlo_or_helo_if_needed()
        client.sendmail(sender, ["box@ours.test"], (f"From: {sender}\r\nTo: box@ours.test\r\nSubject: {subject}\r\nMessage-ID: <{time.time_ns()}.{os.urandom(4).hex()}@dest.test>\r\n"
                        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text + "\r\n").encode())


def search(rapport, words, status=200, path="/v1/conversations", key=None, **more):
    got, _, answer = rapport.request("GET", path + "?" + urllib.parse.urlencode({"q": words, **more}), key=key or rapport.desk)
    assert got == status, (words, got, answer)
    return answer


def subjects(rapport, words, **more):
    return [one["subject"] for one in search(rapport, words, **more)["items"]]


def six_languages(rapport):
    """Within a second of its 250, a mail is found by what is typed."""
    for language, (text, typed) in LETTERS.items():
        begin = time.monotonic()
        lmtp(rapport, f"Ada <ada.{language}@dest.test>", f"Letter {language}", text)
        accepted = time.monotonic()
        wait_for(lambda: f"Letter {language}" in subjects(rapport, typed[0]), 10, f"{language}: {typed[0]}")
        took = time.monotonic() - accepted
        assert took < 1, f"{language}: found {took:.2f} s after it was taken ({accepted - begin:.2f} s)"
        for words in typed:
            assert subjects(rapport, words) == [f"Letter {language}"], (words, subjects(rapport, words))
    found = search(rapport, "請求書")["items"][0]["found"]
    marked = ["".join(list(found["text"]["text"])[one["begin"]:one["end"]]) for one in found["text"]["matches"]]
    assert marked == ["請求書"], found
    assert search(rapport, "invoces")["instead"] == "invoices", "what could have been meant"


def filters(rapport):
    """What the database says now, and no delay: a label put on is a label found."""
    [one] = search(rapport, "invoices")["items"]
    _, _, label = rapport.request("POST", "/v1/labels", {"name": "Late payment"}, key=rapport.desk)
    status, _, answer = rapport.request("PATCH", f"/v1/conversations/{one['id']}", {"labels": [label["id"]], "state": "resolved"}, key=rapport.desk, headers={"If-Match": f"\"{one['version']}\""})
    assert status == 200, answer
    assert subjects(rapport, 'invoices label:"late payment" is:resolved') == ["Letter en"]
    assert subjects(rapport, "invoices is:open") == [] and subjects(rapport, "label:late") == ["Letter en"] and subjects(rapport, "invoices -label:late") == []
    assert subjects(rapport, "invoices after:2020") == ["Letter en"] and subjects(rapport, "invoices before:2020") == []
    assert len(subjects(rapport, "is:open")) == 5, "filters alone list what they leave"
    assert subjects(rapport, f"#{one['number']}") == ["Letter en"]
    for words, fix in {"label:nothing x": "late payment", "-invoices": "add a word", "x before:soon y": "2026-11-22", "is:lost x": "open", "w" * 2_000: "few words"}.items():
        refused = search(rapport, words, 422)
        assert refused["fields"][0]["pointer"] == "/q" and fix.lower() in refused["fields"][0]["fix"].lower(), (words[:30], refused)
    pages, after = [], {}
    while True:
        page = search(rapport, "dest", limit=2, **after)
        pages += [one["id"] for one in page["items"]]
        if "next" not in page:
            break
        after = {"after": page["next"]}
    assert len(pages) == 6 == len(set(pages)), pages


def everything(rapport):
    """Customers and deliveries stand beside conversations, each for those who may see them."""
    status, _, answer = rapport.request("POST", "/v1/deliveries", {"kind": "registered", "recipients": [{"email": "zoe@dest.test", "name": "Zoë Quist"}], "subject": "Zebra contract",
                                        "text": "Please read.", "files": [], "assurance": "basic", "reference": "REF-77"}, key=rapport.sender)
    assert status == 202, answer
    delivery = answer["deliveries"][0]["id"]
    look = lambda words, key: {(one["kind"], one["id"]) for one in search(rapport, words, path="/v1/search", key=key)["items"]}  # noqa: E731
    wait_for(lambda: ("delivery", delivery) in look("zebra", rapport.sender), 5, "the delivery")
    assert {kind for kind, _ in look("zoe", rapport.sender)} == {"customer", "delivery"} and ("delivery", delivery) in look("ref-77", rapport.sender)
    assert look("zebra", rapport.desk) == set(), "who may not see deliveries finds none"
    assert {kind for kind, _ in look("ada", rapport.desk)} == {"conversation"}
    assert "conversation" not in {kind for kind, _ in look("ada", rapport.sender)}
    search(rapport, "zebra", 403, "/v1/search", rapport.desk, kind="delivery")
    status, _, answer = rapport.request("POST", f"/v1/deliveries/{delivery}/erasure", {}, key=rapport.sender)
    assert status in (200, 204, 409), answer
    if status != 409:
        wait_for(lambda: look("zebra", rapport.sender) == set(), 5, "the erased delivery to be forgotten")


def killed(rapport):
    """kill -9 while mails come in: whoever got a 250 is found, once."""
    taken = []

    def customer(number):
        for n in range(200):
            try:
                lmtp(rapport, f"p{number}@dest.test", f"Kill {number} {n}", f"marker{number}x{n} among the others")
                taken.append((number, n))
            except (OSError, smtplib.SMTPException):
                return
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        work = [pool.submit(customer, number) for number in range(4)]
        wait_for(lambda: len(taken) > 60, 60, "mails to be taken")
        os.kill(rapport.process.pid, signal.SIGKILL)
        rapport.process.wait()
        for one in work:
            one.result()
    rapport.start()
    for number, n in taken:
        wait_for(lambda: subjects(rapport, f'"marker{number}x{n}"') == [f"Kill {number} {n}"], 10, f"mail {number} {n}")
    return len(taken)


def damaged(rapport, taken):
    """Files are cut, overwritten and deleted while it runs; and at a start."""
    rapport.stop()
    rapport.start()  # now it reads its files
    folder = rapport.folder / "search"
    segments = sorted(folder.glob("*.*"))
    assert segments and all(oct(one.stat().st_mode & 0o777) == "0o600" for one in segments) and oct(folder.stat().st_mode & 0o777) == "0o700"
    raw = b"".join(one.read_bytes() for one in folder.iterdir())
    assert b"marker" not in raw and "請求".encode() not in raw, "words stand in the clear"
    for one in segments:
        one.write_bytes(b"\0" * one.stat().st_size)
    everything_found = lambda: "incomplete" not in search(rapport, "marker0x0 ") and subjects(rapport, "marker0x0 ") == ["Kill 0 0"] and min(taken, 200) <= len(search(rapport, "among", limit=200)["items"]) <= taken + 4  # noqa: E731
    wait_for(everything_found, 20, "the index to be made anew")
    rapport.stop()
    (folder / "manifest").write_bytes(b"nonsense")
    rapport.start()
    wait_for(everything_found, 20, "the index to be made anew after its manifest was overwritten")
    made = rapport.command("search", "rebuild")
    assert made.returncode == 0, made.stderr
    wait_for(lambda: not (folder / "rebuild").exists() and everything_found(), 20, "the index to be made anew as asked")
    rapport.stop()
    checked = rapport.command("fsck")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    status = rapport.command("search", "status")
    assert status.returncode == 0 and "read up to event" in status.stdout, status.stdout + status.stderr
    rapport.start()


def run(engine):
    with start(engine) as rapport:
        status, _, made = rapport.request("POST", "/v1/mailboxes", {"address": "box@ours.test", "name": "Ours", "aliases": [], "locale": "en", "signatures": {}}, key=rapport.desk)
        assert status == 201, made
        time.sleep(1.2)  # mailboxes are read every second
        six_languages(rapport)
        filters(rapport)
        everything(rapport)
        taken = killed(rapport)
        damaged(rapport, taken)
    print(f"  {engine}: good; {taken} mails found after kill -9")


if __name__ == "__main__":
    for engine in sys.argv[1:] or ["sqlite", "postgresql"]:
        run(engine)
