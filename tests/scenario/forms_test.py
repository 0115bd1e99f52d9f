#!/usr/bin/env python3
"""Web forms as browsers without script use them, with curl (which we did not write): filled in, wrong, repeated, forged, expired, with files, in other languages,
suspicious and released, answered by mail; a program that is killed between the commit and the answer. On both engines."""
import concurrent.futures
import hashlib
import html
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import free_port, wait_for  # noqa: E402
from support.server import Rapport  # noqa: E402

SCOPES = ["conversations.read", "conversations.reply", "conversations.manage", "mailboxes.manage", "customers.read"]


class Page:
    """A form as it was drawn, with what is hidden in it."""

    def __init__(self, rapport, slug="contact", query="", headers=()):
        self.rapport, self.slug = rapport, slug
        self.text = curl(rapport, f"/f/{slug}{query}", *headers)[2]
        self.hidden = {name: html.unescape(value) for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.text)}
        self.sum = sum(map(int, re.search(r"How much is (\d) plus (\d)", self.text).groups())) if "How much is" in self.text else None

    def send(self, fields, files=(), wait=True, **more):
        if wait:
            self.wait()
        words = []
        for name, value in {**self.hidden, "question": str(self.sum or ""), **{f"f.{k}": v for k, v in fields.items()}, **more}.items():
            words += ["--form-string", f"{name}={value}"] if files else ["--data-urlencode", f"{name}={value}"]
        for name, path in files:
            words += ["--form", f"f.{name}=@{path}"]
        return curl(self.rapport, f"/f/{self.slug}", *words)

    def wait(self):
        """As long as a person needs at least: the form's own setting, a second here."""
        drawn = int(self.hidden["page"].split(".")[2]) / 1e6
        while time.time() < drawn + 1.05:
            time.sleep(0.05)


def curl(rapport, path, *words):
    """(status, headers, body), redirects not followed."""
    done = subprocess.run(["curl", "-s", "-i", "--max-time", "30", *words, rapport.url + path], capture_output=True, timeout=60)
    text = done.stdout.decode("utf-8", "replace")
    while True:
        head, _, text = text.partition("\r\n\r\n")
        status = int(head.split()[1]) if head else 0
        if status != 100:
            break
    headers = {line.split(":", 1)[0].lower(): line.split(":", 1)[1].strip() for line in head.split("\r\n")[1:] if ":" in line}
    return status, headers, text


def agent(rapport, method, path, body=None, status=200):
    got, _, answer = rapport.request(method, path, body, key=rapport.agent)
    assert got == status, (path, got, answer)
    return answer


def definition(mailbox, team):
    words = lambda en, it: {"en": en, "it": it}  # noqa: E731
    field = lambda key, kind, label, **more: {"key": key, "kind": kind, "label": label, "help": {}, "placeholder": {}, "choices": [], "file_types": [], **more}  # noqa: E731
    return {
        "locales": ["en", "it"], "title": words("Report a fault", "Segnalare un guasto"), "intro": {}, "button": {}, "thanks": {}, "mailbox": mailbox,
        "fields": [
            field("name", "short_text", words("Name", "Nome"), required=True, use="sender_name"),
            field("email", "email", words("E-mail", "E-mail"), required=True, use="sender_email"),
            field("what", "choice", words("What", "Che cosa"), choices=[{"value": "water", "label": words("Water", "Acqua")}, {"value": "power", "label": words("Power", "Luce")}]),
            field("photo", "file", words("Photo", "Foto"), max_files=2, max_mb=1, file_types=["pdf", "text"]),
            field("text", "long_text", words("What happened?", "Che cosa è successo?"), required=True, use="message"),
        ],
        "consent": {"text": words("You may keep what I write.", "Potete conservare ciò che scrivo.")},
        "rules": [{"field": "what", "test": "is", "value": "power", "team": team, "priority": "urgent"}],
        "guard": {"least_seconds": 1}, "origins": ["https://shop.test"], "confirm": True,
    }


GOOD = {"name": "Ada Conti", "email": "ada@example.com", "what": "power", "text": "The lights went out at seven, and it smells of smoke here."}


def conversations(rapport):
    return agent(rapport, "GET", "/v1/conversations")["items"]


def set_up(rapport):
    mailbox = agent(rapport, "POST", "/v1/mailboxes", {"address": "help@example.org", "name": "Help", "aliases": [], "locale": "en"}, 201)["id"]
    team = agent(rapport, "POST", "/v1/teams", {"name": "Power", "members": []}, 201)["id"]
    form = agent(rapport, "POST", "/v1/forms", {"name": "Faults", "slug": "contact", "mailbox": mailbox, "definition": definition(mailbox, team)}, 201)
    assert curl(rapport, "/f/contact")[0] == 404, "a draft is nobody's"
    agent(rapport, "POST", f"/v1/forms/{form['id']}/publication", {"version": form["version"]})
    return form["id"], team


def filled_in(rapport, form, team):
    page = Page(rapport)
    status, headers, _ = page.send(GOOD, consent="yes")
    assert status == 303, status
    reference = re.search(r"ref=([0-9A-Z-]{9})", headers["location"]).group(1)
    done = curl(rapport, headers["location"])
    assert done[0] == 200 and reference in done[2] and "set-cookie" not in done[1]
    one = conversations(rapport)[0]
    assert one["channel"] == "form" and one["team"] == team and one["priority"] == "urgent" and one["from"]["name"] == "Ada Conti", one
    detail = agent(rapport, "GET", f"/v1/conversations/{one['id']}")
    assert [p["proven"] for p in detail["participants"]] == [False], "a typed address proves nothing"
    message = agent(rapport, "GET", f"/v1/conversations/{one['id']}/messages")["items"][0]
    said = {f["name"]: f["value"] for f in message["fields"]}
    assert said["what"] == "Power" and said["reference"] == reference and message["text"] == GOOD["text"], message
    proof = agent(rapport, "GET", f"/v1/conversations/{one['id']}/form-submission")["consent"]
    assert proof["words"] == "You may keep what I write." and proof["given"] and proof["number"] == 1, proof
    # Reloaded, sent twice, tried again after a lost answer: one conversation.
    again = page.send(GOOD, consent="yes")
    assert again[1]["location"] == headers["location"] and len(conversations(rapport)) == 1
    return one["id"], reference


def confirmed(rapport, conversation, reference):
    mail, text = rapport.mail_to("ada@example.com", containing=reference)
    assert mail["Auto-Submitted"] == "auto-generated" and GOOD["text"] not in text
    token = re.search(r"[\w.+-]+@[\w.-]+", mail["Reply-To"]).group()
    rapport_lmtp(rapport, "ada@example.com", token, f"From: Ada <ada@example.com>\r\nTo: {token}\r\nSubject: Re: {reference}\r\nMessage-ID: <1@a>\r\n\r\nIt is light again.\r\n")
    wait_for(lambda: agent(rapport, "GET", f"/v1/conversations/{conversation}")["messages"] == 2, 15, "the answer to the letter")
    assert agent(rapport, "GET", f"/v1/conversations/{conversation}")["participants"][0]["proven"], "the token proves the address"


def rapport_lmtp(rapport, sender, recipient, raw):
    import smtplib
    with smtplib.LMTP("127.0.0.1", rapport.lmtp) as lmtp:
        lmtp.sendmail(sender, [recipient], raw)


def wrong(rapport):
    page = Page(rapport)
    before = len(conversations(rapport))
    status, _, text = page.send({**GOOD, "email": "ada@", "name": '"><script>alert(1)</script>', "what": "admin", "text": ""}, question="1")
    assert status == 422 and "<script>alert" not in text and "&lt;script&gt;" in text, status
    for key in ("email", "what", "text", "consent", "question"):
        assert f'href="#i-{key}"' in text, f"no error leads to {key}"
    # The same page, mended: nothing typed twice, the key still one.
    kept = Page.__new__(Page)
    kept.rapport, kept.slug, kept.text, kept.sum = rapport, "contact", text, page.sum
    kept.hidden = {name: html.unescape(value) for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text)}
    assert kept.hidden["page"] == page.hidden["page"]
    assert kept.send(GOOD | {"text": "Mended and sent, with quite other words."}, consent="yes")[0] == 303
    assert len(conversations(rapport)) == before + 1


def forged(rapport):
    before = len(conversations(rapport))
    page = Page(rapport)
    real = page.hidden["page"]
    for token in ("", "x", real[:-1] + ("A" if real[-1] != "A" else "B"), real.replace(".1.", ".2.", 1), "." * 100_000):
        page.hidden["page"] = token
        status, _, text = page.send(GOOD, wait=False, consent="yes")
        assert status in (422, 429) and "The lights went out" in text, (status, token[:40])
        time.sleep(0.1)
    assert len(conversations(rapport)) == before, "a forged page made a conversation"
    status, _, text = curl(rapport, "/f/contact", "-H", "Origin: https://evil.test", "-d", "f.name=x")
    assert status == 403, "a foreign page's form was taken"
    assert curl(rapport, "/f/nothing")[0] == 404 and curl(rapport, "/f/..%2f")[0] == 404
    assert "<b>" not in curl(rapport, "/f/contact/done?ref=<b>x</b>")[2]
    headers = curl(rapport, "/f/contact")[1]
    assert "frame-ancestors 'self' https://shop.test" in headers["content-security-policy"] and "'unsafe" not in headers["content-security-policy"]
    script = curl(rapport, "/f/contact/embed.js", "-H", "Origin: https://shop.test")
    assert script[0] == 200 and script[1]["cross-origin-resource-policy"] == "cross-origin" and '"contact"' in script[2]


def large(rapport):
    many = "&".join(f"f.x{i}=1" for i in range(10_000))
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as body:
        body.write(many)
        body.flush()
        started = time.time()
        assert curl(rapport, "/f/contact", "--data-binary", f"@{body.name}")[0] in (422, 429)
        assert time.time() - started < 2
    with tempfile.NamedTemporaryFile("wb", suffix=".txt") as huge:
        huge.write(b"a" * (12 << 20))
        huge.flush()
        status, _, text = curl(rapport, "/f/contact", "-F", f"f.photo=@{huge.name}")
        assert status == 413 and "<h1>" in text, (status, text[:200])
    parts = b"".join(b'--b\r\nContent-Disposition: form-data; name="f.x"\r\n\r\n1\r\n' for _ in range(5000)) + b"--b--\r\n"
    with tempfile.NamedTemporaryFile("wb") as body:
        body.write(parts)
        body.flush()
        assert curl(rapport, "/f/contact", "-H", "Content-Type: multipart/form-data; boundary=b", "--data-binary", f"@{body.name}")[0] == 400
    assert curl(rapport, "/f/contact", "-H", "Content-Type: application/json", "-d", "{}")[0] == 400


def with_files(rapport):
    folder = pathlib.Path(tempfile.mkdtemp())
    good, lie, other = folder / "meter.pdf", folder / "photo.pdf", folder / "../x;name.txt"
    good.write_bytes(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n")
    lie.write_bytes(b"MZ\x90\x00\x03 no pdf at all" + bytes(100))
    status, _, text = Page(rapport).send({**GOOD, "text": "With a picture that is none."}, [("photo", lie)], consent="yes")
    assert status == 422 and "photo.pdf" in text, status
    status, headers, text = Page(rapport).send({**GOOD, "text": "With a document, look."}, [("photo", good)], consent="yes")
    assert status == 303, (status, text[-2000:])
    message = agent(rapport, "GET", f"/v1/conversations/{conversations(rapport)[0]['id']}/messages")["items"][0]
    assert [(a["name"], a["media_type"]) for a in message["attachments"]] == [("meter.pdf", "application/pdf")], message["attachments"]
    del other


def other_language(rapport):
    text = curl(rapport, "/f/contact", "-H", "Accept-Language: it-IT,it;q=0.9,en;q=0.5")[2]
    assert '<html lang="it"' in text and "Segnalare un guasto" in text and "Che cosa è successo?" in text
    assert '<html lang="en"' in curl(rapport, "/f/contact", "-H", "Accept-Language: ja")[2]
    assert '<html lang="it"' in curl(rapport, "/f/contact?lang=it", "-H", "Accept-Language: en")[2]


def held(rapport, form):
    before = len(conversations(rapport))
    page = Page(rapport)
    assert page.send({**GOOD, "text": "Cheap: http://a.test http://b.test http://c.test http://d.test"}, consent="yes", website_address="x")[0] == 303, "who is held is not told"
    assert Page(rapport).send({**GOOD, "text": "Sent at once."}, wait=False, consent="yes")[0] == 303
    assert Page(rapport).send(GOOD, consent="yes")[0] == 303, "the same as before"
    assert len(conversations(rapport)) == before
    items = agent(rapport, "GET", f"/v1/forms/{form}/submissions")["items"]
    assert [one["reasons"] for one in items] == [["repeated"], ["too_fast"], ["honeypot", "links"]], items
    assert items[1]["words"]["text"] == "Sent at once."
    released = agent(rapport, "POST", f"/v1/form-submissions/{items[1]['id']}/release")
    assert released["state"] == "released" and released["conversation"] in [one["id"] for one in conversations(rapport)]
    agent(rapport, "POST", f"/v1/form-submissions/{items[1]['id']}/release", status=409)
    agent(rapport, "DELETE", f"/v1/form-submissions/{items[2]['id']}", status=204)
    assert agent(rapport, "GET", "/v1/forms")["items"][0]["held"] == 1
    reader = rapport.new_key("reader", ["conversations.read"])
    assert rapport.request("POST", f"/v1/form-submissions/{items[0]['id']}/release", key=reader)[0] == 403
    assert rapport.request("POST", "/v1/forms", {}, key=reader)[0] == 403
    assert rapport.request("GET", "/v1/forms", key="")[0] == 401


def work_instead_of_the_sum(rapport):
    page = Page(rapport)
    bits = int(re.search(r'data-work="(\d+)"', page.text).group(1))
    proof = next(n for n in range(10_000_000) if int.from_bytes(hashlib.sha256(f"{page.hidden['page']}:{n}".encode()).digest(), "big") >> (256 - bits) == 0)
    page.hidden["proof"] = str(proof)
    assert page.send({**GOOD, "text": "A browser has worked for this one."}, consent="yes", question="")[0] == 303


def killed(rapport):
    """Whoever was told that it has arrived finds it; whoever was told nothing sends the same page again, and it is there once."""
    pages = [Page(rapport) for _ in range(6)]
    texts = [f"Words number {i} of a night without power, and how it was." for i in range(6)]
    pages[-1].wait()

    def send(i):
        return pages[i].send({**GOOD, "email": f"n{i}@example.com", "text": texts[i]}, consent="yes")[0]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(send, i) for i in range(6)]
        jobs[1].add_done_callback(lambda _: rapport.process.send_signal(signal.SIGKILL))
        rapport.process.wait()
        told = [job.result() == 303 for job in jobs]
    rapport.start()
    previews = [one["preview"] for one in conversations(rapport)]
    assert all(texts[i] in previews for i in range(6) if told[i]), "an acknowledged submission is lost"
    assert all(send(i) == 303 for i in range(6))
    previews = [one["preview"] for one in conversations(rapport)]
    assert all(previews.count(text) == 1 for text in texts), previews
    print(f"  killed after {sum(told)} of 6 answers: each submission is there once")


def closed(rapport, form):
    page = Page(rapport)
    agent(rapport, "PATCH", f"/v1/forms/{form}", {"closed": True})
    assert curl(rapport, "/f/contact")[0] == 410 and page.send(GOOD, consent="yes")[0] == 410
    agent(rapport, "PATCH", f"/v1/forms/{form}", {"closed": False})
    assert curl(rapport, "/f/contact")[0] == 200


def limited(rapport):
    page = Page(rapport)
    answers = [page.send(GOOD, wait=False, question="") for _ in range(30)]
    statuses = [one[0] for one in answers]
    assert 429 in statuses, statuses
    last = next(one for one in answers if one[0] == 429)
    assert "retry-after" in last[1] and GOOD["text"] in last[2], "what was typed is lost"


def run(engine):
    lmtp = free_port()
    rapport = Rapport(engine, f"[inbound]\nlmtp_listen = \"127.0.0.1:{lmtp}\"\nbounce_domain = \"bounces.test\"\n")
    rapport.lmtp = lmtp
    rapport.agent = rapport.new_key("desk", SCOPES)
    rapport.__enter__()

    def anew():
        """The limits of a network are the process's: each part has its own."""
        rapport.stop()
        rapport.start()
    try:
        form, team = set_up(rapport)
        conversation, reference = filled_in(rapport, form, team)
        confirmed(rapport, conversation, reference)
        wrong(rapport)
        anew()
        forged(rapport)
        anew()
        large(rapport)
        with_files(rapport)
        other_language(rapport)
        anew()
        held(rapport, form)
        work_instead_of_the_sum(rapport)
        anew()
        killed(rapport)
        closed(rapport, form)
        limited(rapport)
        rapport.stop()
        checked = rapport.command("fsck", "--json")
        assert checked.returncode == 0 and json.loads(checked.stdout)["clean"], checked.stdout
    except BaseException:
        rapport.__exit__(AssertionError)
        raise
    rapport.__exit__(None)


if __name__ == "__main__":
    for name in sys.argv[1:] or ["sqlite", "postgresql"]:
        print(f"forms on {name}")
        run(name)
