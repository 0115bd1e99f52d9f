"""The program under test on one data folder, with at most one fault in it, and the parts around it."""
import http.client
import json
import os
import re
import signal
import subprocess
import time

import inbox
from support.parts import OpensslTsa, PostgreSQL, SmtpSink, free_port, rapport_binary, wait_for

SCOPES = ["deliveries.send", "deliveries.read", "outbox.read", "events.read", "settings.read", *inbox.SCOPES]
CONFIGURATION = """
listen = "127.0.0.1:{port}"
public_url = "http://localhost:{port}"
data = "{folder}"
database = "{database}"
[organisation]
name = "Fault test"
[mail]
from = "post@example.org"
smart_host = "127.0.0.1:{smtp}"
tls = "off"
[evidence]
tsa_url = "{tsa.url}"
tsa_roots = "{tsa.roots}"
tsa_private_network = true
stamp_every_evidence = false
[inbound]
lmtp_listen = "127.0.0.1:{lmtp}"
bounce_domain = "bounces.test"
[webhooks]
private_hosts = ["127.0.0.1:{hook}"]
timeout_s = 3
"""


class House:
    def __init__(self, engine, folder, shim):
        self.engine, self.folder, self.shim = engine, folder, shim
        self.process, self.slowest_start = None, 0
        self.database = self.sink = self.tsa = self.hook = None
        self.switch, self.database_switch = folder / "fault-switch", folder / "database-switch"
        folder.mkdir(parents=True)
        os.chmod(folder, 0o755)
        try:
            self.furnish()
        except BaseException:
            self.close()
            raise

    def furnish(self):
        if self.engine == "postgresql":
            self.database = PostgreSQL(self.folder / "pg")
            self.database_url = self.database.create("fault")
        else:
            self.database_url = str(self.folder / "rapport.db")
        self.sink, self.tsa = SmtpSink(self.folder / "mails"), OpensslTsa(self.folder / "tsa")
        self.port, self.lmtp, self.hook = free_port(), free_port(), inbox.Hook()
        self.configuration = self.write_configuration("rapport.toml", self.folder, self.database_url)
        made = self.command("user", "api-key", "fault", *[w for s in SCOPES for w in ("--scope", s)])
        assert made.returncode == 0, made.stderr
        self.key = re.search(r"rk_\S+", made.stdout).group()
        inbox.furnish(self)

    def write_configuration(self, name, data, database):
        file = self.folder / name
        file.write_text(CONFIGURATION.format(port=self.port, folder=data, database=database, smtp=self.sink.port, tsa=self.tsa,
                                             lmtp=self.lmtp, hook=self.hook.server_port))
        return file

    def command(self, *words, configuration=None):
        return subprocess.run([rapport_binary(), *words, "--config", configuration or self.configuration], capture_output=True, text=True, timeout=120)

    def start(self, fault=None, path=None):
        environment = dict(os.environ)
        if fault:
            environment |= self.shimmed(fault, self.switch, path)
        self.started = time.monotonic()
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen([rapport_binary(), "serve", "--config", self.configuration], env=environment, stdout=log, stderr=log)

    def shimmed(self, fault, switch, path=None):
        return {"LD_PRELOAD": str(self.shim), "RAPPORT_FAULT": fault, "RAPPORT_FAULT_SWITCH": str(switch)} | ({"RAPPORT_FAULT_PATH": str(path)} if path else {})

    def ready(self):
        try:
            return self.get("/readyz")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def wait_ready(self):
        """False when it has died instead."""
        wait_for(lambda: self.process.poll() is not None or self.ready(), 30, "the server to be ready")
        if self.process.poll() is not None:
            return False
        self.slowest_start = max(self.slowest_start, time.monotonic() - self.started)
        return True

    def kill(self):
        """True when it was still alive."""
        if not self.process:
            return False
        alive = self.process.poll() is None
        if alive:
            self.process.send_signal(signal.SIGKILL)
        status, self.process = self.process.wait(), None
        assert status == -signal.SIGKILL, f"the server ended by itself ({status}): see server.log"
        return alive

    def stop(self):
        self.process.terminate()
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            raise AssertionError("the server did not stop within 20 s of SIGTERM") from None
        self.process = None
        assert status == 0, f"the server ended with {status}"

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def get(self, path, connection=None):
        own = connection or self.connection()
        try:
            own.request("GET", path, headers={"Authorization": f"Bearer {self.key}"})
            answer = own.getresponse()
            return answer.status, answer.read()
        finally:
            if not connection:
                own.close()

    def get_json(self, path, connection=None):
        status, body = self.get(path, connection)
        assert status == 200, f"GET {path}: {status} {body[:300]}"
        return json.loads(body)

    def ask(self, method, path, body=None, connection=None, key=None, headers=None):
        """(status, answer): of anything but GET, too."""
        own = connection or self.connection()
        try:
            own.request(method, path, json.dumps(body) if body is not None else None,
                        {"Authorization": f"Bearer {key or self.key}", "Content-Type": "application/json"} | (headers or {}))
            answer = own.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if content else None
        finally:
            if not connection:
                own.close()

    def events(self, subject, wanted, seconds=10):
        """The kinds of the journal's events about a subject, as soon as `wanted` is among them."""
        connection, kinds = self.connection(), []
        connection.timeout = seconds
        try:
            connection.request("GET", f"/v1/events?subject={subject}", headers={"Authorization": f"Bearer {self.key}", "Last-Event-ID": "0"})
            stream = connection.getresponse()
            while wanted not in kinds:
                line = stream.readline()
                assert line, "the event stream ended"
                if line.startswith(b"data:"):
                    kinds.append(json.loads(line[5:])["kind"])
        except TimeoutError:
            raise AssertionError(f"no event {wanted} in {seconds} s, but {kinds}") from None
        finally:
            connection.close()
        return kinds

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for part in (self.sink, self.tsa, self.database):
            if part:
                part.stop()
        if self.hook:
            self.hook.shutdown()
            self.hook.server_close()
