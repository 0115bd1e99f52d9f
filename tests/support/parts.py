"""Parts that we did not write, started for a test and stopped with it: PostgreSQL, Postfix's smtp-sink, a TSA on openssl."""
import email
import email.policy
import http.server
import os
import pathlib
import pwd
import re
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
        self.start()

    def run(self, program, *words, environment=None):
        done = subprocess.run([*self.user, self.bin / program, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              cwd=self.folder, env=dict(os.environ) | (environment or {}), text=True)
        assert done.returncode == 0, f"{program}: {done.returncode} {done.stderr}"

    def start(self, environment=None):
        # A server that died a moment ago may still answer for its folder: pg_ctl says so, and the next try succeeds.
        log = os.open(self.folder / "pg_ctl.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        words = [*self.user, self.bin / "pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o",
                 f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=50 -c recovery_init_sync_method=syncfs", "start"]
        try:
            wait_for(lambda: subprocess.run(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                                            env=dict(os.environ) | (environment or {})).returncode == 0, 30, "PostgreSQL to start")
        finally:
            os.close(log)

    def is_running(self):
        status = [*self.user, self.bin / "pg_ctl", "-D", self.folder / "data", "status"]
        return subprocess.run(status, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder).returncode == 0

    def where(self):
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]

    def url(self, name):
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def create(self, name):
        self.run("createdb", *self.where(), name)
        return self.url(name)

    def sql(self, text, database="postgres"):
        self.run("psql", *self.where(), "-q", "-v", "ON_ERROR_STOP=1", "-c", text, database)

    def query(self, text, database="postgres"):
        """The lines of an answer."""
        done = subprocess.run([*self.user, self.bin / "psql", *self.where(), "-qAt", "-c", text, database], stdin=subprocess.DEVNULL, capture_output=True,
                              cwd=self.folder, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def end_sessions(self):
        self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")

    def stop(self):
        """At once, as a power cut would."""
        if self.is_running():
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
            mail = email.message_from_bytes(raw, policy=email.policy.compat32)
            boundary = mail.get_boundary()
            # smtp-sink writes while the mail comes in: the rest of it may not be there yet.
            if raw.endswith(b"\n") and (boundary is None or f"--{boundary}--".encode() in raw):
                yield mail

    def message_ids(self):
        found = (re.search(rb"^Message-ID: *(\S+)", file.read_bytes(), re.M | re.I) for file in self.folder.iterdir())
        return [f.group(1).decode() for f in found if f]

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
            self.process = None


class Postfix:
    """A mail server of its own that takes any mail from this machine. `routes`: an address or a domain to a transport.
    `refusals`: what a second server, behind the first, says to a recipient: {"unknown@dest.test": "550 5.1.1 user unknown"}.
    Mail that cannot be delivered bounces at the first failure."""

    def __init__(self, folder, routes, settings="", refusals=None):
        self.folder, self.port, self.behind = pathlib.Path(folder), free_port(), free_port()
        self.refusals = refusals or {}
        self.etc = self.folder / "etc"
        for name in ("etc", "queue", "data"):
            (self.folder / name).mkdir(parents=True)
        self.folder.chmod(0o755)
        shutil.chown(self.folder / "data", "postfix")
        self.settings = settings
        lines = pathlib.Path("/usr/share/postfix/master.cf.dist").read_text().splitlines()
        fields = [line.split(None, 7) for line in lines if line and line[0] not in "# "]
        kept = [f[:4] + ["n"] + f[5:] for f in fields if f[1] != "inet" and not f[7].startswith("pipe")]
        second = f"127.0.0.1:{self.behind} inet n - n - - smtpd -o myhostname=mx.dest.test -o smtpd_recipient_restrictions=$behind_restrictions\n"
        (self.etc / "master.cf").write_text(f"127.0.0.1:{self.port} inet n - n - - smtpd\n" + second + "\n".join(" ".join(f) for f in kept) + "\n")
        self.route(routes)
        started = self.command("start")
        wait_for(lambda: can_connect(self.port), 20, f"Postfix: {started.stdout}{started.stderr}")

    def command(self, *words, program="postfix"):
        return subprocess.run([program, "-c", self.etc, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def route(self, routes):
        routes = {address: f"smtp:[127.0.0.1]:{self.behind}" for address in self.refusals} | routes
        table = ", ".join(f"{{ {address} = {transport} }}" for address, transport in routes.items())
        answers = ", ".join(f"{{ {address} = {answer} }}" for address, answer in self.refusals.items())
        behind = f"check_recipient_access inline:{{ {answers} }}, permit" if answers else "permit"
        (self.etc / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {self.folder}/queue
data_directory = {self.folder}/data
myhostname = postfix.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relay_domains = static:all
smtp_dns_support_level = disabled
transport_maps = inline:{{ {table} }}
behind_restrictions = {behind}
maximal_queue_lifetime = 0
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
notify_classes =
maillog_file = {self.folder}/log
maillog_file_prefixes = /tmp, /var, {self.folder}
{self.settings}
""")

    def reroute(self, routes):
        self.route(routes)
        self.command("reload")

    def log(self):
        file = self.folder / "log"
        return file.read_text() if file.exists() else ""

    def stop(self):
        self.command("stop")


class Dovecot:
    """LMTP on a port, with Sieve scripts by user: real answers of people who are away. Answers leave by SMTP at `submission`."""

    def __init__(self, folder, submission, script):
        self.folder, self.port = pathlib.Path(folder), free_port()
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)
        mails = self.folder / "mails"
        mails.mkdir()
        shutil.chown(mails, "mail", "mail")
        (self.folder / "away.sieve").write_text(script)
        shutil.chown(self.folder / "away.sieve", "mail", "mail")
        user = pwd.getpwnam("mail")
        (self.folder / "dovecot.conf").write_text(f"""
protocols = lmtp
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
ssl = no
listen = 127.0.0.1
first_valid_uid = 1
mail_location = maildir:{mails}/%n
userdb {{
  driver = static
  args = uid={user.pw_uid} gid={user.pw_gid} home={mails}/%n allow_all_users=yes
}}
passdb {{
  driver = static
  args = nopassword=y
}}
service lmtp {{
  inet_listener lmtp {{
    port = {self.port}
  }}
}}
submission_host = 127.0.0.1:{submission}
postmaster_address = postmaster@dest.test
protocol lmtp {{
  mail_plugins = $mail_plugins sieve
}}
plugin {{
  sieve = file:{self.folder}/away.sieve
}}
""")
        self.process = subprocess.Popen(["dovecot", "-F", "-c", self.folder / "dovecot.conf"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: can_connect(self.port), 20, "Dovecot")

    def mails(self):
        return [email.message_from_bytes(f.read_bytes(), policy=email.policy.compat32) for f in (self.folder / "mails").rglob("new/*")]

    def log(self):
        file = self.folder / "log"
        return file.read_text() if file.exists() else ""

    def stop(self):
        self.process.terminate()
        self.process.wait()


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
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/timestamp-reply")
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except ConnectionError:
                    pass  # who asked has been killed

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
