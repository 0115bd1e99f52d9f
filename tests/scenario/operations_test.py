#!/usr/bin/env python3
"""Operating: metrics for Prometheus, the log from request to last letter and without secrets, rotation of every key, retention, the check of
the configuration. On both engines."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.browser import Browser  # noqa: E402
from support.parts import free_port, rapport_binary, wait_for  # noqa: E402
from support.server import Rapport, link_in  # noqa: E402

TOKEN = "metrics-token-4c1f0f2b"


def done(result, code=0):
    assert result.returncode == code, f"{result.returncode}: {result.stdout}{result.stderr}"
    return result.stdout


def send(rapport, name, **headers):
    status, _, answer = rapport.request("POST", "/v1/deliveries", {
        "kind": "registered", "recipients": [{"email": f"{name}@example.com", "second_email": f"{name}@example.net"}],
        "subject": f"Subject of {name}", "text": f"Text of {name}"}, headers=headers)
    assert status == 202, answer
    return answer["deliveries"][0]["id"]


def scrape(rapport, token=TOKEN):
    request = urllib.request.Request(f"http://127.0.0.1:{rapport.metrics_port}/metrics", headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def value(page, name, **labels):
    total, found = 0.0, False
    for line in page.splitlines():
        match = re.match(r"(\w+)(?:\{(.*)\})? (\S+)$", line)
        if match and match.group(1) == name and all(f'{k}="{v}"' in (match.group(2) or "") for k, v in labels.items()):
            total, found = total + float(match.group(3)), True
    assert found, f"{name} {labels} is not on the page"
    return total


def metrics(rapport):
    assert scrape(rapport, token=None)[0] == 401 and scrape(rapport, token="wrong")[0] == 401
    assert rapport.request("GET", "/metrics")[0] == 404, "the metrics stand on the public listener"
    before = value(scrape(rapport)[1], "rapport_http_requests_total", route="/v1/deliveries", status="202") if any(
        'status="202"' in line for line in scrape(rapport)[1].splitlines()) else 0
    for i in range(3):
        send(rapport, f"metric{i}")
    rapport.mail_to("metric2@example.com")
    time.sleep(11)  # what the database says is asked for at most every ten seconds
    status, page = scrape(rapport)
    assert status == 200
    assert value(page, "rapport_http_requests_total", route="/v1/deliveries", status="202") == before + 3
    assert value(page, "rapport_http_request_duration_seconds_count", route="/v1/deliveries", method="POST") >= 3
    assert value(page, "rapport_post_attempts_total", result="accepted") >= 3
    assert value(page, "rapport_journal_events_total", kind="delivery.submitted") >= 3
    assert value(page, "rapport_deliveries", state="notified") >= 3
    assert value(page, "rapport_log_size") >= 6 and value(page, "rapport_store_writable") == 1
    assert value(page, "rapport_store_commit_duration_seconds_count") > 0
    assert value(page, "process_resident_memory_bytes") > 1e6 and abs(value(page, "process_start_time_seconds") - time.time()) < 600
    assert value(page, "rapport_backup_last_timestamp_seconds") == 0
    assert "@example" not in page and "metric0" not in page, "the page names people"
    if shutil.which("promtool"):
        checked = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout + checked.stderr
    done(rapport.command("backup", "--folder", rapport.folder / "backups"))
    time.sleep(11)
    assert time.time() - value(scrape(rapport)[1], "rapport_backup_last_timestamp_seconds") < 60


def log_of(rapport):
    return [json.loads(line) for line in (rapport.folder / "server.log").read_text().splitlines() if line.startswith("{")]


def one_journey_in_the_log(rapport):
    """From the request to the last letter by two identifiers; and none of the secrets that passed through."""
    delivery = send(rapport, "journey", **{"X-Request-Id": "req-from-outside-1"})
    _, invitation = rapport.mail_to("journey@example.com")
    link = link_in(invitation)
    browser = Browser().open(link)
    browser.submit("/code")
    _, mail = rapport.mail_to("journey@example.net")
    code = re.search(r"\b\d{6,8}\b", mail).group()
    browser.submit("/identification", code=code)
    browser.submit("/acceptance")
    browser.open(link + "/content")
    done(rapport.command("user", "add", "grace@example.org", "--name", "Grace", "--role", "owner"))
    token = re.search(r"token=(\S+)", done(rapport.command("user", "link", "grace@example.org"))).group(1)
    rapport.request("POST", "/v1/session", {"email": "grace@example.org", "password": "never-said-aloud-77"}, key="", headers={"X-Rapport-Request": "1"})
    status, headers, _ = rapport.request("POST", "/v1/session/link", {"token": token}, key="", headers={"X-Rapport-Request": "1"})
    assert status == 201
    cookie = headers["Set-Cookie"].split(";")[0].split("=", 1)[1]
    wait_for(lambda: any(l["event"] == "delivery.handed_over" or l.get("verb") == "hand_over" for l in log_of(rapport) if l.get("journey") == delivery), 15,
             "the hand-over in the log")
    lines = log_of(rapport)
    asked = [l for l in lines if l.get("request") == "req-from-outside-1"]
    assert {"request", "submitted"} <= {l["event"] for l in asked}, asked
    assert delivery in next(l for l in asked if l["event"] == "submitted")["journey"]
    journey = [l["event"] for l in lines if l.get("journey") == delivery]
    assert "delivery.submitted" in journey and "delivery.notified" in journey, journey
    for line in lines:
        assert {"at", "level", "event"} <= line.keys() and line["level"] in ("debug", "info", "warning", "error"), line
    text = (rapport.folder / "server.log").read_text()
    secrets = {"API key": rapport.key.split("_", 1)[1], "pick-up token": link.rsplit("/", 1)[1], "code": f'"{code}"', "sign-in token": token, "session": cookie,
               "password": "never-said-aloud-77", "text": "Text of journey", "subject": "Subject of journey", "address": "journey@example.com",
               "metrics' token": TOKEN}
    for what, secret in secrets.items():
        assert secret not in text, f"the log holds the {what}"


def package_of(rapport, delivery, name):
    file = rapport.folder / name
    file.write_bytes(rapport.package(delivery))
    return file


def verifies(file, *words):
    done(subprocess.run([rapport_binary(), "verify", file, *words], capture_output=True, text=True))


def restart(rapport):
    rapport.stop()
    rapport.start()


def logged(rapport, delivery):
    rapport.package(delivery)


def rotate_certificates_and_log(rapport):
    old = send(rapport, "rotation")
    logged(rapport, old)
    before = package_of(rapport, old, "before.asice")
    old_key = rapport.get("/v1/settings/keys")["log"]["public_key"]
    checkpoint = rapport.folder / "old-checkpoint"
    checkpoint.write_bytes(rapport.request("GET", "/log/checkpoint")[2])
    for what in ("seal", "tsa", "log"):
        done(rapport.command("key", "rotate", what))
    restart(rapport)
    verifies(before)
    verifies(package_of(rapport, old, "again.asice"))
    fresh = send(rapport, "rotated")
    logged(rapport, fresh)
    after = package_of(rapport, fresh, "after.asice")
    verifies(after)
    verifies(after, "--log-key", old_key)  # signed by the old key, too
    note = rapport.request("GET", "/log/checkpoint")[2].decode()
    assert len(note.split("\n\n", 1)[1].strip().splitlines()) == 2, note
    assert rapport.get("/v1/settings/keys")["log"]["public_key"] != old_key
    done(rapport.command("fsck", "--checkpoint", checkpoint))
    refused = rapport.command("key", "retire", "log-2")
    assert refused.returncode == 1 and "in force" in refused.stderr, refused.stderr
    for name in ("seal-1", "tsa-1", "log-1"):
        done(rapport.command("key", "retire", name))
        assert not (rapport.folder / "keys" / f"{name}.key").exists()
    restart(rapport)
    last = send(rapport, "retired")
    logged(rapport, last)
    note = rapport.request("GET", "/log/checkpoint")[2].decode()
    assert len(note.split("\n\n", 1)[1].strip().splitlines()) == 1, note
    for delivery in (old, fresh, last):
        verifies(package_of(rapport, delivery, "now.asice"))
    verifies(before)
    done(rapport.command("fsck", "--checkpoint", checkpoint))
    assert "kept for verification only" in done(rapport.command("key", "list"))


def rotate_master(rapport):
    delivery = send(rapport, "master")
    keys = rapport.folder / "keys"
    refused = rapport.command("key", "rotate", "master")
    assert refused.returncode == 1 and "server runs on" in refused.stderr.lower().replace("a server", "server"), refused.stderr
    old = (keys / "master.key").read_bytes()
    rapport.stop()
    # Killed after the new key came into force, before anything was wrapped with it: no server starts, doing it again carries on.
    (keys / "master.previous.key").write_bytes(old)
    (keys / "master.key").write_bytes(os.urandom(32))
    for name in ("master.key", "master.previous.key"):
        (keys / name).chmod(0o600)
    refused = subprocess.run([rapport_binary(), "serve", "--config", rapport.config], capture_output=True, text=True, timeout=30)
    assert refused.returncode == 1 and "rotate master" in refused.stderr, refused.stderr
    done(rapport.command("key", "rotate", "master"))
    for i in range(6):  # and killed wherever it happens to be
        process = subprocess.Popen([rapport_binary(), "key", "rotate", "master", "--config", rapport.config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.02 * i)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if i % 2 == 0:
            done(rapport.command("fsck"))  # a command reads with both
    done(rapport.command("key", "rotate", "master"))
    assert not (keys / "master.previous.key").exists() and (keys / "master.key").read_bytes() != old
    rapport.start()
    assert rapport.get(f"/v1/deliveries/{delivery}")["text"] == "Text of master"
    done(rapport.command("fsck"))


def end_sessions(rapport):
    token = re.search(r"token=(\S+)", done(rapport.command("user", "link", "grace@example.org"))).group(1)
    _, headers, _ = rapport.request("POST", "/v1/session/link", {"token": token}, key="", headers={"X-Rapport-Request": "1"})
    cookie = {"Cookie": headers["Set-Cookie"].split(";")[0]}
    assert rapport.request("GET", "/v1/session", key="", headers=cookie)[0] == 200
    done(rapport.command("key", "rotate", "sessions"))
    wait_for(lambda: rapport.request("GET", "/v1/session", key="", headers=cookie)[0] == 401, 5, "the session to end")


def age(rapport, text):
    if rapport.database:
        rapport.database.sql(text, "scenario")
    else:
        import sqlite3
        with sqlite3.connect(rapport.folder / "rapport.db", timeout=20) as db:
            db.execute(text)


def retention(rapport):
    rapport.stop()
    ten_days = 10 * 86_400_000_000
    age(rapport, f"UPDATE audit SET at = at - {ten_days} WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT 3)")
    age(rapport, f"UPDATE outbox SET changed_at = changed_at - {ten_days}, created_at = created_at - {ten_days} WHERE id IN "
                 "(SELECT id FROM outbox WHERE state = 'accepted' ORDER BY id LIMIT 2)")
    said = done(rapport.command("retention"))
    assert re.search(r"audit .*after 7 days +3 of \d+ due", said) and re.search(r"letters .*after 7 days +2 of \d+ due", said), said
    assert done(rapport.command("retention")) == said, "looking removed something"
    said = done(rapport.command("retention", "--apply"))
    assert "audit     3 removed" in said and "letters   2 removed" in said, said
    assert re.search(r"audit .* 0 of", done(rapport.command("retention")))
    age(rapport, f"UPDATE audit SET at = at - {ten_days} WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT 2)")
    rapport.start()  # its job does the same
    wait_for(lambda: re.search(r"audit .* 0 of", rapport.command("retention").stdout), 20, "the job to remove")
    assert value(scrape(rapport)[1], "rapport_retention_removed_total", kind="audit") == 2
    lines = rapport.get("/v1/audit")["items"]
    assert [l for l in lines if l["verb"] == "retention.applied"], lines
    done(rapport.command("fsck"))


def check_of_the_configuration(rapport):
    good = done(rapport.command("config", "check", "--connect"))
    assert "The configuration is good." in good and "backup.folder: is not set" in good, good
    file = rapport.folder / "bad.toml"

    def said(text):
        file.write_text(text)
        result = subprocess.run([rapport_binary(), "config", "check", "--connect", "--config", file], capture_output=True, text=True)
        assert result.returncode == 1, result.stdout + result.stderr
        return result.stdout
    base = rapport.config.read_text()
    assert re.search(r"bad\.toml:3: mail\.tls: must be off, opportunistic or required - choose one", said('listen = "127.0.0.1:1"\n[mail]\ntls = "perhaps"\n'))
    assert "bad.toml:1: lisen: " in said('lisen = "127.0.0.1:1"\n')
    assert "line 2" in said('listen = "127.0.0.1:1"\ndata = \n')
    assert "where nothing can be written" in said('data = "/proc/rapport"\n')
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        closed = s.getsockname()[1]
    assert "does not answer: Connection refused" in said(re.sub(r'smart_host = ".*"', f'smart_host = "127.0.0.1:{closed}"', base))
    assert "no checkpoint could follow" in said(base.replace("[organisation]", '[evidence]\nlog_origin = "elsewhere/log"\n[organisation]'))
    assert "cannot be opened" in said(re.sub(r'^database = ".*"', f'database = "postgresql://nobody@127.0.0.1:{closed}/x"', base, flags=re.M))
    pem, key = rapport.folder / "tls.pem", rapport.folder / "tls.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "5", "-subj", "/CN=x", "-keyout", key, "-out", pem],
                   check=True, stderr=subprocess.DEVNULL)
    with_tls = base + f'[tls]\nlisten = "127.0.0.1:{closed}"\ncertificate = "{pem}"\nkey = "%s"\n'
    file.write_text(with_tls % key)
    ends = done(subprocess.run([rapport_binary(), "config", "check", "--config", file], capture_output=True, text=True))
    assert "the certificate ends on" in ends, ends
    other = rapport.folder / "other.key"
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", other], check=True, stderr=subprocess.DEVNULL)
    assert "does not belong to the certificate" in said(with_tls % other)


def readiness_is_honest(rapport):
    if not rapport.database:
        return
    rapport.database.stop()
    wait_for(lambda: rapport.request("GET", "/readyz")[0] == 503, 20, "readyz to say that the database is away")
    assert rapport.request("GET", "/healthz")[0] == 200
    status, page = scrape(rapport)
    assert status == 200 and "rapport_http_requests_total" in page, "no metrics while the database is away"
    rapport.database.start()
    wait_for(lambda: rapport.request("GET", "/readyz")[0] == 200, 30, "readyz to recover")


for engine in ("sqlite", "postgresql"):
    port = free_port()
    token_file = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"rapport-token-{os.getpid()}"
    token_file.write_text(TOKEN + "\n")
    try:
        with Rapport(engine, f'[metrics]\nlisten = "127.0.0.1:{port}"\ntoken_file = "{token_file}"\n[retention]\naudit_days = 7\nletters_days = 7\n') as rapport:
            rapport.metrics_port = port
            for part in (metrics, one_journey_in_the_log, rotate_certificates_and_log, rotate_master, end_sessions, retention, check_of_the_configuration,
                         readiness_is_honest):
                part(rapport)
                print(f"    {part.__name__}", flush=True)
    finally:
        token_file.unlink()
    print(f"  {engine}: good")
