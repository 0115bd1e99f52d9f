#!/usr/bin/env python3
"""Two records of one person are merged, live on, and are taken apart again; a person who is two is split; and one who is erased is erased for good. Over the API, with real mails, on both engines."""
import email.message
import email.utils
import itertools
import pathlib
import smtplib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import free_port, wait_for  # noqa: E402
from support.server import Rapport  # noqa: E402

SCOPES = ["conversations.read", "conversations.reply", "conversations.manage", "mailboxes.manage", "customers.read", "customers.write", "deliveries.read", "deliveries.send", "deliveries.erase", "audit.read", "events.read"]
numbers = itertools.count(1)


def call(rapport, method, path, body=None, status=200, key=None):
    got, _, answer = rapport.request(method, path, body, key=key or rapport.agent)
    assert got == status, (method, path, got, answer)
    return answer


def send(rapport, sender, subject, cc=""):
    made = email.message.EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "box@ours.test", subject
    made["Message-ID"], made["Date"] = f"<m{next(numbers)}@dest.test>", email.utils.formatdate()
    if cc:
        made["Cc"] = cc
    made.set_content(f"About {subject}.")
    with smtplib.LMTP("127.0.0.1", rapport.lmtp) as client:
        client.send_message(made, email.utils.parseaddr(sender)[1], ["box@ours.test"])
    wait_for(lambda: by_subject(rapport, subject), 20, subject)
    return by_subject(rapport, subject)


def by_subject(rapport, subject):
    return next((one for one in call(rapport, "GET", "/v1/conversations?limit=200")["items"] if one["subject"] == subject), None)


def subjects(rapport, customer):
    return {one["subject"] for one in call(rapport, "GET", f"/v1/conversations?customer={customer}")["items"]}


def person(rapport, customer):
    return call(rapport, "GET", f"/v1/customers/{customer}")


def addresses(view):
    return sorted(one["value"] for one in view["addresses"])


def choose(rapport, customer, wanted):
    call(rapport, "PUT", f"/v1/customers/{customer}/preferences", {"choices": [{"category": "surveys", "wanted": wanted}]})


def wants(rapport, customer):
    choices = call(rapport, "GET", f"/v1/customers/{customer}/preferences")["choices"]
    return next(one["wanted"] for one in choices if one["category"] == "surveys")


def deliver(rapport, customer, subject):
    body = {"kind": "plain", "recipients": [{"customer": customer}], "subject": subject, "text": "Hello"}
    got, _, answer = rapport.request("POST", "/v1/deliveries", body, key=rapport.agent, headers={"Idempotency-Key": subject})
    assert got == 202, answer
    return answer["deliveries"][0]


def search(rapport, words, who):
    found = [one["id"] for one in call(rapport, "GET", f"/v1/search?kind=customer&q={words}")["items"]]
    return found == who


def merging(rapport):
    first = send(rapport, "Ada Lovelace <ada@work.test>", "From work")
    second = send(rapport, "Ada King <ada@home.test>", "From home")
    ada, king = first["from"]["customer"], second["from"]["customer"]
    assert ada != king
    call(rapport, "PATCH", f"/v1/customers/{king}", {"external_id": "K-2"})
    call(rapport, "PUT", f"/v1/customers/{ada}/attributes", {"values": {"plan": "gold"}})
    call(rapport, "PUT", f"/v1/customers/{king}/attributes", {"values": {"plan": "silver", "city": "London"}})
    choose(rapport, king, False)
    before = person(rapport, king)
    deliver(rapport, king, "Before")
    assert call(rapport, "GET", f"/v1/customers/{ada}/similar")["items"] == []

    reader = rapport.new_key("reader", ["customers.read"])
    call(rapport, "POST", f"/v1/customers/{king}/merge", {"into": ada}, 403, key=reader)
    call(rapport, "POST", f"/v1/customers/{king}/merge", {"into": "cus_0000000000001"}, 404)
    call(rapport, "POST", f"/v1/customers/{king}/merge", {"into": king}, 409)
    merged = call(rapport, "POST", f"/v1/customers/{king}/merge", {"into": ada})
    assert merged["id"] == ada and addresses(merged) == ["ada@home.test", "ada@work.test"], merged
    assert [(one["id"], one["external_id"]) for one in merged["merged"]] == [(king, "K-2")], merged
    assert person(rapport, king)["id"] == ada, "the old identifier leads to the person"
    for who in (ada, king):
        assert subjects(rapport, who) == {"From work", "From home"}
        assert [one["subject"] for one in call(rapport, "GET", f"/v1/deliveries?customer={who}")["items"]] == ["Before"]
        kinds = [one["kind"] for one in call(rapport, "GET", f"/v1/customers/{who}/timeline")["items"]]
        assert kinds.count("customer.created") == 2 and kinds.count("conversation.opened") == 2 and "customer.merged" in kinds, kinds
        assert not wants(rapport, who), "a refusal holds for the person"
        assert call(rapport, "GET", f"/v1/customers/{who}/attributes")["values"] == {"plan": "gold", "city": "London"}
    wait_for(lambda: search(rapport, "king", [ada]), 20, "the person to be found by the other name")
    assert [one["id"] for one in call(rapport, "GET", "/v1/customers?q=ada")["items"]] == [ada]

    # Life goes on: mails by either address, letters to either record.
    send(rapport, "Ada King <ada@home.test>", "From home again")
    send(rapport, "Ada Lovelace <ada@work.test>", "From work again")
    assert deliver(rapport, king, "To the old identifier")["recipient"]["email"] == "ada@home.test", "no other address gets it"
    assert subjects(rapport, ada) == {"From work", "From home", "From home again", "From work again"}
    call(rapport, "PATCH", f"/v1/customers/{king}", {"name": "Ada, Countess"})
    call(rapport, "PUT", f"/v1/customers/{king}/attributes", {"values": {"plan": "platinum"}})
    assert call(rapport, "GET", f"/v1/customers/{ada}/attributes")["values"] == {"plan": "platinum"}
    call(rapport, "POST", f"/v1/customers/{ada}/addresses", {"kind": "email", "value": "ada@home.test"}, 409)

    back = call(rapport, "POST", f"/v1/customers/{king}/unmerge", {})
    assert {**back, "changed_at": ""} == {**before, "changed_at": ""}, (back, before)
    assert person(rapport, ada)["name"] == "Ada, Countess" and addresses(person(rapport, ada)) == ["ada@work.test"]
    assert subjects(rapport, king) == {"From home", "From home again"} and subjects(rapport, ada) == {"From work", "From work again"}
    assert call(rapport, "GET", f"/v1/customers/{king}/attributes")["values"] == {"plan": "silver", "city": "London"}
    assert wants(rapport, ada) and not wants(rapport, king)
    kinds = [one["kind"] for one in call(rapport, "GET", f"/v1/customers/{king}/timeline")["items"]]
    assert kinds[0] == "customer.unmerged" and "customer.took_in" not in kinds, kinds
    wait_for(lambda: search(rapport, "king", [king]), 20, "the record to be found for itself")
    call(rapport, "POST", f"/v1/customers/{king}/unmerge", {}, 409)
    return ada, king


def splitting(rapport):
    shared = send(rapport, "The Rossis <maria@casa.test>", "Maria alone")["from"]["customer"]
    call(rapport, "POST", f"/v1/customers/{shared}/addresses", {"kind": "email", "value": "luigi@casa.test", "verified": True}, 201)
    send(rapport, "Luigi <luigi@casa.test>", "Luigi alone")
    send(rapport, "Luigi <luigi@casa.test>", "Luigi once more")
    both = send(rapport, "Luigi <luigi@casa.test>", "Both", cc="maria@casa.test")
    assert subjects(rapport, shared) == {"Maria alone", "Luigi alone", "Luigi once more", "Both"}
    choose(rapport, shared, False)
    luigi = next(one["id"] for one in person(rapport, shared)["addresses"] if one["value"] == "luigi@casa.test")
    reader = rapport.new_key("half", ["customers.read", "customers.write"])
    call(rapport, "POST", f"/v1/customers/{shared}/split", {"addresses": [luigi]}, 403, key=reader)
    call(rapport, "POST", f"/v1/customers/{shared}/split", {"addresses": []}, 422)
    call(rapport, "POST", f"/v1/customers/{shared}/split", {"addresses": [one["id"] for one in person(rapport, shared)["addresses"]]}, 409)
    done = call(rapport, "POST", f"/v1/customers/{shared}/split", {"addresses": [luigi], "name": "Luigi Rossi"}, 201)
    made = done["customer"]["id"]
    assert addresses(done["customer"]) == ["luigi@casa.test"] and done["customer"]["name"] == "Luigi Rossi"
    assert len(done["conversations"]) == 2 and done["left"] == [both["id"]], done
    assert subjects(rapport, made) == {"Luigi alone", "Luigi once more"} and subjects(rapport, shared) == {"Maria alone", "Both"}
    assert not wants(rapport, made), "a refusal goes with them"
    assert send(rapport, "Luigi <luigi@casa.test>", "Luigi later")["from"]["customer"] == made
    kinds = [one["kind"] for one in call(rapport, "GET", f"/v1/customers/{made}/timeline")["items"]]
    assert kinds.count("conversation.customer_changed") == 2, kinds
    call(rapport, "POST", f"/v1/customers/{made}/merge", {"into": shared})
    assert subjects(rapport, shared) == {"Maria alone", "Both", "Luigi alone", "Luigi once more", "Luigi later"}
    call(rapport, "POST", f"/v1/customers/{made}/unmerge", {})


def erasing(rapport, ada, king):
    call(rapport, "POST", f"/v1/customers/{king}/merge", {"into": ada})
    wait_for(lambda: all(one["state"] != "submitted" for one in call(rapport, "GET", f"/v1/deliveries?customer={ada}")["items"]), 30, "the letters to leave")
    report = call(rapport, "POST", f"/v1/customers/{ada}/erasure", {"reason": "asked for"})
    assert len(report["conversations"]) == 4 and report["attributes"] and report["deliveries"] == 2, report
    for who in (ada, king):
        gone = person(rapport, who)
        assert gone["id"] == ada and gone["name"] == "" and gone["addresses"] == [] and gone["erased_at"], gone
    assert call(rapport, "POST", f"/v1/customers/{king}/unmerge", {}, 410)["code"] == "customer_erased"
    assert call(rapport, "PATCH", f"/v1/customers/{king}", {"name": "Again"}, 410)["code"] == "customer_erased"
    other = send(rapport, "Ada King <ada@home.test>", "A new life")["from"]["customer"]
    assert other not in (ada, king)
    assert call(rapport, "POST", f"/v1/customers/{other}/merge", {"into": ada}, 410)["code"] == "customer_erased"


def run(engine):
    port = free_port()
    with Rapport(engine, f'[inbound]\nlmtp_listen = "127.0.0.1:{port}"\npeers = "127.0.0.1"\n') as rapport:
        rapport.lmtp = port
        rapport.agent = rapport.new_key("agent", SCOPES)
        call(rapport, "POST", "/v1/mailboxes", {"address": "box@ours.test", "name": "Example", "locale": "en"}, 201)
        call(rapport, "PUT", "/v1/customer-attributes", {"attributes": [{"key": "plan", "name": "Plan", "kind": "text"}, {"key": "city", "name": "City", "kind": "text"}]})
        ada, king = merging(rapport)
        splitting(rapport)
        erasing(rapport, ada, king)
        verbs = {line["verb"] for line in call(rapport, "GET", "/v1/audit?limit=200")["items"]}
        assert verbs >= {"customer.merged", "customer.unmerged", "customer.split", "customer.erased"}, verbs
        rapport.stop()
        done = rapport.command("fsck")
        assert done.returncode == 0, done.stdout + done.stderr
        rapport.start()
    print(f"  {engine}: records of a person were merged, taken apart, split and erased; nothing was lost")


if __name__ == "__main__":
    for engine in sys.argv[1:] or ["sqlite", "postgresql"]:
        run(engine)
