"""The program, started for a scenario on a fresh data folder."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import urllib.error
import urllib.request

from .parts import PostgreSQL, SmtpSink, free_port, rapport_binary, wait_for

ALL_SCOPES = ["deliveries.read", "deliveries.send", "deliveries.erase", "customers.read", "customers.write", "events.read", "outbox.read",
              "outbox.manage", "suppressions.read", "suppressions.manage", "audit.read", "settings.read", "settings.manage"]


class Rapport:
    def __init__(self, engine="sqlite", extra=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rapport-scenario-"))
        os.chmod(self.folder, 0o755)
        self.database = PostgreSQL(self.folder / "pg") if engine == "postgresql" else None
        self.sink = SmtpSink(self.folder / "mails")
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.config = self.folder / "rapport.toml"
        database = self.database.create("scenario") if self.database else str(self.folder / "rapport.db")
        self.config.write_text(f"""
listen = "127.0.0.1:{self.port}"
public_url = "{self.url}"
data = "{self.folder}"
database = "{database}"
[organisation]
name = "Example Utilities"
[mail]
from = "post@example.org"
smart_host = "127.0.0.1:{self.sink.port}"
tls = "off"
{extra}
""")
        self.key = self.new_key("scenario", ALL_SCOPES)
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        self.stop()
        self.sink.stop()
        if self.database:
            self.database.stop()
        if kind is None:
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            print(f"what is left: {self.folder}\n" + (self.folder / "server.log").read_text()[-3000:])

    def command(self, *words, **options):
        return subprocess.run([rapport_binary(), *map(str, words), "--config", self.config], capture_output=True, text=True, **options)

    def new_key(self, name, scopes):
        made = self.command("user", "api-key", name, *[w for s in scopes for w in ("--scope", s)])
        assert made.returncode == 0, made.stderr
        return re.search(r"rk_\S+", made.stdout).group()

    def start(self):
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen([rapport_binary(), "serve", "--config", self.config], stdout=log, stderr=log)
        wait_for(lambda: self.request("GET", "/readyz")[0] == 200 or self.process.poll() is not None, 30, "the server to be ready")
        assert self.process.poll() is None, "the server did not start"
        return self

    def package(self, delivery, seconds=15):
        """The evidence package, as soon as the last record is in the log (503 until then, also after a further one)."""
        last = []

        def look():
            last[:] = self.request("GET", f"/v1/deliveries/{delivery}/package")
            return last[0] == 200
        wait_for(look, seconds, "the package")
        return last[2]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def sql(self, text):
        """Changes the database behind the server's back, which has stopped."""
        if self.database:
            self.database.sql(text, "scenario")
            return
        with contextlib.closing(sqlite3.connect(self.folder / "rapport.db", timeout=20)) as db, db:
            db.execute(text)

    def request(self, method, path, body=None, key=None, headers=None):
        """(status, headers, body): the body decoded where it is JSON."""
        send = dict(headers or {})
        if key != "":
            send["Authorization"] = f"Bearer {key or self.key}"
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            send.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(self.url + path, body, send, method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        except OSError:
            return 0, {}, b""
        content = answer.read()
        if "json" in (answer.headers["Content-Type"] or ""):
            content = json.loads(content)
        return answer.status, answer.headers, content

    def get(self, path, **options):
        status, _, body = self.request("GET", path, **options)
        assert status == 200, f"GET {path}: {status} {body}"
        return body

    def mail_to(self, address, seconds=15, containing=""):
        """The newest mail to an address, as soon as it has arrived: (subject, text)."""
        found = []

        def look():
            found[:] = [m for m in self.sink.mails() if address in (m["To"] or "") and containing in text_of(m)]
            return bool(found)
        wait_for(look, seconds, f"a mail to {address}")
        return found[-1], text_of(found[-1])


def text_of(mail):
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            return (part.get_payload(decode=True) or b"").decode("utf-8", "replace")
    return ""


def link_in(text):
    return re.search(r"https?://\S+/p/[A-Za-z0-9_-]+", text).group()
