#!/usr/bin/env python3
"""Commands beside a running server: users, API keys, erasure, fsck on the same data; starting and stopping. On both engines."""
import json
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import rapport_binary, wait_for  # noqa: E402
from support.server import Rapport  # noqa: E402


def done(result):
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def send(rapport, name):
    status, _, answer = rapport.request("POST", "/v1/deliveries", {
        "kind": "registered", "recipients": [{"email": f"{name}@example.com", "second_email": f"{name}@example.net"}], "subject": name,
        "text": f"Secret of {name}", "files": [{"name": "a.txt", "media_type": "text/plain", "data": "QUJD"}]})
    assert status == 202, answer
    return answer["deliveries"][0]["id"]


def send_plain(rapport, name):
    """Sent by mail: its content may be erased."""
    status, _, answer = rapport.request("POST", "/v1/deliveries", {"kind": "plain", "recipients": [{"email": f"{name}@example.com"}],
                                                                   "subject": name, "text": f"Secret of {name}"})
    assert status == 202, answer
    delivery = answer["deliveries"][0]["id"]
    wait_for(lambda: rapport.get(f"/v1/deliveries/{delivery}")["state"] == "sent", 20, "the notice to be sent")
    return delivery


def follow(rapport, events):
    request = urllib.request.Request(rapport.url + "/v1/events", headers={"Authorization": f"Bearer {rapport.key}"})
    stream = urllib.request.urlopen(request, timeout=60)

    def read():
        try:
            for line in stream:
                if line.startswith(b"data:"):
                    events.append((time.monotonic(), json.loads(line[5:])))
        except (OSError, ValueError):
            pass  # the server was stopped
    threading.Thread(target=read, daemon=True).start()


def manage_users(rapport):
    done(rapport.command("user", "add", "owner@example.org", "--name", "Olga Owner", "--role", "owner"))
    assert "grace@example.org" in done(rapport.command("user", "add", "grace@example.org", "--name", "Grace", "--role", "agent"))
    assert "grace@example.org" in done(rapport.command("user", "list"))
    token = re.search(r"token=(\S+)", done(rapport.command("user", "link", "grace@example.org"))).group(1)
    status, headers, session = rapport.request("POST", "/v1/session/link", {"token": token}, key="", headers={"X-Rapport-Request": "1"})
    assert status == 201 and session["agent"]["email"] == "grace@example.org", session
    cookie = {"Cookie": headers["Set-Cookie"].split(";")[0]}
    assert rapport.request("GET", "/v1/session", key="", headers=cookie)[0] == 200
    done(rapport.command("user", "disable", "grace@example.org"))
    wait_for(lambda: rapport.request("GET", "/v1/session", key="", headers=cookie)[0] == 401, 3, "the disabled user to be refused")


def use_a_new_key_at_once(rapport):
    key = rapport.new_key("beside the server", ["deliveries.read", "audit.read"])
    assert rapport.request("GET", "/v1/deliveries", key=key)[0] == 200, "a new API key does not work at once"
    actions = [line["verb"] for line in rapport.get("/v1/audit", key=key)["items"]]
    for action in ("agent.created", "agent.changed", "api_key.created", "delivery.erased"):
        assert action in actions, f"{action} is not in the audit log: {actions}"


def erase(rapport):
    delivery = send_plain(rapport, "ada")
    events = []
    follow(rapport, events)
    assert delivery in done(rapport.command("delivery", "erase", delivery))
    erased = time.monotonic()
    wait_for(lambda: any(e["kind"] == "delivery.erased" and e["subject"] == delivery for _, e in events), 3, "the page to hear of the erasure")
    when = next(at for at, e in events if e["kind"] == "delivery.erased")
    assert when - erased < 1.5, f"the server's subscribers heard of it after {when - erased:.1f} s"
    detail = rapport.get(f"/v1/deliveries/{delivery}")
    assert detail["erased"] and "text" not in detail, detail
    again = rapport.command("delivery", "erase", delivery)
    assert again.returncode == 1 and "erased" in again.stderr, again.stderr


def check_under_load(rapport):
    """fsck sees one snapshot, clean, while deliveries come in; commands get their turn."""
    stop, sent, failures = threading.Event(), [], []

    def load(name):
        while not stop.is_set():
            try:
                sent.append(send(rapport, f"{name}{len(sent)}"))
            except AssertionError as error:
                failures.append(error)
    threads = [threading.Thread(target=load, args=(f"load{i}-",)) for i in range(4)]
    for thread in threads:
        thread.start()
    try:
        wait_for(lambda: len(sent) > 20, 20, "deliveries to come in")
        for _ in range(3):
            report = json.loads(done(rapport.command("fsck", "--json")))
            assert report == {"clean": True, "findings": []}, report
            done(rapport.command("delivery", "erase", send_plain(rapport, f"erased{len(sent)}")))
            rapport.new_key("under load", ["deliveries.read"])
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures, failures[0]
    assert "seal" in done(rapport.command("key", "list"))


def refuse_a_second_server(rapport):
    second = subprocess.run([rapport_binary(), "serve", "--config", rapport.config, "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=30)
    assert second.returncode == 1 and "a server runs on it already" in second.stderr, second.stderr
    assert rapport.request("GET", "/readyz")[0] == 200


def stop_and_start_without_waiting(rapport):
    time.sleep(1.5)  # idle: the last checkpoint is out, and its time stamp
    begun = time.monotonic()
    rapport.process.send_signal(signal.SIGTERM)
    assert rapport.process.wait(30) == 0
    stopped = time.monotonic() - begun
    assert stopped < 10, f"an idle server waited {stopped:.1f} s for something"
    begun = time.monotonic()
    rapport.start()
    started = time.monotonic() - begun
    assert started < 20, f"the second start waited {started:.1f} s for something"
    print(f"    stopped in {stopped * 1000:.0f} ms, started again in {started * 1000:.0f} ms (asked every 50 ms)")


for engine in ("sqlite", "postgresql"):
    with Rapport(engine) as rapport:
        manage_users(rapport)
        erase(rapport)
        use_a_new_key_at_once(rapport)
        if engine == "sqlite":
            refuse_a_second_server(rapport)
        check_under_load(rapport)
        stop_and_start_without_waiting(rapport)
        rapport.stop()
        done(rapport.command("fsck"))
    print(f"  {engine}: good")
