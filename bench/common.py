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
    """A server with a fresh data folder and an API key."""

    def __init__(self, engine="sqlite", mail_port=None, extra=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rapport-bench-"))
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
        made = subprocess.run([rapport_binary(), "user", "api-key", "bench", "--scope", "deliveries.send", "--scope", "deliveries.read",
                               "--scope", "outbox.read", "--scope", "events.read", "--config", self.config], capture_output=True, text=True)
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
