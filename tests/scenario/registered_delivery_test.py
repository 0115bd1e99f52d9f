#!/usr/bin/env python3
"""A registered delivery, from the API call to proof: sent, picked up without JavaScript, proven, erased. On both engines."""
import pathlib
import random
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.browser import Browser  # noqa: E402
from support.parts import rapport_binary, wait_for  # noqa: E402
from support.server import Rapport, link_in  # noqa: E402

SECRET = "The price rises to 42.17 EUR."
SUBJECT = "Change of your contract 4711"


def submit(rapport, name, **more):
    body = {"kind": "registered", "recipients": [{"email": f"{name}@example.com", "second_email": f"{name}@example.net", "name": name.title()}],
            "subject": SUBJECT, "text": SECRET, "reference": name} | more
    status, _, answer = rapport.request("POST", "/v1/deliveries", body, headers={"Idempotency-Key": name})
    assert status == 202, answer
    return answer["deliveries"][0]["id"]


def codes(rapport, delivery):
    return [e["code"] for e in rapport.get(f"/v1/deliveries/{delivery}")["evidence"]]


def state(rapport, delivery):
    return rapport.get(f"/v1/deliveries/{delivery}")["state"]


def identify(rapport, name):
    """Opens the link from the mail, asks for a code, and enters the one that came to the other address."""
    mail, text = rapport.mail_to(f"{name}@example.com")
    assert SECRET not in text and SUBJECT not in text, "the invitation tells what is in the delivery"
    browser = Browser().open(link_in(text))
    assert browser.status == 200 and "Example Utilities" in browser.text
    for word in (SECRET, SUBJECT):
        assert word not in browser.text, "the link alone shows the content"
    browser.submit("/code")
    assert browser.status == 200, browser.text
    _, code_mail = rapport.mail_to(f"{name}@example.net")
    code = re.search(r"\b\d{6,8}\b", code_mail).group()
    browser.submit("/identification", code="000000" if code != "000000" else "111111")
    assert SUBJECT not in browser.text, "a wrong code opens the content"
    browser.submit("/identification", code=code)
    assert browser.status == 200, browser.text
    assert SECRET not in browser.text, "the content shows before acceptance"
    return browser


def accept_and_read(rapport):
    delivery = submit(rapport, "ada", files=[{"name": "terms.txt", "media_type": "text/plain", "data": "VGVybXMgYW5kIGNvbmRpdGlvbnM="}])
    browser = identify(rapport, "ada")
    before = codes(rapport, delivery)
    assert before == ["A1", "C1"], before
    browser.submit("/acceptance")
    assert browser.status == 200, browser.text
    browser.open(browser.url.split("/p/")[0] + "/p/" + browser.url.split("/p/")[1].split("/")[0] + "/content")
    assert SECRET in browser.text and SUBJECT in browser.text, browser.text
    file = next(link for link in browser.page.links if "/files/" in link)
    assert Browser().open(browser.url).text.find(SECRET) < 0, "another browser sees the content without identification"
    browser.open(file)
    assert browser.body == b"Terms and conditions", browser.body
    wait_for(lambda: state(rapport, delivery) == "handed_over", 5, "the hand-over")
    wait_for(lambda: "D3" in codes(rapport, delivery), 10, "the mail after acceptance")
    found = codes(rapport, delivery)
    assert [code for code in found if code != "D3"] == ["A1", "C1", "C3", "D1", "D6", "E1"], found
    _, mail = rapport.mail_to("ada@example.com", containing="accepted a registered delivery")
    assert SECRET not in mail and SUBJECT not in mail and "/p/" in mail, mail
    return delivery


def refuse(rapport):
    delivery = submit(rapport, "ben")
    browser = identify(rapport, "ben")
    browser.submit("/refusal", reason="Already paid.")
    assert state(rapport, delivery) == "refused" and codes(rapport, delivery)[-1] == "C4"
    assert SECRET not in browser.open(browser.url).text


def package_of(rapport, delivery):
    file = rapport.folder / "package.asice"
    file.write_bytes(rapport.package(delivery))
    return file


def verify(file):
    return subprocess.run([rapport_binary(), "verify", file], capture_output=True, text=True)


def prove(rapport, delivery):
    file = package_of(rapport, delivery)
    good = verify(file)
    assert good.returncode == 0, good.stdout + good.stderr
    content = file.read_bytes()
    tampered = rapport.folder / "tampered.asice"
    for place in sorted(random.sample(range(len(content)), 60)):
        tampered.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1:])
        bad = verify(tampered)
        assert bad.returncode != 0, f"byte {place} of {len(content)} was changed and nothing was noticed"
        assert bad.stdout + bad.stderr, "no check is named"


def erase(rapport, delivery):
    status, _, answer = rapport.request("POST", f"/v1/deliveries/{delivery}/erasure")
    assert status in (200, 202, 204), answer
    detail = rapport.get(f"/v1/deliveries/{delivery}")
    assert detail["erased"] and "text" not in detail and "subject" not in detail, detail
    good = verify(package_of(rapport, delivery))
    assert good.returncode == 0, good.stdout
    for file in list(rapport.folder.rglob("rapport.db*")):
        assert SECRET.encode() not in file.read_bytes(), "the content stands in the database in the clear"


def repeat(rapport):
    body = {"kind": "plain", "recipients": [{"email": "x@example.com"}], "subject": "s", "text": "t"}
    first = rapport.request("POST", "/v1/deliveries", body, headers={"Idempotency-Key": "same"})
    again = rapport.request("POST", "/v1/deliveries", body, headers={"Idempotency-Key": "same"})
    assert first[0] == again[0] == 202 and first[2]["submission"] == again[2]["submission"], (first, again)
    other = rapport.request("POST", "/v1/deliveries", body | {"text": "u"}, headers={"Idempotency-Key": "same"})
    assert other[0] == 409 and other[2]["code"] == "idempotency_key_reused", other


for engine in ("sqlite", "postgresql"):
    with Rapport(engine) as rapport:
        delivery = accept_and_read(rapport)
        refuse(rapport)
        repeat(rapport)
        prove(rapport, delivery)
        erase(rapport, delivery)
        rapport.stop()
        checked = rapport.command("fsck")
        assert checked.returncode == 0, checked.stdout + checked.stderr
    print(f"  {engine}: good")
