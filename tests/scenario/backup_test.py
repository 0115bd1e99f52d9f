#!/usr/bin/env python3
"""Backups beside a running server: consistent under load, small the second time, verified, restored, pruned; damage, interruption and
what is in the way are met. On both engines, and from one to the other."""
import base64
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import free_port, rapport_binary, wait_for  # noqa: E402
from support.server import Rapport  # noqa: E402


def done(result, code=0):
    assert result.returncode == code, f"{result.returncode}: {result.stdout}{result.stderr}"
    return result.stdout


def size_of(folder):
    return sum(f.stat().st_size for f in pathlib.Path(folder).rglob("*") if f.is_file())


def send(rapport, name, file=b"ABC"):
    status, _, answer = rapport.request("POST", "/v1/deliveries", {
        "kind": "registered", "recipients": [{"email": f"{name}@example.com", "second_email": f"{name}@example.net"}], "subject": name,
        "text": f"Secret of {name}", "files": [{"name": "a.txt", "media_type": "text/plain", "data": base64.b64encode(file).decode()}]})
    assert status == 202, answer
    return answer["deliveries"][0]["id"]


class Load:
    """Submissions without a pause; remembers when each was acknowledged."""

    def __init__(self, rapport):
        self.rapport, self.acknowledged, self.failures, self.stop = rapport, [], [], threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(3)]

    def run(self, number):
        n = 0
        while not self.stop.is_set():
            n += 1
            big = base64.b64encode(random.Random(number * 1000 + n).randbytes(30_000)) if n % 10 == 0 else b"ABC"
            try:
                self.acknowledged.append((send(self.rapport, f"load{number}-{n}", big), time.monotonic()))
            except AssertionError as error:
                self.failures.append(error)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        wait_for(lambda: len(self.acknowledged) > 100, 60, "load")
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()
        assert not self.failures, self.failures[0]


class Restored:
    """A backup brought back into an empty folder and an empty database."""

    def __init__(self, rapport, folder, name, options=(), keys=True, engine=None):
        self.rapport, self.folder = rapport, rapport.folder / name
        self.config = rapport.folder / f"{name}.toml"
        self.port = free_port()
        if engine == "postgresql" or (engine is None and rapport.database):
            database = rapport.database.create(name)
        else:
            database = str(self.folder / "rapport.db")
        text = rapport.config.read_text()
        for key, value in (("data", self.folder), ("database", database), ("listen", f"127.0.0.1:{self.port}")):
            text = re.sub(rf'^{key} = ".*"$', f'{key} = "{value}"', text, flags=re.M)
        self.config.write_text(text)
        if keys:
            self.folder.mkdir(mode=0o700)
            shutil.copytree(rapport.folder / "keys", self.folder / "keys")
        self.result = self.command("restore", "--from", folder, *options)

    def command(self, *words):
        return subprocess.run([rapport_binary(), *map(str, words), "--config", self.config], capture_output=True, text=True)

    def check(self, ids, checkpoint):
        done(self.result)
        kept = self.rapport.folder / "kept-checkpoint"
        kept.write_bytes(checkpoint)
        done(self.command("fsck", "--checkpoint", kept))
        other = Rapport.__new__(Rapport)
        other.config, other.key, other.folder, other.process = self.config, self.rapport.key, self.folder, None
        other.url = f"http://localhost:{self.port}"
        other.start()
        try:
            for delivery in ids:
                detail = other.get(f"/v1/deliveries/{delivery}")
                assert detail["text"].startswith("Secret of"), detail
        finally:
            other.stop()
        done(self.command("fsck"))


def checkpoint_of(rapport):
    return rapport.request("GET", "/log/checkpoint")[2]


def backup_under_load(rapport, folder):
    """Every 202 from before the backup began is in it, and the log continues what was published before it."""
    with Load(rapport) as load:
        wait_for(lambda: rapport.request("GET", "/log/checkpoint")[0] == 200, 10, "a checkpoint")
        before, checkpoint = time.monotonic(), checkpoint_of(rapport)
        made = done(rapport.command("backup", "make", "--folder", folder))
        during = len([1 for _, at in load.acknowledged if at > before])
    assert during > 0, "nothing was written while the backup was made"
    ids = [delivery for delivery, at in load.acknowledged if at < before]
    assert len(ids) > 50
    done(rapport.command("backup", "verify", "--folder", folder))
    Restored(rapport, folder, "under_load").check(ids, checkpoint)
    print(f"    under load: {len(ids)} acknowledged before, {during} during; {made.split(':', 1)[1].strip()}")
    return ids


def second_is_small(rapport, folder):
    wait_for(lambda: rapport.get("/v1/settings/keys")["tsa"]["waiting"] == 0, 60, "the time stamps")
    wait_for(lambda: not rapport.get("/v1/outbox?state=queued")["items"], 60, "the outbox to be empty")
    done(rapport.command("backup", "--folder", folder))
    full = size_of(folder)
    for i in range(3):
        send(rapport, f"after{i}")
    wait_for(lambda: rapport.get("/v1/settings/keys")["tsa"]["waiting"] == 0, 60, "the time stamps")
    done(rapport.command("backup", "--folder", folder))
    grown = size_of(folder) - full
    assert grown < full / 4, f"three deliveries made the folder of {full} grow by {grown}"
    print(f"    {full >> 10} KiB in the folder; three deliveries more: {grown >> 10} KiB")


def nothing_in_the_way(rapport, folder):
    refused = rapport.command("restore", "--from", folder)
    assert refused.returncode == 1 and "holds something already" in refused.stderr, refused.stderr
    if rapport.database:
        other = rapport.folder / "full-database.toml"
        other.write_text(re.sub(r'^data = ".*"$', f'data = "{rapport.folder}/elsewhere"', rapport.config.read_text(), flags=re.M))
        (rapport.folder / "elsewhere").mkdir()
        shutil.copytree(rapport.folder / "keys", rapport.folder / "elsewhere/keys")
        refused = subprocess.run([rapport_binary(), "restore", "--from", folder, "--config", other], capture_output=True, text=True)
        assert refused.returncode == 1 and "holds tables already" in refused.stderr, refused.stderr
    without = Restored(rapport, folder, "without_keys", keys=False)
    assert without.result.returncode == 1 and "holds no keys" in without.result.stderr, without.result.stderr
    assert not (without.folder / "rapport.db").exists()


def damage_is_named(rapport, folder):
    copy = rapport.folder / "damaged"
    shutil.copytree(folder, copy)
    newest = sorted(p.parent for p in copy.glob("*/manifest.json"))[-1]
    victims = [sorted(newest.glob("*.pack"))[0], newest / "index", newest / "manifest.json", next((copy / "blobs").rglob("??*/*"))]
    for victim in victims:
        good = victim.read_bytes()
        victim.write_bytes(good[:-40] + bytes([good[-40] ^ 1]) + good[-39:])
        name = str(victim.relative_to(copy))
        report = rapport.command("backup", "verify", newest.name, "--folder", copy)
        assert report.returncode == 3 and name in report.stdout, f"{name}: {report.stdout}{report.stderr}"
        refused = Restored(rapport, copy, f"from_damaged_{victims.index(victim)}", ["--backup", newest.name])
        assert refused.result.returncode == 1 and name in refused.result.stderr, refused.result.stderr
        assert not (refused.folder / "rapport.db").exists() and not (refused.folder / "blobs").exists()
        victim.write_bytes(good)
    done(rapport.command("backup", "verify", "--all", "--folder", copy))
    victims[0].unlink()
    report = rapport.command("backup", "verify", newest.name, "--folder", copy)
    assert report.returncode == 3 and "missing" in report.stdout, report.stdout


def interruption_leaves_the_earlier_ones(rapport, folder):
    names = lambda: [p.parent.name for p in sorted(folder.glob("*/manifest.json"))]  # noqa: E731
    earlier, killed = names(), 0
    for i in range(8):
        process = subprocess.Popen([rapport_binary(), "backup", "--full", "--folder", folder, "--config", rapport.config],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(0.03 + 0.03 * i)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
    assert killed > 0
    assert names()[:len(earlier)] == earlier
    done(rapport.command("backup", "verify", "--all", "--folder", folder))
    done(rapport.command("backup", "--folder", folder))
    left = [p for p in folder.iterdir() if p.is_dir() and p.name[0].isdigit() and not (p / "manifest.json").exists()]
    assert not left, left


def prune(rapport, folder, ids):
    before = size_of(folder)
    done(rapport.command("backup", "prune", "--keep", "2", "--folder", folder))
    assert len(list(folder.glob("*/manifest.json"))) == 2
    assert size_of(folder) < before
    done(rapport.command("backup", "verify", "--all", "--folder", folder))
    restored = Restored(rapport, folder, "after_prune")
    done(restored.result)
    done(restored.command("fsck"))


def encrypted(rapport, ids):
    """For a recipient's key: keys are in it, nothing readable is, and without the private key it stays closed."""
    folder, key, public = rapport.folder / "sealed", rapport.folder / "backup.key", rapport.folder / "backup.pub"
    subprocess.run(["openssl", "genpkey", "-algorithm", "X25519", "-out", key], check=True)
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", public], check=True)
    done(rapport.command("backup", "--folder", folder, "--recipient", public))
    done(rapport.command("backup", "--folder", folder, "--recipient", public))
    for file in folder.rglob("*.pack"):
        raw = file.read_bytes()
        assert b"@example.com" not in raw and b"PRIVATE KEY" not in raw, file
    locked = Restored(rapport, folder, "locked", keys=False)
    assert locked.result.returncode == 1 and "encrypted" in locked.result.stderr, locked.result.stderr
    done(rapport.command("backup", "verify", "--folder", folder, "--identity", key))
    restored = Restored(rapport, folder, "unlocked", ["--identity", key], keys=False)
    done(restored.result)
    done(restored.command("fsck"))
    assert (restored.folder / "keys/master.key").read_bytes() == (rapport.folder / "keys/master.key").read_bytes()
    assert oct((restored.folder / "keys/master.key").stat().st_mode & 0o777) == "0o600"
    secret = rapport.folder / "passphrase"
    secret.write_text("correct horse battery staple\n")
    folder = rapport.folder / "passphrased"
    done(rapport.command("backup", "--folder", folder, "--passphrase-file", secret))
    restored = Restored(rapport, folder, "passphrased_back", ["--passphrase-file", secret], keys=False)
    done(restored.result)
    secret.write_text("wrong\n")
    wrong = Restored(rapport, folder, "wrong_passphrase", ["--passphrase-file", secret], keys=False)
    assert wrong.result.returncode == 1 and "fits" in wrong.result.stderr, wrong.result.stderr


def from_one_engine_to_the_other(rapport, folder, ids):
    other = "sqlite" if rapport.database else "postgresql"
    if other == "postgresql":
        return
    restored = Restored(rapport, folder, "moved", engine=other)
    done(restored.result)
    done(restored.command("fsck"))


for engine in ("sqlite", "postgresql"):
    with Rapport(engine) as rapport:
        folder = rapport.folder / "backups"
        ids = backup_under_load(rapport, folder)
        second_is_small(rapport, folder)
        nothing_in_the_way(rapport, folder)
        damage_is_named(rapport, folder)
        interruption_leaves_the_earlier_ones(rapport, folder)
        prune(rapport, folder, ids)
        encrypted(rapport, ids)
        from_one_engine_to_the_other(rapport, folder, ids)
    print(f"  {engine}: good")
