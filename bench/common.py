"""What the benchmarks share: the machine and its fsync, a server on a fresh data folder, wrk."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from support.parts import PostgreSQL, SmtpSink, can_connect, free_port, rapport_binary, wait_for  # noqa: E402,F401
from support.server import ALL_SCOPES, Rapport  # noqa: E402,F401


SCOPES = ["deliveries.send", "deliveries.read", "outbox.read", "events.read"]


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text()).group(1)
    memory = int(re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)) // 1024 // 1024
    return f"{os.cpu_count()} cores ({cpu}), {memory} GiB, Linux {os.uname().release}"


def fsync_latency(folder, n=300):
    """Milliseconds of fdatasync after a write of 4 KiB: median and 99th percentile."""
    path = pathlib.Path(folder) / "fsync-probe"
    file = os.open(path, os.O_CREAT | os.O_WRONLY)
    times = []
    for _ in range(n):
        os.write(file, b"x" * 4096)
        start = time.perf_counter()
        os.fdatasync(file)
        times.append((time.perf_counter() - start) * 1000)
    os.close(file)
    path.unlink()
    times.sort()
    return times[n // 2], times[int(n * 0.99)]


class Bench:
    """A server with a fresh data folder (or one that is kept) and an API key."""

    def __init__(self, engine="sqlite", mail_port=None, extra="", folder=None, scopes=SCOPES):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="rapport-bench-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        os.chmod(self.folder, 0o755)
        self.port = free_port()
        self.database = PostgreSQL(self.folder / "pg") if engine == "postgresql" else None
        database = self.database.create("bench") if self.database else str(self.folder / "rapport.db")
        self.config = self.folder / "rapport.toml"
        self.config.write_text(f"""
listen = "127.0.0.1:{self.port}"
public_url = "http://localhost:{self.port}"
data = "{self.folder}"
database = "{database}"
[mail]
from = "post@example.org"
tls = "off"
{f'smart_host = "127.0.0.1:{mail_port}"' if mail_port else "paused = true"}
connections = 20
[log]
level = "warning"
{extra}
""")
        made = subprocess.run([rapport_binary(), "user", "api-key", "bench", *[w for s in scopes for w in ("--scope", s)], "--config", self.config],
                              capture_output=True, text=True)
        if made.returncode:
            sys.exit(made.stderr)
        self.key = re.search(r"rk_\S+", made.stdout).group()

    def start(self):
        started = time.perf_counter()
        self.process = subprocess.Popen([rapport_binary(), "serve", "--config", self.config], stdout=subprocess.DEVNULL)
        while not can_connect(self.port):
            if self.process.poll() is not None:
                sys.exit("the server did not start")
            time.sleep(0.002)
        return time.perf_counter() - started

    def memory(self):
        """Resident memory in MiB, and the part that is not files."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        rss = int(re.search(r"VmRSS:\s*(\d+)", status).group(1)) / 1024
        own = int(re.search(r"RssAnon:\s*(\d+)", status).group(1)) / 1024
        return rss, own

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wrk(self, script, path, connections=64, seconds=10, **variables):
        environment = dict(os.environ, API_KEY=self.key, **{k.upper(): str(v) for k, v in variables.items()})
        out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *(["-s", ROOT / "bench" / script] if script else []),
                              f"http://127.0.0.1:{self.port}{path}"], env=environment, capture_output=True, text=True, check=True).stdout
        rate = float(re.search(r"Requests/sec:\s*([\d.]+)", out).group(1))
        unit = {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}
        p50, p99 = (float(v) * unit[u] for v, u in (re.search(rf"{p}%\s+([\d.]+)(us|ms|s|m)\b", out).groups() for p in (50, 99)))
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
        return rate, p50, p99, int(bad.group(1)) if bad else 0

    def halt(self):
        """Ends the server; start() starts it again on the same data."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def stop(self, keep=False):
        self.halt()
        if self.database:
            self.database.stop()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def counting_sink(port=None):
    """smtp-sink that keeps nothing: the sink must not be the limit."""
    port = port or free_port()
    process = subprocess.Popen(["/usr/sbin/smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "1000"], stdout=subprocess.DEVNULL)
    wait_for(lambda: can_connect(port), 10, "smtp-sink")
    return port, process


class Relay:
    """An own Postfix that relays to a sink; with `signed`, OpenDKIM is its milter and signs with RSA-2048. As root."""

    def __init__(self, sink_port, signed=False):
        self.folder, self.port, self.milter = pathlib.Path(tempfile.mkdtemp(prefix="rapport-postfix-")), free_port(), None
        for name in ("queue", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        self.folder.chmod(0o755)
        milter = free_port()
        if signed:
            subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.folder / "key.pem"], check=True, stderr=subprocess.DEVNULL)
            (self.folder / "opendkim.conf").write_text(f"Mode s\nDomain bench.local\nSelector r\nKeyFile {self.folder}/key.pem\nCanonicalization relaxed/relaxed\n"
                                                       f"RequireSafeKeys no\nBackground no\nSocket inet:{milter}@127.0.0.1\n")
            self.milter = subprocess.Popen(["opendkim", "-f", "-x", self.folder / "opendkim.conf"])
        dist = pathlib.Path("/usr/share/postfix/master.cf.dist").read_text()
        lines = [line.split() for line in dist.splitlines() if line and line[0] not in "# "]
        services = [" ".join([*words[:4], "n", *words[5:]]) for words in lines if words[1] != "inet" and words[7] != "pipe"]
        (self.folder / "master.cf").write_text("\n".join([f"127.0.0.1:{self.port} inet n - n - - smtpd", *services]) + "\n")
        (self.folder / "main.cf").write_text(f"""compatibility_level = 3.6
queue_directory = {self.folder}/queue
data_directory = {self.folder}/data
mail_owner = postfix
myhostname = bench.local
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{sink_port}
smtp_dns_support_level = disabled
in_flow_delay = 0
smtpd_client_connection_count_limit = 0
smtp_destination_concurrency_limit = 50
default_destination_concurrency_limit = 50
initial_destination_concurrency = 50
smtp_connection_cache_destinations = [127.0.0.1]:{sink_port}
maillog_file = {self.folder}/maillog
maillog_file_prefixes = {self.folder}
""" + (f"smtpd_milters = inet:127.0.0.1:{milter}\nmilter_default_action = tempfail\n" if signed else ""))
        subprocess.run(["postfix", "-c", self.folder, "start"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: can_connect(self.port), 20, "Postfix")

    def rate(self, mails, octets):
        """Mails of that size a second, until the queue is empty; and until the last one was accepted."""
        started = time.perf_counter()
        subprocess.run(["/usr/sbin/smtp-source", "-d", "-s", "50", "-l", str(octets), "-m", str(mails), "-f", "a@bench.local", "-t", "b@dest.local",
                        f"127.0.0.1:{self.port}"], check=True)
        accepted = time.perf_counter()

        def empty():
            return not any(p.is_file() for q in ("maildrop", "incoming", "active", "deferred") for p in (self.folder / "queue" / q).rglob("*"))
        wait_for(empty, 600, "Postfix's queue to empty")
        return mails / (time.perf_counter() - started), mails / (accepted - started)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["postfix", "-c", self.folder, "stop"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if self.milter:
            self.milter.terminate()
            self.milter.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
