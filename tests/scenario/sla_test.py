#!/usr/bin/env python3
"""Promises and routing through the whole program: a mail by LMTP gets its due time, its alarm rings once although the program is killed before it
could, the policy's steps follow, and agents are written to. On both engines."""
import json
import os
import pathlib
import signal
import smtplib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import free_port, wait_for  # noqa: E402
from support.server import Rapport  # noqa: E402

# Whoever makes an agent must have what an agent has.
SCOPES = ["conversations.read", "conversations.reply", "conversations.manage", "mailboxes.manage", "sla.manage", "events.read", "outbox.read", "agents.manage", "agents.read",
          "deliveries.read", "deliveries.send", "customers.read", "customers.write", "suppressions.read", "suppressions.manage", "knowledge.read", "knowledge.write"]
HOLIDAYS = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Christmas\r\nDTSTART;VALUE=DATE:20261225\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


def call(rapport, method, path, body=None, status=200):
    got, _, answer = rapport.request(method, path, body, key=rapport.desk)
    assert got == status, (method, path, got, answer)
    return answer


def hand_over(rapport, number):
    with smtplib.LMTP("127.0.0.1", rapport.lmtp) as client:
        client.sendmail("ada@dest.test", ["box@ours.test"], f"From: ada@dest.test\r\nTo: box@ours.test\r\nSubject: Meter {number}\r\nMessage-ID: <{number}@dest.test>\r\n\r\nIt is broken.\r\n")


def events(rapport, kind):
    from urllib.request import Request, urlopen
    found = []
    request = Request(rapport.url + "/v1/events", headers={"Authorization": f"Bearer {rapport.desk}", "Last-Event-ID": "0"})
    with urlopen(request, timeout=3) as stream:
        try:
            for line in stream:
                if line.startswith(b"data:"):
                    found.append(json.loads(line[5:]))
        except TimeoutError:
            pass
    return [one for one in found if one.get("kind") == kind]


for engine in sys.argv[1:] or ("sqlite", "postgresql"):
    lmtp = free_port()
    rapport = Rapport(engine, f"[inbound]\nlmtp_listen = \"127.0.0.1:{lmtp}\"\n")
    rapport.lmtp = lmtp
    rapport.desk = rapport.new_key("desk", SCOPES)
    made = rapport.command("user", "add", "owner@staff.test", "--name", "Olga", "--role", "owner")
    assert made.returncode == 0, made.stderr
    with rapport:
        agent = call(rapport, "POST", "/v1/agents", {"email": "ann@staff.test", "name": "Ann", "role": "agent"}, 201)
        agent = agent.get("agent", agent)["id"]
        team = call(rapport, "POST", "/v1/teams", {"name": "Support", "members": [agent]}, 201)["id"]
        call(rapport, "POST", "/v1/mailboxes", {"address": "box@ours.test", "name": "Example Utilities", "locale": "en", "team": team}, 201)
        call(rapport, "PUT", "/v1/routing", {"teams": [team], "weights": {"email": 1, "form": 1, "chat": 3}, "skills": []})
        calendar = call(rapport, "POST", "/v1/calendars", {"name": "Always", "zone": "Europe/Rome", "week": {day: [{"from": "00:00", "to": "24:00"}] for day in
                        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")}, "holidays": []}, 201)["id"]
        status, _, taken = rapport.request("POST", f"/v1/calendars/{calendar}/holidays", HOLIDAYS, key=rapport.desk, headers={"Content-Type": "text/calendar"})
        assert (status, taken["added"], taken["calendar"]["holidays"][0]["yearly"]) == (200, 1, True), (status, taken)
        # Five per cent of a minute: three seconds.
        policy = {"name": "Quick", "calendar": calendar, "targets": {"normal": {"first_response": 1}}, "warn_at_percent": 5,
                  "steps": [{"on": "warning", "priority": "high", "notify": [agent]}]}
        call(rapport, "POST", "/v1/sla-policies", {**policy, "warn_at_percent": 0}, 422)
        call(rapport, "POST", "/v1/sla-policies", policy, 201)

        hand_over(rapport, 1)
        conversations = lambda: call(rapport, "GET", "/v1/conversations")["items"]  # noqa: E731
        wait_for(conversations, 10, "the mail to be a conversation")
        assert conversations()[0]["due"]["metric"] == "first_response"
        # Killed before the alarm could ring, away while it was due.
        os.kill(rapport.process.pid, signal.SIGKILL)
        rapport.process.wait()
        rapport.start()
        wait_for(lambda: conversations()[0]["priority"] == "high", 20, "the alarm to raise the priority")
        found = conversations()[0]
        assert len(events(rapport, "sla.warning")) == 1, events(rapport, "sla.warning")
        told = [one for one in call(rapport, "GET", "/v1/outbox")["items"] if one["purpose"] == "sla"]
        assert len(told) == 1, told
        assert "assignee" not in found, "nobody is there"
        why = call(rapport, "GET", f"/v1/conversations/{found['id']}/assignment")
        assert [one["verdict"] for one in why["candidates"]] == ["not_present"], why
        shown = call(rapport, "GET", f"/v1/conversations/{found['id']}/sla")
        assert shown["policy_name"] == "Quick" and shown["clocks"][0]["metric"] == "first_response", shown
        assert call(rapport, "GET", "/v1/expected-reply")["samples"] == 0
        call(rapport, "GET", "/v1/expected-reply?zone=Europe/Atlantis", status=422)
        rapport.stop()
        checked = rapport.command("fsck")
        assert checked.returncode == 0, checked.stdout + checked.stderr
    print(f"  {engine}: good")
