"""Parts that we did not write, started for a test and stopped with it: PostgreSQL, Postfix's smtp-sink, a TSA on openssl."""
import email
import email.policy
import http.server
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def rapport_binary():
    return os.environ.get("RAPPORT", str(ROOT / "build/release/bin/rapport"))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.05)


def can_connect(port):
    with socket.socket() as s:
        s.settimeout(0.5)
        return s.connect_ex(("127.0.0.1", port)) == 0


class PostgreSQL:
    """A cluster of its own on a free port; run as the user postgres when we are root, as PostgreSQL demands."""

    def __init__(self, folder):
        self.folder, self.port = pathlib.Path(folder), free_port()
        self.folder.mkdir(parents=True)
        self.user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        if self.user:
            shutil.chown(self.folder, "postgres", "postgres")
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        self.bin = programs[-1]
        self.run("initdb", "-D", self.folder / "data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale")
        self.run("pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o",
                 f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=50", "start")

    def run(self, program, *words):
        subprocess.run([*self.user, self.bin / program, *words], check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def create(self, name):
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", name)
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def stop(self):
        self.run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")


class SmtpSink:
    """Postfix's smtp-sink, keeping each mail in a file."""

    def __init__(self, folder, *options):
        self.folder, self.port, self.process = pathlib.Path(folder), free_port(), None
        self.folder.mkdir(parents=True)
        if os.getuid() == 0:
            os.chown(self.folder, pwd.getpwnam("nobody").pw_uid, -1)
        self.restart(*options)

    def restart(self, *options):
        self.stop()
        program = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        self.process = subprocess.Popen([program, *user, *options, "-d", f"{self.folder}/%Y%m%d%H%M%S.", f"127.0.0.1:{self.port}", "1000"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: can_connect(self.port), 10, "smtp-sink")

    def mails(self):
        for file in sorted(self.folder.iterdir()):
            raw = file.read_bytes()
            yield email.message_from_bytes(raw, policy=email.policy.compat32)

    def message_ids(self):
        return [m["Message-ID"] for m in self.mails() if m["Message-ID"]]

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
            self.process = None


class OpensslTsa:
    """A time-stamping authority: `openssl ts -reply` behind an HTTP port."""

    def __init__(self, folder):
        self.folder, self.port = pathlib.Path(folder), free_port()
        self.folder.mkdir(parents=True)
        self.roots = self.folder / "tsa.pem"
        self.url = f"http://127.0.0.1:{self.port}/tsa"
        (self.folder / "tsa.cnf").write_text(f"""
[req]
distinguished_name = name
prompt = no
x509_extensions = tsa
[name]
CN = Test TSA
[tsa]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
[ts]
default_tsa = one
[one]
serial = {self.folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
""")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                        "-config", self.folder / "tsa.cnf", "-keyout", self.folder / "tsa.key", "-out", self.roots], check=True, stderr=subprocess.DEVNULL)
        self.server = None
        self.start()

    def reply(self, query):
        (self.folder / "query").write_bytes(query)
        subprocess.run(["openssl", "ts", "-reply", "-config", self.folder / "tsa.cnf", "-section", "one", "-queryfile", self.folder / "query",
                        "-inkey", self.folder / "tsa.key", "-signer", self.roots, "-out", self.folder / "reply"], check=True, stderr=subprocess.DEVNULL)
        return (self.folder / "reply").read_bytes()

    def start(self):
        tsa = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                answer = tsa.reply(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
