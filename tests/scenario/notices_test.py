#!/usr/bin/env python3
"""Notices from the API call to the mail and back: six languages, HTML and text, files, answers, versions, templates. On both engines."""
import base64
import email.header
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.browser import Browser  # noqa: E402
from support.parts import wait_for  # noqa: E402
from support.server import ALL_SCOPES, Rapport  # noqa: E402

LANGUAGES = ["en", "it", "th", "ja", "ko", "fa"]


def send(rapport, kind, to, data, expected=202, **more):
    body = {"kind": kind, "recipients": [to if isinstance(to, dict) else {"email": to, "name": "Ada Conti"}], "data": data} | more
    status, _, answer = rapport.request("POST", "/v1/notices", body)
    assert status == expected, (status, answer)
    return answer["notices"][0] if status == 202 else answer


def subject_of(mail):
    text = str(mail["Subject"]).replace("\r", "").replace("\n", "")
    return str(email.header.make_header(email.header.decode_header(text)))


def html_of(mail):
    for part in mail.walk():
        if part.get_content_type() == "text/html":
            return part.get_payload(decode=True).decode("utf-8")
    return ""


def every_kind_in_every_language(rapport):
    kinds = rapport.get("/v1/kinds")["items"]
    assert len(kinds) == 10, [k["name"] for k in kinds]
    notices = []
    for kind in kinds:
        for language in LANGUAGES:
            address = f"{kind['name']}.{language}@example.com"
            notices.append({"kind": kind["name"], "recipients": [{"email": address, "name": "Ada & Söhne", "locale": language}],
                            "data": kind["sample"] | ({"answer_until": "2099-01-01T00:00:00Z"} if kind["answers"] else {})})
    status, _, answer = rapport.request("POST", "/v1/notices", {"notices": notices})
    assert status == 202, answer
    for notice in answer["notices"]:
        address = notice["delivery"]["recipient"]["email"]
        mail, text = rapport.mail_to(address)
        assert mail.get_content_type() == "multipart/alternative", mail.get_content_type()
        assert mail["Content-Language"] == notice["locale"], mail["Content-Language"]
        assert subject_of(mail) == notice["delivery"]["subject"], (subject_of(mail), notice["delivery"]["subject"])
        assert "Ada & Söhne" in text and "Ada &amp; Söhne" in html_of(mail), text
        assert "{{" not in text + html_of(mail)
        assert f'lang="{notice["locale"]}"' in html_of(mail)
        direction = "rtl" if notice["locale"] == "fa" else "ltr"
        assert f'<html lang="{notice["locale"]}" dir="{direction}"' in html_of(mail)


def values_are_shown_as_people_write_them(rapport):
    data = {"order": "A-1", "items": [{"name": "Tea <b>", "quantity": 1, "price": {"amount": 1250, "currency": "EUR"}},
                                      {"name": "Cups", "quantity": 12, "price": {"amount": 240000, "currency": "JPY"}}],
            "total": {"amount": 123456, "currency": "EUR"}, "delivery_on": "2026-12-04", "link": "https://shop.example/?a=1&b=2"}
    send(rapport, "order_confirmation", {"email": "it@example.com", "name": "Chiara", "locale": "it"}, data)
    mail, text = rapport.mail_to("it@example.com", containing="Cups")
    for words in ("1.234,56", "venerdì 4 dicembre 2026", "1 pezzo", "12 pezzi", "https://shop.example/?a=1&b=2", "Tea <b>"):
        assert words in text.replace("\u00a0", " "), (words, text)
    assert "Tea &lt;b&gt;" in html_of(mail) and 'href="https://shop.example/?a=1&amp;b=2"' in html_of(mail)


def files_go_with_the_mail(rapport):
    content = bytes(range(256)) * 40
    send(rapport, "announcement", "files@example.com", {"subject": "With a file", "text": "See the file."},
         files=[{"name": "Übersicht.pdf", "media_type": "application/pdf", "data": base64.b64encode(b"%PDF-1.7\n" + content).decode()}])
    mail, _ = rapport.mail_to("files@example.com")
    attached = [p for p in mail.walk() if p.get_content_disposition() == "attachment"]
    assert [p.get_filename() for p in attached] == ["Übersicht.pdf"] and attached[0].get_payload(decode=True) == b"%PDF-1.7\n" + content


def bad_input_is_refused(rapport):
    def pointers(answer):
        return sorted(f["pointer"] for f in answer["fields"])
    answer = send(rapport, "announcement", "x@example.com", {"subject": "a\r\nBcc: all@example.com", "text": "t"}, 422)
    assert pointers(answer) == ["/data/subject"], answer
    answer = send(rapport, "payment", "x@example.com", {"invoice": "1", "amount": {"amount": 1.5, "currency": "EUR"}, "status": "lost", "more": 1}, 422)
    assert pointers(answer) == ["/data/amount", "/data/more", "/data/status"], answer
    answer = send(rapport, "document_filed", "x@example.com", {"title": "t", "documents": 1, "link": "javascript:alert(1)"}, 422)
    assert pointers(answer) == ["/data/link"], answer
    for html in ("<script>x</script>", "{{#a}}", "{{nothing}}", "<a href=\"javascript:x\">x</a>", "{{{text}}}", "<p onclick=\"x\">"):
        status, _, answer = rapport.request("POST", "/v1/templates", {"kind": "announcement", "locale": "en", "subject": "s", "text": "t", "html": html})
        assert status == 422 and pointers(answer) == ["/html"], (html, answer)
    assert not [m for m in rapport.sink.mails() if "x@example.com" in m["To"]]


def answers_come_back(rapport):
    notice = send(rapport, "auto_renewal", {"email": "renew@example.com", "name": "Reza", "locale": "fa"},
                  {"contract": "Gas 4711", "renews_on": "2027-01-01", "price": {"amount": 11900, "currency": "EUR"},
                   "answer_until": "2099-01-01T00:00:00Z"}, reference="K-4711")
    assert notice["class"] == "legal" and "legal" in notice["reason"], notice
    _, text = rapport.mail_to("renew@example.com")
    confirm, cancel = [w for w in text.split() if w.startswith(rapport.url + "/n/")]
    for link in (confirm, cancel):  # a scanner of links
        for method in ("GET", "HEAD"):
            status, _, _ = rapport.request(method, link.removeprefix(rapport.url), key="")
            assert status == 200, status
    assert "answer" not in rapport.get(f"/v1/notices/{notice['id']}")["answer"], "looking answers"
    links_stay_with_the_customer(rapport, notice, confirm.split("/")[-2])
    for language in LANGUAGES:
        browser = Browser().open(confirm + "?lang=" + language)
        assert browser.status == 200 and f'lang="{language}"' in browser.body.decode(), language
        assert browser.body.decode().count("<form") == 1 and "<script" not in browser.body.decode()
    browser = Browser().open(confirm)
    assert 'dir="rtl"' in browser.body.decode()
    browser.submit("/confirm")
    assert browser.status == 200, browser.text
    assert rapport.get(f"/v1/notices/{notice['id']}")["answer"]["answer"] == "confirm"
    browser = Browser().open(cancel)
    browser.submit("/cancel")
    assert rapport.get(f"/v1/notices/{notice['id']}")["answer"]["answer"] == "cancel"
    timeline = rapport.get(f"/v1/customers/{notice['customer']}/timeline")["items"]
    answered = [e for e in timeline if e["kind"] == "notice.answered"]
    assert [e["data"]["answer"] for e in answered] == ["cancel", "confirm"], answered
    assert answered[0]["data"]["reference"] == "K-4711"
    token = confirm.split("/")[-2]
    forged = token[:-4] + ("AAAA" if not token.endswith("AAAA") else "BBBB")
    for path in (f"/n/{forged}/confirm", "/n/x/confirm", f"/n/{token}/perhaps"):
        assert rapport.request("GET", path, key="")[0] == 404, path
        assert rapport.request("POST", path, b"", key="", headers={"Content-Type": "application/x-www-form-urlencoded"})[0] == 404, path


def links_stay_with_the_customer(rapport, notice, secret):
    """Whoever holds a link can answer with it: nothing that agents and programs of the organisation see shows it."""
    delivery = notice["delivery"]["id"]
    at = f"/v1/deliveries/{delivery}"
    shown = rapport.get(at)
    assert "/n/…/confirm" in shown["text"] and "4711" in shown["text"], shown["text"]
    for path in (at, f"{at}/files/0", f"/v1/notices/{notice['id']}", f"/v1/outbox?owner={delivery}", "/v1/notices", "/v1/deliveries",
                 f"/v1/customers/{notice['customer']}/timeline", "/v1/audit"):
        status, _, body = rapport.request("GET", path)
        assert status == 200, (path, status)
        text = body.decode() if isinstance(body, bytes) else json.dumps(body)
        assert secret not in text, f"{path} shows a customer's link"
    status, _, answer = rapport.request("POST", "/v1/notices", {
        "kind": "auto_renewal", "delivery": "registered", "recipients": [{"email": "renew@example.com", "second_email": "renew@example.net"}],
        "data": {"contract": "C", "renews_on": "2027-01-01", "price": {"amount": 1, "currency": "EUR"}, "answer_until": "2099-01-01T00:00:00Z"}})
    assert status == 422 and [f["pointer"] for f in answer["fields"]] == ["/delivery"], answer


def late_answers_are_told_so(rapport):
    send(rapport, "auto_renewal", "late@example.com", {"contract": "C", "renews_on": "2027-01-01", "price": {"amount": 1, "currency": "EUR"},
                                                       "answer_until": "2020-01-01T00:00:00Z"})
    _, text = rapport.mail_to("late@example.com")
    link = next(w for w in text.split() if w.startswith(rapport.url + "/n/"))
    browser = Browser().open(link)
    assert browser.status == 410 and b"<form" not in browser.body, browser.text


def versions_take_effect_when_published(rapport):
    status, _, draft = rapport.request("POST", "/v1/templates", {"kind": "announcement", "locale": "en", "subject": "[{{organisation}}] {{subject}}",
                                                                 "text": "{{text}}\n", "html": "<p class=\"wait\">{{text}}</p>", "note": "with the sender's name"})
    assert status == 201, draft
    template = draft["version"]["id"]
    shown = rapport.request("POST", "/v1/template-previews", {"template": template, "data": {"subject": "Hi", "text": "T"}})[2]
    assert shown["subject"] == "[Example Utilities] Hi", shown
    send(rapport, "announcement", "before@example.com", {"subject": "Hi", "text": "T"})
    assert subject_of(rapport.mail_to("before@example.com")[0]) == "Hi"
    assert rapport.request("POST", f"/v1/templates/{template}/publication")[0] == 201
    send(rapport, "announcement", "after@example.com", {"subject": "Hi", "text": "T"})
    assert subject_of(rapport.mail_to("after@example.com")[0]) == "[Example Utilities] Hi"
    stock = next(t for t in rapport.get("/v1/templates?kind=announcement&locale=en")["items"] if t["stock"])
    assert rapport.request("POST", f"/v1/templates/{stock['id']}/publication")[0] == 201
    send(rapport, "announcement", "back@example.com", {"subject": "Hi", "text": "T"})
    assert subject_of(rapport.mail_to("back@example.com")[0]) == "Hi"
    changes = rapport.get(f"/v1/templates/{template}/comparison?with={stock['id']}")
    assert {line["change"] for line in changes["subject"]} == {"added", "removed"}, changes


def only_who_may_writes_templates(rapport):
    key = rapport.new_key("reader", ["deliveries.read"])
    assert rapport.request("GET", "/v1/kinds", key=key)[0] == 200
    for method, path, body in (("POST", "/v1/kinds", {}), ("POST", "/v1/templates", {}), ("POST", "/v1/notices", {})):
        assert rapport.request(method, path, body, key=key)[0] == 403, path
    assert rapport.request("GET", "/v1/notices", key="")[0] == 401


def run(engine):
    with Rapport(engine) as rapport:
        rapport.key = rapport.new_key("notices", [*ALL_SCOPES, "templates.write"])
        for step in (every_kind_in_every_language, values_are_shown_as_people_write_them, files_go_with_the_mail, bad_input_is_refused,
                     answers_come_back, late_answers_are_told_so, versions_take_effect_when_published, only_who_may_writes_templates):
            step(rapport)
            print(f"  {engine}: {step.__name__}")
        wait_for(lambda: rapport.command("fsck").returncode == 0, 20, "a clean fsck")


for wanted in sys.argv[1:] or ("sqlite", "postgresql"):
    run(wanted)
print("notices: ok")
