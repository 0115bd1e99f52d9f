#!/usr/bin/env python3
"""Webhooks: a receiver of the organisation hears of each step, and the Standard Webhooks library accepts every signature."""
import http.server
import json
import pathlib
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support.parts import wait_for  # noqa: E402
from support.server import ALL_SCOPES, Rapport  # noqa: E402

WEB = pathlib.Path(__file__).resolve().parents[2] / "web"
VERIFY = """
import { Webhook } from 'standardwebhooks';
const { secret, messages } = JSON.parse(await new Promise((done) => { let t = ''; process.stdin.on('data', (d) => t += d).on('end', () => done(t)); }));
for (const { headers, body } of messages) new Webhook(secret).verify(body, headers);
let refused = 0;
for (const { headers, body } of messages) try { new Webhook(secret).verify(body + ' ', headers); } catch { refused += 1; }
console.log(messages.length, refused);
"""


class Receiver(http.server.ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.got, self.refuse = [], 0
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name: self.headers[name] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
        refused = self.server.refuse > 0
        self.server.refuse -= refused
        if not refused:
            self.server.got.append({"headers": headers, "body": body})
        self.send_response(500 if refused else 204)
        self.end_headers()

    def log_message(self, *_):
        pass


def verified(secret, messages):
    program = WEB / "node_modules" / ".verify-webhooks.mjs"
    program.write_text(VERIFY)
    done = subprocess.run(["node", program], input=json.dumps({"secret": secret, "messages": messages}), capture_output=True, text=True)
    program.unlink()
    assert done.returncode == 0, done.stderr
    return tuple(map(int, done.stdout.split()))


def submit(rapport, name):
    status, _, answer = rapport.request("POST", "/v1/deliveries", {"kind": "registered", "subject": "S", "text": "T", "recipients": [
        {"email": f"{name}@example.com", "second_email": f"{name}@example.net"}]}, headers={"Idempotency-Key": name})
    assert status == 202, answer
    return answer["deliveries"][0]["id"]


def types(receiver, subject):
    bodies = [json.loads(m["body"]) for m in receiver.got]
    return [b["type"] for b in bodies if b["data"]["subject"] == subject]


def run(engine):
    receiver = Receiver()
    place = f"127.0.0.1:{receiver.server_address[1]}"
    with Rapport(engine, extra=f'[webhooks]\nprivate_hosts = ["{place}"]') as rapport:
        rapport.key = rapport.new_key("webhooks", [*ALL_SCOPES, "webhooks.read", "webhooks.manage"])
        status, _, wrong = rapport.request("POST", "/v1/webhooks", {"url": "http://192.0.2.1/", "events": ["agent.*"]})
        assert status == 422 and [f["pointer"] for f in wrong["fields"]] == ["/url", "/events/0"], wrong
        status, _, made = rapport.request("POST", "/v1/webhooks", {"url": f"http://{place}/hook", "events": ["delivery.*"]})
        assert status == 201, made
        hook = made["webhook"]["id"]
        one = submit(rapport, "one")
        wait_for(lambda: "delivery.notified" in types(receiver, one), 15, "the webhook of the notification")
        assert types(receiver, one) == ["delivery.submitted", "delivery.notified"], types(receiver, one)

        receiver.refuse = 1
        rapport.request("POST", f"/v1/webhooks/{hook}/test")
        wait_for(lambda: any(m["last_status"] == 500 for m in rapport.get(f"/v1/webhooks/{hook}/messages")["items"] if "last_status" in m), 10,
                 "the failure")
        wait_for(lambda: any('"webhook.test"' in m["body"] for m in receiver.got), 20, "the second try")

        rapport.stop()
        two = None
        rapport.start()
        two = submit(rapport, "two")
        wait_for(lambda: "delivery.notified" in types(receiver, two), 15, "the webhook after a restart")
        good, refused = verified(made["secret"], receiver.got)
        assert good == refused == len(receiver.got) >= 5, (good, refused)
        first = rapport.get(f"/v1/webhooks/{hook}/messages?state=delivered&limit=1")["items"][0]
        detail = rapport.get(f"/v1/webhooks/{hook}/messages/{first['id']}")
        assert detail["tries"] and detail["tries"][-1]["status"] == 204, detail
        before = len(receiver.got)
        assert rapport.request("POST", f"/v1/webhooks/{hook}/messages/{first['id']}/replay")[0] == 204
        wait_for(lambda: len(receiver.got) > before, 10, "the replayed message")
        assert receiver.got[-1]["headers"]["webhook-id"] == first["id"]
        assert made["secret"] not in json.dumps(rapport.get("/v1/webhooks")), "the secret is shown once"
        assert rapport.request("GET", "/v1/webhooks", key=rapport.new_key("other", ["deliveries.read"]))[0] == 403
        audit = {line["verb"] for line in rapport.get("/v1/audit")["items"]}
        assert {"webhook.created", "webhook.tested", "webhook.replayed"} <= audit, audit
    receiver.shutdown()


if __name__ == "__main__":
    for engine in ("sqlite", "postgresql"):
        run(engine)
        print(f"  {engine}: good")
