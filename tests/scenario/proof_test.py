#!/usr/bin/env python3
"""Proof for people: the certificate as poppler reads it, in the package and beside it; the public entry, which names nobody, before
and after an erasure; the code on the certificate leads there. On both engines."""
import pathlib
import re
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.browser import Browser  # noqa: E402
from support.parts import rapport_binary, wait_for  # noqa: E402
from support.server import Rapport, link_in  # noqa: E402

SUBJECT, SECRET, NAME = "Quarterly statement 17", "Nobody else may read this.", "Zarathustra"


def submit(rapport, name, locale):
    body = {"kind": "registered", "subject": SUBJECT, "text": SECRET, "files": [{"name": "statement.txt", "media_type": "text/plain", "data": "SGVsbG8="}],
            "recipients": [{"email": f"{name}@example.com", "second_email": f"{name}@example.net", "name": NAME, "locale": locale}]}
    status, _, answer = rapport.request("POST", "/v1/deliveries", body)
    assert status == 202, answer
    return answer["deliveries"][0]["id"]


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()


def path_of(url):
    return "/" + url.split("://", 1)[1].split("/", 1)[1]


def certificate(rapport, delivery, more=""):
    path = f"/v1/deliveries/{delivery}/certificate{more}"
    wait_for(lambda: rapport.request("GET", path)[0] == 200, 10, "the certificate")
    return rapport.get(path)


def text_of(rapport, pdf):
    file = rapport.folder / "certificate.pdf"
    file.write_bytes(pdf)
    return subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout


def pick_up(rapport, name):
    _, mail = rapport.mail_to(f"{name}@example.com")
    browser = Browser().open(link_in(mail))
    browser.submit("/code")
    _, code_mail = rapport.mail_to(f"{name}@example.net")
    browser.submit("/identification", code=re.search(r"\b\d{6,8}\b", code_mail).group())
    browser.submit("/acceptance")
    base = browser.url.split("/p/")[0] + "/p/" + browser.url.split("/p/")[1].split("/")[0]
    return browser.open(base + "/content"), base


def look_at_entry(base, url, delivery):
    status, headers, page = fetch(base + path_of(url))
    assert status == 200 and "default-src 'none'" in headers["Content-Security-Policy"], (status, headers)
    token = url.rsplit("/", 1)[1]
    status, _, view = fetch(f"{base}/v1/verification/{token}")
    assert status == 200 and delivery.encode() in view
    for secret in (SUBJECT, SECRET, NAME, "example.com", "example.net", "statement.txt"):
        assert secret.encode() not in page and secret.encode() not in view, secret
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert fetch(f"{base}/v/{changed}")[0] == 404
    return page


def prove(rapport, base):
    delivery = submit(rapport, "ada", "en")
    browser, link = pick_up(rapport, "ada")
    assert any(one.endswith("/certificate") for one in browser.page.links), browser.page.links
    wait_for(lambda: "E1" in [e["code"] for e in rapport.get(f"/v1/deliveries/{delivery}")["evidence"]] or browser.open(link + "/files/1"), 10, "the hand-over")
    wait_for(lambda: "D3" in [e["code"] for e in rapport.get(f"/v1/deliveries/{delivery}")["evidence"]], 10, "the mail after acceptance")
    pdf = certificate(rapport, delivery)
    text = text_of(rapport, pdf)
    for word in ("Certificate of registered delivery", "NON-QUALIFIED", SUBJECT, NAME, "ada@example.com", delivery, "Submission accepted", "statement.txt"):
        assert word in text, (word, text)
    entry = rapport.get(f"/v1/deliveries/{delivery}/verification")["url"]
    assert entry in text and entry.encode() in pdf, "the certificate leads to its entry"
    wait_for(lambda: browser.open(link + "/certificate").status == 200, 10, "the recipient's certificate")
    assert browser.body[:5] == b"%PDF-"

    file = rapport.folder / "it.asice"
    file.write_bytes(rapport.package(delivery))
    with zipfile.ZipFile(file) as package:
        assert package.read("certificate.pdf")[:5] == b"%PDF-" and SUBJECT in text_of(rapport, package.read("certificate.pdf"))
    assert subprocess.run([rapport_binary(), "verify", file], capture_output=True).returncode == 0
    look_at_entry(base, entry, delivery)

    status, _, answer = rapport.request("POST", f"/v1/deliveries/{delivery}/erasure")
    assert status in (200, 202, 204), answer
    text = text_of(rapport, certificate(rapport, delivery))
    assert SUBJECT not in text and "statement.txt" not in text and "was erased" in text, text
    assert b"E1" in look_at_entry(base, entry, delivery)


def in_languages(rapport):
    delivery = submit(rapport, "bahar", "fa")
    assert "گواهی" in text_of(rapport, certificate(rapport, delivery)) or "ﮔﻮﺍﻫﯽ" in text_of(rapport, certificate(rapport, delivery)), "the recipient's language"
    seen = {certificate(rapport, delivery, f"?locale={locale}") for locale in ("en", "it", "th", "ja", "ko", "fa")}
    assert len(seen) == 6
    assert rapport.request("GET", f"/v1/deliveries/{delivery}/certificate?locale=xx")[0] == 422


def bounded(rapport, base):
    assert fetch(base + "/v/x")[0] == 404
    for path in ("/v/" + "B" * 32, "/v/" + "A" * 32, "/v1/verification/" + "A" * 32, "/v/..%2F..%2Fetc", "/v/" + "x" * 4000):
        assert fetch(base + path)[0] in (404, 429), path
    delivery = submit(rapport, "carl", "en")
    path = path_of(rapport.get(f"/v1/deliveries/{delivery}/verification")["url"])
    found = [fetch(base + path)[0] for _ in range(80)]
    assert 429 in found and set(found) <= {200, 429}, found
    plain = rapport.request("POST", "/v1/deliveries", {"kind": "plain", "recipients": [{"email": "p@example.com"}], "subject": "s", "text": "t"})[2]["deliveries"][0]["id"]
    assert rapport.request("GET", f"/v1/deliveries/{plain}/certificate")[0] == 404
    assert rapport.request("GET", f"/v1/deliveries/{plain}/verification")[0] == 404


def page_is_served(base):
    status, headers, page = fetch(base + "/verify/")
    assert status == 200 and b"Content-Security-Policy" in page, status
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "connect-src" not in policy, policy
    assert fetch(base + "/verify")[0] == 200


for engine in ("sqlite", "postgresql"):
    with Rapport(engine) as rapport:
        base = f"http://127.0.0.1:{rapport.port}"
        page_is_served(base)
        prove(rapport, base)
        in_languages(rapport)
        bounded(rapport, base)
        print(f"ok {engine}")
